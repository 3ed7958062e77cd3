"""A small server and a small agent around the real protocol pieces, joined by links that break.

The server is the smallest that keeps the rules of ``docs/protocol.md``: commit, then send. Its memory
can vanish between any two commits. The agent's process can die; its journal is a real file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from opstage.core import agent_session, commands
from opstage.core.agent_session import AgentSession
from opstage.core.command import Command, CommandStatus
from opstage.core.reconciliation import reconcile
from opstage.core.times import iso
from opstage_agent import effects as agent_effects
from opstage_agent import wire
from opstage_agent.desk import Outcome
from opstage_agent.identity import Identity
from opstage_agent.journal import Journal
from opstage_agent.session import Session
from opstage_agent.wire import ActionInput, Failure, ReportedService

START = 1_700_000_000.0
BEAT = 15.0
SERVICE = ReportedService(
    code="links",
    name="Links",
    manifest={},
    actions=[ActionInput(name="once", label="Once"), ActionInput(name="safe", label="Safe", retry_safe=True)],
)
LIMITS = wire.Limits(frame_bytes=2000)
"""Results larger than this go over REST."""


class Link:
    """One connection. Either end may be gone while frames are still on their way."""

    def __init__(self, now: float) -> None:
        self.session = AgentSession(now, heartbeat_seconds=BEAT)
        self.up: deque[str] = deque()
        self.down: deque[str] = deque()
        self.server_left = False
        self.agent_left = False


class Crash(Exception):
    """The server process died."""


class Server:
    """What survives a crash is in ``rows`` and ``results``; everything else is memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Command] = {}
        self.results: dict[str, wire.Result] = {}
        self.ran: set[str] = set()
        """Commands that were accepted at least once."""
        self.fuse: int | None = None
        """Commits left to live; the last of them is durable unless it dies before."""
        self._dies_before = False
        self.start(START)

    def start(self, now: float) -> None:
        self.live = {row.id: commands.restart(row, now) for row in self.rows.values()}
        self.link: Link | None = None

    def arm(self, commits: int, before: bool) -> None:
        self.fuse, self._dies_before = commits, before

    def commit(self, cmd: Command, result: wire.Result | None = None) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0 and self._dies_before:
                raise Crash
        known = self.rows.get(cmd.id)
        assert known is None or not known.finished, "a terminal command was written again"
        self.rows[cmd.id] = replace(cmd, lease_until=None, not_before=None, hold_until=None, adopted=None)
        if cmd.status is CommandStatus.RUNNING:
            self.ran.add(cmd.id)
        if result is not None:
            self.results[cmd.id] = result
        self.live[cmd.id] = cmd
        if self.fuse is not None and self.fuse <= 0:
            raise Crash

    def say(self, frame: msgspec.Struct) -> None:
        if self.link is not None:
            self.link.down.append(wire.encode(frame).decode())

    def create(self, cmd: Command, now: float) -> None:
        self.commit(cmd)
        self.dispatch(now)

    def dispatch(self, now: float) -> None:
        if self.link is None:
            return
        for cmd in commands.sendable(self.live.values(), now):
            sent = commands.send(cmd, now)
            assert sent is not None
            assert cmd.retry_safe or cmd.id not in self.ran, "accepted, not retrySafe, and sent again"
            self.commit(sent)
            self.say(
                wire.Command(
                    command_id=sent.id,
                    attempt=sent.attempt,
                    kind=sent.kind,
                    service_code=sent.service_code,
                    action_name=sent.action_name,
                    payload={},
                    expires_at=None if sent.expires_at is None else iso(sent.expires_at),
                )
            )

    def cancel(self, command_id: str, now: float) -> None:
        before = self.live[command_id]
        if before.finished:
            return
        after = commands.request_cancel(before, "not wanted", now)
        if after is not None:
            self.commit(after)
            self.call_off(before)

    def call_off(self, before: Command) -> None:
        if before.outstanding:
            self.say(wire.Cancel(command_id=before.id, attempt=before.held_attempt))

    def tick(self, now: float) -> None:
        for before in list(self.live.values()):
            after = commands.due(before, now)
            if after is not None:
                self.commit(after)
                if after.finished:
                    self.call_off(before)
        if self.link is not None:
            self.carry_out(self.link, self.link.session.tick(now), now)
        self.dispatch(now)

    def receive(self, link: Link, text: str, now: float) -> None:
        self.carry_out(link, link.session.receive(text, now), now)

    def carry_out(self, link: Link, effects: list[agent_session.Effect], now: float) -> None:
        for effect in effects:
            match effect:
                case agent_session.Deliver(frame=wire.Hello() as hello):
                    self.greet(link, hello, now)
                case agent_session.Deliver(frame=frame):
                    # Frames of a connection that was replaced have no say any more.
                    if link is self.link:
                        self.act(frame, now)
                case agent_session.Send(frame=frame):
                    link.down.append(wire.encode(frame).decode())
                case agent_session.Close():
                    self.leave(link)

    def leave(self, link: Link) -> None:
        link.server_left = True
        if self.link is link:
            self.link = None

    def greet(self, link: Link, hello: wire.Hello, now: float) -> None:
        if self.link is not None:
            self.leave(self.link)
        found = reconcile(self.live.values(), hello.running, hello.finished, now)
        for cmd in found.changed:
            self.commit(cmd)
        self.link = link
        link.session.welcomed(now, BEAT)
        self.say(
            wire.Welcome(
                agent_id="agt_1",
                connection_id="con_1",
                server_time=iso(now),
                heartbeat_seconds=BEAT,
                lease_seconds=60,
                services=[],
                forget=found.forget,
                stop=found.stop,
                limits=LIMITS,
            )
        )
        for cmd in found.cancel:
            self.say(wire.Cancel(command_id=cmd.id, attempt=cmd.held_attempt))
        self.dispatch(now)

    def act(self, frame: wire.AgentUp, now: float) -> None:
        match frame:
            case wire.Heartbeat():
                for command_id in frame.running:
                    self.live[command_id] = (
                        commands.renew(self.live[command_id], now) or self.live[command_id]
                    )
            case wire.Accept():
                before = self.live[frame.command_id]
                after = commands.accept(before, frame.attempt, now)
                if after is not None:
                    self.commit(after)
                elif before.finished:
                    self.say(wire.Cancel(command_id=before.id, attempt=frame.attempt))
            case wire.Reject():
                after = commands.reject(
                    self.live[frame.command_id],
                    frame.attempt,
                    frame.code,
                    frame.message,
                    frame.retry_after_seconds,
                    now,
                )
                if after is not None:
                    self.commit(after)
            case wire.Result():
                self.take_result(frame, frame.attempt, now)
                self.say(wire.Stored(command_id=frame.command_id, attempt=frame.attempt))
        self.dispatch(now)

    def take_result(self, result: wire.Result, attempt: int | None, now: float) -> None:
        code, message = (result.error.code, result.error.message) if result.error else (None, None)
        cmd = self.live[result.command_id]
        after = commands.finish(cmd, attempt, result.success, code, message, now)
        if after is not None:
            self.commit(after, result)


