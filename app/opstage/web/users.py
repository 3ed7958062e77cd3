"""People who sign in, managed by owners."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.store import users as stored
from opstage.store.records import UserFilter
from opstage.web.auth import UserBody, user_body
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import NewPassword, NewUsername, RoleName

users = Blueprint("users", __name__, url_prefix="/api/admin/users")

WHAT = "User"
UserStatus = Literal["ACTIVE", "DISABLED"]
DisplayName = Annotated[str, Meta(max_length=200)]
UserSort = Literal["createdAt", "-createdAt", "username", "-username"]


class NewUser(msgspec.Struct, rename="camel"):
    """Somebody who shall be able to sign in."""

    username: NewUsername
    password: NewPassword
    display_name: DisplayName | None = None
    role: RoleName = "viewer"


class ChangedUser(msgspec.Struct, rename="camel"):
    """What shall be different; what is left out stays. ``displayName`` null takes the name away."""

    display_name: DisplayName | UnsetType | None = UNSET
    role: RoleName | None = None
    status: UserStatus | None = None


class ResetPassword(msgspec.Struct):
    """A password set by an owner."""

    password: NewPassword


class UserQuery(PageQuery, kw_only=True):
    """Which users; ``q`` looks into both names."""

    role: tuple[RoleName, ...] = ()
    status: tuple[UserStatus, ...] = ()
    q: Annotated[str, Meta(min_length=1, max_length=160)] | None = None
    sort: UserSort = "-createdAt"


async def _exists(user_id: str) -> None:
    await hub().people.get(user_id)


@users.get("")
@operation(Capability.ADMINISTER, WHAT, query=UserQuery, answer=UserBody, listed=True)
async def page(query: UserQuery) -> Response:
    """A page of users, newest first."""
    paging = query.paging(query.sort)
    filters = UserFilter(role=query.role, status=query.status, q=query.q)
    found, total = await stored.page(hub().store.reader, filters, paging)
    return page_of([user_body(each) for each in found], total, paging)


@users.post("")
@operation(Capability.ADMINISTER, WHAT, body=NewUser, answer=UserBody)
async def create(body: NewUser) -> Response:
    """A new user, ACTIVE at once."""
    user = await hub().people.create(
        username=body.username,
        password=body.password,
        display_name=body.display_name,
        role=body.role,
        actor=actor(),
    )
    return answer(user_body(user))


@users.patch("/<user_id>")
@operation(Capability.ADMINISTER, WHAT, body=ChangedUser, answer=UserBody, existing=_exists)
async def change(user_id: str, body: ChangedUser) -> Response:
    """Change what is given. Who is disabled loses every session at once."""
    user = await hub().people.change(
        user_id, actor(), display_name=body.display_name, role=body.role, status=body.status
    )
    return answer(user_body(user))


@users.post("/<user_id>/reset-password")
@operation(Capability.ADMINISTER, WHAT, body=ResetPassword, answer=UserBody, existing=_exists)
async def reset_password(user_id: str, body: ResetPassword) -> Response:
    """Set a new password; every session of the user ends at once."""
    return answer(user_body(await hub().people.reset_password(user_id, body.password, actor())))
