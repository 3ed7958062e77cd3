"""The driver process as its parent sees it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
from tests.load import driver
from tests.load.crowd import Tally
from tests.support.server import ROOT, environment


class Flock:
    """Simulated agents in a process of their own."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, port: int, members: Path) -> None:
        """Start the process; nobody connects yet."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.load.driver", str(port), str(members)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment({}),
            cwd=ROOT,
            limit=2**24,
        )

    async def stop(self) -> None:
        """End it."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        await process.wait()

    async def tell(self, order: driver.AnyOrder) -> Tally:
        """Have it done; what happened since the last order. TimeoutError when it took too long."""
        answer = await self.ask(order)
        if not answer.in_time:
            raise TimeoutError(f"{type(order).__name__} was not done in time: {answer.tally}")
        return answer.tally

    async def ask(self, order: driver.AnyOrder) -> driver.Answer:
        """As ``tell``, for who can go on when it took too long."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        line = await process.stdout.readline()
        if not line:
            raise ConnectionError("expected an answer of the driver process, it ended")
        return msgspec.json.decode(line, type=driver.Answer)
