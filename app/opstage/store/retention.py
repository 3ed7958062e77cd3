"""What has had its time is deleted here, a bounded number of rows per call.

Every function deletes at most ``limit`` rows that are older than ``before`` (epoch seconds), oldest
first, and says how many; fewer than ``limit`` means that nothing is left to delete. Nothing that is
unfinished or still opens a door is touched, however old it is.
"""

from __future__ import annotations

from opstage.core.times import iso
from opstage.store.statistics import Ending
from opstage.store.tx import Tx


async def sessions(tx: Tx, before: float, limit: int) -> int:
    """Browser sessions that ended by age."""
    return await _delete(tx, "sessions", "expires_at <= ? ORDER BY expires_at", before, limit)


async def command_secrets(tx: Tx, before: float, limit: int) -> int:
    """One-time keys that nobody read in time."""
    return await _delete(tx, "command_secrets", "expires_at <= ? ORDER BY expires_at", before, limit)


async def registration_tokens(tx: Tx, before: float, limit: int) -> int:
    """Registration tokens that open nothing any more and changed last before ``before``."""
    condition = (
        "status IN ('USED', 'EXPIRED', 'REVOKED') AND created_at < ?1 AND updated_at < ?1 ORDER BY created_at"
    )
    return await _delete(tx, "registration_tokens", condition, before, limit)


async def agent_tokens(tx: Tx, before: float, limit: int) -> int:
    """Agent tokens that were revoked, or replaced by a rotation, before ``before``."""
    condition = "revoked_at < ?1 AND status = 'REVOKED' OR expires_at < ?1"
    return await _delete(tx, "agent_tokens", condition, before, limit)


async def health_reports(tx: Tx, before: float, limit: int) -> int:
    """Health history; the newest entry of each service stays, so that its health stays known."""
    condition = (
        "reported_at < ? AND EXISTS (SELECT 1 FROM health_reports AS newer"
        " WHERE newer.service_id = t.service_id AND (newer.reported_at, newer.id) > (t.reported_at, t.id))"
        " ORDER BY reported_at"
    )
    return await _delete(tx, "health_reports", condition, before, limit)


async def commands(tx: Tx, before: float, limit: int) -> dict[str, Ending]:
    """Commands that ended before ``before``, with results, outputs and secrets; how each had ended, by id."""
    rows = await tx.rows(
        "DELETE FROM commands WHERE id IN (SELECT id FROM commands WHERE completed_at < ?"
        " AND status NOT IN ('PENDING', 'RUNNING') ORDER BY completed_at LIMIT ?)"
        " RETURNING id, status, type, error_code",
        iso(before),
        limit,
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def outputs(tx: Tx, before: float, limit: int) -> int:
    """What ended commands wrote, when the last of it came before ``before``."""
    condition = (
        "updated_at < ? AND EXISTS (SELECT 1 FROM commands WHERE commands.id = t.command_id"
        " AND commands.completed_at IS NOT NULL) ORDER BY updated_at"
    )
    return await _delete(tx, "command_outputs", condition, before, limit)


async def bus_events(tx: Tx, before: float, limit: int) -> int:
    """Events of the bus, by when they were accepted."""
    return await _delete(tx, "bus_events", "accepted_at < ? ORDER BY accepted_at", before, limit)


async def _delete(tx: Tx, table: str, condition: str, before: float, limit: int) -> int:
    chosen = f"SELECT t.id FROM {table} AS t WHERE {condition} LIMIT {int(limit)}"  # noqa: S608
    return await tx.execute(f"DELETE FROM {table} WHERE id IN ({chosen})", iso(before))  # noqa: S608
