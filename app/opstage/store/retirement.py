"""Agents and services taken off the lists, and deleted with everything that hangs on them.

The audit trail and the bus events are not touched: they tell what was. Nothing here is audited: the
caller knows who did it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opstage.core.times import iso
from opstage.store import agent_table, enrolment
from opstage.store.listing import Where
from opstage.store.mapping import to_json
from opstage.store.records import AgentRecord
from opstage.store.tx import Tx

_AMONG = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Deleted:
    """Ids of what went with it; of the agent or service itself the caller knows."""

    services: list[str]
    commands: list[str]


async def retire_services(
    tx: Tx, now: float, *, ids: Sequence[str] | None = None, agent_id: str | None = None
) -> list[str]:
    """These services, or all of an agent, are retired; ids of those that were not before."""
    where = Where().add("retired_at IS NULL").among("id", ids)
    if agent_id is not None:
        where.add("agent_id = ?", agent_id)
    rows = await tx.rows(
        f"UPDATE capsule_services SET retired_at = ?, updated_at = ?{where.sql} RETURNING id",  # noqa: S608
        *(iso(now), iso(now), *where.values),
    )
    return [row[0] for row in rows]


async def retire_agent(tx: Tx, agent_id: str, now: float) -> tuple[AgentRecord, int] | None:
    """REVOKED and retired with all its tokens (how many those were) and services; None: no such agent."""
    revoked = await enrolment.revoke(tx, agent_id, reason="REVOKED", now=now)
    if revoked is None:
        return None
    await tx.execute(
        "UPDATE agents SET retired_at = ?, rotation_requested_at = NULL, updated_at = ? WHERE id = ?",
        *(iso(now), iso(now), agent_id),
    )
    record = await agent_table.get(tx, agent_id)
    return None if record is None else (record, revoked[1])


async def delete_service(tx: Tx, service_id: str) -> Deleted | None:
    """A retired service, its reports and its commands are gone; None: there is none, or it is not retired."""
    found = await tx.rows(
        "SELECT id FROM capsule_services WHERE id = ? AND retired_at IS NOT NULL", service_id
    )
    return await _delete_services(tx, [service_id], None) if found else None


async def delete_agent(tx: Tx, agent_id: str) -> Deleted | None:
    """A REVOKED agent, its services and all its commands are gone; None: there is none, or it is not."""
    if not await tx.rows("SELECT id FROM agents WHERE id = ? AND status = 'REVOKED'", agent_id):
        return None
    mine = await tx.rows("SELECT id FROM capsule_services WHERE agent_id = ?", agent_id)
    gone = await _delete_services(tx, [row[0] for row in mine], agent_id)
    # It may have spoken for services that belong to another agent by now.
    await tx.execute("DELETE FROM health_reports WHERE agent_id = ?", agent_id)
    await tx.execute("UPDATE registration_tokens SET agent_id = NULL WHERE agent_id = ?", agent_id)
    await tx.execute("DELETE FROM agents WHERE id = ?", agent_id)
    return gone


async def _delete_services(tx: Tx, ids: list[str], agent_id: str | None) -> Deleted:
    """Results, output, one-time keys, catalogue and health go with them, by the database's own rules."""
    rows = await tx.rows(
        f"DELETE FROM commands WHERE service_id IN {_AMONG} OR agent_id = ? RETURNING id",  # noqa: S608
        *(to_json(ids), agent_id),
    )
    await tx.execute(f"DELETE FROM capsule_services WHERE id IN {_AMONG}", to_json(ids))  # noqa: S608
    return Deleted(services=ids, commands=[row[0] for row in rows])
