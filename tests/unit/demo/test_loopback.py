"""The loopback server against raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from opstage.demo.loopback import LoopbackServer, Reply, Request

DEADLINE = 60.0


async def echo(request: Request) -> Reply:
    return Reply(200, f"{request.method} {request.path} {request.body.decode()}".encode())


@pytest.fixture
async def server() -> AsyncIterator[LoopbackServer]:
    made = LoopbackServer(echo)
    await made.start()
    yield made
    await made.stop()


async def talk(server: LoopbackServer, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server.url).port)
    writer.write(sent)
    async with asyncio.timeout(DEADLINE):
        answer = await reader.read()
    writer.close()
    return answer


async def test_two_requests_go_over_one_connection(server: LoopbackServer) -> None:
    first = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
    answer = await talk(server, first + b"GET /b HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"POST /a hi" in answer
    assert answer.endswith(b"GET /b ")


async def test_head_is_answered_without_a_body(server: LoopbackServer) -> None:
    answer = await talk(server, b"HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"Content-Length: 8\r\n\r\n")


@pytest.mark.parametrize(
    "nonsense",
    [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"x" * 100_000],
    ids=["no request", "huge body", "endless head"],
)
async def test_nonsense_only_costs_its_own_connection(server: LoopbackServer, nonsense: bytes) -> None:
    # Closing with unread input resets the connection, which is as good as a close.
    with suppress(ConnectionResetError):
        assert await talk(server, nonsense) == b""
    assert (await talk(server, b"GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n")).endswith(b"GET /ok ")


async def test_stopping_closes_idle_connections() -> None:
    server = LoopbackServer(echo)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server.url).port)
    writer.write(b"GET /a HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(DEADLINE):
        await reader.readuntil(b"GET /a ")
        await server.stop()
        assert await reader.read() == b""
    writer.close()
