"""Audit events as files, made part by part while they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from opstage.core.times import iso
from opstage.hub import rows
from opstage.store.records import AuditRecord

CSV = "text/csv"
NDJSON = "application/x-ndjson"
MEDIA = {"json": "application/json", "csv": f"{CSV}; charset=utf-8", "ndjson": NDJSON}
"""Content type by format."""
COLUMNS = "id,createdAt,actorType,actorId,action,targetType,targetId,result,message,metadata"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet take the text of a cell for a formula; the last four are wide forms."""

Events = AsyncIterator[list[AuditRecord]]
_encode = msgspec.json.Encoder().encode


def parts(form: str, events: Events) -> AsyncIterator[bytes]:
    """The file in parts: ``json`` (the envelope), ``ndjson`` (an event per line) or ``csv``."""
    return {"json": _json, "ndjson": _ndjson, "csv": _csv}[form](events)


async def _json(events: Events) -> AsyncIterator[bytes]:
    yield b'{"success":true,"data":['
    comma = b""
    async for batch in events:
        yield comma + b",".join(_row(event) for event in batch)
        comma = b","
    yield b"]}"


async def _ndjson(events: Events) -> AsyncIterator[bytes]:
    async for batch in events:
        yield b"".join(_row(event) + b"\n" for event in batch)


async def _csv(events: Events) -> AsyncIterator[bytes]:
    yield f"{COLUMNS}\n".encode()
    async for batch in events:
        yield "".join(_line(event) for event in batch).encode()


def _row(event: AuditRecord) -> bytes:
    return _encode(rows.audit_row(event))


def _line(event: AuditRecord) -> str:
    cells = (
        event.id,
        iso(event.created_at),
        event.actor_type,
        event.actor_id,
        event.action,
        event.target_type,
        event.target_id,
        event.result,
        event.message,
        _encode(event.metadata).decode(),
    )
    return ",".join(cell(each) for each in cells) + "\n"


def cell(text: str | None) -> str:
    """A quoted cell that no spreadsheet takes for a formula: such text gets a ``'`` before it."""
    shown = text or ""
    if shown.startswith(FORMULA):
        shown = "'" + shown
    return '"' + shown.replace('"', '""') + '"'
