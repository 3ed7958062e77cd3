"""The audit trail (``contract/concepts.md`` 11): append-only, written with the change it tells of."""

from __future__ import annotations

from collections.abc import Sequence

from opstage.core.redaction import mask_token_values
from opstage.core.times import iso
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping
from opstage.store.order import ordered_id
from opstage.store.records import (
    DEFAULT_WORKSPACE,
    AuditDraft,
    AuditFilter,
    AuditRecord,
    Paging,
)
from opstage.store.tx import Reader, Tx

_TABLE = Mapping(AuditRecord, "audit_events")
_INSERT = _TABLE.insert("workspace_id")
SORTS = {"createdAt": "t.created_at"}


def record(tx: Tx, draft: AuditDraft, now: float) -> AuditRecord:
    """Adds an event to the work's transaction; it is stored if and only if the work is.

    Not a coroutine: the events of a whole batch of works are stored by one statement just before
    the commit, and ``Store.on_audit`` hears of them just after it.
    """
    actor = draft.actor
    entry = AuditRecord(
        id=ordered_id("aud", now),
        actor_type=actor.type,
        actor_id=actor.id,
        actor_name=actor.name,
        action=draft.action,
        target_type=draft.target_type,
        target_id=draft.target_id,
        target_name=draft.target_name,
        result=draft.result,
        message=draft.message,
        ip_address=actor.ip_address,
        user_agent=actor.user_agent,
        metadata=mask_token_values(draft.metadata),
        created_at=now,
    )
    tx.audits.append(entry)
    return entry


async def insert(tx: Tx, entries: Sequence[AuditRecord]) -> None:
    """Stores recorded events; the writer's last step before a commit."""
    rows = [[*_TABLE.values(entry), DEFAULT_WORKSPACE] for entry in entries]
    await tx.execute_many(_INSERT, rows)


async def newest(reader: Reader, limit: int = 500) -> list[AuditRecord]:
    """The newest events, newest first."""
    rows = await reader.rows(
        _TABLE.select("ORDER BY t.created_at DESC, t.id DESC LIMIT ?"),
        limit,
    )
    return _TABLE.read_all(rows)


async def get(reader: Reader, audit_id: str) -> AuditRecord | None:
    """One event."""
    row = await reader.row(_TABLE.select("WHERE t.id = ?"), audit_id)
    return None if row is None else _TABLE.read(row)


async def page(reader: Reader, filters: AuditFilter, paging: Paging) -> tuple[list[AuditRecord], int]:
    """One page and the total. ``paging.page_size`` may be larger here, for exports."""
    where = (
        Where()
        .any_of("t.actor_type", filters.actor_type)
        .any_of("t.actor_id", filters.actor_id)
        .any_of("t.result", filters.result)
        .any_of("t.action", filters.action)
        .any_of("t.target_type", filters.target_type)
        .any_of("t.target_id", filters.target_id)
    )
    if filters.action_prefix:
        where.add("t.action >= ? AND t.action < ?", filters.action_prefix, filters.action_prefix + "\uffff")
    if filters.since is not None:
        where.add("t.created_at >= ?", iso(filters.since))
    if filters.until is not None:
        where.add("t.created_at <= ?", iso(filters.until))
    return await listed(reader, _TABLE, where, paging, SORTS)


async def prune(tx: Tx, before: float) -> int:
    """Deletes the events older than ``before``; how many."""
    return await tx.execute("DELETE FROM audit_events WHERE created_at < ?", iso(before))
