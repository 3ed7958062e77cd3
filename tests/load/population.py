"""The agents of the benchmark, and a database in which they are registered already."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from opstage.store import Store, Tx, agents, services, tokens
from opstage.store.records import SYSTEM, AgentIdentity
from opstage_agent.wire import (
    ActionInput,
    ConfigInput,
    HealthInput,
    HealthStatus,
    Hello,
    ReportedService,
    Sdk,
)

BATCH = 250
"""Agents in one transaction."""
ACTION = "echo"
STATUSES = {7: HealthStatus.DEGRADED, 13: HealthStatus.DOWN, 17: HealthStatus.UNKNOWN}
"""Every twentieth service each; the others are UP."""


class Member(msgspec.Struct):
    """One registered agent with its one service."""

    number: int
    agent_id: str
    token: str
    service_id: str


def service_code(number: int) -> str:
    """The code of an agent's service."""
    return f"worker-{number:05d}"


def health(number: int, message: str = "12 jobs queued, 4 running", *, down: bool = False) -> HealthInput:
    """How a service is."""
    status = HealthStatus.DOWN if down else STATUSES.get(number % 20, HealthStatus.UP)
    return HealthInput(status=status, message=message, details={"queued": 12, "running": 4})


def reported(number: int) -> ReportedService:
    """What a typical small service says of itself: about 1.4 KB."""
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    return ReportedService(
        code=service_code(number),
        name=f"Worker {number}",
        description="Takes jobs from a queue and writes what it made of them to a folder.",
        version="1.4.2",
        runtime="python",
        manifest={"owner": "platform", "repository": "workers", "kind": "worker"},
        health=health(number),
        configs=[
            ConfigInput(key="queue.url", type="string", source="env", value_preview="amqp://queue/jobs"),
            ConfigInput(key="concurrency", type="number", source="file", value_preview="4"),
            ConfigInput(key="api.key", type="string", sensitive=True, secret_ref="env:API_KEY"),
        ],
        actions=[
            ActionInput(name=ACTION, label="Echo", input_schema=schema),
            ActionInput(name="pause", label="Pause", description="Takes no new jobs.", category="work"),
            ActionInput(name="resume", label="Resume", description="Takes jobs again.", category="work"),
        ],
    )


def hello(number: int) -> Hello:
    """The first frame of an agent."""
    return Hello(
        instance=f"instance-{number}",
        sdk=Sdk(name="opstage-agent", version="0.4.0"),
        runtime="python 3",
        hostname=f"host-{number % 500}",
        labels={"env": "production", "region": f"eu-{number % 5}"},
        services=[reported(number)],
        running=[],
        finished=[],
    )


async def populate(database: str, count: int) -> list[Member]:
    """Register ``count`` agents, each with its service, through the real store."""
    members: list[Member] = []
    async with Store(database) as store:
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            members += await store.write(partial(_enrol, numbers=numbers))
    return members


async def _enrol(tx: Tx, numbers: Sequence[int]) -> list[Member]:
    return [await _enrol_one(tx, number, time.time()) for number in numbers]


async def _enrol_one(tx: Tx, number: int, now: float) -> Member:
    _, raw = await tokens.create(tx, name="bench", expires_at=None, actor=SYSTEM, now=now)
    identity = AgentIdentity(code=f"agent-{number:05d}", name=f"Agent {number}", runtime="python")
    made = await agents.register(tx, raw_token=raw, agent=identity, now=now)
    (saved,) = await services.save_report(
        tx, agent_id=made.agent.id, agent_code=identity.code, services=[reported(number)], now=now
    )
    return Member(number, made.agent.id, made.agent_token, saved.service.id)


def keep(members: Sequence[Member], path: Path) -> None:
    """Write them where the driver process reads them."""
    path.write_bytes(msgspec.json.encode(members))


def kept(path: Path) -> list[Member]:
    """What ``keep`` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=list[Member])
