"""Pages of 100 rows, with every filter and every sort."""

from __future__ import annotations

from tests.load.report import Row, ms, quantile
from tests.load.rest import Rest
from tests.load.stage import Stage

SERVICES = "/api/admin/capsule-services?pageSize=100"
TARGET_MS = 5.0
CALLS = 60
SORTS = ("createdAt", "lastReportedAt", "code", "name")


async def lists(stage: Stage) -> list[Row]:
    """p50 of each filter and sort, and the CPU of one call."""
    await stage.serve()
    async with stage.rest() as rest:
        return [await _one(stage, rest, name, query) for name, query in _queries(stage).items()]


def _queries(stage: Stage) -> dict[str, str]:
    last = max(1, stage.agents // 100)
    filters = {
        "no filter": "",
        "the last page": f"&page={last}",
        "status=OFFLINE": "&status=OFFLINE",
        "status=HEALTHY": "&status=HEALTHY",
        "healthStatus=DOWN": "&healthStatus=DOWN",
        "one agent": f"&agentId={stage.members[stage.agents // 2].agent_id}",
        "q=worker (all match)": "&q=worker",
        "q=00042 (one matches)": "&q=00042",
        "selector owner=platform (none match)": "&selector=owner%3Dplatform",
        "selector !owner (all match)": "&selector=%21owner",
    }
    return filters | {f"sort={sign}{sort}": f"&sort={sign}{sort}" for sort in SORTS for sign in ("", "-")}


async def _one(stage: Stage, rest: Rest, name: str, query: str) -> Row:
    # The server ends a connection after 1,000 calls.
    rest.close()
    for _ in range(5):
        await rest.get(SERVICES + query)
    rest.delays.clear()
    before = stage.usage()
    for _ in range(CALLS):
        await rest.get(SERVICES + query)
    cpu = stage.usage().since(before).cpu / CALLS
    p50, p99 = quantile(rest.delays, 0.5), quantile(rest.delays, 0.99)
    return Row(
        work=f"100 of {stage.agents:,} services, {name}",
        measured=f"p50 {ms(p50)}, p99 {ms(p99)}",
        target=f"p50 ≤ {TARGET_MS:g} ms",
        met=1000 * p50 <= TARGET_MS,
        cpu=ms(cpu),
        how=f"{CALLS} calls one after the other, no agent connected",
        values={"p50_ms": 1000 * p50, "p99_ms": 1000 * p99, "cpu_ms": 1000 * cpu},
    )
