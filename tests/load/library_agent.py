"""One service made with the agent library. Its action tells how long the command took to its handler."""

from __future__ import annotations

import asyncio
import os
import sys
import time

from opstage_agent import Agent, Health

CODE = "late"
agent = Agent(CODE, name="Late")


@agent.health
def health() -> Health:
    """Well, as long as it is there."""
    return Health.up("waiting for commands")


@agent.action
async def late(at: float) -> None:
    """Tells, on the process's own output, how long ago ``at`` of the monotonic clock was."""
    os.write(sys.__stdout__.fileno(), f"{time.monotonic() - at}\n".encode())  # type: ignore[union-attr]


if __name__ == "__main__":
    asyncio.run(agent.run())
