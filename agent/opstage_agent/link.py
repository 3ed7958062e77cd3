"""Ties the session to whatever carries its frames, to the runner and to the providers.

The link lives as long as the agent; transports come and go. It carries out the session's effects,
keeps its time, and is the only place where the session is touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from typing import Any, Protocol

import msgspec

from opstage_agent import wire
from opstage_agent.desk import Outcome
from opstage_agent.effects import (
    Answered,
    Close,
    Effect,
    Evaluate,
    RotateToken,
    Send,
    ServerLeaving,
    Start,
    Stop,
    Upload,
    Welcomed,
)
from opstage_agent.errors import ConfigurationError, OpstageError, ServerUnreachable
from opstage_agent.mailbox import Said
from opstage_agent.rest import CallRefused, Rest
from opstage_agent.rotation import Rotation
from opstage_agent.runner import Runner
from opstage_agent.session import Session
from opstage_agent.survey import Survey
from opstage_agent.times import Clock

CHANGE_SECONDS = 0.25
"""Providers are not asked more often than this, however often a change is announced."""

_log = logging.getLogger("opstage_agent")


class Transport(Protocol):
    """One connection, socket or polling."""

    tells_lost: bool
    """True when ``hello`` reaches the server, so that it knows what an earlier process lost."""

    def send(self, frame: msgspec.Struct) -> None:
        """Queue a frame. Never blocks; a transport that cannot keep up ends itself."""

    def messages(self) -> AsyncGenerator[str | bytes | wire.AgentDown]:
        """What the server says, until the connection ends."""

    def close(self, code: int, reason: str) -> None:
        """End the connection soon."""


class Link:
    """See the module."""

    def __init__(
        self, session: Session, runner: Runner, survey: Survey, rest: Rest, clock: Clock, rotation: Rotation
    ) -> None:
        self.session = session
        self._rotation = rotation
        self._runner = runner
        self._survey = survey
        self._rest = rest
        self._clock = clock
        self._transport: Transport | None = None
        self._moved = asyncio.Event()
        self._look_wanted = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: dict[str, asyncio.Future[wire.EventStored]] = {}
        """Who waits for the answer to which bus event."""
        self.welcomed_at: float | None = None
        """When the present connection, or the last one, was welcomed; None when it was not."""
        self.retry_after: float | None = None
        """What the server asked for when it said bye on the last connection."""

    @property
    def connected(self) -> bool:
        """True while a welcomed connection is up."""
        return self.session.welcomed

    @property
    def open(self) -> bool:
        """True while a connection is up, welcomed or not."""
        return self._transport is not None

    def begin(self) -> None:
        """Start looking after changes."""
        self._spawn(self._keep_looking())

    async def end(self) -> None:
        """Cancel what the link does by itself."""
        self._survey.close()
        self.give_up(ServerUnreachable("The agent ends; the event may not have arrived."))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def give_up(self, error: OpstageError) -> None:
        """There will be no answer any more: tell those who wait for one."""
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(error)

    async def converse(self, transport: Transport) -> None:
        """Use this connection until it ends."""
        self.welcomed_at = self.retry_after = None
        self._transport = transport
        timekeeper = asyncio.create_task(self._keep_time(), name="opstage-time")
        try:
            self._apply(self.session.opened(self._clock()))
            async with aclosing(transport.messages()) as messages:
                async for message in messages:
                    self._apply(self._receive(message))
        finally:
            self._transport = None
            timekeeper.cancel()
            self.session.closed(self._clock())

    def look_again(self) -> None:
        """Something changed: ask the providers soon."""
        self._look_wanted.set()

    def stop_taking(self) -> None:
        """Turn new commands away."""
        self.session.stop_taking()

    def leave(self, reason: str) -> None:
        """Say bye on this connection and close it once that is written."""
        self._apply(self.session.leaving(reason, self._clock()))
        if self._transport is not None:
            self._transport.close(1000, reason)

    async def publish(self, event: wire.Event) -> wire.EventStored:
        """Hand a bus event over, now or with the next connection, and wait for its answer.

        ServerUnreachable when too many wait, or when the agent ends before the answer.
        """
        if event.event_ref in self._answers:
            raise ConfigurationError(f"An event with the reference {event.event_ref} is on its way.")
        waiting: asyncio.Future[wire.EventStored] = asyncio.get_running_loop().create_future()
        self._answers[event.event_ref] = waiting
        try:
            self._apply(self.session.publish(event, self._clock()))
            return await waiting
        finally:
            del self._answers[event.event_ref]
            self.session.withdraw(event.event_ref)

    def _answered(self, answer: wire.EventStored) -> None:
        waiting = self._answers.get(answer.event_ref)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def finished(self, command_id: str, outcome: Outcome) -> None:
        """For the runner."""
        self._apply(self.session.finished(command_id, outcome, self._clock()))

    def said(self, said: Said) -> None:
        """For the runner."""
        if said.lines:
            self._apply(self.session.output(said.command_id, said.lines, self._clock()))
        if said.progress is not None:
            self._apply(self.session.progress(said.command_id, *said.progress, self._clock()))

    def _receive(self, message: str | bytes | wire.AgentDown) -> list[Effect]:
        if isinstance(message, str | bytes):
            return self.session.receive(message, self._clock())
        return self.session.receive_frame(message, self._clock())

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(frame) if self._transport is not None:
                    self._transport.send(frame)
                case Start(command):
                    self._runner.start(command)
                case Stop(command_id, reason):
                    self._runner.stop(command_id, reason)
                case Evaluate():
                    self.look_again()
                case Upload(result):
                    self._spawn(self._upload(result))
                case RotateToken():
                    self._spawn(self._rotation.rotate())
                case Answered(answer):
                    self._answered(answer)
                case Welcomed():
                    self._welcomed()
                case ServerLeaving(code, text, retry_after):
                    self.retry_after = retry_after
                    _log.info("The server says bye: %d %s", code, text)
                case Close(code, reason) if self._transport is not None:
                    self._transport.close(code, reason)
        self._moved.set()

    def _welcomed(self) -> None:
        self.welcomed_at = self._clock()
        _log.info("Connected to the server.")
        if self._transport is not None and not self._transport.tells_lost:
            self._apply(self.session.give_up_lost(self._clock()))

    async def _keep_time(self) -> None:
        while True:
            self._moved.clear()
            deadline = self.session.deadline()
            wait = None if deadline is None else max(0.0, deadline - self._clock())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), wait)
                continue
            self._apply(self.session.tick(self._clock()))

    async def _keep_looking(self) -> None:
        while True:
            await self._look_wanted.wait()
            self._look_wanted.clear()
            try:
                self._apply(self.session.update(await self._survey.look(), self._clock()))
            except Exception:
                _log.exception("The services could not be looked at.")
            await asyncio.sleep(CHANGE_SECONDS)

    async def _upload(self, result: wire.Result) -> None:
        taken = await store_result(self._rest, result)
        self._apply(self.session.uploaded(result.command_id, taken, self._clock()))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def store_result(rest: Rest, result: wire.Result) -> bool:
    """Send a result over REST; False when it should be tried again.

    A refusal (already completed, unknown, too large) is an answer: asking again changes nothing.
    """
    try:
        await rest.result(result)
    except CallRefused as error:
        _log.warning("The server did not take the result of %s: %s", result.command_id, error)
    except ServerUnreachable as error:
        _log.info("The result of %s could not be sent yet: %s", result.command_id, error)
        return False
    except OpstageError as error:
        _log.warning("The result of %s could not be sent: %s", result.command_id, error)
        return False
    return True
