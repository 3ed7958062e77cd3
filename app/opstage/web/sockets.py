"""Both live channels: refuse before the upgrade, or hand the socket to the hub."""

from __future__ import annotations

from functools import partial

from quart import Blueprint, websocket

from opstage.errors import BadRequest
from opstage.web.guards import connecting_agent, connecting_operator, hub
from opstage.web.socket import accept
from opstage_agent.wire import AGENT_PATH, AGENT_SUBPROTOCOL, OPERATOR_PATH, OPERATOR_SUBPROTOCOL

sockets = Blueprint("sockets", __name__)


@sockets.websocket(AGENT_PATH)
async def agent_channel() -> None:
    """An agent's one connection."""
    _require_subprotocol(AGENT_SUBPROTOCOL)
    hub().require_open()
    agent = await connecting_agent()
    await hub().arrivals.enter(agent.record.id)
    # It may have waited, and its token may have been revoked meanwhile.
    hub().require_open()
    agent = await connecting_agent()
    await accept(AGENT_SUBPROTOCOL, partial(hub().connections.serve, agent.record.id))


@sockets.websocket(OPERATOR_PATH)
async def operator_channel() -> None:
    """An operator's browser, or a program with an API key."""
    _require_subprotocol(OPERATOR_SUBPROTOCOL)
    hub().require_open()
    caller = await connecting_operator()
    hub().operators.admit(caller)
    await accept(OPERATOR_SUBPROTOCOL, partial(hub().operators.serve, caller))


def _require_subprotocol(name: str) -> None:
    if name not in websocket.requested_subprotocols:
        raise BadRequest(f"Expected the subprotocol {name}.", details={"supported": [name]})
