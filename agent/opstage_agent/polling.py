"""The agent channel over REST, for networks that let no WebSocket through.

To the session it is a connection like any other: its frames become calls, and the answers become
frames. What has no call (``accept``, ``progress``, ``output``) is left out; cancels do not arrive.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

import msgspec

from opstage_agent import wire
from opstage_agent.rest import CallRefused, ClaimedCommand, Rest
from opstage_agent.session import Session
from opstage_agent.times import Clock, iso
from opstage_agent.wire import Failure, Result

HEARTBEAT_SECONDS = 30.0
POLL_SECONDS = 5.0
"""Between polls of a server that answers at once, and while no slot is free."""

_log = logging.getLogger("opstage_agent")
_Message = wire.AgentDown | Exception | None


class PollingTransport:
    """A connection that consists of calls. It ends at ``until``, or by the error of a call."""

    tells_lost = False

    def __init__(self, rest: Rest, session: Session, clock: Clock, until: float) -> None:
        self._rest = rest
        self._session = session
        self._clock = clock
        self._until = until
        self._outgoing: asyncio.Queue[msgspec.Struct | None] = asyncio.Queue()
        self._inbox: asyncio.Queue[_Message] = asyncio.Queue()
        self._reported = asyncio.Event()

    def send(self, frame: msgspec.Struct) -> None:
        """Queue the call this frame stands for, if there is one."""
        if isinstance(
            frame, wire.Hello | wire.Report | wire.Heartbeat | wire.Result | wire.Reject | wire.Event
        ):
            self._outgoing.put_nowait(frame)

    def close(self, code: int, reason: str) -> None:
        """End once what is queued is sent. A poll under way is given up."""
        self._outgoing.put_nowait(None)

    async def messages(self) -> AsyncGenerator[wire.AgentDown]:
        """What the calls brought. Raises what ended them: ServerUnreachable, CredentialRefused."""
        workers = [asyncio.create_task(self._guarded(work)) for work in (self._write(), self._poll())]
        try:
            while True:
                message = await self._inbox.get()
                if message is None:
                    return
                if isinstance(message, Exception):
                    raise message
                yield message
                self._inbox.task_done()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self._inbox.put_nowait(error)
        else:
            self._inbox.put_nowait(None)

    # --- up --------------------------------------------------------------------------------------

    async def _write(self) -> None:
        while (frame := await self._outgoing.get()) is not None:
            await self._call(frame)

    async def _call(self, frame: msgspec.Struct) -> None:
        match frame:
            case wire.Hello():
                self._inbox.put_nowait(self._welcome(await self._report(frame.services)))
                self._reported.set()
            case wire.Report():
                if frame.services:
                    self._inbox.put_nowait(wire.Reported(services=await self._report(frame.services)))
            case wire.Heartbeat():
                await self._heartbeat(frame)
            case wire.Result():
                await self._result(frame)
            case wire.Event():
                self._inbox.put_nowait(await self._event(frame))
            case wire.Reject():
                # The poll has claimed it: nobody else will run it, so the refusal is its result.
                failure = Failure(code=frame.code, message=frame.message)
                await self._result(
                    Result(command_id=frame.command_id, attempt=frame.attempt, success=False, error=failure)
                )

    def _welcome(self, services: list[wire.ServiceRef]) -> wire.Welcome:
        return wire.Welcome(
            agent_id=self._rest.agent_id,
            connection_id="polling",
            server_time=iso(self._clock()),
            heartbeat_seconds=HEARTBEAT_SECONDS,
            lease_seconds=wire.LEASE_SECONDS,
            services=services,
            forget=[],
            stop=[],
            limits=wire.Limits(frame_bytes=2 * wire.RESULT_BYTES),
        )

    async def _report(self, services: list[wire.ReportedService]) -> list[wire.ServiceRef]:
        try:
            return await self._rest.report(services)
        except CallRefused as error:
            _log.warning("The server does not take the report: %s", error)
            return []

    async def _heartbeat(self, frame: wire.Heartbeat) -> None:
        ids = self._session.service_ids
        told = [(ids[code], health) for code, health in (frame.health or {}).items() if code in ids]
        wanted = [await self._rest.heartbeat(service_id, health) for service_id, health in told]
        if any(wanted or [await self._rest.heartbeat()]):
            self._inbox.put_nowait(wire.Rotate())

    async def _event(self, frame: wire.Event) -> wire.EventStored:
        try:
            return await self._rest.publish(frame)
        except CallRefused as error:
            details = {} if error.retry_after is None else {"retryAfterSeconds": error.retry_after}
            failure = Failure(code=error.code, message=error.message, details=details or None)
            return wire.EventStored(event_ref=frame.event_ref, error=failure)

    async def _result(self, frame: wire.Result) -> None:
        try:
            await self._rest.result(frame)
        except CallRefused as error:
            _log.warning("The server did not take the result of %s: %s", frame.command_id, error)
        self._inbox.put_nowait(wire.Stored(command_id=frame.command_id, attempt=frame.attempt))

    # --- down ------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        """A poll under way is never given up for the time: what it claims must be run."""
        await self._reported.wait()
        await self._inbox.join()
        while self._clock() < self._until:
            free = self._session.free_slots()
            took = 0.0
            if free > 0:
                claimed, took = await self._rest.commands(free)
                for command in claimed:
                    self._inbox.put_nowait(self._frame(command))
                if claimed:
                    # Their slots must be taken before the free ones are counted again.
                    await self._inbox.join()
                    continue
            if took < 1.0:
                await asyncio.sleep(POLL_SECONDS if free else 1.0)

    def _frame(self, command: ClaimedCommand) -> wire.Command:
        codes = {service_id: code for code, service_id in self._session.service_ids.items()}
        return wire.Command(
            command_id=command.id,
            attempt=command.attempt,
            kind=command.type,
            service_code=command.service_code or codes.get(command.service_id, command.service_id),
            action_name=command.action_name,
            payload=command.payload,
            timeout_seconds=command.timeout_seconds,
        )
