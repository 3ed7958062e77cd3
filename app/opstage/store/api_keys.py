"""API keys of integrators: known by their hash, so that a copy of the database opens nothing."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from typing import Any

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
    ApiKeyFilter,
    ApiKeyRecord,
    AuditDraft,
    Paging,
)
from opstage.store.tx import Reader, Tx

TABLE = Mapping(ApiKeyRecord, "api_keys")
_INSERT = TABLE.insert("workspace_id", "key_hash")
_STATUS = "CASE WHEN t.status = 'ACTIVE' AND t.expires_at <= ? THEN 'EXPIRED' ELSE t.status END"
SORTS = {
    "createdAt": "t.created_at",
    "name": "t.name",
    "expiresAt": "t.expires_at",
    "lastUsedAt": "t.last_used_at",
}
RAW_PREFIX = "opstage_key_"
HINT_CHARACTERS = 4


async def create(
    tx: Tx, *, name: str, role: str, expires_at: float | None, actor: Actor, user_id: str | None, now: float
) -> tuple[ApiKeyRecord, str]:
    """A new ACTIVE key and its raw value, which is kept nowhere; ``user_id`` made it. Audited."""
    raw = new_secret(RAW_PREFIX)
    key = ApiKeyRecord(
        id=new_id("key"),
        name=name,
        hint=raw.removeprefix(RAW_PREFIX)[:HINT_CHARACTERS],
        role=role,
        status="ACTIVE",
        created_by_user_id=user_id,
        expires_at=expires_at,
        last_used_at=None,
        revoked_at=None,
        created_at=now,
        updated_at=now,
    )
    await tx.execute(_INSERT, *TABLE.values(key), DEFAULT_WORKSPACE, sha256_hex(raw))
    _audit(tx, "created", key, actor, now)
    return key, raw


async def get(reader: Reader, key_id: str) -> ApiKeyRecord | None:
    """One key."""
    row = await reader.row(TABLE.select("WHERE t.id = ?"), key_id)
    return None if row is None else TABLE.read(row)


async def find_by_hash(reader: Reader, key_hash: str) -> ApiKeyRecord | None:
    """The key whose raw value has this hash, whatever its status."""
    row = await reader.row(TABLE.select("WHERE t.key_hash = ?"), key_hash)
    return None if row is None else TABLE.read(row)


async def page(
    reader: Reader, filters: ApiKeyFilter, paging: Paging, now: float
) -> tuple[list[ApiKeyRecord], int]:
    """One page and the total; an ACTIVE key whose time is over counts as EXPIRED."""
    where = Where().any_of("t.role", filters.role).contains(("t.name",), filters.q)
    if filters.status:
        marks = ", ".join("?" * len(filters.status))
        where.add(f"{_STATUS} IN ({marks})", iso(now), *filters.status)
    return await listed(reader, TABLE, where, paging, SORTS)


async def living(reader: Reader, key_ids: Collection[str], now: float) -> set[str]:
    """Of these keys those that still open something."""
    marks = ", ".join("?" * len(key_ids))
    sql = (
        f"SELECT id FROM api_keys WHERE id IN ({marks})"  # noqa: S608
        " AND status = 'ACTIVE' AND (expires_at IS NULL OR expires_at > ?)"
    )
    return {row[0] for row in await reader.rows(sql, *key_ids, iso(now))}


async def revoke(tx: Tx, key_id: str, *, actor: Actor, now: float) -> ApiKeyRecord | None:
    """REVOKED for ever, repeatable; audited. None: no such key."""
    key = await get(tx, key_id)
    if key is None:
        return None
    revoked = replace(key, status="REVOKED", revoked_at=key.revoked_at or now, updated_at=now)
    await tx.execute(
        "UPDATE api_keys SET status = 'REVOKED', revoked_at = ?, updated_at = ? WHERE id = ?",
        iso(revoked.revoked_at or now),
        iso(now),
        key_id,
    )
    _audit(tx, "revoked", revoked, actor, now)
    return revoked


async def delete(tx: Tx, key_id: str, *, actor: Actor, now: float) -> ApiKeyRecord | None:
    """The deleted key; audited. None: no such key. ValueError unless REVOKED or past its time."""
    key = await get(tx, key_id)
    if key is None:
        return None
    if key.status_at(now) == "ACTIVE":
        raise ValueError("expected a key that is EXPIRED or REVOKED, this one is ACTIVE")
    await tx.execute("UPDATE commands SET created_by_key_id = NULL WHERE created_by_key_id = ?", key_id)
    await tx.execute("DELETE FROM api_keys WHERE id = ?", key_id)
    _audit(tx, "deleted", key, actor, now)
    return key


async def used(tx: Tx, uses: Map[str, float]) -> None:
    """Note when each key was last used."""
    await tx.execute_many(
        "UPDATE api_keys SET last_used_at = ? WHERE id = ?", [(iso(at), each) for each, at in uses.items()]
    )


def _audit(tx: Tx, what: str, key: ApiKeyRecord, actor: Actor, now: float) -> None:
    metadata: dict[str, Any] = {"name": key.name, "role": key.role}
    event = AuditDraft(
        action=f"api_key.{what}",
        actor=actor,
        target_type="ApiKey",
        target_id=key.id,
        target_name=key.name,
        metadata=metadata,
    )
    audit.record(tx, event, now)
