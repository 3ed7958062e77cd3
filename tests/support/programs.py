"""Real agents in processes of their own."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.server import Operator, Server, environment
from tests.support.waiting import interruptible


class Worker:
    """A process of ``tests.support.worker``."""

    def __init__(self, server: Server, code: str, folder: Path, *, url: str | None = None) -> None:
        self.code = code
        self.folder = folder
        self._url = url or server.url
        self._process: asyncio.subprocess.Process | None = None

    @property
    def ran(self) -> list[tuple[str, int, str]]:
        """What it really did: (command id, attempt, start or end)."""
        trace = self.folder / "ran.txt"
        lines = trace.read_text().split("\n") if trace.exists() else []
        parts = [line.split() for line in lines if line]
        return [(command_id, int(attempt), what) for command_id, attempt, what in parts]

    async def start(self, registration_token: str | None = None) -> None:
        """Start it; the token is needed the first time."""
        settings = {"OPSTAGE_BACKEND_URL": self._url}
        if registration_token is not None:
            settings["OPSTAGE_REGISTRATION_TOKEN"] = registration_token
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "worker.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.support.worker", self.code, str(self.folder)),
                env=environment(settings),
                preexec_fn=interruptible,
                stdout=log,
                stderr=log,
            )

    async def end(self, number: signal.Signals) -> int:
        """Send a signal and wait until it is gone."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 60)


@asynccontextmanager
async def worker(server: Server, operator: Operator, code: str, folder: Path) -> AsyncIterator[Worker]:
    """A registered worker that runs; ended with kill -9 if the test did not end it."""
    program = Worker(server, code, folder / code)
    await program.start(await operator.registration_token(code))
    try:
        yield program
    finally:
        await program.end(signal.SIGKILL)
