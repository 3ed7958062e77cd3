"""Agents at the door: how many come in per second, how many at once, and who waits where.

More handshakes than the server finishes would only grow old in its queues, until their agents give
up and come again. So both the rate and the number under way are bounded. Who is too early waits here
for a moment, which costs a little memory and no work; only when the wait would be long is an agent
sent away, with a moment of its own to come back at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from opstage.clock import Clock
from opstage.core.admission import Admission
from opstage.errors import Unavailable

MOST_UNDER_WAY = 64
"""Agents between their admission and their welcome."""
PARKED_SECONDS = 8.0
"""How long an agent may be kept waiting; it gives up after 15 s."""
MOST_PARKED = 2000
"""Agents that wait here; each holds about 30 KiB."""


class Arrivals:
    """Lets agents in. ``under_way`` tells how many were let in and not welcomed yet."""

    def __init__(self, rate: float, clock: Clock, under_way: Callable[[], int]) -> None:
        self._admission = Admission(rate)
        self._clock = clock
        self._under_way = under_way
        self._parked = 0

    async def enter(self) -> None:
        """Return when the agent may come in. Raises Unavailable when it shall come back later."""
        began = self._clock.now()
        self._parked += 1
        try:
            while wait := self._wait():
                waited = self._clock.now() - began
                if waited + wait > PARKED_SECONDS or self._parked > MOST_PARKED:
                    raise Unavailable("Too many agents connect at once.", retry_after=wait)
                await asyncio.sleep(wait)
        finally:
            self._parked -= 1

    def _wait(self) -> float:
        now = self._clock.now()
        if self._under_way() >= MOST_UNDER_WAY:
            return self._admission.postpone(now)
        return self._admission.take(now)
