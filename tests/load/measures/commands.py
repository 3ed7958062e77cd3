"""How long a command takes from the operator to the agent."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

from tests.load import driver
from tests.load.measures.connections import HEARTBEAT_SECONDS, PING_SECONDS
from tests.load.population import ACTION
from tests.load.processes import Usage
from tests.load.report import Row, ms, quantile
from tests.load.rest import Rest
from tests.load.stage import Stage

IDLE_AGENTS = 10
SAMPLES = 400
IDLE_MS = (3.0, 15.0)
LOADED_MS = 50.0


def background(stage: Stage) -> driver.Beat:
    """Heartbeats and pings of all agents."""
    return driver.Beat(
        per_second=stage.agents / HEARTBEAT_SECONDS, pings_per_second=stage.agents / PING_SECONDS
    )


async def idle(stage: Stage) -> list[Row]:
    """Ten agents are connected and nothing else happens."""
    await stage.connect(IDLE_AGENTS)
    delays, answers, used = await _sample(stage, IDLE_AGENTS, Usage(0, 0, 1))
    p50, p99 = 1000 * quantile(delays, 0.5), 1000 * quantile(delays, 0.99)
    row = _row("idle", delays, answers, used)
    row.target = f"p50 ≤ {IDLE_MS[0]:g} ms, p99 ≤ {IDLE_MS[1]:g} ms"
    row.met = p50 <= IDLE_MS[0] and p99 <= IDLE_MS[1]
    return [row]


async def loaded(stage: Stage) -> list[Row]:
    """All agents are connected and send heartbeats and pings."""
    await stage.connect(stage.agents)
    await stage.flock.tell(background(stage))
    others = await stage.during(stage.seconds(9))
    delays, answers, used = await _sample(stage, stage.agents, others)
    await stage.flock.tell(driver.Rest())
    row = _row(f"with {stage.agents:,} agents", delays, answers, used)
    row.target = f"p99 ≤ {LOADED_MS:g} ms"
    row.met = 1000 * quantile(delays, 0.99) <= LOADED_MS
    return [row]


async def _sample(stage: Stage, agents: int, others: Usage) -> tuple[list[float], list[float], float]:
    """Seconds to the frames, seconds to the REST answers, CPU seconds per command."""
    samples = SAMPLES // 4 if stage.quick else SAMPLES
    members = random.sample(stage.members[:agents], min(agents, samples))
    async with stage.rest() as rest:
        await _execute(rest, members[0].service_id)
        await asyncio.sleep(0.5)
        await stage.flock.tell(driver.Take())
        rest.delays.clear()
        before = stage.usage()
        for number in range(samples):
            await _execute(rest, members[number % len(members)].service_id)
            await asyncio.sleep(random.uniform(0.005, 0.02))
        used = stage.usage().since(before)
        await asyncio.sleep(0.5)
        delays = (await stage.flock.tell(driver.Take())).delays
    assert len(delays) == samples, f"expected {samples} commands at the agents, {len(delays)} came"
    return delays, rest.delays, (used.cpu - others.share / 100 * used.at) / samples


async def _execute(rest: Rest, service_id: str) -> Any:
    path = f"/api/admin/capsule-services/{service_id}/actions/{ACTION}"
    return await rest.post(path, {"payload": {"text": f"{time.monotonic():.6f}"}})


def _row(state: str, delays: list[float], answers: list[float], cpu: float) -> Row:
    p50, p99 = quantile(delays, 0.5), quantile(delays, 0.99)
    return Row(
        work=f"Operator's POST → `command` at the agent, {state}",
        measured=f"p50 {ms(p50)}, p99 {ms(p99)}",
        cpu=f"{ms(cpu)} from POST to `stored`",
        how=f"{len(delays)} commands, one commit before each is sent; "
        f"the answer to the POST: p50 {ms(quantile(answers, 0.5))}",
        values={"p50_ms": 1000 * p50, "p99_ms": 1000 * p99, "cpu_ms": 1000 * cpu},
    )
