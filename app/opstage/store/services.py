"""Services as lists and pages show them. How they are written: ``reports``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from opstage.core.times import iso
from opstage.store import catalogue
from opstage.store.catalogue import (
    OfferedAction,
    action,
    actions,
    actions_named,
    configs,
    offered,
    offered_by,
)
from opstage.store.health import history as health_history
from opstage.store.health import newest as newest_health
from opstage.store.listing import Where, page_of_ids
from opstage.store.mapping import decode_json, to_json
from opstage.store.records import Paging, ServiceDetail, ServiceFilter, ServiceRecord
from opstage.store.reports import TABLE, digest_of, save_healths, save_report
from opstage.store.tx import Reader, Tx

__all__ = [
    "OfferedAction",
    "action",
    "actions",
    "actions_named",
    "configs",
    "detail",
    "digest_of",
    "get",
    "health_history",
    "load_all",
    "manifest",
    "mark_stale",
    "newest_health",
    "offered",
    "offered_by",
    "page",
    "save_healths",
    "save_report",
]

_IN_JSON = "IN (SELECT value FROM json_each(?))"
"""One value however many there are: SQLite takes 32,766 at most."""
SORTS = {
    "createdAt": "t.created_at",
    "lastReportedAt": "t.last_reported_at",
    "code": "t.code",
    "name": "t.name",
}


async def load_all(reader: Reader) -> list[ServiceRecord]:
    """Every service, oldest first; one query."""
    rows = await reader.rows(TABLE.select("ORDER BY t.created_at, t.id"))
    return TABLE.read_all(rows)


async def get(reader: Reader, service_id: str) -> ServiceRecord | None:
    """One service."""
    row = await reader.row(TABLE.select("WHERE t.id = ?"), service_id)
    return None if row is None else TABLE.read(row)


async def page(reader: Reader, filters: ServiceFilter, paging: Paging) -> tuple[list[str], int]:
    """Ids of one page, and the total; the rows themselves are in the fleet's memory."""
    where = (
        Where()
        .any_of("t.health_status", filters.health_status)
        .any_of("t.agent_id", filters.agent_id)
        .among("t.id", filters.ids)
        .without("t.id", filters.without)
        .contains(("t.code", "t.name"), filters.q)
    )
    if filters.status:
        _with_status(where, filters)
    return await page_of_ids(reader, TABLE.table, where, paging, SORTS)


def _with_status(where: Where, filters: ServiceFilter) -> None:
    """Effective statuses: what the agent is decides first, then how silent it is, then the service."""
    gone, silent = filters.gone_agents, filters.silent_agents
    said = [status for status in filters.status if status != "OFFLINE"]
    kinds: list[tuple[str, list[str]]] = []
    if "OFFLINE" in filters.status and gone:
        kinds.append((f"t.agent_id {_IN_JSON}", [to_json(gone)]))
    if "STALE" in filters.status and silent:
        kinds.append((f"t.agent_id {_IN_JSON}", [to_json(silent)]))
    if said:
        others = [to_json([*gone, *silent])] if gone or silent else []
        fresh = f" AND t.agent_id NOT {_IN_JSON}" if others else ""
        kinds.append((f"t.status IN ({', '.join('?' * len(said))}){fresh}", [*said, *others]))
    values = [value for _, more in kinds for value in more]
    where.add(f"({' OR '.join(condition for condition, _ in kinds) or 'FALSE'})", *values)


async def detail(reader: Reader, service_id: str) -> ServiceDetail | None:
    """A service with manifest, newest health, configuration and actions; four queries."""
    row = await reader.row(TABLE.select("WHERE t.id = ?", more=", t.manifest_json"), service_id)
    if row is None:
        return None
    return ServiceDetail(
        service=TABLE.read(row),
        manifest=decode_json(row[TABLE.width]),
        health=await newest_health(reader, service_id),
        configs=await catalogue.configs(reader, service_id),
        actions=await catalogue.actions(reader, service_id),
    )


async def manifest(reader: Reader, service_id: str) -> dict[str, Any] | None:
    """The manifest of a service; None if there is no such service."""
    row = await reader.row("SELECT manifest_json FROM capsule_services WHERE id = ?", service_id)
    found: dict[str, Any] | None = None if row is None else decode_json(row[0])
    return found


async def mark_stale(tx: Tx, agent_ids: Iterable[str], now: float) -> list[ServiceRecord]:
    """Services of these agents become STALE with health UNKNOWN until their next health.

    Those that changed, as they are now; OFFLINE and STALE ones stay as they were.
    """
    where = Where().add("t.status NOT IN ('OFFLINE', 'STALE')").any_of("t.agent_id", list(agent_ids))
    if len(where.values) == 0:
        return []
    rows = await tx.rows(TABLE.select(where.sql), *where.values)
    found = TABLE.read_all(rows)
    moment = iso(now)
    await tx.execute_many(
        "UPDATE capsule_services SET status = 'STALE', health_status = 'UNKNOWN', status_since = ?,"
        " updated_at = ? WHERE id = ?",
        [(moment, moment, service.id) for service in found],
    )
    return [
        replace(service, status="STALE", health_status="UNKNOWN", status_since=now, updated_at=now)
        for service in found
    ]
