"""Commands, their outcomes and their output."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request

from opstage.core.access import Capability
from opstage.core.rows import CommandDetailRow
from opstage.errors import Invalid, NotFound
from opstage.hub import rows
from opstage.hub.transcripts import Transcript
from opstage.store import commands as stored
from opstage.store.records import CommandFilter
from opstage.web.audit_query import Moment, moment
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub, principal
from opstage.web.idempotency import idempotency_key
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import ActionName, AgentId, ServiceId
from opstage_agent.wire import OutputLine

commands = Blueprint("commands", __name__, url_prefix="/api/admin/commands")

WHAT = "Command"
LINES = 1000
MOST_LINES = 5000
LONGEST_WAIT_SECONDS = 55
"""Longer calls would meet the time limits of proxies on the way."""
CommandStatus = Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"]
CommandSort = Literal["createdAt", "-createdAt", "completedAt", "-completedAt", "finishedAt", "-finishedAt"]


class CommandQuery(PageQuery, kw_only=True):
    """Which commands. ``q`` is looked for in names and codes; ``completedTo``: ended then or before."""

    status: tuple[CommandStatus, ...] = ()
    type: tuple[Literal["ACTION_EXECUTE", "ACTION_PREPARE"], ...] = ()
    action_name: tuple[ActionName, ...] = ()
    agent_id: tuple[AgentId, ...] = ()
    service_id: tuple[ServiceId, ...] = ()
    q: Annotated[str, Meta(max_length=200)] = ""
    completed_to: Moment | None = None
    sort: CommandSort = "-createdAt"


class Retry(msgspec.Struct):
    """That the operator means it, and the input anew; None: the same as before."""

    confirmation: bool = False
    payload: dict[str, Any] | None = None


class OutputQuery(msgspec.Struct, rename="camel", kw_only=True):
    """Which lines: at most ``limit`` from number ``offset`` on. ``wait``: seconds for something new."""

    offset: int = 0
    limit: int = LINES
    wait: int = 0


class OutputBody(msgspec.Struct, rename="camel", kw_only=True):
    """A stretch of the output. ``complete``: the command has ended and no line comes after these."""

    command_id: str
    status: str
    percent: float | None
    progress_message: str | None
    attempt: int
    offset: int
    lines: list[OutputLine]
    next_offset: int
    dropped: int
    total: int
    complete: bool


@commands.get("")
@operation(Capability.READ, WHAT, query=CommandQuery, answer=CommandDetailRow, listed=True)
async def page(query: CommandQuery) -> Response:
    """A page of commands, newest first."""
    paging = query.paging(query.sort)
    completed_to = moment(query.completed_to)
    if query.completed_to is not None and completed_to is None:
        raise Invalid.at(
            f"{WHAT} query validation failed.", ("completedTo", "Expected a date, or a date and time.")
        )
    filters = CommandFilter(
        status=query.status,
        type=query.type,
        action_name=query.action_name,
        agent_id=query.agent_id,
        service_id=query.service_id,
        q=query.q,
        completed_to=completed_to,
    )
    found, total = await stored.page(hub().store.reader, filters, paging)
    return page_of([hub().command_views.outline(each) for each in found], total, paging)


@commands.get("/<command_id>")
@operation(Capability.READ, WHAT, answer=CommandDetailRow)
async def detail(command_id: str) -> Response:
    """One command and its outcome; the first read by who may gets the one-time key in it."""
    job = hub().dispatcher.jobs.get(command_id)
    if job is not None:
        return answer(hub().command_views.detail(job))
    found = await stored.detail(hub().store.reader, command_id)
    if found is None:
        raise NotFound("Command not found.", "COMMAND_NOT_FOUND")
    lines = await hub().command_views.stored_lines(command_id)
    # HEAD shows nobody anything, so it must not use the key up.
    seen = request.method == "GET"
    result = await hub().one_time.reveal(found, principal()) if seen else found.result
    key_until = await hub().one_time.waiting(command_id)
    return answer(rows.command_detail_row(hub().command_views.shown(found.command), result, lines, key_until))


@commands.get("/<command_id>/output")
@operation(Capability.READ, WHAT, query=OutputQuery, answer=OutputBody)
async def output(command_id: str, query: OutputQuery) -> Response:
    """Lines that the command wrote, and how far it is. With ``wait`` the call waits for something new."""
    offset, limit = max(0, query.offset), min(MOST_LINES, max(1, query.limit))
    await hub().transcripts.news(command_id, offset, min(LONGEST_WAIT_SECONDS, max(0, query.wait)))
    found = await hub().transcripts.read(command_id, offset, limit)
    if found is None:
        raise NotFound("Command not found.", "COMMAND_NOT_FOUND")
    return answer(_output(found))


def _output(found: Transcript) -> OutputBody:
    command, following = found.command, found.offset + len(found.lines)
    return OutputBody(
        command_id=command.id,
        status=command.status,
        percent=command.percent,
        progress_message=command.progress_message,
        attempt=found.attempt,
        offset=found.offset,
        lines=found.lines,
        next_offset=following,
        dropped=found.dropped,
        total=found.total,
        complete=command.completed_at is not None and following >= found.total,
    )


@commands.post("/<command_id>/cancel")
@operation(Capability.OPERATE, WHAT, answer=CommandDetailRow)
async def cancel(command_id: str) -> Response:
    """Ask for a cancellation."""
    command = await hub().actions.cancel(command_id, actor=actor())
    return answer(hub().command_views.outline(command))


@commands.post("/<command_id>/retry")
@operation(Capability.OPERATE, WHAT, body=Retry, answer=CommandDetailRow)
async def retry(command_id: str, body: Retry) -> Response:
    """Do the same again: answers the new command."""
    command = await hub().actions.retry(
        command_id,
        body.payload,
        confirmed=body.confirmation,
        actor=actor(),
        idempotency_key=idempotency_key(),
    )
    return answer(hub().command_views.outline(command))
