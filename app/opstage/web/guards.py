"""Who is calling and whether they may, decided in one place before anything else is looked at."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from quart import Quart, current_app, g, request, websocket
from quart.wrappers.base import BaseRequestWebsocket

from opstage.core.access import allows
from opstage.errors import Forbidden, NotFound, Unauthorized
from opstage.hub.accounts import SignedIn
from opstage.hub.members import Agent
from opstage.hub.hub import Hub
from opstage.hub.principals import Principal
from opstage.settings import Network
from opstage.store.records import Actor
from opstage.web.operation import Caller, Operation, called
from opstage.web.reading import parse_body

COOKIE = "opstage_session"
LOGIN = "/api/admin/auth/login"
SAFE = {"GET", "HEAD", "OPTIONS"}
FEATURES = {"bus": "CAPSULE_BUS_DISABLED"}


def hub() -> Hub:
    """The running parts."""
    found: Hub = current_app.config["HUB"]
    return found


def install_guards(app: Quart) -> None:
    """Check every call under ``/api/`` before its handler runs."""
    app.before_request(_admit)


async def _admit() -> None:
    """Body readable, then session or token, CSRF, role, feature: the contract's order."""
    if not request.path.startswith("/api/"):
        return
    if request.method not in SAFE:
        await parse_body()
    call = called()
    if request.path.startswith("/api/admin/") and request.path != LOGIN:
        await _admit_operator(call)
    elif call is not None and call.who is Caller.AGENT:
        g.agent = await calling_agent((request.view_args or {}).get("agent_id"))
    if (
        call is not None
        and call.feature is not None
        and not getattr(hub().settings, f"{call.feature}_enabled")
    ):
        raise NotFound("This feature is switched off.", FEATURES[call.feature])


async def _admit_operator(call: Operation | None) -> None:
    signed_in = await hub().accounts.find(request.cookies.get(COOKIE))
    g.principal = Principal.of(signed_in)
    if request.method not in SAFE:
        hub().accounts.check_csrf(signed_in, request.headers.get("X-CSRF-Token"))
    if call is not None and not isinstance(call.who, Caller) and not allows(g.principal.role, call.who):
        raise Forbidden("Insufficient permissions.")


def _require_feature(name: str) -> None:
    if not getattr(hub().settings, f"{name}_enabled"):
        raise NotFound("This feature is switched off.", FEATURES[name])


def principal() -> Principal:
    """Who makes this call of the admin API."""
    found: Principal = g.principal
    return found


def actor() -> Actor:
    """The principal of this call, as the audit trail names it."""
    return principal().actor


def signed_in() -> SignedIn:
    """The session of this call. Raises Forbidden for an API key, which has none."""
    found = principal().signed_in
    if found is None:
        raise Forbidden("Expected a session; an API key has none.")
    return found


def agent() -> Agent:
    """The agent that makes this call."""
    found: Agent = g.agent
    return found


async def calling_agent(agent_id: str | None = None) -> Agent:
    """The agent of the bearer token. Raises Unauthorized or Forbidden."""
    return await hub().enrolment.authenticate(_bearer(request), agent_id)


async def connecting_agent() -> Agent:
    """As ``calling_agent``, of a WebSocket handshake."""
    return await hub().enrolment.authenticate(_bearer(websocket))


def _bearer(call: Any) -> str | None:
    header: str | None = call.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Expected Authorization: Bearer and the agent token.")
    return token.strip()


def client_address(call: BaseRequestWebsocket | Any) -> str | None:
    """Where the call comes from; a trusted proxy's word counts."""
    forwarded = call.headers.get("X-Forwarded-For", "")
    if forwarded and _from_proxy(call):
        return str(forwarded.split(",")[-1].strip())
    address: str | None = call.remote_addr
    return address


def over_tls(call: Any) -> bool:
    """True if the caller's side of the connection is encrypted; a trusted proxy's word counts."""
    if _from_proxy(call):
        return bool(call.headers.get("X-Forwarded-Proto", call.scheme) in {"https", "wss"})
    return call.scheme in {"https", "wss"}


def _from_proxy(call: Any) -> bool:
    networks: tuple[Network, ...] = hub().settings.trusted_proxies
    try:
        address = ipaddress.ip_address(call.remote_addr or "")
    except ValueError:
        return False
    return any(address in network for network in networks)


def require_own_origin() -> None:
    """Refuse a WebSocket handshake from another site's page."""
    origin = urlsplit(websocket.headers.get("Origin", ""))
    scheme = "https" if over_tls(websocket) else "http"
    host = websocket.headers.get("Host", "")
    if (origin.scheme, origin.netloc.lower()) != (scheme, host.lower()):
        raise Forbidden("Expected the console's own origin.", "ORIGIN_NOT_ALLOWED")
