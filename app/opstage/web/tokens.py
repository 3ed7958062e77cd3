"""Registration tokens."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.times import iso, iso_or_none
from opstage.errors import Conflict, NotFound
from opstage.store import tokens as stored
from opstage.store.records import TokenFilter, TokenRecord, TokenTerms
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import AgentMode, LifetimeSeconds, Title
from opstage_agent.wire import Labels

tokens = Blueprint("tokens", __name__, url_prefix="/api/admin/registration-tokens")

WHAT = "Registration token"

CodePattern = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[a-z0-9_*?-]+$(?!\n)")]
"""Codes of agents, ``*`` for any characters and ``?`` for one."""


class NewToken(msgspec.Struct, rename="camel"):
    """What a new token is called, how long it lives (None: for ever), and what it is good for."""

    name: Title = "Default registration token"
    expires_in_seconds: LifetimeSeconds | None = None
    max_uses: Annotated[int, Meta(ge=1, le=10_000)] = 1
    code_pattern: CodePattern | None = None
    mode: AgentMode | None = None
    labels: Labels = {}


class TokenBody(msgspec.Struct, rename="camel", kw_only=True):
    """A registration token without its raw value."""

    id: str
    name: str
    status: str
    agent_id: str | None
    max_uses: int
    uses: int
    code_pattern: str | None
    mode: str | None
    labels: dict[str, str]
    expires_at: str | None
    used_at: str | None
    revoked_at: str | None
    created_at: str
    updated_at: str


class CreatedToken(TokenBody, kw_only=True):
    """A new token; the raw value stands in both fields, and nowhere else."""

    token: str
    raw_token: str


class TokenQuery(PageQuery, kw_only=True):
    """Which tokens."""

    status: tuple[Literal["ACTIVE", "USED", "REVOKED", "EXPIRED"], ...] = ()
    sort: Literal["createdAt", "-createdAt", "expiresAt", "-expiresAt"] = "-createdAt"


def _body(token: TokenRecord) -> TokenBody:
    return TokenBody(
        id=token.id,
        name=token.name,
        status=token.status,
        agent_id=token.agent_id,
        max_uses=token.max_uses,
        uses=token.uses,
        code_pattern=token.code_pattern,
        mode=token.mode,
        labels=token.labels,
        expires_at=iso_or_none(token.expires_at),
        used_at=iso_or_none(token.used_at),
        revoked_at=iso_or_none(token.revoked_at),
        created_at=iso(token.created_at),
        updated_at=iso(token.updated_at),
    )


@tokens.post("")
@operation(Capability.OPERATE, WHAT, body=NewToken, answer=CreatedToken)
async def create(body: NewToken) -> Response:
    """A new token; its raw value is in this answer and nowhere else."""
    now, who = hub().clock.now(), actor()
    expires_at = None if body.expires_in_seconds is None else now + body.expires_in_seconds
    terms = TokenTerms(
        max_uses=body.max_uses, code_pattern=body.code_pattern, mode=body.mode, labels=body.labels
    )
    token, raw = await hub().store.write(
        lambda tx: stored.create(tx, name=body.name, expires_at=expires_at, actor=who, now=now, terms=terms)
    )
    return answer(CreatedToken(**msgspec.structs.asdict(_body(token)), token=raw, raw_token=raw))


@tokens.get("")
@operation(Capability.READ, WHAT, query=TokenQuery, answer=TokenBody, listed=True)
async def page(query: TokenQuery) -> Response:
    """The tokens, never their raw values."""
    paging = query.paging(query.sort)
    rows, total = await stored.page(hub().store.reader, TokenFilter(status=query.status), paging)
    return page_of([_body(token) for token in rows], total, paging)


@tokens.get("/<token_id>")
@operation(Capability.READ, WHAT, answer=TokenBody)
async def one(token_id: str) -> Response:
    """One token, never its raw value."""
    return answer(_body(_existing(await stored.get(hub().store.reader, token_id))))


@tokens.post("/<token_id>/revoke")
@operation(Capability.OPERATE, WHAT, answer=TokenBody)
async def revoke(token_id: str) -> Response:
    """The token opens nothing any more; repeatable."""
    who, now = actor(), hub().clock.now()
    token = await hub().store.write(lambda tx: stored.revoke(tx, token_id, actor=who, now=now))
    return answer(_body(_existing(token)))


@tokens.delete("/<token_id>")
@operation(Capability.OPERATE, WHAT, answer=TokenBody)
async def delete(token_id: str) -> Response:
    """Forget a token that is EXPIRED or REVOKED."""
    who, now = actor(), hub().clock.now()
    try:
        token = await hub().store.write(lambda tx: stored.delete(tx, token_id, actor=who, now=now))
    except ValueError as error:
        text = "Only an expired or revoked registration token can be deleted."
        raise Conflict(text, "REGISTRATION_TOKEN_NOT_DELETABLE") from error
    return answer(_body(_existing(token)))


def _existing(token: TokenRecord | None) -> TokenRecord:
    if token is None:
        raise NotFound("Registration token not found.", "REGISTRATION_TOKEN_NOT_FOUND")
    return token
