"""Limits over the wire: 429 with a moment to come back at, and nobody else suffers."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.support.raw_agent import connected, register
from tests.support.server import PATIENT, Server
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST = 5


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server that takes little, and believes this machine where calls come from."""
    settings = {
        "OPSTAGE_REGISTRATIONS_PER_MINUTE": str(MOST),
        "OPSTAGE_AGENT_CALLS_PER_MINUTE": str(MOST),
        "OPSTAGE_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    running = Server(Path(tmp_path_factory.mktemp("narrow")), PATIENT | settings)
    await running.start()
    yield running
    await running.stop()


async def status(server: Server, path: str, body: Any = None, **headers: str) -> int:
    return (await call(server, path, body, headers)).status_code


async def call(server: Server, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with server.client() as client:
        return await client.post(path, json=body or {}, headers=sent)


async def limited(
    server: Server, path: str, expected: int, body: Any = None, *, least: int = MOST, **headers: str
) -> httpx.Response:
    """The first refusal. Before it come as many calls as may be at once, and those of the time they took."""
    began = time.monotonic()
    for before in itertools.count():
        answer = await call(server, path, body, headers)
        if answer.status_code == 429:
            assert least <= before <= MOST + (time.monotonic() - began) * MOST / 60
            return answer
        assert answer.status_code == expected
    raise AssertionError("never limited")


async def test_registrations_are_limited_by_address(narrow: Server) -> None:
    body = {"registrationToken": "opstage_reg_unknown", "agent": {"code": "many"}}
    path = "/api/agents/register"
    refused = await limited(narrow, path, 401, body, X_Forwarded_For="192.0.2.1")
    assert refused.json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60 / MOST
    assert await status(narrow, path, body, X_Forwarded_For="192.0.2.2") == 401
    await limited(narrow, path, 422, {}, least=0, X_Forwarded_For="192.0.2.1")


async def test_an_agents_calls_are_limited_by_agent(narrow: Server) -> None:
    async with narrow.operator() as operator:
        busy, token = await register(narrow, operator, "busy")
        calm, other = await register(narrow, operator, "calm")
    refused = await limited(narrow, f"/api/agents/{busy}/heartbeat", 200, Authorization=f"Bearer {token}")
    assert int(refused.headers["Retry-After"]) >= 1
    assert await status(narrow, f"/api/agents/{calm}/heartbeat", Authorization=f"Bearer {other}") == 200


async def test_unknown_tokens_are_limited_by_address_and_known_ones_are_not(narrow: Server) -> None:
    async with narrow.operator() as operator:
        agent_id, token = await register(narrow, operator, "neighbour")
    path = f"/api/agents/{agent_id}/heartbeat"
    stranger = "Bearer opstage_agent_stranger"
    await limited(narrow, path, 401, Authorization=stranger)
    rejected = await turned_away(narrow, "opstage_agent_stranger")
    while rejected.status_code == 401:  # One more is let through every 12 s.
        rejected = await turned_away(narrow, "opstage_agent_stranger")
    assert rejected.status_code == 429
    assert int(rejected.headers["Retry-After"]) >= 1
    assert await status(narrow, path, Authorization=f"Bearer {token}") == 200
    async with connected(narrow, token):
        pass


async def turned_away(server: Server, token: str) -> Response:
    """How the handshake was refused."""
    with pytest.raises(InvalidStatus) as rejected:
        async with connected(server, token):
            pass
    return rejected.value.response
