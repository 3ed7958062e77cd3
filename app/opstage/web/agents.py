"""Agents as operators see and govern them."""

from __future__ import annotations

from typing import Literal

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.rows import AgentRow, ServiceRow
from opstage.hub.inventory import listed_agents
from opstage.store import agents as stored
from opstage.store.records import AgentFilter
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.labels import SelectorText, selector_of
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import SearchText

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
    """Which agents; ``status`` is the stored one. ``retired``: only those, which are left out otherwise."""

    status: tuple[Literal["PENDING", "ONLINE", "OFFLINE", "DISABLED", "REVOKED"], ...] = ()
    q: SearchText | None = None
    selector: SelectorText | None = None
    retired: bool = False
    sort: AgentSort = "-createdAt"


class AgentDetail(AgentRow, tag="agent", frozen=True):
    """An agent with its services."""

    services: list[ServiceRow]


@agents.get("")
@operation(Capability.READ, WHAT, query=AgentQuery, answer=AgentRow, listed=True)
async def page(query: AgentQuery) -> Response:
    """A page of agents, newest first."""
    paging = query.paging(query.sort)
    fleet = hub().fleet
    which = listed_agents(fleet, selector_of(query.selector, f"{WHAT} query"), retired=query.retired)
    filters = AgentFilter(status=query.status, ids=which.ids, without=which.without, q=query.q)
    found, total = await stored.page(hub().store.reader, filters, paging)
    shown = [fleet.agent_row(agent) for each in found if (agent := fleet.agent(each)) is not None]
    return page_of(shown, total, paging)


@agents.get("/<agent_id>")
@operation(Capability.READ, WHAT, answer=AgentDetail)
async def detail(agent_id: str) -> Response:
    """One agent with its services."""
    fleet = hub().fleet
    agent = fleet.require_agent(agent_id)
    mine = [fleet.service_row(each.record.id) for each in agent.services.values()]
    row = msgspec.structs.asdict(fleet.agent_row(agent))
    return answer(AgentDetail(**row, services=[each for each in mine if each is not None]))


@agents.post("/<agent_id>/disable")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def disable(agent_id: str) -> Response:
    """Refuse the agent until it is enabled."""
    await hub().enrolment.disable(agent_id, actor())
    return answer(_row(agent_id))


@agents.post("/<agent_id>/enable")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def enable(agent_id: str) -> Response:
    """Let a disabled agent in again."""
    await hub().enrolment.enable(agent_id, actor())
    return answer(_row(agent_id))


@agents.post("/<agent_id>/rotate-token")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def rotate_token(agent_id: str) -> Response:
    """Ask the agent to exchange its token for a new one; it goes on working meanwhile."""
    await hub().rotation.request(agent_id, actor())
    return answer(_row(agent_id))


@agents.post("/<agent_id>/revoke")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def revoke(agent_id: str) -> Response:
    """Revoke the agent and its tokens."""
    await hub().enrolment.revoke(agent_id, actor())
    return answer(_row(agent_id))


@agents.post("/<agent_id>/retire")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def retire(agent_id: str) -> Response:
    """Revoke the agent and take it and its services off the lists."""
    await hub().retirement.retire_agent(agent_id, actor())
    return answer(_row(agent_id))


@agents.delete("/<agent_id>")
@operation(Capability.OPERATE, WHAT, answer=AgentRow)
async def delete(agent_id: str) -> Response:
    """Delete an agent that is retired or revoked, with its services and their history."""
    row = _row(agent_id)
    await hub().retirement.delete_agent(agent_id, actor())
    return answer(row)


def _row(agent_id: str) -> AgentRow:
    return hub().fleet.agent_row(hub().fleet.require_agent(agent_id))
