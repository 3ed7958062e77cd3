"""Who is calling, decided in one place before anything is read."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import msgspec
from quart import Quart, current_app, g, request, websocket
from quart.wrappers.base import BaseRequestWebsocket

from opstage.core.access import Capability, allows
from opstage.errors import BadRequest, Forbidden, TooLarge, Unauthorized
from opstage.hub.accounts import SignedIn
from opstage.hub.fleet import Agent
from opstage.hub.hub import Hub
from opstage.settings import Network
from opstage.web.envelope import BODY_BYTES

COOKIE = "opstage_session"
LOGIN = "/api/admin/auth/login"
BODY_SECONDS = 30.0
"""How long a body may take to arrive."""
SAFE = {"GET", "HEAD", "OPTIONS"}

P = ParamSpec("P")
R = TypeVar("R")


def hub() -> Hub:
    """The running parts."""
    found: Hub = current_app.config["HUB"]
    return found


def install_guards(app: Quart) -> None:
    """Check the session and CSRF of every admin call before it is routed."""
    app.before_request(_admit)


async def _admit() -> None:
    if not request.path.startswith("/api/"):
        return
    if request.method not in SAFE:
        await _parse()
    if request.path.startswith("/api/admin/") and request.path != LOGIN:
        g.signed_in = await hub().accounts.find(request.cookies.get(COOKIE))
        if request.method not in SAFE:
            hub().accounts.check_csrf(g.signed_in, request.headers.get("X-CSRF-Token"))


async def _parse() -> None:
    """A body that cannot be read is refused before anything else is looked at."""
    g.body = raw = await _read()
    if raw and request.is_json:
        try:
            msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("Expected JSON as the body.") from error


async def _read() -> bytes:
    """The body. One that is somewhat too large is read to its end, so that the refusal arrives."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.body:
                size += len(part)
                if size <= BODY_BYTES:
                    parts.append(part)
    except TimeoutError:
        raise BadRequest(f"Expected the whole body within {BODY_SECONDS:.0f} s.") from None
    if size > BODY_BYTES:
        raise TooLarge(f"Expected a body of at most {BODY_BYTES} bytes, got {size}.")
    return b"".join(parts)


def signed_in() -> SignedIn:
    """The session of this call."""
    found: SignedIn = g.signed_in
    return found


def needs(capability: Capability) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Refuse callers whose role does not have ``capability``."""

    def wrap(handler: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(handler)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not allows(signed_in().user.role, capability):
                raise Forbidden("Insufficient permissions.")
            return await handler(*args, **kwargs)

        return guarded

    return wrap


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
