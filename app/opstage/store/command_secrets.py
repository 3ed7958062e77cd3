"""One-time keys of results, encrypted by the caller: kept until they are taken or their time is over.

Also the secrets in payloads that older releases left behind.
"""

from __future__ import annotations

from opstage.core.ids import new_id
from opstage.core.payload_secrets import without_secrets
from opstage.core.times import epoch, iso
from opstage.store.mapping import decode_json, to_json
from opstage.store.tx import Reader, Tx

_KEEP = (
    "INSERT INTO command_secrets (id, command_id, ciphertext, expires_at, created_at) VALUES (?, ?, ?, ?, ?)"
)


async def keep(tx: Tx, command_id: str, ciphertext: str, *, expires_at: float, now: float) -> None:
    """Keeps the key of a command that has none yet."""
    await tx.execute(_KEEP, new_id("csk"), command_id, ciphertext, iso(expires_at), iso(now))


async def held_until(reader: Reader, command_id: str, now: float) -> float | None:
    """Until when there is a key to take; None: there is none, or its time is over."""
    found = await reader.row(
        "SELECT expires_at FROM command_secrets WHERE command_id = ? AND expires_at > ?", command_id, iso(now)
    )
    return None if found is None else epoch(found[0])


async def take(tx: Tx, command_id: str, now: float) -> str | None:
    """Removes the key and answers its ciphertext. None: it is gone, or its time is over."""
    found = await tx.rows(
        "DELETE FROM command_secrets WHERE command_id = ? RETURNING ciphertext, expires_at", command_id
    )
    return found[0][0] if found and found[0][1] > iso(now) else None


async def drop_older(tx: Tx, after: str, limit: int) -> str | None:
    """Takes the secrets out of payloads that releases before this one left in ended commands.

    Looks at ``limit`` commands behind the id ``after``, in the order of ids; the last one's id, or
    None when there is none left.
    """
    found = await tx.rows(
        "SELECT t.id, t.payload_json, d.input_schema_json FROM commands AS t"
        " LEFT JOIN action_definitions AS d ON d.service_id = t.service_id AND d.name = t.action_name"
        " WHERE t.id > ? AND t.completed_at IS NOT NULL AND t.secrets_dropped = 0"
        " ORDER BY t.id LIMIT ?",
        after,
        limit,
    )
    for command_id, payload, schema in found:
        raw = decode_json(payload)
        kept = without_secrets(raw, None if schema is None else decode_json(schema))
        if kept != raw:
            await tx.execute(
                "UPDATE commands SET payload_json = ?, secrets_dropped = 1 WHERE id = ?",
                to_json(kept),
                command_id,
            )
    return found[-1][0] if found else None
