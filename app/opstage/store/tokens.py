"""Registration tokens, stored as hashes: each opens as often as it says, once unless told otherwise."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from opstage.core.ids import new_id, new_secret, sha256_hex
from opstage.core.times import iso
from opstage.store import audit
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping
from opstage.store.records import (
    DEFAULT_WORKSPACE,
    Actor,
    AuditDraft,
    Paging,
    TokenFilter,
    TokenRecord,
    TokenTerms,
)
from opstage.store.tx import Reader, Tx

TABLE = Mapping(TokenRecord, "registration_tokens")
_INSERT = TABLE.insert("workspace_id", "token_hash")
SORTS = {"createdAt": "t.created_at", "expiresAt": "t.expires_at"}
RAW_PREFIX = "opstage_reg_"
_ANY = TokenTerms()


async def create(
    tx: Tx, *, name: str, expires_at: float | None, actor: Actor, now: float, terms: TokenTerms = _ANY
) -> tuple[TokenRecord, str]:
    """A new ACTIVE token and its raw value, which is kept nowhere. Audited."""
    raw = new_secret(RAW_PREFIX)
    token = TokenRecord(
        id=new_id("tok"),
        name=name,
        status="ACTIVE",
        agent_id=None,
        uses=0,
        **msgspec.structs.asdict(terms),
        expires_at=expires_at,
        used_at=None,
        revoked_at=None,
        created_at=now,
        updated_at=now,
    )
    await tx.execute(_INSERT, *TABLE.values(token), DEFAULT_WORKSPACE, sha256_hex(raw))
    _audit(tx, "created", token, actor, now, **_told(terms))
    return token, raw


async def get(reader: Reader, token_id: str) -> TokenRecord | None:
    """One token."""
    row = await reader.row(TABLE.select("WHERE t.id = ?"), token_id)
    return None if row is None else TABLE.read(row)


async def find_by_hash(reader: Reader, token_hash: str) -> TokenRecord | None:
    """The token whose raw value has this hash."""
    row = await reader.row(TABLE.select("WHERE t.token_hash = ?"), token_hash)
    return None if row is None else TABLE.read(row)


async def page(reader: Reader, filters: TokenFilter, paging: Paging) -> tuple[list[TokenRecord], int]:
    """One page and the total."""
    return await listed(reader, TABLE, Where().any_of("t.status", filters.status), paging, SORTS)


async def revoke(tx: Tx, token_id: str, *, actor: Actor, now: float) -> TokenRecord | None:
    """REVOKED, from any status and repeatable; audited. None: no such token."""
    token = await get(tx, token_id)
    if token is None:
        return None
    revoked = replace(token, status="REVOKED", revoked_at=token.revoked_at or now, updated_at=now)
    await tx.execute(
        "UPDATE registration_tokens SET status = 'REVOKED', revoked_at = ?, updated_at = ? WHERE id = ?",
        iso(revoked.revoked_at or now),
        iso(now),
        token_id,
    )
    _audit(tx, "revoked", revoked, actor, now)
    return revoked


async def delete(tx: Tx, token_id: str, *, actor: Actor, now: float) -> TokenRecord | None:
    """The deleted token; audited. None: no such token. ValueError unless EXPIRED or REVOKED."""
    token = await get(tx, token_id)
    if token is None:
        return None
    if token.status not in ("EXPIRED", "REVOKED"):
        raise ValueError(f"expected a token that is EXPIRED or REVOKED, this one is {token.status}")
    await tx.execute("DELETE FROM registration_tokens WHERE id = ?", token_id)
    _audit(tx, "deleted", token, actor, now, name=token.name, status=token.status)
    return token


async def claim(tx: Tx, token_id: str, agent_id: str, now: float) -> bool:
    """Uses the token once for this agent; False when that was not left, so nobody gets more than there is."""
    changed = await tx.execute(
        "UPDATE registration_tokens SET agent_id = ?, used_at = ?, updated_at = ?, uses = uses + 1,"
        " status = CASE WHEN uses + 1 < max_uses THEN status ELSE 'USED' END"
        " WHERE id = ? AND status = 'ACTIVE' AND uses < max_uses",
        agent_id,
        iso(now),
        iso(now),
        token_id,
    )
    return changed > 0


async def expire(tx: Tx, now: float, limit: int = -1) -> int:
    """ACTIVE tokens past their end become EXPIRED, ``limit`` of them at most (negative: all); how many."""
    moment = iso(now)
    return await tx.execute(
        "UPDATE registration_tokens SET status = 'EXPIRED', updated_at = ?1 WHERE id IN (SELECT id"
        " FROM registration_tokens WHERE status = 'ACTIVE' AND expires_at < ?1 LIMIT ?2)",
        moment,
        limit,
    )


def _told(terms: TokenTerms) -> dict[str, Any]:
    """Of a token that is not like every other the trail says what it is good for."""
    told = {"maxUses": terms.max_uses, "codePattern": terms.code_pattern, "mode": terms.mode}
    said = {name: value for name, value in told.items() if value not in (1, None)}
    return said | ({"labels": terms.labels} if terms.labels else {})


def _audit(tx: Tx, what: str, token: TokenRecord, actor: Actor, now: float, **metadata: Any) -> None:
    event = AuditDraft(
        action=f"registration_token.{what}",
        actor=actor,
        target_type="RegistrationToken",
        target_id=token.id,
        target_name=token.name,
        metadata=metadata,
    )
    audit.record(tx, event, now)
