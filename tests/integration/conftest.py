"""One real server for the whole module, and a signed-in owner for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.command_line import Shell
from tests.support.server import PASSWORD, USERNAME, Operator, Server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    running = Server(Path(tmp_path_factory.mktemp("server")))
    await running.start()
    yield running
    assert await running.stop() == 0, running.log


@pytest_asyncio.fixture(loop_scope="session")
async def operator(server: Server) -> AsyncIterator[Operator]:
    async with server.operator() as signed_in:
        yield signed_in


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shell(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The command line of a signed-in owner."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    said = await shell.run("login", server.url, "--username", USERNAME, said=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    return shell
