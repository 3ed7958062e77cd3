"""Time: epoch seconds inside, ISO-8601 UTC with milliseconds and ``Z`` on the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Gives the current moment as epoch seconds."""


def steady_clock() -> Clock:
    """A clock that starts at the wall time and never jumps, whatever happens to the wall clock.

    A machine whose clock is set back must not fall silent for that long.
    """
    origin = time.time() - time.monotonic()
    return lambda: origin + time.monotonic()


def iso(moment: float) -> str:
    """``2026-05-01T12:00:00.000Z`` for epoch seconds."""
    stamp = datetime.fromtimestamp(moment, UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"


def epoch(text: str) -> float:
    """Epoch seconds of an ISO-8601 text; naive ones are taken as UTC. ValueError if it is none."""
    stamp = datetime.fromisoformat(text)
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def ahead(server_time: str, now: float) -> float:
    """Seconds that the server's clock is ahead of ours; 0 if it named no time."""
    try:
        return epoch(server_time) - now
    except ValueError:
        return 0.0
