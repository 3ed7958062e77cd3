"""How an agent gets its identity and its token, and loses it again."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from opstage.core.ids import new_id, new_secret, sha256_hex
from opstage.core.times import epoch, iso
from opstage.store import agent_table, audit, tokens
from opstage.store.errors import RefusalReason, RegistrationRefused
from opstage.store.records import (
    DEFAULT_WORKSPACE,
    Actor,
    AgentCredential,
    AgentIdentity,
    AgentRecord,
    AuditDraft,
    Registration,
    TokenRecord,
)
from opstage.store.tx import Reader, Tx

RAW_PREFIX = "opstage_agent_"
USED_SECONDS = 30.0
"""How exact ``lastUsedAt`` of a token is (contract/rest.md 2.3)."""

_INSERT_AGENT = agent_table.TABLE.insert("workspace_id")
_REFUSALS = {
    "USED": RefusalReason.USED,
    "REVOKED": RefusalReason.REVOKED,
    "EXPIRED": RefusalReason.EXPIRED,
}


async def register(
    tx: Tx, *, raw_token: str, agent: AgentIdentity, now: float, ip_address: str | None = None
) -> Registration:
    """Uses up a registration token for a new identity, or for a new token of a known one.

    A known agent keeps its id and loses its older tokens; a DISABLED one stays DISABLED, a REVOKED
    one comes back only with a token made after the revocation. RegistrationRefused says why, and the
    token is as it was. Audited.
    """
    token = await _usable(tx, raw_token, now)
    known = await agent_table.find_by_code(tx, agent.code)
    if known is not None and _revoked_since(known, token):
        raise RegistrationRefused(RefusalReason.AGENT_REVOKED)
    record = await (_create(tx, agent, now) if known is None else _update(tx, known, agent, now))
    if not await tokens.claim(tx, token.id, record.id, now):
        raise RegistrationRefused(RefusalReason.USED)
    revoked = await revoke_tokens(tx, record.id, now)
    raw = await _issue(tx, record.id, now)
    _audit_registration(tx, token, record, revoked, ip_address, now)
    return Registration(agent=record, agent_token=raw, revoked_tokens=revoked, created=known is None)


async def authenticate(reader: Reader, token_hash: str) -> AgentCredential | None:
    """What a token opens, whatever its and its agent's status; None when nobody ever had it."""
    row = await reader.row(
        "SELECT a.id, a.status, t.id, t.status, t.last_used_at FROM agent_tokens AS t"
        " JOIN agents AS a ON a.id = t.agent_id WHERE t.token_hash = ?",
        token_hash,
    )
    if row is None:
        return None
    return AgentCredential(
        agent_id=row[0],
        agent_status=row[1],
        token_id=row[2],
        token_status=row[3],
        last_used_at=None if row[4] is None else epoch(row[4]),
    )


async def token_used(tx: Tx, token_id: str, now: float) -> None:
    """Notes that a token was used, unless that was noted less than 30 s ago."""
    await tx.execute(
        "UPDATE agent_tokens SET last_used_at = ?"
        " WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
        iso(now),
        token_id,
        iso(now - USED_SECONDS),
    )


async def revoke(tx: Tx, agent_id: str, *, reason: str | None, now: float) -> tuple[AgentRecord, int] | None:
    """REVOKED with all its tokens, and how many those were; repeatable. None: no such agent.

    Not audited: the caller knows who did it.
    """
    record = await agent_table.get(tx, agent_id)
    if record is None:
        return None
    count = await revoke_tokens(tx, agent_id, now)
    if record.status == "REVOKED":
        return record, count
    revoked = await agent_table.set_status(tx, agent_id, "REVOKED", reason, now)
    return None if revoked is None else (revoked, count)


async def revoke_tokens(tx: Tx, agent_id: str, now: float) -> int:
    """Revokes the agent's active tokens; how many."""
    return await tx.execute(
        "UPDATE agent_tokens SET status = 'REVOKED', revoked_at = ?, updated_at = ?"
        " WHERE agent_id = ? AND status = 'ACTIVE'",
        iso(now),
        iso(now),
        agent_id,
    )


async def _usable(tx: Tx, raw_token: str, now: float) -> TokenRecord:
    token = await tokens.find_by_hash(tx, sha256_hex(raw_token))
    if token is None:
        raise RegistrationRefused(RefusalReason.UNKNOWN)
    if token.status in _REFUSALS:
        raise RegistrationRefused(_REFUSALS[token.status])
    if token.expires_at is not None and token.expires_at <= now:
        raise RegistrationRefused(RefusalReason.EXPIRED)
    return token


def _revoked_since(agent: AgentRecord, token: TokenRecord) -> bool:
    """A token that lay around when the agent was revoked must not undo that."""
    return agent.status == "REVOKED" and token.created_at <= (agent.revoked_at or agent.updated_at)


async def _create(tx: Tx, agent: AgentIdentity, now: float) -> AgentRecord:
    record = AgentRecord(
        id=new_id("agt"),
        code=agent.code,
        name=agent.name,
        mode=agent.mode,
        runtime=agent.runtime,
        status="ONLINE",
        status_reason=None,
        status_since=now,
        last_heartbeat_at=now,
        disabled_at=None,
        revoked_at=None,
        labels={},
        hostname=None,
        sdk=None,
        connection_generation=0,
        last_instance=None,
        created_at=now,
        updated_at=now,
    )
    await tx.execute(_INSERT_AGENT, *agent_table.TABLE.values(record), DEFAULT_WORKSPACE)
    return record


async def _update(tx: Tx, known: AgentRecord, agent: AgentIdentity, now: float) -> AgentRecord:
    record = replace(
        known,
        name=agent.name,
        mode=agent.mode,
        runtime=agent.runtime,
        last_heartbeat_at=now,
        updated_at=now,
    )
    if known.status not in ("DISABLED", "ONLINE"):
        record = replace(record, status="ONLINE", status_reason=None, status_since=now, revoked_at=None)
    await tx.execute(
        "UPDATE agents SET name = ?, mode = ?, runtime = ?, status = ?, status_reason = ?,"
        " status_since = ?, last_heartbeat_at = ?, updated_at = ?, revoked_at = NULL WHERE id = ?",
        *(record.name, record.mode, record.runtime, record.status, record.status_reason),
        *(iso(record.status_since), iso(now), iso(now), record.id),
    )
    return record


async def _issue(tx: Tx, agent_id: str, now: float) -> str:
    raw = new_secret(RAW_PREFIX)
    await tx.execute(
        "INSERT INTO agent_tokens (id, agent_id, token_hash, name, status, created_at, updated_at)"
        " VALUES (?, ?, ?, 'Agent token', 'ACTIVE', ?, ?)",
        new_id("tok"),
        agent_id,
        sha256_hex(raw),
        iso(now),
        iso(now),
    )
    return raw


def _audit_registration(
    tx: Tx, token: TokenRecord, agent: AgentRecord, revoked: int, ip_address: str | None, now: float
) -> None:
    actor = Actor(type="AGENT", id=agent.id, name=agent.code, ip_address=ip_address)

    def record(action: str, kind: str, target_id: str, name: str, **metadata: Any) -> None:
        event = AuditDraft(
            action=action,
            actor=actor,
            target_type=kind,
            target_id=target_id,
            target_name=name,
            metadata=metadata,
        )
        audit.record(tx, event, now)

    record("registration_token.consumed", "RegistrationToken", token.id, token.name)
    if revoked:
        record("agent.token.rotated", "Agent", agent.id, agent.code, revokedTokens=revoked)
    record("agent.registered", "Agent", agent.id, agent.code)
