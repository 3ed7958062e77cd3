"""The audit trail (``docs/concepts.md``, Audit): append-only, written with the change it tells of."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from itertools import takewhile
from typing import Any

import msgspec

from opstage.core.redaction import mask_token_values
from opstage.core.times import iso
from opstage.store.chain import CONTENT, Head
from opstage.store.listing import Where, order_by
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping, to_json
from opstage.store.order import ordered_id
from opstage.store.records import (
    DEFAULT_WORKSPACE,
    SYSTEM,
    AuditDraft,
    AuditFilter,
    AuditRecord,
    Paging,
)
from opstage.store.trail import checkpoint, head, move_checkpoint, save_anchor
from opstage.store.tx import Reader, Tx

__all__ = ["batches", "get", "head", "insert", "newest", "page", "prune", "record", "save_anchor"]

PRUNED = "audit.pruned"
BATCH = 500
"""Events read at once by ``batches`` at the most …"""
BATCH_CHARACTERS = 512 * 1024
"""… and as many fewer as they are longer: a reader that stalls holds one batch."""
FIRST_BATCH = 50
"""While nobody knows how long they are."""

_TABLE = Mapping(AuditRecord, "audit_events")
_COLUMNS = _TABLE.columns
_INSERT = _TABLE.insert("workspace_id", "previous_hash")
_CONTENT = [_COLUMNS.index(column) if column != "workspace_id" else len(_COLUMNS) for column in CONTENT]
"""Where each hashed value stands in a row that is about to be inserted."""
_SEQUENCE, _HASH = _COLUMNS.index("sequence"), _COLUMNS.index("hash")
SORTS = {"createdAt": "t.created_at"}


def record(tx: Tx, draft: AuditDraft, now: float) -> AuditRecord:
    """Adds an event to the work's transaction; it is stored if and only if the work is.

    Not a coroutine: the events of a whole batch of works are numbered and stored by one statement just
    before the commit, and ``Store.on_audit`` hears of them just after it.
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


async def insert(tx: Tx, entries: Sequence[AuditRecord], last: Head) -> tuple[list[AuditRecord], Head]:
    """Stores recorded events behind ``last``; the writer's last step before a commit.

    Answers them with their numbers and hashes, and the new head. Another process may have written
    meanwhile: then its head is taken up.
    """
    if not entries:
        return [], last
    values = [[*_TABLE.values(entry), DEFAULT_WORKSPACE, ""] for entry in entries]
    try:
        end = _chained(values, last)
        await tx.execute_many(_INSERT, values)
    except sqlite3.IntegrityError:
        await tx.execute(
            "DELETE FROM audit_events WHERE id IN (SELECT value FROM json_each(?))",
            to_json([entry.id for entry in entries]),
        )
        end = _chained(values, await head(tx))
        await tx.execute_many(_INSERT, values)
    pairs = zip(entries, values, strict=True)
    return [
        msgspec.structs.replace(entry, sequence=row[_SEQUENCE], hash=row[_HASH]) for entry, row in pairs
    ], end


def _chained(rows: list[list[Any]], last: Head) -> Head:
    for row in rows:
        row[-1] = last.hash
        last = last.after([row[place] for place in _CONTENT])
        row[_SEQUENCE], row[_HASH] = last
    return last


async def prune(tx: Tx, before: float, limit: int, now: float) -> int:
    """Deletes the oldest events that were made before ``before``, ``limit`` at most; how many.

    What is left still verifies: a checkpoint says where it begins, and ``audit.pruned`` says it within
    the trail. Whoever wants all of them deleted calls again while it answers ``limit``. An event goes
    only after all with smaller numbers are gone.
    """
    # The event about the pruning must never be the next one to prune.
    bound = iso(min(before, now))
    oldest = await tx.rows(
        "SELECT sequence, hash, created_at FROM audit_events WHERE sequence > 0 ORDER BY sequence LIMIT ?",
        limit,
    )
    old = list(takewhile(lambda row: row[2] < bound, oldest))
    if not old:
        return 0
    first, last = await checkpoint(tx), Head(old[-1][0], old[-1][1])
    await tx.execute("DELETE FROM audit_events WHERE sequence <= ?", last.sequence)
    await move_checkpoint(tx, last, len(old), now)
    metadata = {
        "deleted": len(old),
        "from": first.sequence + 1,
        "to": last.sequence,
        "hash": last.hash,
        "before": bound,
    }
    record(tx, AuditDraft(action=PRUNED, actor=SYSTEM, target_type="Workspace", metadata=metadata), now)
    return len(old)


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
    """One page and the total."""
    return await listed(reader, _TABLE, _where(filters), paging, SORTS)


async def batches(
    reader: Reader, filters: AuditFilter, sort: str = "-createdAt"
) -> AsyncIterator[list[AuditRecord]]:
    """All events that match, a batch at a time, however many and however long they are.

    Each batch is a statement of its own that goes on where the one before ended, so that nothing is
    held open while the caller is busy.
    """
    beyond = "<" if sort.startswith("-") else ">"
    last: AuditRecord | None = None
    limit = FIRST_BATCH
    while True:
        where = _where(filters)
        if last is not None:
            where.add(f"(t.created_at, t.id) {beyond} (?, ?)", iso(last.created_at), last.id)
        rest = f"{where.sql}{order_by(sort, SORTS, 't.id')} LIMIT ?"
        rows = await reader.rows(_TABLE.select(rest), *where.values, limit)
        found = _TABLE.read_all(rows)
        if found:
            yield found
        if len(found) < limit:
            return
        last, limit = found[-1], _next_batch(rows)


def _next_batch(rows: Sequence[Sequence[Any]]) -> int:
    """How many events as long as these make a batch."""
    characters = sum(len(value) for row in rows for value in row if isinstance(value, str))
    return max(1, min(BATCH, BATCH_CHARACTERS * len(rows) // max(1, characters)))


def _where(filters: AuditFilter) -> Where:
    where = (
        Where()
        .any_of("t.actor_type", filters.actor_type)
        .any_of("t.actor_id", filters.actor_id)
        .any_of("t.result", filters.result)
        .any_of("t.target_type", filters.target_type)
        .any_of("t.target_id", filters.target_id)
    )
    if filters.action:
        _add_actions(where, filters.action)
    if filters.since is not None:
        where.add("t.created_at >= ?", iso(filters.since))
    if filters.until is not None:
        where.add("t.created_at <= ?", iso(filters.until))
    if filters.up_to is not None:
        where.add("t.sequence <= ?", filters.up_to)
    return where


def _add_actions(where: Where, actions: Sequence[str]) -> None:
    families = [action.removesuffix("*") for action in actions if action.endswith(".*")]
    bounds = [bound for family in families for bound in (family, family + "\uffff")]
    names = [action for action in actions if not action.endswith(".*")]
    tests = ["t.action >= ? AND t.action < ?"] * len(families) + ["t.action = ?"] * len(names)
    where.add(f"({' OR '.join(tests)})", *bounds, *names)
