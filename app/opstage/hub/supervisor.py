"""Background tasks that have a name, are told apart in the log, and do not die silently."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("opstage.hub")

RESTART_SECONDS = 1.0
"""Pause before a failed loop runs again, so that a lasting fault does not spin."""


class Supervisor:
    """Keeps loops running until it is stopped, and one-off tasks referenced until they end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run ``loop``, and again a second after it failed; it ends when it returns."""
        self._start(name, self._kept(name, loop))

    def once(self, name: str, work: Awaitable[None]) -> None:
        """Run ``work`` to its end; a failure is logged."""
        self._start(name, self._logged(name, work))

    async def stop(self) -> None:
        """Cancel everything and wait until it is gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, name: str, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kept(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await loop()
            except Exception:
                log.exception("%s failed and starts again in %.0f s", name, RESTART_SECONDS)
            await asyncio.sleep(RESTART_SECONDS)

    async def _logged(self, name: str, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:
            log.exception("%s failed", name)
