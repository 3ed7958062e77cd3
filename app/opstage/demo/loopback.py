"""A small HTTP/1.1 server on a loopback port, for the services that need somebody to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

HEAD_BYTES = 16 * 1024
BODY_BYTES = 64 * 1024
KEEP_ALIVE_SECONDS = 30.0


@dataclass(frozen=True)
class Request:
    """What was asked; header names are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Request], Awaitable[Reply]]


class LoopbackServer:
    """Serves ``handler`` on 127.0.0.1 at a port of the system's choice, until ``stop``."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def url(self) -> str:
        """Address without a slash at the end; raises RuntimeError before ``start``."""
        if self._server is None:
            raise RuntimeError("the loopback server has no address before start()")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listens."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=HEAD_BYTES)

    async def stop(self) -> None:
        """Closes the port and every open connection."""
        if self._server is None:
            return
        self._server.close()
        connections = dict(self._open)
        for writer in connections.values():
            # Ends the conversation the way a visitor's leaving does.
            writer.close()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        task.add_done_callback(self._open.pop)
        # A visitor that leaves, dawdles or talks nonsense only loses its own connection.
        with suppress(
            OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError
        ):
            await self._converse(reader, writer)
        with suppress(OSError):
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                request = await _read(reader)
            reply = await self._handler(request)
            writer.write(_head(reply) + (b"" if request.method == "HEAD" else reply.body))
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                return


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _version = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= BODY_BYTES:
        raise ValueError(f"a body of at most {BODY_BYTES} bytes was expected, {length} were announced")
    return Request(method, path, headers, await reader.readexactly(length))


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"Content-Type: {reply.content_type}", f"Content-Length: {len(reply.body)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
