"""Who is calling and whether they may, decided in one place before anything else is looked at."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from quart import Quart, current_app, g, request, websocket
from quart.wrappers.base import BaseRequestWebsocket

from opstage.core.access import allows
from opstage.errors import BadRequest, Forbidden, NotFound, Unauthorized
from opstage.hub.accounts import SignedIn
from opstage.hub.api_keys import RAW_PREFIX
from opstage.hub.hub import Hub
from opstage.hub.members import Agent
from opstage.hub.principals import Principal
from opstage.logs import acting
from opstage.settings import Network
from opstage.store.records import Actor
from opstage.web.operation import Caller, Operation, called
from opstage.web.reading import parse_body

COOKIE = "opstage_session"
LOGIN = "/api/admin/auth/login"
METRICS = "/metrics"
SAFE = {"GET", "HEAD", "OPTIONS"}
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def hub() -> Hub:
    """The running parts."""
    found: Hub = current_app.config["HUB"]
    return found


def install_guards(app: Quart) -> None:
    """Check every call under ``/api/`` before its handler runs."""
    app.before_request(_admit)


async def _admit() -> None:
    """URL and body readable, then credential, CSRF, role, feature: as ``docs/rest.md`` promises."""
    _require_readable_url()
    call = called()
    if request.path == METRICS and not hub().settings.metrics_public:
        await _admit_operator(call)
    if not request.path.startswith("/api/"):
        return
    if request.method not in SAFE:
        await parse_body()
    if call is not None and call.limit is not None:
        call.limit(hub().limits, client_address(request))
    if request.path.startswith("/api/admin/") and request.path != LOGIN:
        await _admit_operator(call)
    elif call is not None and call.who is Caller.AGENT:
        g.agent = await _calling_agent(request, (request.view_args or {}).get("agent_id"))
        hub().limits.agent(g.agent.record.id)
    if call is not None and call.bus and not hub().settings.bus_enabled:
        raise NotFound("The bus is switched off.", "CAPSULE_BUS_DISABLED")


def _require_readable_url() -> None:
    """Raises BadRequest for a percent sign that escapes nothing, and for bytes that are no UTF-8."""
    for part in (request.scope.get("raw_path") or b"", request.query_string):
        if _BROKEN_ESCAPE.search(part) or not _is_text(unquote_to_bytes(part)):
            raise BadRequest("Expected a URL whose percent-encoding is that of UTF-8 text.")


def _is_text(encoded: bytes) -> bool:
    try:
        encoded.decode()
    except UnicodeDecodeError:
        return False
    return True


async def _admit_operator(call: Operation | None) -> None:
    g.principal = caller = await recognise(request)
    if caller.signed_in is not None and request.method not in SAFE:
        hub().accounts.check_csrf(caller.signed_in, request.headers.get("X-CSRF-Token"))
    if call is None or isinstance(call.who, Caller):
        return
    if not allows(caller.role, call.who):
        raise Forbidden("Insufficient permissions.")
    if call.session:
        signed_in()


async def recognise(call: Any) -> Principal:
    """Who calls, by API key or session; a key in the header counts first. Raises Unauthorized."""
    raw, cookie = bearer(call), call.cookies.get(COOKIE)
    if raw is not None and (raw.startswith(RAW_PREFIX) or cookie is None):
        return _named(Principal.of_key(await hub().api_keys.authenticate(raw)))
    found = await hub().accounts.find(cookie)
    hub().usage.session(found.session.id)
    return _named(Principal.of(found))


def _named(caller: Principal) -> Principal:
    acting(caller.actor.type, caller.actor.name)
    return caller


def bearer(call: Any) -> str | None:
    """The bearer token, if there is one. Other schemes belong to others, such as a proxy's own sign-in."""
    scheme, _, token = call.headers.get("Authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


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


async def connecting_agent() -> Agent:
    """Who opens the agent channel. Raises Unauthorized or Forbidden."""
    return await _calling_agent(websocket)


async def _calling_agent(call: Any, agent_id: str | None = None) -> Agent:
    """The agent of the bearer token, which must be ``agent_id``'s when one is given."""
    try:
        found = await hub().enrolment.authenticate(bearer(call), agent_id)
    except Unauthorized:
        hub().limits.stranger(client_address(call))
        raise
    acting("agent", found.record.code)
    return found


async def connecting_operator() -> Principal:
    """Who opens the operator channel. Raises Unauthorized, and Forbidden for another site's page."""
    if not (bearer(websocket) or "").startswith(RAW_PREFIX):
        require_own_origin()
    return await recognise(websocket)


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
