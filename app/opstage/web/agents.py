"""Agents as operators see and govern them."""

from __future__ import annotations

from typing import Literal

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.rows import AgentRow, ServiceRow
from opstage.errors import NotFound
from opstage.hub.members import Agent
from opstage.store import agents as stored
from opstage.store.records import AgentFilter
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import operation
from opstage.web.query import PageQuery, SearchText, page_of

agents = Blueprint("agents", __name__, url_prefix="/api/admin/agents")

WHAT = "Agent"
AgentSort = Literal[
    "createdAt",
    "-createdAt",
    "lastHeartbeatAt",
    "-lastHeartbeatAt",
    "lastSeenAt",
    "-lastSeenAt",
    "name",
    "-name",
    "code",
    "-code",
]


class AgentQuery(PageQuery, kw_only=True):
    """Which agents; ``status`` is the stored one."""

    status: tuple[Literal["PENDING", "ONLINE", "OFFLINE", "DISABLED", "REVOKED"], ...] = ()
    q: SearchText | None = None
    sort: AgentSort = "-createdAt"


class AgentDetail(AgentRow, tag="agent", frozen=True):
    """An agent with its services."""

    services: list[ServiceRow]


def _found(agent_id: str) -> Agent:
    agent = hub().fleet.agent(agent_id)
    if agent is None:
        raise NotFound("Agent not found.", "AGENT_NOT_FOUND")
    return agent


@agents.get("")
@operation(Capability.READ, WHAT, query=AgentQuery, answer=AgentRow, listed=True)
async def page(query: AgentQuery) -> Response:
    """A page of agents, newest first."""
    paging = query.paging(query.sort)
    filters = AgentFilter(status=query.status, q=query.q)
    rows, total = await stored.page(hub().store.reader, filters, paging)
    fleet = hub().fleet
    shown = [fleet.agent_row(agent) for row in rows if (agent := fleet.agent(row.id)) is not None]
    return page_of(shown, total, paging)


@agents.get("/<agent_id>")
@operation(Capability.READ, WHAT, answer=AgentDetail)
async def detail(agent_id: str) -> Response:
    """One agent with its services."""
    agent = _found(agent_id)
    fleet = hub().fleet
    mine = [fleet.service_row(each.record.id) for each in agent.services.values()]
    row = msgspec.structs.asdict(fleet.agent_row(agent))
    return answer(AgentDetail(**row, services=[each for each in mine if each is not None]))


@agents.post("/<agent_id>/disable")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def disable(agent_id: str) -> Response:
    """Refuse the agent until it is enabled."""
    await hub().enrolment.disable(agent_id, actor())
    return answer(hub().fleet.agent_row(_found(agent_id)))


@agents.post("/<agent_id>/enable")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def enable(agent_id: str) -> Response:
    """Let a disabled agent in again."""
    await hub().enrolment.enable(agent_id, actor())
    return answer(hub().fleet.agent_row(_found(agent_id)))


@agents.post("/<agent_id>/revoke")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def revoke(agent_id: str) -> Response:
    """Revoke the agent and its tokens."""
    await hub().enrolment.revoke(agent_id, actor())
    return answer(hub().fleet.agent_row(_found(agent_id)))
