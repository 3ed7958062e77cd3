"""API keys for integrators, managed by owners."""

from __future__ import annotations

from typing import Literal

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.times import iso, iso_or_none
from opstage.store import api_keys as stored
from opstage.store.records import ApiKeyFilter, ApiKeyRecord
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub, principal
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import LifetimeSeconds, RoleName, SearchText, Title

api_keys = Blueprint("api_keys", __name__, url_prefix="/api/admin/api-keys")

WHAT = "API key"
ApiKeySort = Literal[
    "createdAt",
    "-createdAt",
    "name",
    "-name",
    "expiresAt",
    "-expiresAt",
    "lastUsedAt",
    "-lastUsedAt",
]


class NewApiKey(msgspec.Struct, rename="camel"):
    """What a new key is called, what it may do, and how long it lives; None: until it is revoked."""

    name: Title
    role: RoleName = "viewer"
    expires_in_seconds: LifetimeSeconds | None = None


class ApiKeyBody(msgspec.Struct, rename="camel", kw_only=True):
    """An API key without its raw value; ``hint`` are the first characters behind the prefix."""

    id: str
    name: str
    hint: str
    role: str
    status: str
    created_by_user_id: str | None
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None
    created_at: str
    updated_at: str


class CreatedApiKey(ApiKeyBody, kw_only=True):
    """A new key; the raw value stands in ``key``, and nowhere else."""

    key: str


class ApiKeyQuery(PageQuery, kw_only=True):
    """Which keys."""

    role: tuple[RoleName, ...] = ()
    status: tuple[Literal["ACTIVE", "REVOKED", "EXPIRED"], ...] = ()
    q: SearchText | None = None
    sort: ApiKeySort = "-createdAt"


def _body(key: ApiKeyRecord) -> ApiKeyBody:
    return ApiKeyBody(
        id=key.id,
        name=key.name,
        hint=key.hint,
        role=key.role,
        status=key.status_at(hub().clock.now()),
        created_by_user_id=key.created_by_user_id,
        expires_at=iso_or_none(key.expires_at),
        last_used_at=iso_or_none(key.last_used_at),
        revoked_at=iso_or_none(key.revoked_at),
        created_at=iso(key.created_at),
        updated_at=iso(key.updated_at),
    )


@api_keys.post("")
@operation(Capability.ADMINISTER, WHAT, body=NewApiKey, answer=CreatedApiKey)
async def create(body: NewApiKey) -> Response:
    """A new key; its raw value is in this answer and nowhere else."""
    caller = principal()
    person = caller.signed_in
    key, raw = await hub().api_keys.create(
        name=body.name,
        role=body.role,
        seconds=body.expires_in_seconds,
        actor=caller.actor,
        user_id=None if person is None else person.user.id,
    )
    return answer(CreatedApiKey(**msgspec.structs.asdict(_body(key)), key=raw))


@api_keys.get("")
@operation(Capability.ADMINISTER, WHAT, query=ApiKeyQuery, answer=ApiKeyBody, listed=True)
async def page(query: ApiKeyQuery) -> Response:
    """The keys, never their raw values."""
    paging = query.paging(query.sort)
    filters = ApiKeyFilter(role=query.role, status=query.status, q=query.q)
    rows, total = await stored.page(hub().store.reader, filters, paging, hub().clock.now())
    return page_of([_body(key) for key in rows], total, paging)


@api_keys.post("/<key_id>/revoke")
@operation(Capability.ADMINISTER, WHAT, answer=ApiKeyBody)
async def revoke(key_id: str) -> Response:
    """The key opens nothing any more, and its live connections end; repeatable."""
    return answer(_body(await hub().api_keys.revoke(key_id, actor())))


@api_keys.delete("/<key_id>")
@operation(Capability.ADMINISTER, WHAT, answer=ApiKeyBody)
async def delete(key_id: str) -> Response:
    """Forget a key that is EXPIRED or REVOKED."""
    return answer(_body(await hub().api_keys.delete(key_id, actor())))
