"""The parts of a Capsule Service one by one: manifest, health and its history, configuration, actions."""

from __future__ import annotations

from typing import Any, Literal

from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.rows import ActionBody, ConfigBody, HealthBody
from opstage.hub import rows
from opstage.store import services as stored
from opstage.web.envelope import answer
from opstage.web.guards import hub
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of

service_parts = Blueprint("service_parts", __name__, url_prefix="/api/admin/capsule-services")

WHAT = "Capsule Service"


class HistoryQuery(PageQuery, kw_only=True):
    """Which part of the history; ``changes``: only entries with another status than the one before."""

    changes: bool = False
    sort: Literal["createdAt", "-createdAt"] = "-createdAt"


@service_parts.get("/<service_id>/manifest")
@operation(Capability.READ, WHAT, answer=dict[str, Any])
async def manifest(service_id: str) -> Response:
    """What the service says it is."""
    hub().fleet.require_service(service_id)
    return answer(await stored.manifest(hub().store.reader, service_id))


@service_parts.get("/<service_id>/health")
@operation(Capability.READ, WHAT, answer=HealthBody | None)
async def health(service_id: str) -> Response:
    """How the service said last that it is; null if it never did."""
    hub().fleet.require_service(service_id)
    newest = await hub().service_views.health(service_id)
    return answer(None if newest is None else rows.health_body(newest))


@service_parts.get("/<service_id>/health/history")
@operation(Capability.READ, WHAT, query=HistoryQuery, answer=HealthBody, listed=True)
async def history(service_id: str, query: HistoryQuery) -> Response:
    """What the service said of its health, newest first."""
    hub().fleet.require_service(service_id)
    paging = query.paging(query.sort)
    found, total = await stored.health_history(hub().store.reader, service_id, paging, changes=query.changes)
    return page_of([rows.health_body(each) for each in found], total, paging)


@service_parts.get("/<service_id>/configs")
@operation(Capability.READ, WHAT, answer=list[ConfigBody])
async def configs(service_id: str) -> Response:
    """All settings of the service, by key."""
    hub().fleet.require_service(service_id)
    found = await stored.configs(hub().store.reader, service_id)
    return answer([rows.config_body(each) for each in found])


@service_parts.get("/<service_id>/actions")
@operation(Capability.READ, WHAT, answer=list[ActionBody])
async def actions(service_id: str) -> Response:
    """All actions of the service, by name."""
    hub().fleet.require_service(service_id)
    found = await stored.actions(hub().store.reader, service_id)
    return answer([rows.action_body(each) for each in found])
