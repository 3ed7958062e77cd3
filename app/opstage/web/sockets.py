"""Both live channels: refuse before the upgrade, or hand the socket to the hub."""

from __future__ import annotations

from functools import partial

from quart import Blueprint, websocket

from opstage.errors import BadRequest
from opstage.web.guards import COOKIE, connecting_agent, hub, require_own_origin
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
    """An operator's browser."""
    _require_subprotocol(OPERATOR_SUBPROTOCOL)
    hub().require_open()
    require_own_origin()
    signed_in = await hub().accounts.find(websocket.cookies.get(COOKIE))
    hub().operators.admit(signed_in)
    await accept(OPERATOR_SUBPROTOCOL, partial(hub().operators.serve, signed_in))


def _require_subprotocol(name: str) -> None:
    if name not in websocket.requested_subprotocols:
        raise BadRequest(f"Expected the subprotocol {name}.", details={"supported": [name]})
