"""What both live channels share: receiving until one side ends it, and ending it with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from opstage.hub.ports import Disconnected, Socket
from opstage_agent.wire import CloseCode, ServerBye, encode

SEND_SECONDS = 10.0
"""A frame that cannot be sent within this ends the connection (4000)."""
BYE_SECONDS = 1.0
"""How long the last frame before a deliberate close may take."""


@dataclass(frozen=True)
class Ending:
    """Why the server ends a connection."""

    code: CloseCode
    reason: str
    retry_after: float | None = None


class Channel:
    """One accepted socket. ``end`` may be called from anywhere, any number of times; the first counts."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._waiting: asyncio.Timeout | None = None
        self.ending: Ending | None = None
        self.peer_gone = False

    @property
    def over(self) -> bool:
        """True once either side ended it."""
        return self.peer_gone or self.ending is not None

    async def messages(self) -> AsyncIterator[str | bytes]:
        """Messages until the peer is gone or ``end`` was called; what is being handled is not interrupted."""
        while not self.over:
            try:
                async with asyncio.timeout(None) as self._waiting:
                    message = await self._socket.receive()
            except TimeoutError:
                return
            except Disconnected:
                self.peer_gone = True
                return
            finally:
                self._waiting = None
            yield message

    def end(self, code: CloseCode, reason: str, retry_after: float | None = None) -> None:
        """End it: ``messages`` stops, and ``finish`` will tell the peer why."""
        if self.over:
            return
        self.ending = Ending(code, reason, retry_after)
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def send(self, message: str | bytes) -> bool:
        """Send one message; a peer that does not take it in time is too slow, and False is answered."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send(message)
        except TimeoutError:
            self.end(CloseCode.TOO_SLOW, f"a frame could not be sent within {SEND_SECONDS:.0f} s")
            return False
        return True

    async def finish(self) -> None:
        """Say why, and close. Does nothing for a peer that is gone."""
        if self.ending is None or self.peer_gone:
            return
        if self.ending.code is not CloseCode.TOO_SLOW:
            await self._say_bye(self.ending)
        await self._socket.close(self.ending.code, self.ending.reason)

    async def _say_bye(self, ending: Ending) -> None:
        bye = ServerBye(code=ending.code, message=ending.reason, retry_after_seconds=ending.retry_after)
        try:
            async with asyncio.timeout(BYE_SECONDS):
                await self._socket.send(encode(bye).decode())
        except TimeoutError:
            return
