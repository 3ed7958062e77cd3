"""A server whose bus is on, for the whole folder; a target and a source for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.support import raw_agent
from tests.support.publisher import SETTINGS, Connect, Publisher, unique
from tests.support.raw_agent import ECHO, RawAgent
from tests.support.server import Operator, Server


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def bus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server whose bus is on."""
    running = Server(Path(tmp_path_factory.mktemp("bus")), SETTINGS)
    await running.start()
    yield running
    assert await running.stop() == 0, running.log


@pytest_asyncio.fixture(loop_scope="session")
async def owner(bus: Server) -> AsyncIterator[Operator]:
    async with bus.operator() as signed_in:
        yield signed_in


@pytest_asyncio.fixture(loop_scope="session")
async def connect(bus: Server, owner: Operator) -> AsyncIterator[Connect]:
    """Connects an agent with one service of the same code."""
    async with AsyncExitStack() as stack:

        async def connected(code: str, *actions: dict[str, Any]) -> RawAgent:
            _, token = await raw_agent.register(bus, owner, code)
            services = [raw_agent.service(code, actions=list(actions) or [ECHO])]
            return await stack.enter_async_context(raw_agent.welcomed(bus, token, code, services=services))

        yield connected


@pytest_asyncio.fixture(params=["socket", "rest"], loop_scope="session")
async def source(request: pytest.FixtureRequest, bus: Server, owner: Operator) -> AsyncIterator[Publisher]:
    code = unique("source")
    agent_id, token = await raw_agent.register(bus, owner, code)
    async with raw_agent.welcomed(bus, token, code) as socket:
        yield Publisher(bus, code, agent_id, token, socket, request.param)
