"""One agent's connection: the pump between its socket and its session."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from opstage.clock import Clock
from opstage.core.agent_session import AgentSession, Close, Deliver, Effect
from opstage.hub.channel import Channel
from opstage.hub.ports import Socket
from opstage_agent.wire import AgentUp, CloseCode, encode

OUTBOX_FRAMES = 256
"""Frames that may wait for a slow agent. At most 8 commands are at an agent, so more means it is stuck."""
HELD_UP_SECONDS = 0.25
"""A look that comes so late shows that the server was held up, and has yet to read what came meanwhile."""

Handler: TypeAlias = "Callable[[Link, AgentUp], Awaitable[None]]"


class Link:
    """A connection of an authenticated agent. ``run`` returns when it is over.

    ``send`` never waits: frames leave in order by a task that lives only while there are any.
    """

    def __init__(
        self, agent_id: str, connection_id: str, socket: Socket, session: AgentSession, clock: Clock
    ) -> None:
        self.agent_id = agent_id
        self.connection_id = connection_id
        self.session = session
        self.instance = ""
        self.said_bye = False
        self.welcomed = False
        self._channel = Channel(socket)
        self._clock = clock
        self._outbox: deque[str] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def silent(self) -> bool:
        """True when it was given up because nothing came."""
        ending = self._channel.ending
        return ending is not None and ending.code is CloseCode.NO_HEARTBEAT

    async def run(self, handle: Handler) -> None:
        """Receive frames and hand each to ``handle``, in order, until either side ends it."""
        self._watch()
        try:
            async for message in self._channel.messages():
                await self._carry_out(self.session.receive(message, self._clock.now()), handle)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            await self._flush()
            await self._channel.finish()

    def send(self, frame: msgspec.Struct) -> None:
        """Queue a frame; an agent that lets too many pile up is closed as too slow."""
        if self._channel.over:
            return
        self._outbox.append(encode(frame).decode())
        if len(self._outbox) > OUTBOX_FRAMES:
            self.end(CloseCode.TOO_SLOW, f"more than {OUTBOX_FRAMES} frames wait to be read")
        elif self._sender is None:
            self._sender = asyncio.create_task(self._send_all())

    def end(self, code: CloseCode, reason: str, retry_after: float | None = None) -> None:
        """End the connection, telling the agent why."""
        self._channel.end(code, reason, retry_after)

    async def _carry_out(self, effects: list[Effect], handle: Handler) -> None:
        for effect in effects:
            if isinstance(effect, Deliver):
                await handle(self, effect.frame)
            elif isinstance(effect, Close):
                self.end(effect.code, effect.reason)
            else:
                self.send(effect.frame)

    async def _send_all(self) -> None:
        try:
            while self._outbox:
                if not await self._channel.send(self._outbox.popleft()):
                    self._outbox.clear()
        finally:
            self._sender = None

    async def _flush(self) -> None:
        if self._sender is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await asyncio.shield(self._sender)

    def _watch(self, late: float = 0.0) -> None:
        now = self._clock.now()
        if late > HELD_UP_SECONDS:
            self._look_in(HELD_UP_SECONDS)
            return
        for effect in self.session.tick(now):
            if isinstance(effect, Close):
                self.end(effect.code, effect.reason)
                return
        self._look_in(max(0.05, self.session.deadline() - now))

    def _look_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        self._timer = loop.call_at(due, lambda: self._watch(loop.time() - due))
