"""The agents' connections: who is connected, and what their frames do."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.agent_session import AgentSession
from opstage.core.ids import new_id
from opstage.core.reports import normal_runtime
from opstage.core.times import iso
from opstage.errors import Conflict, Forbidden, NotFound, TooLarge
from opstage.hub.bus import Bus
from opstage.hub.command_views import CommandViews
from opstage.hub.dispatcher import Dispatcher, Greeting
from opstage.hub.events import about_agent
from opstage.hub.fleet import Fleet
from opstage.hub.jobs import Job
from opstage.hub.link import Link
from opstage.hub.members import Agent
from opstage.hub.ports import Socket
from opstage.hub.reporting import Reporting
from opstage.hub.results import Told, oversized, told_in
from opstage.settings import Settings
from opstage.store import Store, StoreUnavailable, Tx, audit
from opstage.store.records import SYSTEM, AgentRecord
from opstage_agent import wire
from opstage_agent.wire import AgentUp, CloseCode

log = logging.getLogger("opstage.hub")

REPLACEMENTS = 3
REPLACEMENT_SECONDS = 60.0
"""Two instances that replace each other so often within this are both sent away (4505)."""
SHUT_OUT = {"DISABLED": CloseCode.DISABLED, "REVOKED": CloseCode.REVOKED}
STORE_RETRY_SECONDS = 5.0
"""When an agent that could not be welcomed shall come back."""


class Connections:
    """At most one connection per agent; the newest wins."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        fleet: Fleet,
        dispatcher: Dispatcher,
        command_views: CommandViews,
        reporting: Reporting,
        bus: Bus,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._fleet = fleet
        self._dispatcher = dispatcher
        self._command_views = command_views
        self._reporting = reporting
        self._bus = bus
        self._links: dict[str, Link] = {}
        self._open: dict[str, set[Link]] = {}
        """All connections by agent: to look through 10,000 at each arrival would cost 4 ms."""
        self._replaced: dict[str, deque[float]] = {}
        self.retire: Callable[[Agent, Sequence[str]], Awaitable[list[wire.Rejected]]] = _keep
        """What becomes of services that their agent calls retired."""
        self.arriving = 0
        """Connections that were not welcomed yet."""
        self.frames: Counter[type[Any]] = Counter()
        """Frames that counted, by kind."""
        self.empty = asyncio.Event()
        self.empty.set()
        self._handlers: dict[type[Any], Callable[[Link, Any], Awaitable[None]]] = {
            wire.Hello: self._hello,
            wire.Heartbeat: self._heartbeat,
            wire.Report: self._report,
            wire.Accept: self._accept,
            wire.Reject: self._reject,
            wire.Progress: self._progress,
            wire.Output: self._output,
            wire.Result: self._result,
            wire.Event: self._event,
            wire.AgentBye: self._bye,
            wire.ErrorFrame: self._error,
        }

    def __len__(self) -> int:
        return len(self._links)

    def link_of(self, agent_id: str) -> Link | None:
        """The agent's connection, once it was welcomed."""
        link = self._links.get(agent_id)
        return link if link is not None and link.welcomed else None

    async def serve(self, agent_id: str, socket: Socket) -> None:
        """Carry an authenticated agent's connection until it ends."""
        session = AgentSession(
            self._clock.now(),
            heartbeat_seconds=self._fleet.thresholds.heartbeat_seconds,
            frame_bytes=self._settings.frame_bytes,
            rate=self._settings.messages_per_second,
            burst=self._settings.messages_burst,
        )
        link = Link(agent_id, new_id("con"), socket, session, self._clock)
        self._supersede(agent_id)
        self._open.setdefault(agent_id, set()).add(link)
        self.arriving += 1
        self.empty.clear()
        try:
            await link.run(self._handle)
        finally:
            self._close(link)
            self.arriving -= not link.welcomed
            self._gone(link)
            if not self._open:
                self.empty.set()

    def _supersede(self, agent_id: str) -> None:
        """Of the connections of one agent that did not say hello only the newest may wait."""
        for link in self._open.get(agent_id, ()):
            if not link.welcomed:
                link.end(CloseCode.REPLACED, "a newer connection of this agent took over")

    def _close(self, link: Link) -> None:
        mine = self._open[link.agent_id]
        mine.discard(link)
        if not mine:
            del self._open[link.agent_id]

    def end(self, agent_id: str, code: CloseCode, reason: str) -> None:
        """End the agent's connections, welcomed or not."""
        for link in tuple(self._open.get(agent_id, ())):
            link.end(code, reason)

    def holds(self, agent_id: str) -> bool:
        """True while a connection of the agent is open, be it in its last moments."""
        return agent_id in self._open

    def drain(self, code: CloseCode, reason: str) -> None:
        """End all connections; each agent is told a moment of its own to come back."""
        rate = self._settings.handshakes_per_second
        for number, link in enumerate([link for mine in self._open.values() for link in mine]):
            link.end(code, reason, retry_after=1.0 + number / rate)

    async def _handle(self, link: Link, frame: AgentUp) -> None:
        agent = self._fleet.agent(link.agent_id)
        if agent is None or (self._links.get(link.agent_id) is not link and type(frame) is not wire.Hello):
            return
        self._fleet.contact(agent)
        self.frames[type(frame)] += 1
        try:
            await self._handlers[type(frame)](link, frame)
        except Forbidden as error:
            # An operator was quicker than the frame.
            link.end(CloseCode.REVOKED, error.message)
        except StoreUnavailable as error:
            log.warning("A frame of %s could not be stored: %s", agent.record.code, error)
            # Nothing of it was acknowledged: the next hello tells everything again.
            link.end(CloseCode.DRAINING, "the database is not available", STORE_RETRY_SECONDS)

    # --- one by one ---

    async def _hello(self, link: Link, frame: wire.Hello) -> None:
        agent = self._fleet.agent(link.agent_id)
        if agent is None or self._shut_out(link, agent):
            return
        if not await self._take_over(link, frame.instance, agent):
            return
        self._fleet.introduced(agent, _said(frame, agent.record))
        refs, rejected = await self._reporting.take_each(agent, frame.services)
        if self._links.get(link.agent_id) is not link:
            return
        self._fleet.connected(agent)
        greeting = await self._dispatcher.greet(link.agent_id, frame.running, frame.finished)
        self._welcome(link, refs, greeting)
        if agent.record.rotation_requested_at is not None:
            link.send(wire.Rotate())
        if rejected:
            link.send(wire.Reported(services=refs, rejected=rejected))
        for command in greeting.cancel:
            link.send(
                wire.Cancel(command_id=command.id, attempt=command.held_attempt, reason=command.cancel_reason)
            )
        await self._dispatcher.deliver(link.agent_id)

    def _welcome(self, link: Link, refs: list[wire.ServiceRef], greeting: Greeting) -> None:
        heartbeat = self._fleet.thresholds.heartbeat_seconds
        link.send(
            wire.Welcome(
                agent_id=link.agent_id,
                connection_id=link.connection_id,
                server_time=iso(self._clock.now()),
                heartbeat_seconds=heartbeat,
                lease_seconds=self._dispatcher.lease(),
                services=refs,
                forget=greeting.forget,
                stop=greeting.stop,
                limits=wire.Limits(
                    frame_bytes=self._settings.frame_bytes,
                    result_bytes=self._settings.result_bytes,
                    messages_per_second=self._settings.messages_per_second,
                ),
            )
        )
        link.session.welcomed(self._clock.now(), heartbeat)
        link.welcomed = True
        self.arriving -= 1

    async def _heartbeat(self, link: Link, frame: wire.Heartbeat) -> None:
        self._dispatcher.renewed(link.agent_id, frame.running)
        agent = self._fleet.agent(link.agent_id)
        if frame.health and agent is not None:
            for code in self._fleet.health(agent, frame.health):
                text = f"expected the code of a service of this agent, got {code[:80]!r}"
                link.send(wire.ErrorFrame(code="CAPSULE_SERVICE_NOT_FOUND", message=text, about="heartbeat"))

    async def _report(self, link: Link, frame: wire.Report) -> None:
        agent = self._fleet.agent(link.agent_id)
        if agent is None:
            return
        refs, rejected = await self._reporting.take_each(agent, frame.services)
        rejected += await self.retire(agent, frame.retired or [])
        link.send(wire.Reported(services=refs, rejected=rejected or None))

    async def _accept(self, link: Link, frame: wire.Accept) -> None:
        job = await self._job(link, frame.command_id, frame.attempt, "accept")
        if job is not None and not await self._dispatcher.accepted(job, frame):
            self._stored(link, frame.command_id, frame.attempt)

    async def _reject(self, link: Link, frame: wire.Reject) -> None:
        job = await self._job(link, frame.command_id, frame.attempt, "reject")
        if job is not None and not await self._dispatcher.rejected(job, frame):
            self._stored(link, frame.command_id, frame.attempt)

    async def _progress(self, link: Link, frame: wire.Progress) -> None:
        job = await self._job(link, frame.command_id, frame.attempt, "progress")
        if job is not None:
            await self._dispatcher.progressed(job, frame)

    async def _output(self, link: Link, frame: wire.Output) -> None:
        job = await self._job(link, frame.command_id, frame.attempt, "output")
        if job is not None:
            self._command_views.output(job, frame)

    async def _result(self, link: Link, frame: wire.Result) -> None:
        try:
            await self._settle(link, frame, told_in(frame))
        except NotFound:
            self._stranger(link, frame.command_id, "result")
        else:
            self._stored(link, frame.command_id, frame.attempt)

    async def _settle(self, link: Link, frame: wire.Result, told: Told) -> None:
        """A socket knows no refusal: a result that is too large is stored as the failure it is, and one
        that comes too late is answered as any other, so that the agent forgets it."""
        try:
            await self._dispatcher.settle(link.agent_id, frame.command_id, frame.attempt, told)
        except TooLarge as refused:
            await self._settle(link, frame, oversized(refused))
        except Conflict:
            return

    async def _event(self, link: Link, frame: wire.Event) -> None:
        agent = self._fleet.agent(link.agent_id)
        if agent is not None:
            link.send(await self._bus.heard(agent, frame))

    async def _bye(self, link: Link, frame: wire.AgentBye) -> None:
        link.said_bye = True

    async def _error(self, link: Link, frame: wire.ErrorFrame) -> None:
        log.warning("Agent %s says %s about %s", link.agent_id, frame.code[:80], (frame.about or "-")[:80])

    async def _job(self, link: Link, command_id: str, attempt: int, about: str) -> Job | None:
        """The unfinished command, if it is this agent's. Accepting a finished one is answered ``cancel``."""
        job = self._dispatcher.jobs.get(command_id)
        if job is not None and job.command.agent_id == link.agent_id:
            return job
        if job is None and await self._dispatcher.ended(link.agent_id, command_id):
            if about == "accept":
                reason = "the command has come to its end"
                link.send(wire.Cancel(command_id=command_id, attempt=attempt, reason=reason))
            return None
        self._stranger(link, command_id, about)
        return None

    @staticmethod
    def _stranger(link: Link, command_id: str, about: str) -> None:
        text = f"expected a command of this agent, got {command_id[:80]!r}"
        link.send(wire.ErrorFrame(code="COMMAND_NOT_FOUND", message=text, about=about))

    @staticmethod
    def _stored(link: Link, command_id: str, attempt: int) -> None:
        link.send(wire.Stored(command_id=command_id, attempt=attempt))

    # --- one connection per agent ---

    @staticmethod
    def _shut_out(link: Link, agent: Agent) -> bool:
        """An operator was quicker than ``hello``."""
        code = SHUT_OUT.get(agent.record.status)
        if code is not None:
            link.end(code, f"an operator made this agent {agent.record.status}")
        return code is not None

    async def _take_over(self, link: Link, instance: str, agent: Agent) -> bool:
        link.instance = instance
        old = self._links.get(link.agent_id)
        if old is not None and old.instance != instance and self._duel(link.agent_id):
            reason = "two instances use this identity and replace each other"
            old.end(CloseCode.DUPLICATE, reason)
            link.end(CloseCode.DUPLICATE, reason)
            await self._store.write(lambda tx: self._audit_duplicate(tx, agent))
            return False
        self._links[link.agent_id] = link
        if old is not None:
            old.end(CloseCode.REPLACED, "a newer connection of this agent took over")
        return True

    def _duel(self, agent_id: str) -> bool:
        now = self._clock.now()
        times = self._replaced.setdefault(agent_id, deque(maxlen=REPLACEMENTS))
        times.append(now)
        return len(times) == REPLACEMENTS and now - times[0] <= REPLACEMENT_SECONDS

    async def _audit_duplicate(self, tx: Tx, agent: Agent) -> None:
        event = about_agent(agent.record, "agent.duplicate.detected", SYSTEM)
        audit.record(tx, replace(event, result="FAILURE"), self._clock.now())

    def _gone(self, link: Link) -> None:
        if self._links.get(link.agent_id) is not link:
            return
        del self._links[link.agent_id]
        agent = self._fleet.agent(link.agent_id)
        if agent is not None and agent.connected:
            self._fleet.disconnected(agent, bye=link.said_bye, silent=link.silent)


async def _keep(agent: Agent, codes: Sequence[str]) -> list[wire.Rejected]:
    """Until the hub is joined."""
    return []


def _said(frame: wire.Hello, known: AgentRecord) -> AgentRecord:
    """The agent as it introduces itself; what ``hello`` leaves out stays as it was."""
    return replace(
        known,
        sdk=f"{frame.sdk.name} {frame.sdk.version}",
        runtime=normal_runtime((frame.runtime or "").partition(" ")[0] or None) or known.runtime,
        hostname=frame.hostname or known.hostname,
        labels=known.labels if frame.labels is None else frame.labels,
        last_instance=frame.instance,
    )
