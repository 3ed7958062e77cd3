"""The time, as everything inside the server sees it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Epoch seconds that never go back."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...


class SystemClock:
    """The machine's clock, read once; from then on it only moves with the monotonic one.

    A step of the system clock (NTP, a suspended laptop) would otherwise end leases and mark
    a whole fleet offline at once.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return self._offset + time.monotonic()
