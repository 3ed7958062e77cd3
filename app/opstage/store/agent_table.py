"""Agents one at a time, for ``agents`` and ``enrolment``."""

from __future__ import annotations

from opstage.core.times import iso
from opstage.store.listing import Where
from opstage.store.mapping import Mapping
from opstage.store.records import AgentRecord
from opstage.store.tx import Reader, Tx

TABLE = Mapping(AgentRecord, "agents")
_SET_STATUS = (
    "UPDATE agents SET status = ?, status_reason = ?, status_since = ?, updated_at = ?,"
    " disabled_at = CASE WHEN ? = 'DISABLED' THEN ? ELSE NULL END,"
    " revoked_at = CASE WHEN ? = 'REVOKED' THEN COALESCE(revoked_at, ?) ELSE NULL END"
)


async def get(reader: Reader, agent_id: str) -> AgentRecord | None:
    """One agent."""
    row = await reader.row(TABLE.select("WHERE t.id = ?"), agent_id)
    return None if row is None else TABLE.read(row)


async def find_by_code(reader: Reader, code: str) -> AgentRecord | None:
    """The agent of exactly this code."""
    row = await reader.row(TABLE.select("WHERE t.code = ?"), code)
    return None if row is None else TABLE.read(row)


async def set_status(
    tx: Tx,
    agent_id: str,
    status: str,
    reason: str | None,
    now: float,
    *,
    since: float | None = None,
    before: tuple[str, ...] = (),
) -> AgentRecord | None:
    """Stores a status, why and since when (default now); the agent as it is then.

    ``disabledAt`` and ``revokedAt`` follow the status. With ``before`` it happens only from those
    statuses; None when nothing was changed. Not audited: the caller knows who did it.
    """
    where = Where().add("id = ?", agent_id).any_of("status", before)
    changed = await tx.execute(
        _SET_STATUS + where.sql,
        *(status, reason, iso(now if since is None else since), iso(now)),
        *(status, iso(now), status, iso(now)),
        *where.values,
    )
    return await get(tx, agent_id) if changed else None
