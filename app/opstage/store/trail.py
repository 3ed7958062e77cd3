"""Where the audit trail begins and ends: its head, the checkpoint of a pruning, the anchor.

The *checkpoint* (one row of ``audit_checkpoints``) is the last event that retention deleted; the trail goes
on after it. The *anchor* (setting ``audit_head``) is an event that was the newest one a moment ago: without
it nobody could see that the newest events were cut off.
"""

from __future__ import annotations

import logging
from typing import Any

from opstage.core.ids import new_id
from opstage.core.times import iso
from opstage.store import settings
from opstage.store.chain import CONTENT, START, Head
from opstage.store.tx import Reader, Tx

log = logging.getLogger("opstage.store")

ANCHOR = "audit_head"
"""The key of the setting."""
ADOPTED_AT_ONCE = 1000
"""Events of an older release that get their numbers in one transaction."""


async def head(reader: Reader) -> Head:
    """The newest event there is, else where the last pruning ended."""
    row = await reader.row("SELECT sequence, hash FROM audit_events ORDER BY sequence DESC LIMIT 1")
    if row is None or row[0] is None:
        return await checkpoint(reader)
    return Head(row[0], row[1] or START.hash)


async def checkpoint(reader: Reader) -> Head:
    """The last event that was pruned; START if there was none."""
    row = await reader.row("SELECT sequence, hash FROM audit_checkpoints ORDER BY sequence DESC LIMIT 1")
    return START if row is None else Head(row[0], row[1])


async def move_checkpoint(tx: Tx, last: Head, deleted: int, now: float) -> None:
    """From now on the trail begins after ``last``; ``deleted`` events went away for it."""
    await tx.execute("DELETE FROM audit_checkpoints")
    await tx.execute(
        "INSERT INTO audit_checkpoints (id, created_at, sequence, hash, deleted) VALUES (?, ?, ?, ?, ?)",
        new_id("aud"),
        iso(now),
        last.sequence,
        last.hash,
        deleted,
    )


async def anchor(reader: Reader) -> Head | None:
    """The event that was noted as the newest one; None in a database that was never opened."""
    saved: Any = await settings.get(reader, ANCHOR)
    return None if saved is None else Head(saved["sequence"], saved["hash"])


async def save_anchor(tx: Tx, now: float) -> None:
    """Notes the newest event, so that a later cut is found.

    Nothing is noted while the anchor before it does not fit the trail: that is the evidence. The log
    says so each time.
    """
    noted, newest = await anchor(tx), await head(tx)
    if noted is not None and not await _fits(tx, noted):
        log.warning(
            "The audit trail no longer holds event %d as it was noted; see `opstage audit verify`.",
            noted.sequence,
        )
    elif newest != noted:
        await settings.put(tx, ANCHOR, {"sequence": newest.sequence, "hash": newest.hash}, now)


async def _fits(reader: Reader, noted: Head) -> bool:
    row = await reader.row("SELECT hash FROM audit_events WHERE sequence = ?", noted.sequence)
    if row is not None:
        return bool(row[0] == noted.hash)
    start = await checkpoint(reader)
    return noted.sequence < start.sequence or noted == start


async def adopt(tx: Tx, after: tuple[str, str]) -> tuple[str, str] | None:
    """Numbers events of a release without numbers, oldest first, ADOPTED_AT_ONCE of them.

    ``after`` and the answer are (created_at, id) of the last one; None: there are no more.
    """
    columns = ", ".join(CONTENT)
    rows = await tx.rows(
        # The plus keeps SQLite from gathering and sorting all that are left, each time anew.
        f"SELECT {columns} FROM audit_events WHERE +sequence IS NULL AND (created_at, id) > (?, ?)"  # noqa: S608
        " ORDER BY created_at, id LIMIT ?",
        *after,
        ADOPTED_AT_ONCE,
    )
    last, changes = await head(tx), []
    for row in rows:
        previous, last = last.hash, last.after(tuple(row))
        changes.append((last.sequence, previous, last.hash, row[0]))
    await tx.execute_many(
        "UPDATE audit_events SET sequence = ?, previous_hash = ?, hash = ? WHERE id = ?", changes
    )
    return (rows[-1][-1], rows[-1][0]) if rows else None
