"""Settings saved through the API: one JSON value per key."""

from __future__ import annotations

from typing import Any

from opstage.core.ids import new_id
from opstage.core.times import iso
from opstage.store.mapping import decode_json, to_json
from opstage.store.records import DEFAULT_WORKSPACE
from opstage.store.tx import Reader, Tx


async def get(reader: Reader, key: str) -> Any | None:
    """The saved value, or None."""
    row = await reader.row(
        'SELECT value_json FROM system_settings WHERE workspace_id = ? AND "key" = ?', DEFAULT_WORKSPACE, key
    )
    return None if row is None else decode_json(row[0])


async def put(tx: Tx, key: str, value: Any, now: float) -> None:
    """Saves a value under a key, replacing the one before."""
    setting_id = "set_maintenance" if key == "maintenance" else new_id("set")
    await tx.execute(
        'INSERT INTO system_settings (id, workspace_id, "key", value_json, created_at, updated_at)'
        ' VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, "key")'
        " DO UPDATE SET value_json = excluded.value_json, updated_at = excluded.updated_at",
        setting_id,
        DEFAULT_WORKSPACE,
        key,
        to_json(value),
        iso(now),
        iso(now),
    )
