"""From the operator's call to the handler of a service that uses the agent library."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.load import driver, library_agent
from tests.load.measures.commands import IDLE_AGENTS, IDLE_MS, LOADED_MS, background
from tests.load.report import Row, ms, quantile
from tests.load.rest import Rest
from tests.load.stage import Stage
from tests.support.server import environment
from tests.support.waiting import PATIENCE_SECONDS, until

SAMPLES = 120
PAUSE_SECONDS = (0.12, 0.18)
"""One agent may send 20 messages per second, and a command takes two."""


async def idle(stage: Stage) -> list[Row]:
    """Ten other agents are connected and silent."""
    await stage.connect(IDLE_AGENTS)
    row = await _measured(stage, "idle")
    row.target = f"p50 ≤ {IDLE_MS[0]:g} ms, p99 ≤ {IDLE_MS[1]:g} ms"
    row.met = row.values["p50_ms"] <= IDLE_MS[0] and row.values["p99_ms"] <= IDLE_MS[1]
    return [row]


async def loaded(stage: Stage) -> list[Row]:
    """All other agents are connected and send heartbeats and pings."""
    await stage.connect(stage.agents)
    await stage.flock.tell(background(stage))
    row = await _measured(stage, f"with {stage.agents:,} agents")
    await stage.flock.tell(driver.Rest())
    row.target = f"p99 ≤ {LOADED_MS:g} ms"
    row.met = row.values["p99_ms"] <= LOADED_MS
    return [row]


async def _measured(stage: Stage, state: str) -> Row:
    samples = int(stage.seconds(SAMPLES))
    async with agent(stage) as process, stage.rest() as rest:
        assert process.stdout is not None
        service_id = await until(lambda: connected(rest), "the service of the library's agent")
        path = f"/api/admin/capsule-services/{service_id}/actions/late"
        delays: list[float] = []
        for _ in range(samples):
            await rest.post(path, {"payload": {"at": time.monotonic()}})
            delays.append(float(await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)))
            await asyncio.sleep(random.uniform(*PAUSE_SECONDS))
    p50, p99 = quantile(delays, 0.5), quantile(delays, 0.99)
    return Row(
        work=f"Operator's POST → handler starts (agent library), {state}",
        measured=f"p50 {ms(p50)}, p99 {ms(p99)}",
        how=f"{samples} commands; the agent's journal holds each before its handler starts",
        values={"p50_ms": 1000 * p50, "p99_ms": 1000 * p99},
    )


async def connected(rest: Rest) -> str | None:
    """The id of the service once its agent is there."""
    found = await rest.get(f"/api/admin/capsule-services?q={library_agent.CODE}")
    return next((str(each["id"]) for each in found if each["connection"] == "connected"), None)


@asynccontextmanager
async def agent(stage: Stage) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with the agent library; its handler tells on the standard output."""
    async with stage.server.operator() as operator:
        token = await operator.registration_token("bench")
    settings = {
        "OPSTAGE_BACKEND_URL": stage.server.url,
        "OPSTAGE_REGISTRATION_TOKEN": token,
        "OPSTAGE_AGENT_TOKEN_FILE": str(stage.folder / "late" / "token.json"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.load.library_agent"),
        env=environment({}) | settings,
        cwd=stage.folder,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
