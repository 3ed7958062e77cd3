"""A small real server to test the agent's I/O against: REST calls and agent sockets on one port.

It decides nothing by itself. A test says what calls are answered with and speaks for the server on
each socket. Everything that came in is kept for the test to look at.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from opstage_agent import wire

T = TypeVar("T", bound=msgspec.Struct)
DEADLINE = 60.0


@dataclass(frozen=True)
class Call:
    """One HTTP request."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """What a call is answered with; ``body`` is sent as JSON unless it is bytes."""

    status: int = 200
    body: Any = field(default_factory=lambda: {"success": True, "data": {}})
    headers: dict[str, str] = field(default_factory=dict)


def data(value: object) -> Answer:
    """A success."""
    return Answer(body={"success": True, "data": msgspec.to_builtins(value)})


def refusal(status: int, code: str, headers: dict[str, str] | None = None) -> Answer:
    """An error in the server's envelope."""
    body = {"success": False, "error": {"code": code, "message": f"{code} it is"}}
    return Answer(status, body, headers or {})


class Peer:
    """The server's end of one agent socket."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.headers = dict(socket.request.headers.raw_items()) if socket.request else {}
        self.hello: wire.Hello | None = None

    async def frame(self, kind: type[T]) -> T:
        """The next frame of this kind; others are passed over."""
        async with asyncio.timeout(DEADLINE):
            while True:
                frame = msgspec.json.decode(await self.socket.recv(), type=wire.AgentUp)
                if isinstance(frame, kind):
                    return frame

    async def say(self, frame: msgspec.Struct) -> None:
        """Send a frame."""
        await self.socket.send(wire.encode(frame), text=True)

    async def welcome(self, **given: Any) -> wire.Hello:
        """Take ``hello`` and answer it."""
        self.hello = await self.frame(wire.Hello)
        given = {"heartbeat_seconds": 15.0, "services": [], "forget": [], "stop": [], **given}
        given.setdefault("limits", wire.Limits())
        time = "2026-01-01T00:00:00.000Z"
        await self.say(
            wire.Welcome(agent_id="agt_1", connection_id="con_1", server_time=time, lease_seconds=60, **given)
        )
        return self.hello

    async def close(self, code: int, reason: str = "") -> None:
        """Close from the server's side."""
        await self.socket.close(code, reason)

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait for the end; its code and reason as the agent gave them."""
        async with asyncio.timeout(DEADLINE):
            await self.socket.wait_closed()
        return self.socket.close_code, self.socket.close_reason


class StandIn:
    """See the module. Made by ``stand_in``."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.upgrade: Answer | None = None
        """What an upgrade is refused with; None lets it through."""
        self.upgrades: list[Answer | None] = []
        """The same for the next upgrades, one by one; after that ``upgrade`` counts."""
        self._answers: list[tuple[str, str, Callable[[Call], Answer]]] = []
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()
        self._called = asyncio.Condition()
        self._inner_port = 0

    def answer(self, method: str, pattern: str, answer: Answer | Callable[[Call], Answer]) -> None:
        """From here on calls whose path matches are answered so."""
        given = answer if callable(answer) else (lambda _call: answer)
        self._answers.insert(0, (method, pattern, given))

    async def peer(self) -> Peer:
        """The next socket an agent opens."""
        async with asyncio.timeout(DEADLINE):
            return await self._peers.get()

    async def called(self, method: str, pattern: str, times: int = 1) -> list[Call]:
        """Wait until such a call came that often."""

        def matching() -> list[Call]:
            return [c for c in self.calls if c.method == method and re.search(pattern, c.target)]

        async with asyncio.timeout(DEADLINE), self._called:
            await self._called.wait_for(lambda: len(matching()) >= times)
        return matching()

    async def _socket(self, socket: ServerConnection) -> None:
        self._peers.put_nowait(Peer(socket))
        await socket.wait_closed()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        request, *lines = head.decode().strip().split("\r\n")
        method, target, _ = request.split(" ")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
        upgrade = headers.get("upgrade", "").lower() == "websocket"
        refused = self.upgrades.pop(0) if upgrade and self.upgrades else self.upgrade
        if upgrade and refused is None:
            await self._pipe(head, reader, writer)
            return False
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        call = Call(method, target, headers, json.loads(raw) if raw else None)
        answer = refused if upgrade and refused is not None else self._answer(call)
        async with self._called:
            self.calls.append(call)
            self._called.notify_all()
        if answer is not None:
            writer.write(_encoded(answer))
            await writer.drain()
        return answer is not None and not upgrade

    def _answer(self, call: Call) -> Answer:
        for method, pattern, given in self._answers:
            if method == call.method and re.search(pattern, call.target):
                return given(call)
        return refusal(404, "NOT_FOUND")

    async def _pipe(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner_port)
        inner_writer.write(head)
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        finally:
            inner_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def _encoded(answer: Answer) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    """A server on a free port of the loopback for as long as the context lasts."""
    server = StandIn()
    clients: set[asyncio.Task[None]] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        task.add_done_callback(clients.discard)
        with suppress(asyncio.CancelledError):
            await server._client(reader, writer)

    protocols = [Subprotocol(wire.AGENT_SUBPROTOCOL)]
    async with serve(server._socket, "127.0.0.1", 0, subprotocols=protocols, close_timeout=1) as inner:
        server._inner_port = next(iter(inner.sockets)).getsockname()[1]
        outer = await asyncio.start_server(client, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{outer.sockets[0].getsockname()[1]}"
        try:
            yield server
        finally:
            outer.close()
            for task in list(clients):
                task.cancel()
            await asyncio.gather(*clients, return_exceptions=True)
