"""A WebSocket between the server and the hub that cannot grow.

Quart copies every inbound message into an unbounded queue with a task of its own and fires a
signal for each; a flood of 480 MB grew the server by 497 MB. Here the hub reads Hypercorn's own
queue (10 messages), so a peer that sends faster than it is read is held back by TCP, and a third
of the cost per message is saved.

Quart decides over the handshake only. Once a handler has accepted, its request context is left and
the socket is carried outside of it: contexts are a quarter of what a quiet connection holds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart import Quart, websocket
from quart.asgi import ASGIWebsocketConnection

from opstage.hub.ports import Disconnected

log = logging.getLogger("opstage.live")

CLOSE_SECONDS = 2.0
"""How long a close may wait for the peer before the connection is given up."""
SWALLOW_SECONDS = 30.0
"""How long frames of a closed connection are read and thrown away."""

_swallowing: set[asyncio.Task[None]] = set()

Carry: TypeAlias = "Callable[[BoundedSocket], Awaitable[None]]"


class BoundedSocket(ASGIWebsocketConnection):
    """One WebSocket, read directly from the server."""

    def __init__(self, app: Quart, scope: Any) -> None:
        self.app = app
        self.scope = scope
        self.queue = _NoQueue()  # type: ignore[assignment]
        self.carry: Carry | None = None
        """What to do with the socket once the handshake's handler has returned."""
        self.code: int | None = None
        """The close code, once there is one."""
        self._accepted = False
        self._closed = False
        self._gone = False
        scope["opstage.socket"] = self

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Let Quart handle the handshake, carry the socket, and read on until the peer is gone."""
        self._receive = receive
        self._send = send
        await receive()
        await self._shake_hands(send)
        if self.carry is None:
            return
        began = time.monotonic()
        log.info("Live connection opened: %s", self.scope["path"])
        try:
            await self.carry(self)
        finally:
            log.info(
                "Live connection closed (%s) after %.0f s: %s",
                self.code or "lost",
                time.monotonic() - began,
                self.scope["path"],
            )
            if not self._gone:
                await self._swallow()

    async def _shake_hands(self, send: ASGISendCallable) -> None:
        await self.handle_websocket(self._create_websocket_from_scope(send), send)
        # ``accept`` kept Quart from closing the socket behind its handler.
        self._closed = False

    async def accept(self, subprotocol: str, carry: Carry) -> None:
        """Upgrade; ``carry`` gets the socket when the handler has returned."""
        await websocket.accept(subprotocol=subprotocol)
        self.carry = carry
        self._closed = True

    async def receive(self) -> str | bytes:
        """The next message. Raises Disconnected when there will be none."""
        event = await self._receive()
        if event["type"] == "websocket.receive":
            text = event.get("text")
            return text if text is not None else event["bytes"] or b""
        self._gone = True
        code = event["code"] if event["type"] == "websocket.disconnect" else None
        self.code = self.code or code
        raise Disconnected(code or 1006)

    async def send(self, message: str | bytes) -> None:
        """Send one message; returns when the kernel has taken it."""
        if isinstance(message, str):
            await self._send({"type": "websocket.send", "bytes": None, "text": message})
        else:
            await self._send({"type": "websocket.send", "bytes": message, "text": None})

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame; gives up after CLOSE_SECONDS on a peer that does not read."""
        if self._closed:
            return
        self._closed = True
        self.code = self.code or code
        closing = {"type": "websocket.close", "code": code, "reason": reason}
        try:
            await asyncio.wait_for(self._send(closing), CLOSE_SECONDS)  # type: ignore[arg-type]
        except TimeoutError:
            return

    async def _swallow(self) -> None:
        # Hypercorn's reader must never block on a queue that nobody reads any more.
        task = asyncio.create_task(self._until_gone())
        _swallowing.add(task)
        task.add_done_callback(_swallowing.discard)
        await asyncio.wait({task}, timeout=CLOSE_SECONDS)

    async def _until_gone(self) -> None:
        try:
            async with asyncio.timeout(SWALLOW_SECONDS):
                while True:
                    await self.receive()
        except (Disconnected, TimeoutError):
            return


class _NoQueue:
    """Quart asks for a queue's ``get``; nothing may read through it."""

    async def get(self) -> str:
        raise RuntimeError("Read the BoundedSocket, not Quart's websocket.")


async def accept(subprotocol: str, carry: Carry) -> None:
    """Upgrade the handshake that is being handled; ``carry`` gets the socket afterwards."""
    socket: BoundedSocket = websocket.scope["opstage.socket"]  # type: ignore[typeddict-item]
    await socket.accept(subprotocol, carry)
