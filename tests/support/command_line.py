"""The ``opstage`` command in a process of its own, as an operator's shell runs it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.server import environment
from tests.support.waiting import PATIENCE_SECONDS, interruptible


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Shell:
    """Runs commands with the same environment; ``home`` keeps what they keep."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        self._variables: Mapping[str, str] = {"XDG_CONFIG_HOME": str(home), **variables}

    async def start(self, *arguments: str, **more: str) -> asyncio.subprocess.Process:
        """A command that goes on."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "opstage", *arguments),
            env=environment({**self._variables, **more}),
            preexec_fn=interruptible,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *arguments: str, said: str = "", **more: str) -> Said:
        """A command to its end."""
        process = await self.start(*arguments, **more)
        out, err = await asyncio.wait_for(process.communicate(said.encode()), 2 * PATIENCE_SECONDS)
        assert process.returncode is not None
        assert b"Traceback" not in err, err.decode()
        return Said(process.returncode, out.decode(), err.decode())
