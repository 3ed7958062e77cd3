"""Agents: who they are, what they may, when they were last heard of."""

from __future__ import annotations

from collections.abc import Iterable

from opstage.core.times import iso
from opstage.store.agent_table import TABLE, find_by_code, get, set_status
from opstage.store.agent_tokens import authenticate, issue_next, request_rotation, take_over, token_used
from opstage.store.enrolment import register, revoke
from opstage.store.listing import Where, page_of_ids
from opstage.store.mapping import to_json
from opstage.store.records import AgentFilter, AgentRecord, Paging
from opstage.store.tx import Reader, Tx

__all__ = [
    "authenticate",
    "find_by_code",
    "get",
    "issue_next",
    "load_all",
    "page",
    "register",
    "request_rotation",
    "revoke",
    "set_contacts",
    "set_status",
    "set_statuses",
    "take_over",
    "token_used",
]

SORTS = {
    "createdAt": "t.created_at",
    "lastHeartbeatAt": "t.last_heartbeat_at",
    "lastSeenAt": "t.last_heartbeat_at",
    "name": "t.name",
    "code": "t.code",
}


async def load_all(reader: Reader) -> list[AgentRecord]:
    """Every agent, oldest first; one query."""
    rows = await reader.rows(TABLE.select("ORDER BY t.created_at, t.id"))
    return TABLE.read_all(rows)


async def page(reader: Reader, filters: AgentFilter, paging: Paging) -> tuple[list[str], int]:
    """Ids of one page, and the total; the rows themselves are in the fleet's memory."""
    where = (
        Where()
        .any_of("t.status", filters.status)
        .among("t.id", filters.ids)
        .without("t.id", filters.without)
        .contains(("t.code", "t.name"), filters.q)
    )
    return await page_of_ids(reader, TABLE.table, where, paging, SORTS)


async def set_statuses(tx: Tx, rows: Iterable[tuple[str, str, str | None, float]], now: float) -> None:
    """Many (agent id, status, reason, since) at once; DISABLED and REVOKED agents stay as they are."""
    moment = iso(now)
    await tx.execute_many(
        "UPDATE agents SET status = ?, status_reason = ?, status_since = ?, updated_at = ?"
        " WHERE id = ? AND status NOT IN ('DISABLED', 'REVOKED')",
        [(status, reason, iso(since), moment, agent_id) for agent_id, status, reason, since in rows],
    )


async def introduce(tx: Tx, records: Iterable[AgentRecord]) -> None:
    """Stores what agents said of themselves in ``hello``, and their connection generations."""
    await tx.execute_many(
        "UPDATE agents SET connection_generation = ?, last_instance = ?, sdk = ?, runtime = ?, hostname = ?,"
        " labels_json = ?, updated_at = ? WHERE id = ? AND connection_generation < ?",
        [
            (
                *(record.connection_generation, record.last_instance, record.sdk, record.runtime),
                *(record.hostname, to_json(record.labels), iso(record.updated_at), record.id),
                record.connection_generation,
            )
            for record in records
        ],
    )


async def set_contacts(tx: Tx, contacts: Iterable[tuple[str, float]]) -> None:
    """Stores (agent id, time of last contact) for many agents at once; never moves one back."""
    rows = [(moment, agent_id, moment) for agent_id, moment in ((each, iso(at)) for each, at in contacts)]
    await tx.execute_many(
        "UPDATE agents SET last_heartbeat_at = ?"
        " WHERE id = ? AND (last_heartbeat_at IS NULL OR last_heartbeat_at < ?)",
        rows,
    )
