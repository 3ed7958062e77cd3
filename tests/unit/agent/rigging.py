"""Everything between a service and the wire, as the agent builds it, for tests of the connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.stand_in import Peer, StandIn

from opstage_agent import wire
from opstage_agent.backoff import Backoff
from opstage_agent.connection import Connection
from opstage_agent.context import Context
from opstage_agent.desk import Outcome
from opstage_agent.identity import Identity
from opstage_agent.journal import Journal
from opstage_agent.link import Link
from opstage_agent.mailbox import Said
from opstage_agent.registry import Service, declare_action
from opstage_agent.rest import Rest
from opstage_agent.rotation import Rotation
from opstage_agent.runner import Runner
from opstage_agent.session import Session
from opstage_agent.survey import Survey
from opstage_agent.times import steady_clock
from opstage_agent.wire import CommandKind


class Delays(Backoff):
    """Notes what the connection asked for and lets it come back at once."""

    def __init__(self) -> None:
        super().__init__(random=lambda: 1.0)
        self.sessions: list[float | None] = []
        self.failures: list[float | None] = []

    def after_session(self, seconds: float, retry_after: float | None = None) -> float:
        self.sessions.append(retry_after)
        return 0.0

    def after_failure(self, retry_after: float | None = None) -> float:
        self.failures.append(retry_after)
        return 0.0


class Rig:
    """One service with its session, runner, link and connection."""

    def __init__(self, server_url: str, journal: Journal, rest: Rest, token_file: Path) -> None:
        self.service = Service("shop")
        self.service.add(declare_action(self.work))
        self.service.add(declare_action(self.hold))
        self.service.health_provider = lambda: "UP"
        self.go = asyncio.Event()
        clock = steady_clock()
        runner = Runner(
            {"shop": self.service},
            clock=clock,
            finished=self._finished,
            said=self._said,
            agent_id=lambda: "agt_1",
        )
        self.session = Session(
            journal, Identity("i", wire.Sdk(name="test", version="1")), [self.service.reported(None, None)]
        )
        self.token_file = token_file
        rotation = Rotation(rest, token_file)
        self.link = Link(self.session, runner, Survey([self.service]), rest, clock, rotation)
        self.delays = Delays()
        self.connection = Connection(server_url, self.link, rest, clock, backoff=self.delays)

    def _finished(self, command_id: str, outcome: Outcome) -> None:
        self.link.finished(command_id, outcome)

    def _said(self, said: Said) -> None:
        self.link.said(said)

    async def work(self, size: int = 1) -> dict[str, Any]:
        return {"text": "x" * size}

    async def hold(self, ctx: Context) -> None:
        await self.go.wait()


@asynccontextmanager
async def rig(
    server: StandIn, journal_file: Path | None = None, token_file: Path | None = None
) -> AsyncIterator[tuple[Rig, asyncio.Task[None]]]:
    journal = Journal.open(journal_file, 0.0)
    try:
        async with Rest(server.url) as rest:
            rest.sign_in("agt_1", "opstage_agent_secret")
            made = Rig(server.url, journal, rest, token_file or Path("nowhere") / "token.json")
            made.link.begin()
            task = asyncio.create_task(made.connection.run())
            try:
                yield made, task
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
                await made.link.end()
    finally:
        journal.close()


def command(command_id: str = "cmd_1", action: str = "work", **payload: Any) -> wire.Command:
    return wire.Command(
        command_id=command_id,
        attempt=1,
        kind=CommandKind.ACTION_EXECUTE,
        service_code="shop",
        action_name=action,
        payload=payload,
    )


async def welcomed(server: StandIn, **given: Any) -> Peer:
    peer = await server.peer()
    await peer.welcome(**given)
    return peer
