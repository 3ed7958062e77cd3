"""Signing in and out."""

from __future__ import annotations

import msgspec
from quart import Blueprint, Response, request

from opstage.core.access import Capability
from opstage.core.times import iso, iso_or_none
from opstage.hub.accounts import SignedIn
from opstage.store.records import ApiKeyRecord, UserRecord
from opstage.web.envelope import answer, done
from opstage.web.guards import COOKIE, client_address, hub, over_tls, principal, signed_in
from opstage.web.operation import Caller, operation
from opstage.web.values import NewPassword, Password, Username

auth = Blueprint("auth", __name__, url_prefix="/api/admin/auth")

USER_AGENT_CHARACTERS = 500


class Login(msgspec.Struct):
    """Who wants in."""

    username: Username
    password: Password


class ChangePassword(msgspec.Struct, rename="camel"):
    """Who knows the present password may set another one."""

    current_password: Password
    new_password: NewPassword


class Ended(msgspec.Struct):
    """How many sessions ended."""

    sessions: int


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
    expires_at: str | None


class SessionBody(CsrfBody, kw_only=True):
    """Who is signed in. An API key shows itself as a user, without a CSRF token; it may live for ever."""

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


def _key_body(key: ApiKeyRecord) -> SessionBody:
    user = UserBody(
        id=key.id,
        username=key.name,
        display_name=None,
        role=key.role,
        status=key.status,
        last_login_at=None,
        created_at=iso(key.created_at),
        updated_at=iso(key.updated_at),
    )
    return SessionBody(user=user, csrf_token="", expires_at=iso_or_none(key.expires_at))


def _session_body(session: SignedIn) -> SessionBody:
    return SessionBody(
        user=user_body(session.user),
        csrf_token=session.csrf_token,
        expires_at=iso(session.session.expires_at),
    )


def without_cookie(response: Response) -> Response:
    """The answer, which also takes the session cookie away."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=_secure())
    return response


def _secure() -> bool:
    return over_tls(request) and not hub().settings.development


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
        secure=_secure(),
    )
    return response


@auth.post("/logout")
@operation(Capability.READ, "Logout", session=True)
async def logout() -> Response:
    """Sign out; the session's live connections end too."""
    await hub().accounts.sign_out(signed_in())
    return without_cookie(done())


@auth.post("/logout-all")
@operation(Capability.READ, "Logout", answer=Ended, session=True)
async def logout_all() -> Response:
    """Sign out everywhere, here too; all live connections of these sessions end."""
    ended = await hub().accounts.sign_out_everywhere(signed_in())
    return without_cookie(answer(Ended(ended)))


@auth.post("/password")
@operation(Capability.READ, "Password", body=ChangePassword, answer=UserBody, session=True)
async def change_password(body: ChangePassword) -> Response:
    """Set one's own password; every other session ends."""
    user = await hub().accounts.change_password(signed_in(), body.current_password, body.new_password)
    return answer(user_body(user))


@auth.get("/me")
@operation(Capability.READ, "Session", answer=SessionBody)
async def me() -> Response:
    """Who am I, and the CSRF token in force."""
    caller = principal()
    return answer(_session_body(signed_in()) if caller.key is None else _key_body(caller.key))


@auth.get("/csrf")
@operation(Capability.READ, "Session", answer=CsrfBody, session=True)
async def csrf() -> Response:
    """A new CSRF token."""
    session = await hub().accounts.rotate_csrf(signed_in())
    return answer(CsrfBody(csrf_token=session.csrf_token, expires_at=iso(session.session.expires_at)))
