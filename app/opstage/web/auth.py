"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request

from opstage.core.access import Capability
from opstage.core.times import iso, iso_or_none
from opstage.hub.accounts import SignedIn
from opstage.store.records import UserRecord
from opstage.web.envelope import answer, done
from opstage.web.guards import COOKIE, client_address, hub, over_tls, signed_in
from opstage.web.operation import Caller, operation

auth = Blueprint("auth", __name__, url_prefix="/api/admin/auth")

USER_AGENT_CHARACTERS = 500


class Login(msgspec.Struct):
    """Who wants in."""

    username: Annotated[str, Meta(min_length=1, max_length=320)]
    password: Annotated[str, Meta(min_length=1, max_length=4096)]


class UserBody(msgspec.Struct, rename="camel", kw_only=True):
    """A user."""

    id: str
    username: str
    display_name: str | None
    role: str
    status: str
    last_login_at: str | None
    created_at: str
    updated_at: str


class CsrfBody(msgspec.Struct, rename="camel", kw_only=True):
    """The CSRF token in force."""

    csrf_token: str
    expires_at: str


class SessionBody(CsrfBody, kw_only=True):
    """Who is signed in."""

    user: UserBody


def user_body(user: UserRecord) -> UserBody:
    """A user, as REST shows one."""
    return UserBody(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        status=user.status,
        last_login_at=iso_or_none(user.last_login_at),
        created_at=iso(user.created_at),
        updated_at=iso(user.updated_at),
    )


def _session_body(session: SignedIn) -> SessionBody:
    return SessionBody(
        user=user_body(session.user),
        csrf_token=session.csrf_token,
        expires_at=iso(session.session.expires_at),
    )


@auth.post("/login")
@operation(Caller.PUBLIC, "Login", body=Login, answer=SessionBody)
async def login(body: Login) -> Response:
    """Sign in; sets the cookie."""
    user_agent = request.headers.get("User-Agent", "")[:USER_AGENT_CHARACTERS] or None
    cookie, session = await hub().accounts.sign_in(
        body.username, body.password, address=client_address(request), user_agent=user_agent
    )
    response = answer(_session_body(session))
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=hub().settings.session_seconds,
        httponly=True,
        samesite="Lax",
        secure=over_tls(request),
    )
    return response


@auth.post("/logout")
@operation(Capability.READ, "Logout", session=True)
async def logout() -> Response:
    """Sign out; the session's live connections end too."""
    await hub().accounts.sign_out(signed_in())
    response = done()
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=over_tls(request))
    return response


@auth.get("/me")
@operation(Capability.READ, "Session", answer=SessionBody)
async def me() -> Response:
    """Who am I, and the CSRF token in force."""
    return answer(_session_body(signed_in()))


@auth.get("/csrf")
@operation(Capability.READ, "Session", answer=CsrfBody, session=True)
async def csrf() -> Response:
    """A new CSRF token."""
    session = await hub().accounts.rotate_csrf(signed_in())
    return answer(CsrfBody(csrf_token=session.csrf_token, expires_at=iso(session.session.expires_at)))
