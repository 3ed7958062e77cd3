"""Signing in and out."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request

from opstage.core.times import iso, iso_or_none
from opstage.hub.accounts import SignedIn
from opstage.store.records import UserRecord
from opstage.web.envelope import answer, done, read_body
from opstage.web.guards import COOKIE, client_address, hub, over_tls, signed_in

auth = Blueprint("auth", __name__, url_prefix="/api/admin/auth")

USER_AGENT_CHARACTERS = 500


class Login(msgspec.Struct):
    """Who wants in."""

    username: Annotated[str, Meta(min_length=1, max_length=320)]
    password: Annotated[str, Meta(min_length=1, max_length=4096)]


def user_shape(user: UserRecord) -> dict[str, Any]:
    """A user, as REST shows one."""
    return {
        "id": user.id,
        "username": user.username,
        "displayName": user.display_name,
        "role": user.role,
        "status": user.status,
        "lastLoginAt": iso_or_none(user.last_login_at),
        "createdAt": iso(user.created_at),
        "updatedAt": iso(user.updated_at),
    }


def _session_shape(session: SignedIn) -> dict[str, Any]:
    return {
        "user": user_shape(session.user),
        "csrfToken": session.csrf_token,
        "expiresAt": iso(session.session.expires_at),
    }


@auth.post("/login")
async def login() -> Response:
    """Sign in; sets the cookie."""
    body = await read_body(Login, "Login")
    user_agent = request.headers.get("User-Agent", "")[:USER_AGENT_CHARACTERS] or None
    cookie, session = await hub().accounts.sign_in(
        body.username, body.password, address=client_address(request), user_agent=user_agent
    )
    response = answer(_session_shape(session))
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
async def logout() -> Response:
    """Sign out; the session's live connections end too."""
    await hub().accounts.sign_out(signed_in())
    response = done()
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=over_tls(request))
    return response


@auth.get("/me")
async def me() -> Response:
    """Who am I, and the CSRF token in force."""
    return answer(_session_shape(signed_in()))


@auth.get("/csrf")
async def csrf() -> Response:
    """A new CSRF token."""
    session = await hub().accounts.rotate_csrf(signed_in())
    return answer({"csrfToken": session.csrf_token, "expiresAt": iso(session.session.expires_at)})
