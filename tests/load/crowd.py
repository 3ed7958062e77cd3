"""Thousands of simulated agents in one event loop: the real wire, the real back-off rules."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Sequence

import msgspec
from tests.load.population import Member, health, hello, service_code
from tests.load.sockets import PING, TEXT, ClientSocket, handshake

from opstage_agent import wire
from opstage_agent.backoff import GOOD_SESSION_SECONDS, Backoff

OPEN_SECONDS = 15.0
"""As the agent library: an upgrade and welcome that take longer count as failed."""
FAILED_UPGRADES = 3
"""As the agent library: after so many it would fall back to polling."""
STEP_SECONDS = 0.005

_down: msgspec.json.Decoder[wire.AgentDown] = msgspec.json.Decoder(wire.AgentDown)


class Tally(msgspec.Struct):
    """What happened since the last ``take``."""

    up: int = 0
    welcomed: int = 0
    refused: int = 0
    """503 and the like, with or without Retry-After."""
    unreachable: int = 0
    overdue: int = 0
    """Not welcomed within OPEN_SECONDS."""
    lost: int = 0
    final: int = 0
    """Close codes from 4500 on: these agents stay away."""
    fallen: int = 0
    """Agents that the library would have sent to polling by now."""
    errors: int = 0
    first_welcome: float = 0.0
    half_welcome: float = 0.0
    last_welcome: float = 0.0
    """Of the monotonic clock."""
    sent: int = 0
    delays: list[float] = []
    """Seconds from the operator's call to the ``command`` frame."""


