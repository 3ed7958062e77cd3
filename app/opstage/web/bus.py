"""The bus: what services announced, the routes people make of it, and the way in for agents by REST."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.bus import (
    EXPERIMENTAL,
    METADATA_BYTES,
    Code,
    EventType,
    Publication,
    Published,
    too_large,
)
from opstage.core.rows import AuditRow
from opstage.core.times import iso
from opstage.errors import Invalid, NotFound
from opstage.hub import expressions, rows
from opstage.store import audit
from opstage.store import bus as stored
from opstage.store.bus import BusEventRecord, RouteDraft, RouteRecord
from opstage.store.records import AuditFilter
from opstage.web import guards
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import Caller, operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import Title
from opstage_agent.wire import RoutedCommand

bus = Blueprint("bus", __name__)

EVENT = "Bus event"
ROUTE = "Bus route"

Status = Literal["ENABLED", "DISABLED", "DRY_RUN"]


class Match(msgspec.Struct, rename="camel", omit_defaults=True):
    """Which events a route takes; without a source those of every service."""

    event_type: EventType
    source_service_code: Code | None = None


class Target(msgspec.Struct, rename="camel"):
    """What a route runs. It need not exist yet."""

    service_code: Code
    action_name: Annotated[str, Meta(min_length=1, max_length=200)]


class RouteInput(msgspec.Struct, rename="camel", kw_only=True):
    """A route as people make it. ``allowDangerous``: also for actions that people are asked about."""

    name: Title
    description: Annotated[str, Meta(max_length=2000)] | None = None
    status: Status = "DISABLED"
    match: Match
    target: Target
    input_mapping: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    allow_dangerous: bool = False


class RouteBody(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """A route."""

    id: str
    name: str
    description: str | None = None
    status: str
    match: Match
    target: Target
    input_mapping: dict[str, Any]
    metadata: dict[str, Any]
    allow_dangerous: bool
    created_at: str
    updated_at: str
    experimental: str


class EventBody(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """An event as it was taken, payload and metadata redacted."""

    id: str
    agent_id: str
    source_service_id: str | None = None
    source_service_code: str
    event_type: str
    payload: dict[str, Any]
    metadata: dict[str, Any]
    correlation_id: str | None = None
    causation_id: str | None = None
    occurred_at: str
    accepted_at: str
    route_count: int
    experimental: str


class EventDetailBody(EventBody, kw_only=True, omit_defaults=True):
    """An event and what each route made of it."""

    routed_commands: list[RoutedCommand]


# --- events ---


@bus.post("/api/agents/<agent_id>/bus/events")
@operation(Caller.AGENT, EVENT, body=Publication, answer=Published, bus=True)
async def publish(agent_id: str, body: Publication) -> Response:
    """Announce something; the answer says what each route made of it."""
    return answer(await hub().bus.publish(guards.agent(), body))


@bus.get("/api/admin/bus/events")
@operation(Capability.READ, EVENT, query=PageQuery, answer=EventBody, listed=True, bus=True)
async def events(query: PageQuery) -> Response:
    """What was announced, newest first."""
    paging = query.paging("-acceptedAt")
    found, total = await stored.events(hub().store.reader, paging)
    return page_of([_event(each) for each in found], total, paging, experimental=EXPERIMENTAL)


@bus.get("/api/admin/bus/events/<event_id>")
@operation(Capability.READ, EVENT, answer=EventDetailBody, bus=True)
async def event(event_id: str) -> Response:
    """One event with what each route made of it."""
    found = await stored.event(hub().store.reader, event_id)
    if found is None:
        raise NotFound("Bus event not found.", "BUS_EVENT_NOT_FOUND")
    routed = msgspec.convert(found.routed, list[RoutedCommand])
    shown = EventDetailBody(**msgspec.structs.asdict(_event(found)), routed_commands=routed)
    return answer(shown, experimental=EXPERIMENTAL)


@bus.get("/api/admin/bus/audit")
@operation(Capability.READ, "Bus audit", query=PageQuery, answer=AuditRow, listed=True, bus=True)
async def trail(query: PageQuery) -> Response:
    """The audit events of the bus, newest first."""
    paging = query.paging()
    found, total = await audit.page(hub().store.reader, AuditFilter(action=("bus.*",)), paging)
    return page_of([rows.audit_row(each) for each in found], total, paging, experimental=EXPERIMENTAL)


# --- routes ---


@bus.get("/api/admin/bus/routes")
@operation(Capability.READ, ROUTE, answer=list[RouteBody], bus=True)
async def routes() -> Response:
    """All routes, newest first."""
    found = await stored.routes(hub().store.reader)
    return answer([_route(each) for each in found], experimental=EXPERIMENTAL)


@bus.get("/api/admin/bus/routes/<route_id>")
@operation(Capability.READ, ROUTE, answer=RouteBody, bus=True)
async def route(route_id: str) -> Response:
    """One route."""
    return answer(_existing(await stored.route(hub().store.reader, route_id)))


@bus.post("/api/admin/bus/routes")
@operation(Capability.OPERATE, ROUTE, body=RouteInput, answer=RouteBody, bus=True)
async def create_route(body: RouteInput) -> Response:
    """A new route, DISABLED unless it says otherwise."""
    draft, who, now = _draft(body), actor(), hub().clock.now()
    made = await hub().store.write(lambda tx: stored.create_route(tx, draft, actor=who, now=now))
    return answer(_route(made))


@bus.put("/api/admin/bus/routes/<route_id>")
@operation(Capability.OPERATE, ROUTE, body=RouteInput, answer=RouteBody, bus=True)
async def replace_route(route_id: str, body: RouteInput) -> Response:
    """The route, everything of it anew."""
    draft, who, now = _draft(body), actor(), hub().clock.now()
    after = await hub().store.write(lambda tx: stored.replace_route(tx, route_id, draft, actor=who, now=now))
    return answer(_existing(after))


@bus.delete("/api/admin/bus/routes/<route_id>")
@operation(Capability.OPERATE, ROUTE, answer=RouteBody, bus=True)
async def delete_route(route_id: str) -> Response:
    """Forget a route."""
    who, now = actor(), hub().clock.now()
    found = await hub().store.write(lambda tx: stored.delete_route(tx, route_id, actor=who, now=now))
    return answer(_existing(found))


def _draft(body: RouteInput) -> RouteDraft:
    """Raises Invalid naming each key of a mapping that cannot be, and metadata that is too large."""
    mapping, metadata = body.input_mapping or {}, body.metadata or {}
    issues = [*expressions.problems(mapping), *too_large("metadata", metadata, METADATA_BYTES)]
    if issues:
        raise Invalid.at(f"{ROUTE} validation failed.", *issues)
    return RouteDraft(
        name=body.name,
        description=body.description,
        status=body.status,
        event_type=body.match.event_type,
        source_service_code=body.match.source_service_code,
        target_service_code=body.target.service_code,
        action_name=body.target.action_name,
        input_mapping=mapping,
        metadata=metadata,
        allow_dangerous=body.allow_dangerous,
    )


def _existing(found: RouteRecord | None) -> RouteBody:
    if found is None:
        raise NotFound("Bus route not found.", "BUS_ROUTE_NOT_FOUND")
    return _route(found)


def _route(record: RouteRecord) -> RouteBody:
    return RouteBody(
        id=record.id,
        name=record.name,
        description=record.description,
        status=record.status,
        match=Match(record.event_type, record.source_service_code),
        target=Target(record.target_service_code, record.action_name),
        input_mapping=record.input_mapping,
        metadata=record.metadata,
        allow_dangerous=record.allow_dangerous,
        created_at=iso(record.created_at),
        updated_at=iso(record.updated_at),
        experimental=EXPERIMENTAL,
    )


def _event(record: BusEventRecord) -> EventBody:
    return EventBody(
        id=record.id,
        agent_id=record.agent_id,
        source_service_id=record.service_id,
        source_service_code=record.service_code,
        event_type=record.event_type,
        payload=record.payload,
        metadata=record.metadata,
        correlation_id=record.correlation_id,
        causation_id=record.causation_id,
        occurred_at=record.occurred,
        accepted_at=iso(record.accepted_at),
        route_count=record.route_count,
        experimental=EXPERIMENTAL,
    )
