"""A sample of durations in a few numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec


class Durations(msgspec.Struct, rename="camel", kw_only=True):
    """How long the commands ran that ended last; percentiles by nearest rank. None: there were none."""

    sample_size: int
    p50_ms: int | None
    p95_ms: int | None
    max_ms: int | None
    mean_ms: int | None


def durations(sample: Sequence[int]) -> Durations:
    """The numbers of a sample of milliseconds."""
    if not sample:
        return Durations(sample_size=0, p50_ms=None, p95_ms=None, max_ms=None, mean_ms=None)
    ordered = sorted(sample)
    return Durations(
        sample_size=len(ordered),
        p50_ms=_nearest_rank(ordered, 50),
        p95_ms=_nearest_rank(ordered, 95),
        max_ms=ordered[-1],
        mean_ms=round(sum(ordered) / len(ordered)),
    )


def _nearest_rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[math.ceil(percent * len(ordered) / 100) - 1]
