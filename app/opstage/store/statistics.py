"""Counts for dashboard and metrics, each from an index and over a bounded stretch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from opstage.core.times import iso
from opstage.store.records import DEFAULT_WORKSPACE
from opstage.store.tx import Reader, Row

Ending = tuple[str, str, str | None]
"""How commands ended: status, type, error code."""
Place = tuple[str, str]
"""Where one is in the order of ended commands: when the last one ended, and its id."""
BEGIN: Place = ("", "")

_BEYOND = "(completed_at, id) > (?, ?)"
# The plus keeps SQLite from walking all commands in the order of the index on the status.
_BY_ENDING = " GROUP BY +status, type, error_code"


class CommandCounts(msgspec.Struct, frozen=True):
    """All commands at one moment, apart from those that ended before some place."""

    total: int
    """All of them, those too."""
    unfinished: dict[str, int]
    """By status."""
    ended: Counter[Ending]


class Workspace(msgspec.Struct, frozen=True):
    """The one workspace."""

    id: str
    code: str
    name: str
    status: str


async def workspace(reader: Reader) -> Workspace:
    """The one workspace."""
    row = await reader.row("SELECT id, code, name, status FROM workspaces WHERE id = ?", DEFAULT_WORKSPACE)
    return Workspace(*(row or (DEFAULT_WORKSPACE, "default", "Default Workspace", "ACTIVE")))


async def further(reader: Reader, after: Place, before: float, most: int) -> Place | None:
    """The place ``most`` commands on, no later than ``before``; None: there are no more."""
    row = await reader.row(
        f"SELECT completed_at, id FROM (SELECT completed_at, id FROM commands WHERE {_BEYOND}"  # noqa: S608
        " AND completed_at < ? ORDER BY completed_at, id LIMIT ?)"
        " ORDER BY completed_at DESC, id DESC LIMIT 1",
        *after,
        iso(before),
        most,
    )
    return None if row is None else (row[0], row[1])


async def ended(reader: Reader, after: Place, until: Place) -> Counter[Ending]:
    """How the commands between two places ended."""
    rows = await reader.rows(
        f"SELECT status, type, error_code, COUNT(*) FROM commands WHERE {_BEYOND}"  # noqa: S608
        f" AND (completed_at, id) <= (?, ?){_BY_ENDING}",
        *after,
        *until,
    )
    return _endings(rows)


async def command_counts(reader: Reader, after: Place) -> CommandCounts:
    """Everything there is, ended commands only from ``after`` on; one query, so it is of one moment."""
    rows = await reader.rows(
        f"SELECT status, type, error_code, COUNT(*) FROM commands WHERE {_BEYOND}"  # noqa: S608
        f"{_BY_ENDING} UNION ALL SELECT status, '', '', COUNT(*) FROM commands"
        " WHERE status IN ('PENDING', 'RUNNING') GROUP BY status"
        " UNION ALL SELECT '', '', '', COUNT(*) FROM commands",
        *after,
    )
    return CommandCounts(
        total=rows[-1][3],
        unfinished={row[0]: row[3] for row in rows[:-1] if row[1] == ""},
        ended=_endings([row for row in rows[:-1] if row[1] != ""]),
    )


async def durations(reader: Reader, most: int) -> list[int]:
    """How long the commands ran that ended last, in milliseconds, the newest first."""
    # One value instead of many rows, each of which would cost as much again.
    found = await reader.value(
        "SELECT json_group_array(MAX(0, CAST(ROUND((julianday(completed_at) - julianday(started_at))"
        " * 86400000) AS INTEGER))) FROM (SELECT started_at, completed_at FROM commands"
        " WHERE completed_at IS NOT NULL AND started_at IS NOT NULL"
        " ORDER BY completed_at DESC, id DESC LIMIT ?)",
        most,
    )
    return msgspec.json.decode(found, type=list[int])


async def tokens_by_status(reader: Reader) -> dict[str, int]:
    """Registration tokens."""
    rows = await reader.rows("SELECT status, COUNT(*) FROM registration_tokens GROUP BY status")
    return {row[0]: row[1] for row in rows}


async def audit_actions(reader: Reader, actions: Sequence[str]) -> Counter[str]:
    """How many audit events there are of some actions."""
    counts: Counter[str] = Counter()
    for action in actions:
        counts[action] = await reader.value("SELECT COUNT(*) FROM audit_events WHERE action = ?", action)
    return counts


async def audit_total(reader: Reader) -> int:
    """How many audit events there are; they are numbered without gaps."""
    found: int = await reader.value(
        "SELECT COALESCE((SELECT MAX(sequence) FROM audit_events) - (SELECT MIN(sequence) FROM audit_events)"
        " + 1, 0)"
    )
    return found


async def oldest_audit_actions(reader: Reader, most: int) -> list[str]:
    """The actions of the oldest events, in the order in which pruning takes them."""
    rows = await reader.rows(
        "SELECT action FROM audit_events WHERE sequence > 0 ORDER BY sequence LIMIT ?", most
    )
    return [row[0] for row in rows]


def _endings(rows: Sequence[Row]) -> Counter[Ending]:
    return Counter({(row[0], row[1], row[2]): row[3] for row in rows})
