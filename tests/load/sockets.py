"""A WebSocket client of few instructions, so that one process can hold 10,000 of them.

Frames are masked with the key zero, which is legal and leaves the bytes as they are; the server
unmasks them as any others.
"""

from __future__ import annotations

import asyncio
import re

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_MASK = b"\0\0\0\0"
_RETRY_AFTER = re.compile(rb"^retry-after:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def frame(opcode: int, payload: bytes) -> bytes:
    """One client frame."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2)
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + size.to_bytes(8)
    return head + _MASK + payload


def handshake(port: int, path: str, subprotocol: str, *headers: str) -> bytes:
    """The upgrade request, without an offer of compression."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {subprotocol}",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode()


class ClientSocket(asyncio.Protocol):
    """One client, through all its connections: ``dial`` again after ``lost`` or ``refused``."""

    __slots__ = ("_buffer", "_request", "_settled", "_upgraded", "close_code", "transport")

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = b""
        self._upgraded = False
        self._settled = True
        self.close_code = 1006
        self.transport: asyncio.Transport | None = None

    # What becomes of it; to be overridden.

    def opened(self) -> None:
        """The upgrade is done."""

    def refused(self, status: int, retry_after: float | None) -> None:
        """The server answered something else than 101; ``status`` 0: nobody listens."""

    def heard(self, opcode: int, payload: bytes) -> None:
        """A text or binary message."""

    def lost(self, upgraded: bool) -> None:
        """The connection ended; ``close_code`` says how. Not called after ``refused``."""

    async def dial(self, port: int) -> None:
        """Connect; what follows is told by the methods above."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        except OSError:
            self.refused(0, None)

    def say(self, opcode: int, payload: bytes) -> None:
        """Send one frame, if there is a connection."""
        if self.transport is not None:
            self.transport.write(frame(opcode, payload))

    def cut(self) -> None:
        """End the connection without a word."""
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._buffer, self._upgraded, self._settled, self.close_code = b"", False, False, 1006
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if not self._settled:
            self._settled = True
            self.lost(self._upgraded)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, end, buffer = buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if not self._upgrade(head):
                return
        self._buffer = self._take_frames(buffer)

    def _upgrade(self, head: bytes) -> bool:
        status = int(head[9:12])
        if status == 101:
            self._upgraded = True
            self.opened()
            return True
        found = _RETRY_AFTER.search(head)
        self._settled = True
        self.cut()
        self.refused(status, float(found[1]) if found else None)
        return False

    def _take_frames(self, buffer: bytes) -> bytes:
        """Hands on every whole frame; what is left of the next."""
        at = 0
        while len(buffer) - at >= 2:
            size, start = buffer[at + 1], at + 2
            if size >= 126:
                width = 2 if size == 126 else 8
                start += width
                if len(buffer) < start:
                    break
                size = int.from_bytes(buffer[start - width : start])
            if len(buffer) < start + size:
                break
            self._take(buffer[at] & 0x0F, buffer[start : start + size])
            at = start + size
        return buffer[at:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode in (TEXT, BINARY):
            self.heard(opcode, payload)
        elif opcode == PING:
            self.say(PONG, payload)
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2]) if payload else 1005
            self.say(CLOSE, payload[:2])
