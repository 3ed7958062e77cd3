"""Limits over the wire: 429 with a moment to come back at, and nobody else suffers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.support.raw_agent import connected, register
from tests.support.server import QUICK, Server
from websockets.exceptions import InvalidStatus

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
    running = Server(Path(tmp_path_factory.mktemp("narrow")), QUICK | settings)
    await running.start()
    yield running
    await running.stop()


async def answers(
    server: Server, path: str, times: int, body: Any = None, **headers: str
) -> list[httpx.Response]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(base_url=server.url) as client:
        return [await client.post(path, json=body or {}, headers=sent) for _ in range(times)]


def statuses(found: list[httpx.Response]) -> list[int]:
    return [each.status_code for each in found]


async def test_registrations_are_limited_by_address(narrow: Server) -> None:
    body = {"registrationToken": "opstage_reg_unknown", "agent": {"code": "many"}}
    path = "/api/agents/register"
    found = await answers(narrow, path, MOST + 1, body, X_Forwarded_For="192.0.2.1")
    assert statuses(found) == [401] * MOST + [429]
    assert found[-1].json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(found[-1].headers["Retry-After"]) <= 60 / MOST
    assert statuses(await answers(narrow, path, 1, body, X_Forwarded_For="192.0.2.2")) == [401]
    assert statuses(await answers(narrow, path, 1, {}, X_Forwarded_For="192.0.2.1")) == [429]


async def test_an_agents_calls_are_limited_by_agent(narrow: Server) -> None:
    async with narrow.operator() as operator:
        busy, token = await register(narrow, operator, "busy")
        calm, other = await register(narrow, operator, "calm")
    found = await answers(narrow, f"/api/agents/{busy}/heartbeat", MOST + 1, Authorization=f"Bearer {token}")
    assert statuses(found) == [200] * MOST + [429]
    assert int(found[-1].headers["Retry-After"]) >= 1
    path = f"/api/agents/{calm}/heartbeat"
    assert statuses(await answers(narrow, path, 1, Authorization=f"Bearer {other}")) == [200]


async def test_unknown_tokens_are_limited_by_address_and_known_ones_are_not(narrow: Server) -> None:
    async with narrow.operator() as operator:
        agent_id, token = await register(narrow, operator, "neighbour")
    path = f"/api/agents/{agent_id}/heartbeat"
    stranger = "Bearer opstage_agent_stranger"
    found = await answers(narrow, path, MOST + 1, Authorization=stranger)
    assert statuses(found) == [401] * MOST + [429]
    with pytest.raises(InvalidStatus) as rejected:
        async with connected(narrow, "opstage_agent_stranger"):
            pass
    assert rejected.value.response.status_code == 429
    assert int(rejected.value.response.headers["Retry-After"]) >= 1
    assert statuses(await answers(narrow, path, 1, Authorization=f"Bearer {token}")) == [200]
    async with connected(narrow, token):
        pass
