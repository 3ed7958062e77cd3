"""The demo fleet against a server under test: every service a process that can be killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.support.labelling import AGENTS
from tests.support.server import QUICK, Server, environment
from tests.support.waiting import until

from opstage.demo.services import SERVICES


class DemoFleet:
    """A server and the five demo services."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder, QUICK)
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self) -> None:
        """Start everything and wait until all services are known."""
        await self.server.start()
        async with self.server.operator() as operator:
            for name in SERVICES:
                await self.run(name, await operator.registration_token(name))
            for name in SERVICES:
                await until(lambda name=name: operator.service(name), f"{name} to appear")  # type: ignore[misc]

    async def run(self, name: str, registration_token: str | None = None) -> None:
        """Start one service."""
        settings = {"OPSTAGE_DEMO_CHILD": "1"}
        if registration_token is not None:
            settings["OPSTAGE_REGISTRATION_TOKEN"] = registration_token
        argv = [sys.executable, "-m", "opstage.demo.services", name, "--url", self.server.url]
        with (self.server.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *argv,
                *("--data-dir", str(self.server.folder / "fleet")),
                env=environment(settings),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    async def retire_others(self) -> None:
        """Take whatever is no demo service off the lists."""
        async with self.server.operator() as owner:
            for agent in await owner.get(AGENTS, pageSize=100):
                if agent["code"] not in SERVICES:
                    await owner.post(f"{AGENTS}/{agent['id']}/retire")

    async def kill(self, name: str) -> None:
        """kill -9 one service."""
        await self._end(name, signal.SIGKILL)

    async def stop(self) -> None:
        """End everything."""
        await asyncio.gather(*(self._end(name, signal.SIGTERM) for name in self._processes))
        await self.server.stop()

    async def _end(self, name: str, number: signal.Signals) -> None:
        process = self._processes[name]
        if process.returncode is None:
            process.send_signal(number)
        await asyncio.wait_for(process.wait(), 60)