class Agent:
    """The agent's process and its runs, counted where they begin."""

    def __init__(self, journal: Path) -> None:
        self.path = journal
        self.link: Link | None = None
        self.executions: dict[str, list[int]] = {}
        self.outcomes: dict[str, list[wire.Result]] = {}
        self.upload: Callable[[wire.Result], bool] = lambda _: False
        self.boot(START)

    def boot(self, now: float) -> None:
        self.journal = Journal.open(self.path, now)
        identity = Identity(instance="i", sdk=wire.Sdk(name="opstage-agent", version="1"))
        self.session = Session(self.journal, identity, [SERVICE], slots=2, random=lambda: 0.5)
        self.runs: dict[str, tuple[int, bool]] = {}
        """Attempt, and whether it was told to stop."""

    def crash(self, now: float) -> None:
        self.journal.close()
        if self.link is not None:
            self.link.agent_left = True
        self.link = None
        self.boot(now)

    def connect(self, now: float) -> Link:
        self.link = Link(now)
        self.carry_out(self.session.opened(now), now)
        return self.link

    def cut(self, now: float) -> None:
        if self.link is not None:
            self.link.agent_left = True
            self.link = None
            self.session.closed(now)

    def carry_out(self, effects: list[agent_effects.Effect], now: float) -> None:
        for effect in effects:
            match effect:
                case agent_effects.Send(frame=frame) if self.link is not None:
                    self.link.up.append(wire.encode(frame).decode())
                case agent_effects.Start(command=command):
                    self.begin(command)
                case agent_effects.Stop(command_id=command_id):
                    self.runs[command_id] = (self.runs[command_id][0], True)
                case agent_effects.Upload(result=result):
                    taken = self.upload(result)
                    self.carry_out(self.session.uploaded(result.command_id, taken, now), now)
                case agent_effects.Close():
                    self.cut(now)
                case _:
                    pass

    def begin(self, command: wire.Command) -> None:
        earlier = self.executions.setdefault(command.command_id, [])
        assert command.attempt not in earlier, "one attempt was executed twice"
        assert command.action_name == "safe" or not earlier, "a command that must run once ran twice"
        assert command.command_id not in self.runs
        earlier.append(command.attempt)
        self.runs[command.command_id] = (command.attempt, False)

    def end(self, command_id: str, success: bool, size: int, now: float) -> None:
        attempt, stopped = self.runs.pop(command_id)
        data = {"execution": len(self.executions[command_id]), "pad": "x" * size}
        error = None if success else Failure(code="CANCELLED" if stopped else "BROKEN", message="no")
        self.outcomes.setdefault(command_id, []).append(
            wire.Result(command_id=command_id, attempt=attempt, success=success, data=data, error=error)
        )
        self.carry_out(self.session.finished(command_id, Outcome(success, data=data, error=error), now), now)

    def receive(self, text: str, now: float) -> None:
        self.carry_out(self.session.receive(text, now), now)

    def tick(self, now: float) -> None:
        self.carry_out(self.session.tick(now), now)
