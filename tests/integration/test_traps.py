"""Peers that flood, do not read, or do not leave: memory stays bounded and the server stays up."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
from tests.support.raw_agent import connected, hello, register, welcomed
from tests.support.server import PATIENT, Operator, Server
from tests.support.waiting import until, until_true
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from opstage_agent.wire import (
    AGENT_PATH,
    AGENT_SUBPROTOCOL,
    OPERATOR_PATH,
    OPERATOR_SUBPROTOCOL,
    CloseCode,
)

MIB = 1024 * 1024


@pytest_asyncio.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[Server]:
    unlimited = {"OPSTAGE_AGENT_MESSAGES_PER_SECOND": "1000000", "OPSTAGE_AGENT_MESSAGES_BURST": "1000000"}
    running = Server(tmp_path, PATIENT | unlimited)
    await running.start()
    yield running
    await running.stop()


@contextlib.contextmanager
def locked(server: Server) -> Iterator[None]:
    """The server's database, locked by another process's transaction."""
    database = sqlite3.connect(server.folder / "data" / "opstage.db", isolation_level=None, timeout=60)
    database.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


def resident(server: Server) -> int:
    """Bytes of memory the server holds."""
    size: int = psutil.Process(server.pid).memory_info().rss
    return size


async def raw_upgrade(
    server: Server, path: str, subprotocol: str, *, receive_bytes: int | None = None, **headers: str
) -> socket.socket:
    """A blocking-free TCP socket after a WebSocket upgrade, with nothing reading behind our back."""
    raw = socket.socket()
    if receive_bytes is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", server.port))
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {subprotocol}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    await loop.sock_sendall(raw, ("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += await loop.sock_recv(raw, 4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return raw


def masked(text: str) -> bytes:
    """A client's text frame as bytes."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


async def test_a_flood_behind_a_busy_database_does_not_grow_the_server(own_server: Server) -> None:
    async with own_server.operator() as operator:
        _, token = await register(own_server, operator, "flood")
        raw = await raw_upgrade(own_server, AGENT_PATH, AGENT_SUBPROTOCOL, Authorization=f"Bearer {token}")
        before = resident(own_server)
        frame = masked(json.dumps({"type": "error", "code": "X", "message": "x" * 200_000}))
        with raw, locked(own_server):
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(raw, masked(json.dumps(hello("flood"))))
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(3):
                    for _ in range(500):
                        await loop.sock_sendall(raw, frame)
            grown = resident(own_server) - before
        assert grown < 25 * MIB, f"grew by {grown / MIB:.0f} MiB"
        assert (await operator.get("/api/system/health"))["status"] == "UP"


@contextlib.asynccontextmanager
async def stuck_browser(server: Server, operator: Operator) -> AsyncIterator[socket.socket]:
    """A browser that asks for more than the buffers on the way hold, and never reads."""
    raw = await raw_upgrade(
        server,
        OPERATOR_PATH,
        OPERATOR_SUBPROTOCOL,
        receive_bytes=4096,
        Origin=server.url,
        Cookie=operator.cookie,
    )
    with raw:
        for number in range(32):
            ask = {"type": "subscribe", "id": str(number), "view": "audit"}
            await asyncio.get_running_loop().sock_sendall(raw, masked(json.dumps(ask)))
        yield raw


def holds(server: Server, raw: socket.socket) -> bool:
    """True while the server's end of this connection is open."""
    port = raw.getsockname()[1]
    connections = psutil.Process(server.pid).net_connections("tcp")
    return any(each.raddr and each.raddr.port == port for each in connections)


async def test_a_browser_that_does_not_read_is_cut_off_and_forgotten(own_server: Server) -> None:
    async with own_server.operator() as operator:
        for number in range(60):
            await register(own_server, operator, f"row-{number:03}-" + "x" * 60)
        before = resident(own_server)
        async with stuck_browser(own_server, operator) as raw:
            assert holds(own_server, raw)
            await until_true(lambda: not holds(own_server, raw), "the stuck browser to be cut off")
        assert resident(own_server) - before < 25 * MIB


