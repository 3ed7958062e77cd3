"""Time on the wire and in storage: ISO-8601 UTC with milliseconds and ``Z``; inside, epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(moment: float) -> str:
    """``2026-05-01T12:00:00.000Z`` for epoch seconds."""
    stamp = datetime.fromtimestamp(moment, UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"


def iso_or_none(moment: float | None) -> str | None:
    """As ``iso``, passing None through."""
    return None if moment is None else iso(moment)


def epoch(text: str) -> float:
    """Epoch seconds of an ISO-8601 text; naive ones are taken as UTC. ValueError if it is none."""
    stamp = datetime.fromisoformat(text)
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
