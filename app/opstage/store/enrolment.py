"""How an agent gets its identity and its token, and loses it again."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from msgspec.structs import replace

from opstage.core.ids import new_id, sha256_hex
from opstage.core.times import iso
from opstage.store import agent_table, agent_tokens, audit, tokens
from opstage.store.errors import RefusalReason, RegistrationRefused
from opstage.store.mapping import to_json
from opstage.store.records import (
    DEFAULT_WORKSPACE,
    Actor,
    AgentIdentity,
    AgentRecord,
    AuditDraft,
    Registration,
    TokenRecord,
)
from opstage.store.tx import Tx

_INSERT_AGENT = agent_table.TABLE.insert("workspace_id")
_REFUSALS = {
    "USED": RefusalReason.USED,
    "REVOKED": RefusalReason.REVOKED,
    "EXPIRED": RefusalReason.EXPIRED,
}


async def register(
    tx: Tx, *, raw_token: str, agent: AgentIdentity, now: float, ip_address: str | None = None
) -> Registration:
    """Uses a registration token for a new identity, or for a new token of a known one.

    A known agent keeps its id and loses its older tokens; a DISABLED one stays DISABLED, a REVOKED
    one comes back only with a token made after the revocation. The labels of the token are laid over
    the operators' labels that the agent has. RegistrationRefused says why, and the token is as it was.
    Audited.
    """
    token = await _usable(tx, raw_token, now)
    _require_fit(token, agent)
    known = await agent_table.find_by_code(tx, agent.code)
    if known is not None and _revoked_since(known, token):
        raise RegistrationRefused(RefusalReason.AGENT_REVOKED, token)
    record = await (
        _create(tx, agent, token.labels, now)
        if known is None
        else _update(tx, known, agent, token.labels, now)
    )
    if not await tokens.claim(tx, token.id, record.id, now):
        raise RegistrationRefused(RefusalReason.USED, token)
    revoked = await agent_tokens.revoke_tokens(tx, record.id, now)
    raw = await agent_tokens.issue(tx, record.id, now)
    _audit_registration(tx, token, record, revoked, ip_address, now)
    return Registration(agent=record, agent_token=raw, revoked_tokens=revoked, created=known is None)


async def revoke(tx: Tx, agent_id: str, *, reason: str | None, now: float) -> tuple[AgentRecord, int] | None:
    """REVOKED with all its tokens, and how many those were; repeatable. None: no such agent.

    Not audited: the caller knows who did it.
    """
    record = await agent_table.get(tx, agent_id)
    if record is None:
        return None
    count = await agent_tokens.revoke_tokens(tx, agent_id, now)
    if record.status == "REVOKED":
        return record, count
    revoked = await agent_table.set_status(tx, agent_id, "REVOKED", reason, now)
    return None if revoked is None else (revoked, count)


async def _usable(tx: Tx, raw_token: str, now: float) -> TokenRecord:
    token = await tokens.find_by_hash(tx, sha256_hex(raw_token))
    if token is None:
        raise RegistrationRefused(RefusalReason.UNKNOWN, None)
    if token.status in _REFUSALS:
        raise RegistrationRefused(_REFUSALS[token.status], token)
    if token.expires_at is not None and token.expires_at <= now:
        raise RegistrationRefused(RefusalReason.EXPIRED, token)
    return token


def _require_fit(token: TokenRecord, agent: AgentIdentity) -> None:
    if token.code_pattern is not None and not fnmatchcase(agent.code, token.code_pattern):
        raise RegistrationRefused(RefusalReason.CODE_NOT_ALLOWED, token)
    if token.mode is not None and agent.mode != token.mode:
        raise RegistrationRefused(RefusalReason.MODE_NOT_ALLOWED, token)


def _revoked_since(agent: AgentRecord, token: TokenRecord) -> bool:
    """A token that lay around when the agent was revoked must not undo that."""
    return agent.status == "REVOKED" and token.created_at <= (agent.revoked_at or agent.updated_at)


async def _create(tx: Tx, agent: AgentIdentity, labels: dict[str, str], now: float) -> AgentRecord:
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
        operator_labels=labels,
        hostname=None,
        sdk=None,
        connection_generation=0,
        last_instance=None,
        created_at=now,
        updated_at=now,
    )
    await tx.execute(_INSERT_AGENT, *agent_table.TABLE.values(record), DEFAULT_WORKSPACE)
    return record


async def _update(
    tx: Tx, known: AgentRecord, agent: AgentIdentity, labels: dict[str, str], now: float
) -> AgentRecord:
    record = replace(
        known,
        name=agent.name,
        mode=agent.mode,
        runtime=agent.runtime,
        operator_labels=known.operator_labels | labels,
        last_heartbeat_at=now,
        retired_at=None,
        rotation_requested_at=None,
        updated_at=now,
    )
    if known.status not in ("DISABLED", "ONLINE"):
        record = replace(record, status="ONLINE", status_reason=None, status_since=now, revoked_at=None)
    await tx.execute(
        "UPDATE agents SET name = ?, mode = ?, runtime = ?, status = ?, status_reason = ?,"
        " status_since = ?, last_heartbeat_at = ?, updated_at = ?, operator_labels_json = ?,"
        " revoked_at = NULL, retired_at = NULL, rotation_requested_at = NULL WHERE id = ?",
        *(record.name, record.mode, record.runtime, record.status, record.status_reason),
        *(iso(record.status_since), iso(now), iso(now), to_json(record.operator_labels), record.id),
    )
    return record


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
