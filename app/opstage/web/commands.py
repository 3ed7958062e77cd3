"""Commands and their outcomes."""

from __future__ import annotations

from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.errors import NotFound
from opstage.hub import rows
from opstage.store import commands as stored
from opstage.store.records import CommandFilter
from opstage.web.envelope import answer
from opstage.web.guards import hub, needs, signed_in
from opstage.web.listing import Query, listed

commands = Blueprint("commands", __name__, url_prefix="/api/admin/commands")

STATUSES = ("PENDING", "RUNNING", "SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED")
TYPES = ("ACTION_EXECUTE", "ACTION_PREPARE")


@commands.get("")
@needs(Capability.READ)
async def page() -> Response:
    """A page of commands, newest first."""
    query = Query("Command")
    paging = query.paging()
    filters = CommandFilter(
        status=query.choice("status", STATUSES),
        type=query.choice("type", TYPES),
        action_name=query.text("actionName", 128),
        agent_id=query.identifier("agentId", "agt_"),
        service_id=query.identifier("serviceId", "svc_"),
    )
    query.check()
    found, total = await stored.page(hub().store.reader, filters, paging)
    return listed([rows.command_detail_row(each, None, 0) for each in found], total, paging)


@commands.get("/<command_id>")
@needs(Capability.READ)
async def detail(command_id: str) -> Response:
    """One command and its outcome."""
    job = hub().dispatcher.jobs.get(command_id)
    if job is not None:
        return answer(hub().command_views.detail(job))
    found = await stored.detail(hub().store.reader, command_id)
    if found is None:
        raise NotFound("Command not found.", "COMMAND_NOT_FOUND")
    lines = await hub().command_views.stored_lines(command_id)
    return answer(rows.command_detail_row(found.command, found.result, lines))


@commands.post("/<command_id>/cancel")
@needs(Capability.OPERATE)
async def cancel(command_id: str) -> Response:
    """Ask for a cancellation."""
    command = await hub().actions.cancel(command_id, actor=signed_in().actor)
    return answer(rows.command_detail_row(command, None, 0))
