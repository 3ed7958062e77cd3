"""Durations, counted by how long they took."""

from __future__ import annotations

from bisect import bisect_left

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for what a machine does by itself."""
REQUESTS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 60.0)
"""Bounds for calls; the longest are polls that wait for a command."""
SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0)
"""Bounds for what agents take part in."""


class Histogram:
    """How many took at most how long. ``bounds`` are seconds, ascending."""

    __slots__ = ("_counts", "bounds", "seconds")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.seconds = 0.0
        """All durations together."""

    def observe(self, seconds: float) -> None:
        """Count one; a clock that went back counts as no time."""
        seconds = max(0.0, seconds)
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self.seconds += seconds

    def cumulative(self) -> list[tuple[str, int]]:
        """(bound, how many took at most that), the last for ``+Inf``, which is all."""
        found: list[tuple[str, int]] = []
        total = 0
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self._counts, strict=True):
            total += count
            found.append((bound, total))
        return found
