"""What commands wrote: one row per command, replaced as it grows. The caller bounds its size."""

from __future__ import annotations

import msgspec

from opstage.core.ids import new_id
from opstage.core.times import iso
from opstage.store.mapping import to_json
from opstage.store.records import OutputRecord
from opstage.store.tx import Reader, Tx
from opstage_agent.wire import OutputLine

_decode = msgspec.json.Decoder(list[OutputLine]).decode
_SAVE = (
    "INSERT INTO command_outputs"
    " (id, command_id, attempt, lines_json, dropped_from, dropped_count, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (command_id) DO UPDATE SET attempt = excluded.attempt,"
    " lines_json = excluded.lines_json, dropped_from = excluded.dropped_from,"
    " dropped_count = excluded.dropped_count, updated_at = excluded.updated_at"
)


async def save(tx: Tx, output: OutputRecord, now: float) -> None:
    """Replaces the command's output."""
    await tx.execute(
        _SAVE,
        new_id("out"),
        output.command_id,
        output.attempt,
        to_json(output.lines),
        output.dropped_from,
        output.dropped_count,
        iso(now),
    )


async def load(reader: Reader, command_id: str) -> OutputRecord | None:
    """The command's output, or None when it wrote nothing."""
    row = await reader.row(
        "SELECT attempt, lines_json, dropped_from, dropped_count FROM command_outputs WHERE command_id = ?",
        command_id,
    )
    if row is None:
        return None
    return OutputRecord(
        command_id=command_id,
        attempt=row[0],
        lines=_decode(row[1]),
        dropped_from=row[2],
        dropped_count=row[3],
    )
