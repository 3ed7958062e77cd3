"""Agents that wait, in a long poll, for something to do."""

from __future__ import annotations

import asyncio


class Polls:
    """One bell per agent that ever polled."""

    def __init__(self) -> None:
        self._bells: dict[str, asyncio.Event] = {}
        self.closed = False
        """True once nobody may wait any more."""

    async def wait(self, agent_id: str, seconds: float) -> None:
        """Return when the agent's bell rings, at the latest after ``seconds``."""
        bell = self._bells.setdefault(agent_id, asyncio.Event())
        bell.clear()
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return

    def ring(self, agent_id: str) -> None:
        """There may be something to do for the agent."""
        bell = self._bells.get(agent_id)
        if bell is not None:
            bell.set()

    def close(self) -> None:
        """Let every waiting poll return now, and none wait again."""
        self.closed = True
        for bell in self._bells.values():
            bell.set()
