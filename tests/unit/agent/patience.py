"""Waiting for something that happens in this process to become true, with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


async def until(true: Callable[[], object], what: str) -> None:
    """Return once ``true()`` is; AssertionError naming ``what`` when it does not become so in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:g} s in vain for {what}"
        await asyncio.sleep(0.001)
