"""A crew of workers on one queue: what the queueing services of the demo have in common."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

THROUGHPUT_SECONDS = 60.0
MAX_SIZE = 16

_log = logging.getLogger(__name__)


class Crew(Generic[Item]):
    """Runs ``work`` on queued items in order, at most ``size`` at a time.

    An item whose work raises counts as failed and does not stop the others. Nothing runs while there is
    nothing to do: workers are started by the item they work on, so an idle crew costs no CPU.
    """

    def __init__(self, work: Callable[[Item], Awaitable[None]], *, size: int = 2) -> None:
        self._work = work
        self._size = size
        self._queue: deque[Item] = deque()
        self._running: dict[asyncio.Task[None], Item] = {}
        self._finished_at: deque[float] = deque()
        self._changed = asyncio.Event()
        # Work outlives the command that queued it, so it must not run in that command's context.
        self._context = contextvars.copy_context()
        self.paused = False
        self.draining = False
        self.done = 0
        self.failed = 0

    @property
    def size(self) -> int:
        """How many items may be worked on at a time."""
        return self._size

    @property
    def queued(self) -> int:
        """Items that wait."""
        return len(self._queue)

    @property
    def busy(self) -> int:
        """Items that are worked on."""
        return len(self._running)

    @property
    def idle(self) -> bool:
        """True when nothing waits and nothing runs."""
        return not self._queue and not self._running

    @property
    def state(self) -> str:
        """``paused``, ``draining``, ``working`` or ``idle``."""
        if self.draining:
            return "draining"
        if self.paused:
            return "paused"
        return "idle" if self.idle else "working"

    def per_minute(self) -> int:
        """Items finished in the last minute."""
        oldest = time.monotonic() - THROUGHPUT_SECONDS
        while self._finished_at and self._finished_at[0] < oldest:
            self._finished_at.popleft()
        return len(self._finished_at)

    def add(self, item: Item) -> bool:
        """Queues an item; False when the crew drains and takes nothing new."""
        if self.draining:
            return False
        self._queue.append(item)
        self._fill()
        return True

    def pause(self) -> None:
        """Starts nothing more; what runs is finished."""
        self.paused = True
        self._tell()

    def resume(self) -> None:
        """Goes on, also after a drain."""
        self.paused = False
        self.draining = False
        self._fill()

    def resize(self, size: int) -> None:
        """Changes how many items run at a time; running ones are not disturbed.

        Raises ValueError outside 1..16.
        """
        if not 1 <= size <= MAX_SIZE:
            raise ValueError(f"a crew has 1 to {MAX_SIZE} workers, not {size}")
        self._size = size
        self._fill()

    def purge(self) -> int:
        """Forgets what waits; returns how many items that were."""
        forgotten = len(self._queue)
        self._queue.clear()
        self._tell()
        return forgotten

    async def drain(self) -> AsyncIterator[int]:
        """Takes nothing new, finishes everything, then is paused; yields how many items are left.

        ``resume`` ends it early, and so does who stops listening.
        """
        self.paused, self.draining = False, True
        self._fill()
        try:
            while self.draining and not self.idle:
                # Taken before the yield, so that what happens during it is not missed.
                changed = self._changed
                yield self.queued + self.busy
                await changed.wait()
            self.paused = self.draining
        finally:
            self.draining = False
            self._tell()

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Returns once the condition holds; it is looked at whenever the crew changes."""
        while not condition():
            await self._changed.wait()

    async def stop(self) -> None:
        """Cancels what runs and returns when it has ended."""
        self.paused = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _fill(self) -> None:
        while self._queue and not self.paused and self.busy < self._size:
            item = self._queue.popleft()
            task = asyncio.create_task(self._run(item), context=self._context.copy())
            self._running[task] = item
            task.add_done_callback(self._ended)
        self._tell()

    async def _run(self, item: Item) -> None:
        try:
            await self._work(item)
            self.done += 1
        except Exception as problem:
            self.failed += 1
            _log.warning("%s failed: %s", item, problem)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._finished_at.append(time.monotonic())
        self._fill()

    def _tell(self) -> None:
        """Wakes everyone who waits, and makes an event for the next change."""
        self._changed.set()
        self._changed = asyncio.Event()
