"""A small service with the real agent library that leaves a trace of everything it really did.

Run as ``python -m tests.support.worker CODE FOLDER``; the trace is ``FOLDER/ran.txt``, one line
``<command id> <attempt> start|end`` per execution. As long as there is a file ``FOLDER/held``, work that
has begun does not go on.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.support.waiting import until_true

from opstage_agent import Agent, Context, Health

STEPS = 20


def build(code: str, folder: Path) -> Agent:
    """The agent and its actions."""
    agent = Agent(code, name=code.title(), token_file=folder / f"{code}.json", slots=2)
    trace = folder / "ran.txt"

    def note(ctx: Context, what: str) -> None:
        with trace.open("a") as file:
            file.write(f"{ctx.command_id} {ctx.attempt} {what}\n")

    @agent.health
    def health() -> Health:
        return Health.up("works")

    @agent.action(label="Work")
    async def work(ctx: Context, seconds: float = 0.0) -> dict[str, Any]:
        """Works for a while, writing a line and telling its progress at each step."""
        note(ctx, "start")
        await until_true(lambda: not (folder / "held").exists(), "being let go", seconds=300)
        for step in range(STEPS):
            print(f"step {step}")
            await ctx.progress(100 * (step + 1) / STEPS)
            await asyncio.sleep(seconds / STEPS)
        note(ctx, "end")
        return {"did": ctx.command_id}

    @agent.action(label="Fail")
    async def fail(ctx: Context) -> None:
        """Fails, as told."""
        note(ctx, "start")
        raise RuntimeError("told to fail")

    return agent


if __name__ == "__main__":
    asyncio.run(build(sys.argv[1], Path(sys.argv[2])).run())
