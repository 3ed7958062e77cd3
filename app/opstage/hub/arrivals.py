"""Agents at the door: how many come in per second, how many at once, and who waits where.

More handshakes than the server finishes would only grow old in its queues, until their agents give
up and come again. So both the rate and the number under way are bounded. Who is too early waits here
for a moment, which costs a little memory and no work; only when the wait would be long is an agent
sent away, with a moment of its own to come back at.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from opstage.clock import Clock
from opstage.core.admission import Admission, KeyedBuckets
from opstage.errors import Unavailable

MOST_UNDER_WAY = 64
"""Agents between their admission and their welcome."""
PARKED_SECONDS = 8.0
"""How long an agent may be kept waiting; it gives up after 15 s."""
MOST_PARKED = 4000
"""Agents that wait here; each holds about 30 KiB."""
STEP_SECONDS = 0.05
OF_ONE_AGENT = 10.0
"""Handshakes of one agent at once; one per second after that."""


class Arrivals:
    """Lets agents in, first come first served. ``under_way`` tells how many are not welcomed yet."""

    def __init__(self, rate: float, clock: Clock, under_way: Callable[[], int]) -> None:
        self._admission = Admission(rate)
        self._clock = clock
        self._under_way = under_way
        self._most = min(MOST_PARKED, int(rate * PARKED_SECONDS))
        self._parked: deque[asyncio.Future[None]] = deque()
        self._each = KeyedBuckets(1.0, OF_ONE_AGENT)

    async def enter(self, agent_id: str) -> None:
        """Return when the agent may come in. Raises Unavailable when it shall come back later."""
        now = self._clock.now()
        wait = self._each.take(agent_id, now)
        if wait:
            raise Unavailable("This agent connects too often.", retry_after=wait)
        if not self._parked and self._under_way() < MOST_UNDER_WAY and self._admission.admit(now):
            return
        if len(self._parked) >= self._most:
            raise self._later(now)
        await self._park()

    async def _park(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._parked.append(place)
        if len(self._parked) == 1:
            self._step()
        try:
            async with asyncio.timeout(PARKED_SECONDS):
                await place
        except TimeoutError:
            raise self._later(self._clock.now()) from None

    def _step(self) -> None:
        """Release those whose turn has come; again in a moment while anybody waits."""
        now = self._clock.now()
        for _ in range(MOST_UNDER_WAY - self._under_way()):
            while self._parked and self._parked[0].done():
                self._parked.popleft()
            if not self._parked or not self._admission.admit(now):
                break
            self._parked.popleft().set_result(None)
        if self._parked:
            asyncio.get_running_loop().call_later(STEP_SECONDS, self._step)

    def _later(self, now: float) -> Unavailable:
        wait = self._admission.come_back(now, least=PARKED_SECONDS if self._parked else 0.0)
        return Unavailable("Too many agents connect at once.", retry_after=wait)
