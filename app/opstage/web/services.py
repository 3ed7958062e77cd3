"""Capsule Services and their actions."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.rows import CommandDetailRow, ServiceDetailRow, ServiceRow
from opstage.errors import NotFound
from opstage.hub import rows
from opstage.hub.inventory import absent, listed_services
from opstage.store import services as stored
from opstage.store.records import ServiceFilter
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.idempotency import idempotency_key
from opstage.web.labels import SelectorText, selector_of
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import AgentId, SearchText

services = Blueprint("services", __name__, url_prefix="/api/admin/capsule-services")

WHAT = "Capsule Service"
ServiceSort = Literal[
    "createdAt",
    "-createdAt",
    "lastReportedAt",
    "-lastReportedAt",
    "code",
    "-code",
    "name",
    "-name",
]


class ServiceQuery(PageQuery, kw_only=True):
    """Which services; ``status`` is the one shown. ``retired``: only those, which are left out otherwise."""

    status: tuple[Literal["UNKNOWN", "HEALTHY", "UNHEALTHY", "STALE", "OFFLINE"], ...] = ()
    health_status: tuple[Literal["UP", "DEGRADED", "DOWN", "UNKNOWN"], ...] = ()
    agent_id: tuple[AgentId, ...] = ()
    q: SearchText | None = None
    selector: SelectorText | None = None
    retired: bool = False
    sort: ServiceSort = "-createdAt"


class Execute(msgspec.Struct):
    """The input of an action, and that the operator means it."""

    payload: dict[str, Any] = {}
    confirmation: bool = False


class Form(msgspec.Struct, rename="camel"):
    """An action's form as its agent makes it now."""

    action: dict[str, Any]
    initial_payload: dict[str, Any]
    current_state: dict[str, Any]
    prepare_command: CommandDetailRow


@services.get("")
@operation(Capability.READ, WHAT, query=ServiceQuery, answer=ServiceRow, listed=True)
async def page(query: ServiceQuery) -> Response:
    """A page of services, newest first."""
    paging = query.paging(query.sort)
    fleet = hub().fleet
    which = listed_services(fleet, selector_of(query.selector, f"{WHAT} query"), retired=query.retired)
    gone, silent = absent(fleet, hub().clock.now()) if query.status else ((), ())
    filters = ServiceFilter(
        status=query.status,
        gone_agents=gone,
        silent_agents=silent,
        health_status=query.health_status,
        agent_id=query.agent_id,
        ids=which.ids,
        without=which.without,
        q=query.q,
    )
    found, total = await stored.page(hub().store.reader, filters, paging)
    shown = [row for each in found if (row := fleet.service_row(each)) is not None]
    return page_of(shown, total, paging)


@services.get("/<service_id>")
@operation(Capability.READ, WHAT, answer=ServiceDetailRow)
async def detail(service_id: str) -> Response:
    """One service with everything it reported."""
    row = await hub().service_views.detail(service_id)
    if row is None:
        raise _unknown()
    return answer(row)


@services.get("/<service_id>/actions/<action_name>")
@operation(Capability.OPERATE, "Action", answer=Form)
async def prepare(service_id: str, action_name: str) -> Response:
    """The form of an action as the agent makes it now."""
    form = await hub().actions.prepare(service_id, action_name, actor=actor())
    return answer(
        Form(
            action=form.action,
            initial_payload=form.initial_payload,
            current_state=form.current_state,
            prepare_command=rows.command_detail_row(form.command, form.result, 0),
        )
    )


@services.post("/<service_id>/actions/<action_name>")
@operation(Capability.OPERATE, "Action", body=Execute, answer=CommandDetailRow)
async def execute(service_id: str, action_name: str, body: Execute) -> Response:
    """Run an action: answers the command that will do it."""
    command = await hub().actions.execute(
        service_id,
        action_name,
        body.payload,
        confirmed=body.confirmation,
        actor=actor(),
        idempotency_key=idempotency_key(),
    )
    return answer(hub().command_views.outline(command))


@services.post("/<service_id>/retire")
@operation(Capability.OPERATE, WHAT, answer=ServiceRow)
async def retire(service_id: str) -> Response:
    """Take the service off the lists until its agent reports it again."""
    await hub().retirement.retire_service(service_id, actor())
    return answer(_row(service_id))


@services.delete("/<service_id>")
@operation(Capability.OPERATE, WHAT, answer=ServiceRow)
async def delete(service_id: str) -> Response:
    """Delete a retired service with its history."""
    row = _row(service_id)
    await hub().retirement.delete_service(service_id, actor())
    return answer(row)


def _row(service_id: str) -> ServiceRow:
    row = hub().fleet.service_row(service_id)
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("Capsule Service not found.", "CAPSULE_SERVICE_NOT_FOUND")
