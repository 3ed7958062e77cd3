"""Time on the wire and in storage: ISO-8601 UTC with milliseconds and ``Z``; inside, epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from math import floor


def iso(moment: float) -> str:
    """``2026-05-01T12:00:00.000Z`` for epoch seconds, rounded down to the millisecond."""
    seconds, thousandths = divmod(milliseconds(moment), 1000)
    return f"{_to_second(seconds)}.{thousandths:03d}Z"


def milliseconds(moment: float) -> int:
    """The moment as ``iso`` shows it, so that a time read back counts for the same."""
    return floor(moment * 1000 + 1e-4)


@lru_cache(maxsize=1024)
def _to_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def iso_or_none(moment: float | None) -> str | None:
    """As ``iso``, passing None through."""
    return None if moment is None else iso(moment)


def epoch(text: str) -> float:
    """Epoch seconds of an ISO-8601 text; naive ones are taken as UTC. ValueError if it is none."""
    stamp = datetime.fromisoformat(text)
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
