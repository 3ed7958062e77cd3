"""Runs: one action on many services, so many at a time. What is to be done next, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from opstage.core.redaction import REDACTED


class RunStatus(StrEnum):
    """Status of a run (``docs/concepts.md``, Runs)."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


class StopReason(StrEnum):
    """Why a run starts no more."""

    OPERATOR = "OPERATOR"
    FAILURES = "FAILURES"


class TargetStatus(StrEnum):
    """Status of one service of a run: that of its command, once it has one."""

    WAITING = "WAITING"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"


ACTIVE = frozenset({TargetStatus.PENDING, TargetStatus.RUNNING})
FAILURES = frozenset({TargetStatus.FAILED, TargetStatus.EXPIRED, TargetStatus.CANCELLED})
UNFINISHED = ACTIVE | {TargetStatus.WAITING}

Counts = Mapping[str, int]
"""How many targets have each status; one that is absent counts as 0."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has to do now; at most one of the three is set."""

    start: int = 0
    """So many of those that wait may start."""
    stop: bool = False
    """Too many failed: those that wait are not to start any more."""
    end: RunStatus | None = None
    """It is over, with this outcome."""


def decide(counts: Counts, *, concurrency: int, stop_after: int | None, stopped: bool) -> Decision:
    """The next thing to do. ``stopped``: nothing is to start any more, whatever waits."""
    waiting, active, failures = (
        counts.get(TargetStatus.WAITING, 0),
        _sum(counts, ACTIVE),
        _sum(counts, FAILURES),
    )
    if waiting and not stopped:
        if stop_after is not None and failures >= stop_after:
            return Decision(stop=True)
        return Decision(start=max(0, min(waiting, concurrency - active)))
    if active:
        return Decision()
    if stopped:
        return Decision(end=RunStatus.STOPPED)
    return Decision(end=RunStatus.FAILED if failures else RunStatus.SUCCEEDED)


def _sum(counts: Counts, statuses: frozenset[TargetStatus]) -> int:
    return sum(counts.get(status, 0) for status in statuses)


def agrees(shown: Any, given: Any) -> bool:
    """True if both are the same JSON, as far as ``shown``, whose secrets are replaced, can tell."""
    if shown == REDACTED:
        return True
    if isinstance(shown, dict) and isinstance(given, dict):
        return shown.keys() == given.keys() and all(agrees(shown[key], given[key]) for key in shown)
    if isinstance(shown, list) and isinstance(given, list):
        return len(shown) == len(given) and all(map(agrees, shown, given))
    # Python takes 1, 1.0 and true for equal; JSON does not.
    return type(shown) is type(given) and bool(shown == given)
