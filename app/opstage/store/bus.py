"""Events of the bus and the routes they take (``docs/concepts.md``, The bus)."""

from __future__ import annotations

from typing import Any

import msgspec

from opstage.core.bus import RATE_SECONDS
from opstage.core.times import epoch, iso
from opstage.store import audit
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping
from opstage.store.order import ordered_id
from opstage.store.records import DEFAULT_WORKSPACE, Actor, AuditDraft, Paging
from opstage.store.tx import Reader, Tx

SORTS = {"acceptedAt": "t.accepted_at"}


class BusEventRecord(msgspec.Struct, kw_only=True, frozen=True):
    """An event as it was taken; payload and metadata are redacted."""

    id: str
    agent_id: str
    service_id: str
    service_code: str
    event_type: str
    event_ref: str | None
    """The agent's own name for it; an agent uses one once."""
    payload: dict[str, Any]
    metadata: dict[str, Any]
    correlation_id: str | None
    causation_id: str | None
    depth: int
    """0 for the first of a chain."""
    occurred: str
    """When it happened, as its agent wrote it."""
    accepted_at: float
    route_count: int = 0
    routed: list[dict[str, Any]] = []
    """What each route made of it, as the publisher was told."""


class RouteDraft(msgspec.Struct, kw_only=True, frozen=True):
    """Everything of a route that people choose."""

    name: str
    description: str | None
    status: str
    event_type: str
    source_service_code: str | None
    """None: any source."""
    target_service_code: str
    action_name: str
    input_mapping: dict[str, Any]
    metadata: dict[str, Any]
    allow_dangerous: bool


class RouteRecord(RouteDraft, kw_only=True, frozen=True):
    """A route as stored."""

    id: str
    created_at: float
    updated_at: float


class ServiceKey(msgspec.Struct, frozen=True):
    """A service by its code."""

    id: str
    agent_id: str


EVENTS = Mapping(BusEventRecord, "bus_events", names={"occurred": "occurred_at"})
ROUTES = Mapping(RouteRecord, "bus_routes")
_INSERT_EVENT = EVENTS.insert("workspace_id", "created_at")
_INSERT_ROUTE = ROUTES.insert("workspace_id")
_CHOSEN = frozenset((*RouteDraft.__struct_fields__, "updated_at"))
_UPDATE_ROUTE = f"UPDATE bus_routes SET {ROUTES.assignments(_CHOSEN)} WHERE id = ?"  # noqa: S608


# --- events ---


def event_id(now: float) -> str:
    """An id for a new event."""
    return ordered_id("bev", now)


async def add(tx: Tx, event: BusEventRecord) -> None:
    """Stores a new event."""
    values = EVENTS.values(event)
    await tx.execute(_INSERT_EVENT, *values, DEFAULT_WORKSPACE, iso(event.accepted_at))


async def event(reader: Reader, id_: str) -> BusEventRecord | None:
    """One event."""
    row = await reader.row(EVENTS.select("WHERE t.id = ?"), id_)
    return None if row is None else EVENTS.read(row)


async def event_of_ref(reader: Reader, agent_id: str, ref: str) -> BusEventRecord | None:
    """The event that the agent published under this reference."""
    row = await reader.row(EVENTS.select("WHERE t.agent_id = ? AND t.event_ref = ?"), agent_id, ref)
    return None if row is None else EVENTS.read(row)


async def depth_of(reader: Reader, id_: str) -> int | None:
    """How deep in its chain an event is; None: there is no such event (any more)."""
    row = await reader.row("SELECT depth FROM bus_events WHERE id = ?", id_)
    return None if row is None else int(row[0])


async def newest_times(reader: Reader, agent_id: str, limit: int, now: float) -> list[float]:
    """When the agent's newest events within the rate window were taken, newest first."""
    rows = await reader.rows(
        "SELECT accepted_at FROM bus_events WHERE agent_id = ? AND accepted_at > ?"
        " ORDER BY accepted_at DESC LIMIT ?",
        agent_id,
        iso(now - RATE_SECONDS),
        limit,
    )
    return [epoch(row[0]) for row in rows]