class SimAgent(ClientSocket):
    """One agent. It comes back by itself whenever its connection ends."""

    __slots__ = ("_backoff", "_crowd", "_failed_upgrades", "_overdue", "_seq", "_since", "_wish", "member")

    def __init__(self, crowd: Crowd, member: Member) -> None:
        token = f"Authorization: Bearer {member.token}"
        super().__init__(handshake(crowd.port, wire.AGENT_PATH, wire.AGENT_SUBPROTOCOL, token))
        self.member = member
        self._crowd = crowd
        self._backoff = Backoff()
        self._seq = 0
        self._since: float | None = None
        self._failed_upgrades = 0
        self._wish: float | None = None
        self._overdue: asyncio.TimerHandle | None = None

    @property
    def up(self) -> bool:
        """True once welcomed."""
        return self._since is not None

    def settle(self) -> None:
        """Let the session count as one that lasted, as those before a real storm did."""
        if self._since is not None:
            self._since = min(self._since, time.monotonic() - GOOD_SESSION_SECONDS)

    def start(self) -> None:
        """Dial now."""
        self._overdue = asyncio.get_running_loop().call_later(OPEN_SECONDS, self._too_late)
        self._crowd.run(self.dial(self._crowd.port))

    def beat(self, with_health: bool, turning: bool) -> None:
        """A heartbeat; with health its message is the time, so that a reader can tell its age."""
        self._seq += 1
        said = None
        if with_health:
            number = self.member.number
            said = {
                service_code(number): health(
                    number, f"{time.monotonic():.4f}", down=turning and self._seq % 2 == 1
                )
            }
        self.say(TEXT, wire.encode(wire.Heartbeat(seq=self._seq, running=[], health=said)))

    def opened(self) -> None:
        self._seq = self._failed_upgrades = 0
        self._wish = None
        self.say(TEXT, wire.encode(hello(self.member.number)))

    def refused(self, status: int, retry_after: float | None) -> None:
        self._calm()
        if status:
            self._crowd.tally.refused += 1
        else:
            self._crowd.tally.unreachable += 1
        self._again(self._backoff.after_failure(retry_after))

    def lost(self, upgraded: bool) -> None:
        self._calm()
        if self._since is not None:
            self._gone(time.monotonic() - self._since)
            return
        if not upgraded:
            self._failed_upgrades += 1
            self._crowd.tally.fallen += self._failed_upgrades == FAILED_UPGRADES
        self._again(self._backoff.after_failure())

    def heard(self, opcode: int, payload: bytes) -> None:
        match _down.decode(payload):
            case wire.Welcome():
                self._calm()
                self._since = time.monotonic()
                self._crowd.welcomed(self._since)
            case wire.Command() as command:
                self._obey(command)
            case wire.ServerBye() as bye:
                self._wish = bye.retry_after_seconds
            case wire.ErrorFrame():
                self._crowd.tally.errors += 1

    def _gone(self, seconds: float) -> None:
        self._since = None
        self._crowd.gone()
        if self.close_code >= 4500:
            self._crowd.tally.final += 1
            return
        self._again(self._backoff.after_session(seconds, self._wish))

    def _obey(self, command: wire.Command) -> None:
        at = command.payload.get("text")
        if at is not None:
            self._crowd.tally.delays.append(time.monotonic() - float(at))
        key, attempt = command.command_id, command.attempt
        self.say(TEXT, wire.encode(wire.Accept(command_id=key, attempt=attempt)))
        result = wire.Result(command_id=key, attempt=attempt, success=True, data=command.payload)
        self.say(TEXT, wire.encode(result))

    def _too_late(self) -> None:
        self._crowd.tally.overdue += 1
        self.cut()

    def _calm(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _again(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.start)


class Crowd:
    """All agents of this process."""

    def __init__(self, port: int, members: Sequence[Member]) -> None:
        self.port = port
        self.tally = Tally()
        self.up = 0
        self._waiting: asyncio.Event = asyncio.Event()
        self._wanted = 0
        self._running: set[asyncio.Task[None]] = set()
        self._paced: list[asyncio.Task[None]] = []
        self.agents = [SimAgent(self, member) for member in members]
        self._started = 0

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Keep a task until it is done."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def gather(self, count: int, per_second: float, seconds: float) -> None:
        """Start agents until ``count`` are started, evenly; return when ``count`` are up."""
        new = self.agents[self._started : count]
        came = iter(new)
        self._started = max(self._started, count)
        pacing = asyncio.create_task(pace(per_second, lambda: next(came).start(), len(new)))
        await self.all_up(seconds, count)
        await pacing

    async def all_up(self, seconds: float, count: int | None = None) -> None:
        """Return when all (or ``count``) started agents are up. TimeoutError."""
        self._wanted = self._started if count is None else count
        self._waiting.clear()
        if self.up < self._wanted:
            async with asyncio.timeout(seconds):
                await self._waiting.wait()

    def welcomed(self, at: float) -> None:
        """An agent is up."""
        self.up += 1
        tally = self.tally
        tally.welcomed += 1
        tally.first_welcome = tally.first_welcome or at
        tally.last_welcome = at
        if tally.welcomed == self._started // 2:
            tally.half_welcome = at
        if self.up >= self._wanted:
            self._waiting.set()

    def gone(self) -> None:
        """An agent's session ended."""
        self.up -= 1
        self.tally.lost += 1

    def beat(self, per_second: float, with_health: bool, turning: bool) -> None:
        """Heartbeats from one agent after the other, until ``rest``."""
        turn = itertools.cycle(self.agents[: self._started])
        self._pace(per_second, lambda: self._send(lambda: next(turn).beat(with_health, turning)))

    def ping(self, per_second: float) -> None:
        """WebSocket pings, as the agent library sends them every 20 s, until ``rest``."""
        turn = itertools.cycle(self.agents[: self._started])
        self._pace(per_second, lambda: next(turn).say(PING, b"ping"))

    def rest(self) -> None:
        """Say nothing any more."""
        for task in self._paced:
            task.cancel()
        self._paced.clear()

    def settle(self) -> None:
        """Let all sessions count as good ones."""
        for agent in self.agents:
            agent.settle()

    def cut(self) -> None:
        """All connections end at once, without a word."""
        for agent in self.agents:
            agent.cut()

    def take(self) -> Tally:
        """What happened since the last time."""
        taken, self.tally = self.tally, Tally()
        taken.up = self.up
        return taken

    def _send(self, say: Callable[[], None]) -> None:
        say()
        self.tally.sent += 1

    def _pace(self, per_second: float, act: Callable[[], None]) -> None:
        if per_second > 0:
            self._paced.append(asyncio.create_task(pace(per_second, act)))


async def pace(per_second: float, act: Callable[[], None], times: int | None = None) -> None:
    """Call ``act`` so often, evenly; for ever, or ``times`` times."""
    loop = asyncio.get_running_loop()
    began, done = loop.time(), 0
    while times is None or done < times:
        due = int((loop.time() - began) * per_second)
        if times is not None:
            due = min(due, times)
        for _ in range(due - done):
            act()
        done = max(done, due)
        await asyncio.sleep(STEP_SECONDS)
