"""The health history of services: every change, and one entry a minute while nothing changes."""

from __future__ import annotations

from collections.abc import Iterable

from opstage.core.times import iso
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping
from opstage.store.order import ordered_id
from opstage.store.records import DEFAULT_WORKSPACE, HealthRecord, Paging
from opstage.store.tx import Reader, Tx

UNCHANGED_SECONDS = 60.0
"""How often a health that stays the same is noted again."""

_TABLE = Mapping(HealthRecord, "health_reports")
_INSERT = _TABLE.insert("workspace_id")
SORTS = {"createdAt": "t.reported_at"}
CHANGES_AMONG = 20_000
"""Changes of status are looked for among so many of the newest entries, so that a service that always
has something new to say does not hold the others up."""

_TURNS = """t.id IN (
    SELECT e.id FROM (
        SELECT n.id, n.status, LAG(n.status) OVER (ORDER BY n.reported_at, n.id) AS before
        FROM (
            SELECT id, status, reported_at FROM health_reports
            WHERE service_id = ? ORDER BY reported_at DESC, id DESC LIMIT ?
        ) AS n
    ) AS e
    WHERE e.before IS NULL OR e.before <> e.status
)"""
"""The entry has another status than the one before it."""


def entry_id(now: float) -> str:
    """An id for a new entry."""
    return ordered_id("hlr", now)


def unchanged_since(now: float) -> str:
    """An unchanged health is noted again when its last entry is not newer than this, as stored."""
    return iso(now - UNCHANGED_SECONDS)


async def append(tx: Tx, entries: Iterable[HealthRecord]) -> None:
    """Adds entries to the history."""
    await tx.execute_many(_INSERT, [[*_TABLE.values(entry), DEFAULT_WORKSPACE] for entry in entries])


async def newest(reader: Reader, service_id: str) -> HealthRecord | None:
    """The service's newest entry."""
    row = await reader.row(
        _TABLE.select("WHERE t.service_id = ? ORDER BY t.reported_at DESC, t.id DESC LIMIT 1"),
        service_id,
    )
    return None if row is None else _TABLE.read(row)


async def history(
    reader: Reader, service_id: str, paging: Paging, *, changes: bool = False
) -> tuple[list[HealthRecord], int]:
    """One page of the service's history and the total; ``changes``: only where the status changed."""
    where = Where()
    if changes:
        where.add(_TURNS, service_id, CHANGES_AMONG)
    else:
        where.add("t.service_id = ?", service_id)
    return await listed(reader, _TABLE, where, paging, SORTS)
