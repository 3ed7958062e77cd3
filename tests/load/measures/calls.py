"""What one REST call costs: those of agents, and those that look at the whole fleet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from tests.load.population import health, reported
from tests.load.report import Row, ms, quantile
from tests.load.rest import Rest
from tests.load.stage import Stage

CALLS = 300
WARM = 10

Call = Callable[[int], Awaitable[object]]


async def calls(stage: Stage) -> list[Row]:
    """CPU and p50 of each."""
    await stage.serve()
    rows = await _of_agents(stage)
    async with stage.rest() as rest:
        service = stage.members[0].service_id
        paths = {
            "service detail": f"/api/admin/capsule-services/{service}",
            "100 audit events": "/api/admin/audit-events?pageSize=100",
            "100 agents": "/api/admin/agents?pageSize=100",
            "dashboard": "/api/admin/dashboard/summary",
            "metrics": "/api/admin/metrics",
        }
        for name, path in paths.items():
            rows.append(await _measured(stage, name, rest, lambda _, path=path: rest.get(path)))  # type: ignore[misc]
        rows.append(await _measured(stage, "/metrics for Prometheus", rest, lambda _: rest.text("/metrics")))
    return rows


async def _of_agents(stage: Stage) -> list[Row]:
    """One agent that calls by REST."""
    member = stage.members[1]
    rest = Rest(stage.server.port, Authorization=f"Bearer {member.token}")
    path = f"/api/agents/{member.agent_id}"
    same = msgspec.to_builtins(reported(member.number))
    beat = {"serviceId": member.service_id, "health": msgspec.to_builtins(health(member.number))}
    try:
        return [
            await _measured(stage, "heartbeat POST", rest, lambda _: rest.post(f"{path}/heartbeat", beat)),
            await _measured(stage, "poll, nothing to do", rest, lambda _: rest.get(f"{path}/commands")),
            await _measured(
                stage, "report POST, as before", rest,
                lambda _: rest.post(f"{path}/services/report", {"services": [same]}),
            ),
            await _measured(
                stage, "report POST, something new", rest,
                lambda number: rest.post(
                    f"{path}/services/report", {"services": [{**same, "version": f"1.5.{number}"}]}
                ),
            ),
        ]  # fmt: skip
    finally:
        rest.close()


async def _measured(stage: Stage, name: str, rest: Rest, call: Call) -> Row:
    # The server ends a connection after 1,000 calls.
    rest.close()
    for number in range(WARM):
        await call(-number)
    rest.delays.clear()
    before = stage.usage()
    for number in range(CALLS):
        await call(number)
    cpu = stage.usage().since(before).cpu / CALLS
    p50, p99 = quantile(rest.delays, 0.5), quantile(rest.delays, 0.99)
    return Row(
        work=f"{name} ({stage.agents:,} services)",
        measured=f"p50 {ms(p50)}, p99 {ms(p99)}",
        cpu=ms(cpu),
        how=f"{CALLS} calls one after the other",
        values={"p50_ms": 1000 * p50, "p99_ms": 1000 * p99, "cpu_ms": 1000 * cpu},
    )
