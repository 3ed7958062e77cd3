"""Agents as operators see and govern them."""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.errors import NotFound
from opstage.hub.fleet import Agent
from opstage.store import agents as stored
from opstage.store.records import AgentFilter
from opstage.web.envelope import answer
from opstage.web.guards import hub, needs, signed_in
from opstage.web.listing import Query, listed

agents = Blueprint("agents", __name__, url_prefix="/api/admin/agents")

STATUSES = ("PENDING", "ONLINE", "OFFLINE", "DISABLED", "REVOKED")


def _found(agent_id: str) -> Agent:
    agent = hub().fleet.agent(agent_id)
    if agent is None:
        raise NotFound("Agent not found.", "AGENT_NOT_FOUND")
    return agent


@agents.get("")
@needs(Capability.READ)
async def page() -> Response:
    """A page of agents, newest first."""
    query = Query("Agent")
    paging, status, texts = query.paging(), query.choice("status", STATUSES), query.text("q", 120)
    query.check()
    filters = AgentFilter(status=status, q=texts[0] if texts else None)
    rows, total = await stored.page(hub().store.reader, filters, paging)
    fleet = hub().fleet
    shown = [fleet.agent_row(agent) for row in rows if (agent := fleet.agent(row.id)) is not None]
    return listed(shown, total, paging)


@agents.get("/<agent_id>")
@needs(Capability.READ)
async def detail(agent_id: str) -> Response:
    """One agent with its services."""
    agent = _found(agent_id)
    fleet = hub().fleet
    body: dict[str, Any] = msgspec.to_builtins(fleet.agent_row(agent))
    body["services"] = [fleet.service_row(each.record.id) for each in agent.services.values()]
    return answer(body)


@agents.post("/<agent_id>/disable")
@needs(Capability.OPERATE)
async def disable(agent_id: str) -> Response:
    """Refuse the agent until it is enabled."""
    await hub().enrolment.disable(agent_id, signed_in().actor)
    return answer(hub().fleet.agent_row(_found(agent_id)))


@agents.post("/<agent_id>/enable")
@needs(Capability.OPERATE)
async def enable(agent_id: str) -> Response:
    """Let a disabled agent in again."""
    await hub().enrolment.enable(agent_id, signed_in().actor)
    return answer(hub().fleet.agent_row(_found(agent_id)))


@agents.post("/<agent_id>/revoke")
@needs(Capability.OPERATE)
async def revoke(agent_id: str) -> Response:
    """Revoke the agent and its tokens."""
    await hub().enrolment.revoke(agent_id, signed_in().actor)
    return answer(hub().fleet.agent_row(_found(agent_id)))