async def test_a_stop_does_not_wait_for_those_who_do_not_read(own_server: Server) -> None:
    async with own_server.operator() as operator:
        _, token = await register(own_server, operator, "open")
        async with welcomed(own_server, token, "open"), stuck_browser(own_server, operator):
            assert await own_server.stop() == 0, own_server.log


async def test_compression_is_not_accepted(own_server: Server) -> None:
    async with own_server.operator() as operator:
        _, token = await register(own_server, operator, "deflate")
        async with connect(
            f"ws://127.0.0.1:{own_server.port}{AGENT_PATH}",
            subprotocols=[Subprotocol(AGENT_SUBPROTOCOL)],
            additional_headers={"Authorization": f"Bearer {token}"},
            compression="deflate",
            proxy=None,
        ) as agent:
            assert agent.response is not None
            assert "Sec-WebSocket-Extensions" not in agent.response.headers


async def test_a_locked_database_delays_and_loses_nothing(own_server: Server) -> None:
    async with own_server.operator() as operator:
        _, token = await register(own_server, operator, "locked")
        async with welcomed(own_server, token, "locked") as agent:
            found = await until(lambda: operator.service("locked"), "the service")
            assert found is not None
            command = await operator.execute(found["id"], "echo")
            await agent.hear("command")
            told = {"commandId": command["id"], "attempt": 1}
            with locked(own_server):
                await agent.say(type="result", success=True, **told)
                waiting = asyncio.create_task(agent.hear("stored"))
                done, _ = await asyncio.wait({waiting}, timeout=1.0)
                assert not done or done.pop().exception(), "acknowledged before it could be stored"
            try:
                await waiting
            except ConnectionClosed:
                # On a slow machine it was locked for longer than the server waits: told again, it is stored.
                async with welcomed(own_server, token, "locked", finished=[told]) as again:
                    await again.say(type="result", success=True, **told)
                    await again.hear("stored")
        assert (await operator.command(command["id"]))["status"] == "SUCCEEDED"


async def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    # A file size limit makes the kernel refuse writes as a full disk does.
    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator:
            _, token = await register(server, operator, "full")
            async with welcomed(server, token, "full"):
                found = await until(lambda: operator.service("full"), "the service")
                assert found is not None
                await fill_up(server, operator, found["id"])
    finally:
        await server.stop()


async def fill_up(server: Server, operator: Operator, service_id: str) -> None:
    """No room for the write-ahead log: commands are refused with 503; room again: they work."""
    import resource

    written = (server.folder / "data" / "opstage.db-wal").stat().st_size
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (written + 4096, resource.RLIM_INFINITY))
    body = {"payload": {"text": "x" * 10_000}}
    url = f"/api/admin/capsule-services/{service_id}/actions/echo"
    headers = {"X-CSRF-Token": operator.csrf}
    refused = await operator.client.post(url, json=body, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert (await operator.get("/api/admin/commands")) == []
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert (await operator.execute(service_id, "echo"))["status"] == "PENDING"


async def test_a_stop_does_not_wait_for_a_locked_database(own_server: Server) -> None:
    async with own_server.operator() as operator:
        _, token = await register(own_server, operator, "stopped")
        async with welcomed(own_server, token, "stopped") as agent:
            await agent.say(type="heartbeat", seq=1, running=[], health={"stopped": {"status": "DOWN"}})
            with locked(own_server):
                await own_server.stop()


async def test_one_agent_that_never_says_hello_does_not_keep_others_out(own_server: Server) -> None:
    async with own_server.operator() as operator, contextlib.AsyncExitStack() as stack:
        _, silent = await register(own_server, operator, "silent")
        _, good = await register(own_server, operator, "good")
        first = await stack.enter_async_context(connected(own_server, silent))
        with pytest.raises(InvalidStatus) as refused:
            for _ in range(70):
                await stack.enter_async_context(connected(own_server, silent))
        assert refused.value.response.status_code == 503
        assert int(refused.value.response.headers["Retry-After"]) >= 1
        # Of its connections only the newest may wait, so they take no place from anybody.
        assert (await first.closed())[0] == CloseCode.REPLACED
        agent = await stack.enter_async_context(connected(own_server, good))
        await agent.say(**hello("good"))
        assert (await agent.hear("welcome"))["agentId"]
