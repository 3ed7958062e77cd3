"""Agent tokens: what they open, how they are replaced, how they end.

An agent has one ACTIVE token, and more while it rotates. The rule that keeps a lost answer or a dead
process from locking an agent out: an older token gets an end only when a newer one was **used**, for
then its owner has it; and never an end that was not reached by using a token issued after it.
"""

from __future__ import annotations

from opstage.core.ids import new_id, new_secret, sha256_hex
from opstage.core.times import epoch, iso
from opstage.store.records import AgentCredential
from opstage.store.tx import Reader, Tx

RAW_PREFIX = "opstage_agent_"
USED_SECONDS = 30.0
"""How exact ``lastUsedAt`` of a token is."""
UNUSED_KEPT = 3
"""Tokens issued and not used yet that stay good: an agent may ask again when an answer was lost."""

_REPLACES = (
    "(SELECT COUNT(*) FROM agent_tokens AS o WHERE o.agent_id = t.agent_id AND o.status = 'ACTIVE'"
    " AND o.expires_at IS NULL AND o.created_at < t.created_at)"
)


async def authenticate(reader: Reader, token_hash: str) -> AgentCredential | None:
    """What a token opens, whatever its and its agent's status; None when nobody ever had it."""
    row = await reader.row(
        f"SELECT t.agent_id, a.status, t.id, t.status, t.last_used_at, t.expires_at, {_REPLACES}"  # noqa: S608
        " FROM agent_tokens AS t LEFT JOIN agents AS a ON a.id = t.agent_id WHERE t.token_hash = ?",
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
        expires_at=None if row[5] is None else epoch(row[5]),
        replaces=row[6],
    )


async def issue(tx: Tx, agent_id: str, now: float) -> str:
    """A new ACTIVE token; its raw value, which is kept nowhere."""
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


async def issue_next(tx: Tx, agent_id: str, present_id: str, now: float) -> str:
    """A further token beside the one in use (``present_id``), which goes on as before.

    Of those that nobody used the newest ``UNUSED_KEPT`` stay good.
    """
    await tx.execute(
        "UPDATE agent_tokens SET last_used_at = COALESCE(last_used_at, ?) WHERE id = ?", iso(now), present_id
    )
    raw = await issue(tx, agent_id, now)
    await tx.execute(
        "UPDATE agent_tokens SET status = 'REVOKED', revoked_at = ?, updated_at = ? WHERE id IN"
        " (SELECT id FROM agent_tokens WHERE agent_id = ? AND status = 'ACTIVE' AND last_used_at IS NULL"
        " ORDER BY created_at DESC, rowid DESC LIMIT -1 OFFSET ?)",
        *(iso(now), iso(now), agent_id, UNUSED_KEPT),
    )
    return raw


async def take_over(tx: Tx, agent_id: str, token_id: str, until: float, now: float) -> int:
    """This token was used for the first time: older ones end at ``until``; how many got that end.

    The agent's wish for a rotation is fulfilled then.
    """
    await tx.execute(
        "UPDATE agent_tokens SET last_used_at = COALESCE(last_used_at, ?) WHERE id = ?", iso(now), token_id
    )
    await tx.execute("UPDATE agents SET rotation_requested_at = NULL WHERE id = ?", agent_id)
    return await tx.execute(
        "UPDATE agent_tokens SET expires_at = ?, updated_at = ? WHERE agent_id = ? AND status = 'ACTIVE'"
        " AND expires_at IS NULL AND created_at < (SELECT created_at FROM agent_tokens WHERE id = ?)",
        *(iso(until), iso(now), agent_id, token_id),
    )


async def request_rotation(tx: Tx, agent_id: str, now: float) -> bool:
    """Notes that an operator wants the agent's token rotated; False when there is no such agent."""
    changed = await tx.execute(
        "UPDATE agents SET rotation_requested_at = ?, updated_at = ? WHERE id = ?",
        iso(now),
        iso(now),
        agent_id,
    )
    return changed > 0


async def token_used(tx: Tx, token_id: str, now: float) -> None:
    """Notes that a token was used, unless that was noted less than 30 s ago."""
    await tx.execute(
        "UPDATE agent_tokens SET last_used_at = ?"
        " WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
        iso(now),
        token_id,
        iso(now - USED_SECONDS),
    )


async def revoke_tokens(tx: Tx, agent_id: str, now: float) -> int:
    """Revokes the agent's active tokens; how many."""
    return await tx.execute(
        "UPDATE agent_tokens SET status = 'REVOKED', revoked_at = ?, updated_at = ?"
        " WHERE agent_id = ? AND status = 'ACTIVE'",
        iso(now),
        iso(now),
        agent_id,
    )
