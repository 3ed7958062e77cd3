"""Who is signed in where."""

from __future__ import annotations

from typing import Literal

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability, allows
from opstage.core.times import iso, iso_or_none
from opstage.errors import Forbidden
from opstage.store import sessions as stored
from opstage.store.records import OpenSession
from opstage.web.auth import without_cookie
from opstage.web.envelope import answer
from opstage.web.guards import hub, principal
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import UserId

sessions = Blueprint("sessions", __name__, url_prefix="/api/admin/sessions")

WHAT = "Session"
SessionSort = Literal["createdAt", "-createdAt", "lastUsedAt", "-lastUsedAt", "expiresAt", "-expiresAt"]


class SessionItem(msgspec.Struct, rename="camel", kw_only=True):
    """A sign-in that has not ended. ``current``: the one this call is made with."""

    id: str
    user_id: str
    username: str
    current: bool
    ip_address: str | None
    user_agent: str | None
    last_used_at: str | None
    expires_at: str
    created_at: str


class SessionQuery(PageQuery, kw_only=True):
    """Whose sessions: one's own, or for owners those of a user or of all."""

    scope: Literal["own", "all"] = "own"
    user_id: UserId | None = None
    sort: SessionSort = "-createdAt"


def _item(session: OpenSession) -> SessionItem:
    return SessionItem(
        id=session.id,
        user_id=session.user_id,
        username=session.username,
        current=session.id == principal().credential_id,
        ip_address=session.ip_address,
        user_agent=session.user_agent,
        last_used_at=iso_or_none(session.last_used_at),
        expires_at=iso(session.expires_at),
        created_at=iso(session.created_at),
    )


def _administers() -> bool:
    return allows(principal().role, Capability.ADMINISTER)


@sessions.get("")
@operation(Capability.READ, WHAT, query=SessionQuery, answer=SessionItem, listed=True)
async def page(query: SessionQuery) -> Response:
    """One's own sessions, newest first; owners may ask for those of others."""
    own = principal().owner_id
    whose = query.user_id or (None if query.scope == "all" else own)
    if whose != own and not _administers():
        raise Forbidden("Insufficient permissions.")
    paging = query.paging(query.sort)
    found, total = await stored.page(hub().store.reader, whose, paging, hub().clock.now())
    return page_of([_item(each) for each in found], total, paging)


@sessions.delete("/<session_id>")
@operation(Capability.READ, WHAT, answer=SessionItem)
async def revoke(session_id: str) -> Response:
    """End a session and its live connections: one's own, or as an owner anybody's."""
    caller = principal()
    of_user = None if _administers() else caller.owner_id
    ended = _item(await hub().accounts.revoke(session_id, caller.actor, of_user=of_user))
    return without_cookie(answer(ended)) if ended.current else answer(ended)
