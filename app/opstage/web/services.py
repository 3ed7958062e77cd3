"""Capsule Services and their actions."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request

from opstage.core.access import Capability
from opstage.errors import Invalid, NotFound
from opstage.hub import rows
from opstage.store import services as stored
from opstage.store.records import ServiceFilter
from opstage.web.envelope import answer, read_body
from opstage.web.guards import hub, needs, signed_in
from opstage.web.listing import Query, listed

services = Blueprint("services", __name__, url_prefix="/api/admin/capsule-services")

HEALTH = ("UP", "DEGRADED", "DOWN", "UNKNOWN")
STATUSES = ("UNKNOWN", "HEALTHY", "UNHEALTHY", "STALE", "OFFLINE")
KEY_CHARACTERS = 200


class Execute(msgspec.Struct):
    """The input of an action, and that the operator means it."""

    payload: dict[str, Any] = {}
    confirmation: bool = False


Key = Annotated[str, Meta(min_length=1, max_length=KEY_CHARACTERS)]


@services.get("")
@needs(Capability.READ)
async def page() -> Response:
    """A page of services, newest first."""
    query = Query("Capsule Service")
    paging, texts = query.paging(), query.text("q", 120)
    statuses = query.choice("status", STATUSES)
    gone, silent = hub().fleet.absent() if statuses else ((), ())
    filters = ServiceFilter(
        status=statuses,
        gone_agents=gone,
        silent_agents=silent,
        health_status=query.choice("healthStatus", HEALTH),
        agent_id=query.identifier("agentId", "agt_"),
        q=texts[0] if texts else None,
    )
    query.check()
    found, total = await stored.page(hub().store.reader, filters, paging)
    fleet = hub().fleet
    shown = [row for each in found if (row := fleet.service_row(each.id)) is not None]
    return listed(shown, total, paging)


@services.get("/<service_id>")
@needs(Capability.READ)
async def detail(service_id: str) -> Response:
    """One service with everything it reported."""
    row = await hub().service_views.detail(service_id)
    if row is None:
        raise NotFound("Capsule Service not found.", "CAPSULE_SERVICE_NOT_FOUND")
    return answer(row)


@services.get("/<service_id>/actions/<action_name>")
@needs(Capability.OPERATE)
async def prepare(service_id: str, action_name: str) -> Response:
    """The form of an action as the agent makes it now."""
    form = await hub().actions.prepare(service_id, action_name, actor=signed_in().actor)
    return answer(
        {
            "action": form.action,
            "initialPayload": form.initial_payload,
            "currentState": form.current_state,
            "prepareCommand": rows.command_detail_row(form.command, form.result, 0),
        }
    )


@services.post("/<service_id>/actions/<action_name>")
@needs(Capability.OPERATE)
async def execute(service_id: str, action_name: str) -> Response:
    """Run an action: answers the command that will do it."""
    body = await read_body(Execute, "Action")
    key = request.headers.get("Idempotency-Key", "").strip() or None
    if key is not None and len(key) > KEY_CHARACTERS:
        text = f"Expected at most {KEY_CHARACTERS} characters."
        raise Invalid.at("Action validation failed.", ("Idempotency-Key", text))
    command = await hub().actions.execute(
        service_id,
        action_name,
        body.payload,
        confirmed=body.confirmation,
        actor=signed_in().actor,
        idempotency_key=key,
    )
    return answer(rows.command_detail_row(command, None, 0))