async def events(reader: Reader, paging: Paging) -> tuple[list[BusEventRecord], int]:
    """One page and the total."""
    return await listed(reader, EVENTS, Where(), paging, SORTS)


async def service(reader: Reader, code: str) -> ServiceKey | None:
    """The service with this code; retired ones do not count."""
    row = await reader.row(
        "SELECT id, agent_id FROM capsule_services WHERE code = ? AND retired_at IS NULL", code
    )
    return None if row is None else ServiceKey(row[0], row[1])


# --- routes ---


async def routes(reader: Reader) -> list[RouteRecord]:
    """All routes, newest first."""
    return ROUTES.read_all(await reader.rows(ROUTES.select("ORDER BY t.created_at DESC, t.id DESC")))


async def routes_of(
    reader: Reader, event_type: str, source_service_code: str, most: int
) -> list[RouteRecord]:
    """The oldest routes that are on and name this type of event, and this source or none."""
    where = Where().any_of("t.status", ("ENABLED", "DRY_RUN")).add("t.event_type = ?", event_type)
    where.add("(t.source_service_code IS NULL OR t.source_service_code = ?)", source_service_code)
    oldest = f"{where.sql} ORDER BY t.created_at, t.id LIMIT ?"
    return ROUTES.read_all(await reader.rows(ROUTES.select(oldest), *where.values, most))


async def route(reader: Reader, route_id: str) -> RouteRecord | None:
    """One route."""
    row = await reader.row(ROUTES.select("WHERE t.id = ?"), route_id)
    return None if row is None else ROUTES.read(row)


async def create_route(tx: Tx, draft: RouteDraft, *, actor: Actor, now: float) -> RouteRecord:
    """A new route. Audited."""
    made = _record(draft, ordered_id("brt", now), now, now)
    await tx.execute(_INSERT_ROUTE, *ROUTES.values(made), DEFAULT_WORKSPACE)
    audit.record(tx, _told("bus.route.created", made, actor, _chosen(made)), now)
    return made


async def replace_route(
    tx: Tx, route_id: str, draft: RouteDraft, *, actor: Actor, now: float
) -> RouteRecord | None:
    """The route with everything chosen anew. Audited. None: no such route."""
    before = await route(tx, route_id)
    if before is None:
        return None
    after = _record(draft, route_id, before.created_at, now)
    await tx.execute(_UPDATE_ROUTE, *ROUTES.values(after, _CHOSEN), route_id)
    told = {**_chosen(after), "before": _chosen(before)}
    audit.record(tx, _told("bus.route.updated", after, actor, told), now)
    return after


async def delete_route(tx: Tx, route_id: str, *, actor: Actor, now: float) -> RouteRecord | None:
    """The deleted route. Audited. None: no such route."""
    found = await route(tx, route_id)
    if found is None:
        return None
    await tx.execute("DELETE FROM bus_routes WHERE id = ?", route_id)
    told = {"name": found.name, "eventType": found.event_type}
    audit.record(tx, _told("bus.route.deleted", found, actor, told), now)
    return found


def _record(draft: RouteDraft, route_id: str, created_at: float, now: float) -> RouteRecord:
    return RouteRecord(**msgspec.structs.asdict(draft), id=route_id, created_at=created_at, updated_at=now)


def _chosen(route: RouteRecord) -> dict[str, Any]:
    """What the trail says of a route: also, when it may run dangerous actions, that it may."""
    told = {
        "eventType": route.event_type,
        "targetServiceCode": route.target_service_code,
        "actionName": route.action_name,
        "status": route.status,
    }
    return told | ({"allowDangerous": True} if route.allow_dangerous else {})


def _told(action: str, route: RouteRecord, actor: Actor, metadata: dict[str, Any]) -> AuditDraft:
    return AuditDraft(
        action=action,
        actor=actor,
        target_type="BusRoute",
        target_id=route.id,
        target_name=route.name,
        metadata=metadata,
    )
