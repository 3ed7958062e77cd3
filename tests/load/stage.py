"""What a measure works on: the server, the agents, the operators. Brought up as far as asked for."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.load import driver
from tests.load.browsers import Browser
from tests.load.crowd import Tally
from tests.load.flock import Flock
from tests.load.population import Member, keep, populate
from tests.load.processes import Usage, usage
from tests.load.rest import Rest
from tests.support.server import PASSWORD, Server

PLAIN = {
    "OPSTAGE_ADMIN_PASSWORD": PASSWORD,
    "OPSTAGE_LOGIN_ATTEMPTS_PER_MINUTE": "0",
    "OPSTAGE_REGISTRATIONS_PER_MINUTE": "0",
    "OPSTAGE_AGENT_CALLS_PER_MINUTE": "0",
    "OPSTAGE_OPERATOR_SOCKETS": "512",
    "OPSTAGE_LOG_LEVEL": "warning",
}
"""All browsers of the benchmark are one user's, hence the number of sockets."""
WIDE = PLAIN | {
    "OPSTAGE_AGENT_HANDSHAKES_PER_SECOND": "500",
    "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS": "900",
}
"""Besides: agents are let in as fast as they come, and the absent ones disturb no other measure."""
PAGE_ROWS = 500
DESCRIPTORS = 1000
"""For all that is not an agent's socket."""


class Stage:
    """A server over a folder with ``agents`` registered agents."""

    def __init__(self, folder: Path, agents: int, *, quick: bool) -> None:
        self.folder = folder
        self.agents = agents
        self.quick = quick
        self.server = Server(folder, WIDE)
        self.flock = Flock()
        self.members: list[Member] = []
        self._running = False
        self._connected = 0

    async def open(self) -> None:
        """Make the database and start the process of the agents."""
        allow_descriptors(self.agents + DESCRIPTORS)
        (self.folder / "data").mkdir(parents=True)
        self.members = await populate(f"file:{self.folder / 'data' / 'opstage.db'}", self.agents)
        keep(self.members, self.folder / "members.json")
        await self.flock.start(self.server.port, self.folder / "members.json")

    async def close(self) -> None:
        """End every process."""
        await self.flock.stop()
        if self._running:
            await self.server.kill()

    async def serve(self, settings: Mapping[str, str] = WIDE) -> Server:
        """The running server, with these settings."""
        if self._running and self.server.settings != settings:
            await self.server.kill()
            self._running = False
        if not self._running:
            self.server.settings = dict(settings)
            await self.server.start()
            self._running = True
        return self.server

    async def restart(self) -> None:
        """Forget what went wrong: new processes over the same database."""
        await self.close()
        self._running, self._connected = False, 0
        await self.flock.start(self.server.port, self.folder / "members.json")

    async def connect(self, count: int, per_second: float = 400.0) -> Tally | None:
        """Have ``count`` agents connected (or more, if there were more before)."""
        await self.serve()
        if count <= self._connected:
            return await self.flock.tell(driver.Await(seconds=120))
        self._connected = count
        return await self.flock.tell(driver.Gather(count=count, per_second=per_second, seconds=180))

    def usage(self) -> Usage:
        """Of the server."""
        return usage(self.server.pid)

    async def during(self, seconds: float) -> Usage:
        """What the server uses within so many seconds from now."""
        before = self.usage()
        await asyncio.sleep(seconds)
        return self.usage().since(before)

    def seconds(self, full: float) -> float:
        """A length of time, shorter in a quick run."""
        return full / 3 if self.quick else full

    @property
    def pages(self) -> int:
        """Pages of a snapshot of the fleet: a row per agent and one per service."""
        return -(-2 * self.agents // PAGE_ROWS)

    @asynccontextmanager
    async def rest(self) -> AsyncIterator[Rest]:
        """A signed-in operator's calls."""
        async with self.server.operator() as operator:
            rest = Rest(self.server.port, Cookie=operator.cookie, X_CSRF_Token=operator.csrf)
            try:
                yield rest
            finally:
                rest.close()

    @asynccontextmanager
    async def browsers(self, count: int, reading: int) -> AsyncIterator[list[Browser]]:
        """Consoles that hold the whole fleet; the first ``reading`` of them read what comes."""
        async with self.server.operator() as operator:
            browsers = [
                Browser(self.server.port, operator.cookie, pages=self.pages, reads=number < reading)
                for number in range(count)
            ]
            try:
                for browser in browsers:
                    browser.start()
                async with asyncio.timeout(60):
                    await asyncio.gather(*(browser.ready.wait() for browser in browsers))
                yield browsers
            finally:
                for browser in browsers:
                    browser.stop()


def allow_descriptors(wanted: int) -> None:
    """Raise the limit of open files, for this process and its children. OSError when that cannot be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise OSError(f"expected a limit of at least {wanted} open files, the hard limit is {hard}")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
