"""Something between an agent and the server: it lets no WebSocket through, or swallows an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from opstage_agent.wire import AGENT_PATH

BLOCKED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Gate:
    """A TCP proxy before the server on ``port``, with its own address in ``url``."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self.blocks_sockets = False
        self.shut = False
        """Nobody gets in."""
        self.swallows: bytes | None = None
        """Answers that hold this do not arrive."""
        self.swallowed = asyncio.Event()
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """End every connection at once, as a network does, and let nobody in."""
        self.shut = True
        for writer in self._open:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        if self.shut:
            writer.transport.abort()
            return
        self._open.add(writer)
        inner: asyncio.StreamWriter | None = None
        back: asyncio.Task[None] | None = None
        try:
            while chunk := await reader.read(65536):
                if self.blocks_sockets and chunk.startswith(b"GET " + AGENT_PATH.encode()):
                    writer.write(BLOCKED)
                    return
                if inner is None:
                    answers, inner = await asyncio.open_connection("127.0.0.1", self._port)
                    back = asyncio.create_task(self._answer(answers, writer))
                inner.write(chunk)
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            if back is not None:
                back.cancel()
            for each in (writer, inner):
                if each is not None:
                    each.close()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await answers.read(65536):
                if self.swallows is not None and self.swallows in chunk:
                    self.swallowed.set()
                    continue
                writer.write(chunk)


@asynccontextmanager
async def gate(port: int) -> AsyncIterator[Gate]:
    """A gate on a free port for as long as the context lasts."""
    made = Gate(port)
    clients: set[asyncio.Task[None]] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        task.add_done_callback(clients.discard)
        with suppress(asyncio.CancelledError):
            await made.carry(reader, writer)

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in list(clients):
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
