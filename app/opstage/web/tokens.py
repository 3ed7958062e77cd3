"""Registration tokens."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.times import iso, iso_or_none
from opstage.errors import Conflict, NotFound
from opstage.store import tokens as stored
from opstage.store.records import TokenFilter, TokenRecord
from opstage.web.envelope import answer, read_body
from opstage.web.guards import hub, needs, signed_in
from opstage.web.listing import Query, listed

tokens = Blueprint("tokens", __name__, url_prefix="/api/admin/registration-tokens")

STATUSES = ("ACTIVE", "USED", "REVOKED", "EXPIRED")


class NewToken(msgspec.Struct, rename="camel"):
    """What a new token is called and how long it lives; None: for ever."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] = "Default registration token"
    expires_in_seconds: Annotated[int, Meta(ge=60, le=315_360_000)] | None = None


def _shape(token: TokenRecord) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "status": token.status,
        "agentId": token.agent_id,
        "expiresAt": iso_or_none(token.expires_at),
        "usedAt": iso_or_none(token.used_at),
        "revokedAt": iso_or_none(token.revoked_at),
        "createdAt": iso(token.created_at),
        "updatedAt": iso(token.updated_at),
    }


@tokens.post("")
@needs(Capability.OPERATE)
async def create() -> Response:
    """A new token; its raw value is in this answer and nowhere else."""
    body = await read_body(NewToken, "Registration token")
    now, actor = hub().clock.now(), signed_in().actor
    expires_at = None if body.expires_in_seconds is None else now + body.expires_in_seconds
    token, raw = await hub().store.write(
        lambda tx: stored.create(tx, name=body.name, expires_at=expires_at, actor=actor, now=now)
    )
    return answer({**_shape(token), "token": raw, "rawToken": raw})


@tokens.get("")
@needs(Capability.READ)
async def page() -> Response:
    """The tokens, never their raw values."""
    query = Query("Registration token")
    paging, status = query.paging(), query.choice("status", STATUSES)
    query.check()
    rows, total = await stored.page(hub().store.reader, TokenFilter(status=status), paging)
    return listed([_shape(token) for token in rows], total, paging)


@tokens.post("/<token_id>/revoke")
@needs(Capability.OPERATE)
async def revoke(token_id: str) -> Response:
    """The token opens nothing any more; repeatable."""
    actor, now = signed_in().actor, hub().clock.now()
    token = await hub().store.write(lambda tx: stored.revoke(tx, token_id, actor=actor, now=now))
    return answer(_shape(_existing(token)))


@tokens.delete("/<token_id>")
@needs(Capability.OPERATE)
async def delete(token_id: str) -> Response:
    """Forget a token that is EXPIRED or REVOKED."""
    actor, now = signed_in().actor, hub().clock.now()
    try:
        token = await hub().store.write(lambda tx: stored.delete(tx, token_id, actor=actor, now=now))
    except ValueError as error:
        text = "Only an expired or revoked registration token can be deleted."
        raise Conflict(text, "REGISTRATION_TOKEN_NOT_DELETABLE") from error
    return answer(_shape(_existing(token)))


def _existing(token: TokenRecord | None) -> TokenRecord:
    if token is None:
        raise NotFound("Registration token not found.", "REGISTRATION_TOKEN_NOT_FOUND")
    return token
