"""Commands and their results. Every change names the state it starts from, so a late one loses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from opstage.core.ids import new_id
from opstage.core.times import iso
from opstage.store import audit
from opstage.store.errors import DuplicateCommand
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping, decode_json
from opstage.store.order import ordered_id
from opstage.store.records import (
    DEFAULT_WORKSPACE,
    AuditDraft,
    CommandDetail,
    CommandDraft,
    CommandFilter,
    CommandRecord,
    OpenCommand,
    Paging,
    ResultDraft,
    ResultRecord,
)
from opstage.store.tx import Reader, Tx

TABLE = Mapping(
    CommandRecord,
    "commands",
    names={"percent": "progress_percent"},
    joined={
        "agent_code": "a.code",
        "service_name": "s.name",
        "action_label": "COALESCE(d.label, t.action_name)",
        "created_by": "COALESCE(u.username, 'key:' || k.name)",
    },
)
_RESULT = Mapping(ResultRecord, "command_results", alias="r")
_JOINS = (
    " JOIN agents AS a ON a.id = t.agent_id"
    " JOIN capsule_services AS s ON s.id = t.service_id"
    " LEFT JOIN action_definitions AS d ON d.service_id = t.service_id AND d.name = t.action_name"
    " LEFT JOIN users AS u ON u.id = t.created_by_user_id"
    " LEFT JOIN api_keys AS k ON k.id = t.created_by_key_id"
)
_INSERT = f"{TABLE.insert('workspace_id')} ON CONFLICT DO NOTHING"
_INSERT_RESULT = _RESULT.insert()
_CHANGING = frozenset(
    (
        *("status", "attempt", "sent", "sent_at", "started_at", "completed_at", "expires_at"),
        *("lease_until", "not_before", "cancel_requested_at", "cancel_reason"),
        *("percent", "progress_message", "error_code", "error_message", "updated_at"),
    )
)
_DROPPING = _CHANGING | {"payload", "secrets_dropped"}


def _update(fields: frozenset[str]) -> str:
    return f"UPDATE commands SET {TABLE.assignments(fields)} WHERE id = ? AND status = ? AND attempt = ?"  # noqa: S608


_UPDATE = {fields: _update(fields) for fields in (_CHANGING, _DROPPING)}
_SEARCHED = (
    *("t.action_name", "t.service_code", "t.error_code"),
    "(SELECT label FROM action_definitions WHERE service_id = t.service_id AND name = t.action_name)",
    "(SELECT name FROM capsule_services WHERE id = t.service_id)",
    "(SELECT username FROM users WHERE id = t.created_by_user_id)",
)
SORTS = {"createdAt": "t.created_at", "completedAt": "t.completed_at", "finishedAt": "t.completed_at"}


async def create(
    tx: Tx,
    draft: CommandDraft,
    *,
    now: float,
    audits: Sequence[AuditDraft] = (),
    begin: Callable[[CommandRecord], CommandRecord] = lambda drafted: drafted,
) -> CommandRecord:
    """Stores a command as ``begin`` makes it of a PENDING one at attempt 0: sent already, perhaps.

    DuplicateCommand: the idempotency key is taken by an earlier command of the same user or API key.

    The id is not known before, so audits of target type ``Command`` without a target id get it, and
    so does ``commandId`` in their metadata where it is None.
    """
    record = begin(_drafted(draft, now))
    if not await tx.execute(_INSERT, *TABLE.values(record), DEFAULT_WORKSPACE):
        raise DuplicateCommand(draft.idempotency_key or "")
    for event in audits:
        audit.record(tx, _named(event, record), now)
    return record


async def save(
    tx: Tx,
    before: tuple[str, int],
    record: CommandRecord,
    now: float,
    *,
    audits: Sequence[AuditDraft] = (),
) -> bool:
    """Stores the changeable part of ``record`` if the row still has ``before`` (status, attempt).

    The payload is part of it once ``secrets_dropped`` is set. False: somebody else was first, and
    nothing was written, audits neither.
    """
    fields = _DROPPING if record.secrets_dropped else _CHANGING
    values = TABLE.values(replace(record, updated_at=now), fields)
    changed = await tx.execute(_UPDATE[fields], *values, record.id, *before)
    if not changed:
        return False
    for event in audits:
        audit.record(tx, event, now)
    return True


async def finish(
    tx: Tx,
    before: tuple[str, int],
    record: CommandRecord,
    result: ResultDraft,
    now: float,
    *,
    audits: Sequence[AuditDraft] = (),
) -> ResultRecord | None:
    """As save, for a terminal ``record``, together with its result. None: somebody else was first."""
    if not await save(tx, before, record, now, audits=audits):
        return None
    stored = ResultRecord(
        id=new_id("crs"),
        command_id=record.id,
        agent_id=record.agent_id,
        success=result.success,
        message=result.message,
        data=result.data,
        error=result.error,
        reported_at=now,
        created_at=now,
    )
    await tx.execute(_INSERT_RESULT, *_RESULT.values(stored))
    return stored


async def get(reader: Reader, command_id: str) -> CommandRecord | None:
    """One command."""
    row = await reader.row(TABLE.select(_JOINS + " WHERE t.id = ?"), command_id)
    return None if row is None else TABLE.read(row)


async def detail(reader: Reader, command_id: str) -> CommandDetail | None:
    """One command and its result; one query."""
    row = await reader.row(
        TABLE.select(
            f"{_JOINS} LEFT JOIN command_results AS r ON r.command_id = t.id WHERE t.id = ?",
            more=f", {_RESULT.selected}",
        ),
        command_id,
    )
    if row is None:
        return None
    result = None if row[TABLE.width] is None else _RESULT.read(row, TABLE.width)
    return CommandDetail(command=TABLE.read(row), result=result)


async def by_idempotency(
    reader: Reader, *, user_id: str | None, key_id: str | None, key: str
) -> CommandRecord | None:
    """The command that the user, or the API key, made with this idempotency key."""
    column, creator = ("user", user_id) if key_id is None else ("key", key_id)
    row = await reader.row(
        TABLE.select(f"{_JOINS} WHERE t.created_by_{column}_id = ? AND t.idempotency_key = ?"), creator, key
    )
    return None if row is None else TABLE.read(row)


async def load_open(reader: Reader) -> list[OpenCommand]:
    """Every unfinished command, oldest first; one query."""
    rows = await reader.rows(
        TABLE.select(
            _JOINS + " WHERE t.status IN ('PENDING', 'RUNNING') ORDER BY t.created_at, t.id",
            more=", d.input_schema_json",
        )
    )
    return [
        OpenCommand(command=TABLE.read(row), input_schema=None if schema is None else decode_json(schema))
        for row in rows
        for schema in (row[TABLE.width],)
    ]


async def newest(reader: Reader, limit: int = 500) -> list[CommandRecord]:
    """The commands that finished last, newest first; one query."""
    rows = await reader.rows(
        TABLE.select(
            _JOINS + " WHERE t.completed_at IS NOT NULL ORDER BY t.completed_at DESC, t.id DESC LIMIT ?"
        ),
        limit,
    )
    return TABLE.read_all(rows)


async def page(reader: Reader, filters: CommandFilter, paging: Paging) -> tuple[list[CommandRecord], int]:
    """One page and the total."""
    where = (
        Where()
        .any_of("t.status", filters.status)
        .any_of("t.type", filters.type)
        .any_of("t.action_name", filters.action_name)
        .any_of("t.agent_id", filters.agent_id)
        .any_of("t.service_id", filters.service_id)
        .contains(_SEARCHED, filters.q)
    )
    if filters.completed_to is not None:
        where.add("t.completed_at <= ?", iso(filters.completed_to))
    return await listed(reader, TABLE, where, paging, SORTS, joins=_JOINS)


def _drafted(draft: CommandDraft, now: float) -> CommandRecord:
    return CommandRecord(
        id=ordered_id("cmd", now),
        agent_id=draft.agent_id,
        agent_code=draft.agent_code,
        service_id=draft.service_id,
        service_code=draft.service_code,
        service_name=draft.service_name,
        type=draft.type,
        action_name=draft.action_name,
        action_label=draft.action_label,
        status="PENDING",
        payload=draft.payload,
        created_by_user_id=draft.created_by_user_id,
        created_by_key_id=draft.created_by_key_id,
        created_by=draft.created_by,
        run_id=draft.run_id,
        secrets_dropped=False,
        retry_safe=draft.retry_safe,
        timeout_seconds=draft.timeout_seconds,
        idempotency_key=draft.idempotency_key,
        attempt=0,
        sent=False,
        sent_at=None,
        started_at=None,
        completed_at=None,
        expires_at=draft.expires_at,
        lease_until=None,
        not_before=None,
        cancel_requested_at=None,
        cancel_reason=None,
        percent=None,
        progress_message=None,
        error_code=None,
        error_message=None,
        created_at=now,
        updated_at=now,
    )


def _named(event: AuditDraft, record: CommandRecord) -> AuditDraft:
    if event.target_type == "Command" and event.target_id is None:
        event = replace(event, target_id=record.id)
    if event.metadata.get("commandId", "") is None:
        event = replace(event, metadata={**event.metadata, "commandId": record.id})
    return event
