"""Commands and their outcomes."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.rows import CommandDetailRow
from opstage.errors import NotFound
from opstage.hub import rows
from opstage.store import commands as stored
from opstage.store.records import CommandFilter
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import operation
from opstage.web.query import AgentId, PageQuery, ServiceId, page_of

commands = Blueprint("commands", __name__, url_prefix="/api/admin/commands")

WHAT = "Command"
Name = Annotated[str, Meta(min_length=1, max_length=128)]
CommandStatus = Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"]
CommandSort = Literal["createdAt", "-createdAt", "completedAt", "-completedAt", "finishedAt", "-finishedAt"]


class CommandQuery(PageQuery, kw_only=True):
    """Which commands."""

    status: tuple[CommandStatus, ...] = ()
    type: tuple[Literal["ACTION_EXECUTE", "ACTION_PREPARE"], ...] = ()
    action_name: tuple[Name, ...] = ()
    agent_id: tuple[AgentId, ...] = ()
    service_id: tuple[ServiceId, ...] = ()
    sort: CommandSort = "-createdAt"


@commands.get("")
@operation(Capability.READ, WHAT, query=CommandQuery, answer=CommandDetailRow, listed=True)
async def page(query: CommandQuery) -> Response:
    """A page of commands, newest first."""
    paging = query.paging(query.sort)
    filters = CommandFilter(
        status=query.status,
        type=query.type,
        action_name=query.action_name,
        agent_id=query.agent_id,
        service_id=query.service_id,
    )
    found, total = await stored.page(hub().store.reader, filters, paging)
    return page_of([rows.command_detail_row(each, None, 0) for each in found], total, paging)


@commands.get("/<command_id>")
@operation(Capability.READ, WHAT, answer=CommandDetailRow)
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
@operation(Capability.OPERATE, WHAT, answer=CommandDetailRow)
async def cancel(command_id: str) -> Response:
    """Ask for a cancellation."""
    command = await hub().actions.cancel(command_id, actor=actor())
    return answer(rows.command_detail_row(command, None, 0))
