"""Waiting for something to become true, with a deadline and a word on what was missing."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
STEP_SECONDS = 0.02


async def until(
    look: Callable[[], Awaitable[T | None]], what: str, *, seconds: float = PATIENCE_SECONDS
) -> T:
    """The first true answer of ``look``; AssertionError naming ``what`` when none came in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain: {what}"
        await asyncio.sleep(STEP_SECONDS)


def interruptible() -> None:
    """For ``preexec_fn``: a child of a process in the background would ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def until_true(look: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """As ``until``, for a look that does not wait itself."""

    async def ask() -> bool:
        return bool(look())

    await until(ask, what, seconds=seconds)
