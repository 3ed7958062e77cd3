"""Runs and their targets (``docs/concepts.md``, Runs).

Of a run that goes on, the rows hold what a restart needs: who waits, who has which command, how it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from opstage.core.ids import new_id
from opstage.core.times import iso
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping
from opstage.store.order import ordered_id
from opstage.store.records import DEFAULT_WORKSPACE, Paging
from opstage.store.tx import Reader, Tx

SORTS = {"createdAt": "t.created_at"}
TARGET_SORTS = {"position": "t.position"}


class RunRecord(msgspec.Struct, kw_only=True, frozen=True):
    """One action on many services, by whoever made it."""

    id: str
    action_name: str
    action_label: str
    danger_level: str
    status: str
    stop_reason: str | None
    selector: str | None
    """None: the services were named one by one."""
    payload: dict[str, Any]
    """Without its secrets."""
    raw_payload: str | None
    """With them, as JSON, while the run goes on and if there are any."""
    confirmed: bool
    concurrency: int
    stop_after_failures: int | None
    total: int
    counts: dict[str, int]
    """Targets by status: as they were when the run was made, and from its end on as they are."""
    created_by_user_id: str | None
    created_by_key_id: str | None
    created_by: str | None
    idempotency_key: str | None
    created_at: float
    completed_at: float | None
    updated_at: float


class RunTargetRecord(msgspec.Struct, kw_only=True, frozen=True):
    """One service of a run, under the names it had when the run was made."""

    id: str
    run_id: str
    position: int
    service_id: str
    service_code: str
    service_name: str
    agent_id: str
    agent_code: str
    status: str
    """Stored when it gets a command and when it ended; what is between is the command's to say."""
    command_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    started_at: float | None = None
    completed_at: float | None = None
    percent: float | None = None
    progress_message: str | None = None
    """Both of the moment, never stored."""


_RUNS = Mapping(RunRecord, "runs", names={"raw_payload": "raw_payload_json"})
_TARGETS = Mapping(RunTargetRecord, "run_targets", joined={"percent": "NULL", "progress_message": "NULL"})
_INSERT = f"{_RUNS.insert('workspace_id')} ON CONFLICT DO NOTHING"
_INSERT_TARGET = _TARGETS.insert()
_CHANGING = frozenset(("status", "stop_reason", "raw_payload", "counts", "completed_at", "updated_at"))
_UPDATE = f"UPDATE runs SET {_RUNS.assignments(_CHANGING)} WHERE id = ?"  # noqa: S608
_OUTCOME = frozenset(("status", "error_code", "error_message", "started_at", "completed_at"))
_UPDATE_TARGET = f"UPDATE run_targets SET {_TARGETS.assignments(_OUTCOME)} WHERE id = ?"  # noqa: S608


def run_id(now: float) -> str:
    """An id for a new run."""
    return ordered_id("run", now)


def target_id() -> str:
    """An id for a new target."""
    return new_id("rtg")


async def create(tx: Tx, run: RunRecord, targets: Iterable[RunTargetRecord]) -> bool:
    """Stores a new run. False: its user, or API key, made another one with the same idempotency key."""
    if not await tx.execute(_INSERT, *_RUNS.values(run), DEFAULT_WORKSPACE):
        return False
    await tx.execute_many(_INSERT_TARGET, [_TARGETS.values(each) for each in targets])
    return True


async def save(tx: Tx, run: RunRecord) -> None:
    """Stores what of a run may change."""
    await tx.execute(_UPDATE, *_RUNS.values(run, _CHANGING), run.id)


async def save_targets(tx: Tx, targets: Iterable[RunTargetRecord]) -> None:
    """Stores how these ended."""
    rows = [[*_TARGETS.values(each, _OUTCOME), each.id] for each in targets]
    await tx.execute_many(_UPDATE_TARGET, rows)


async def assign(tx: Tx, target_id: str, command_id: str) -> bool:
    """A target that waits gets its command. False: it has one, or is not to have one any more."""
    changed = await tx.execute(
        "UPDATE run_targets SET command_id = ?, status = 'PENDING' WHERE id = ? AND status = 'WAITING'",
        *(command_id, target_id),
    )
    return changed > 0


async def get(reader: Reader, run_id: str) -> RunRecord | None:
    """One run."""
    row = await reader.row(_RUNS.select("WHERE t.id = ?"), run_id)
    return None if row is None else _RUNS.read(row)


async def by_idempotency(
    reader: Reader, *, user_id: str | None, key_id: str | None, key: str
) -> RunRecord | None:
    """The run that the user, or the API key, made with this idempotency key."""
    column, creator = ("user", user_id) if key_id is None else ("key", key_id)
    row = await reader.row(
        _RUNS.select(f"WHERE t.created_by_{column}_id = ? AND t.idempotency_key = ?"), creator, key
    )
    return None if row is None else _RUNS.read(row)


async def load_open(reader: Reader) -> list[tuple[RunRecord, list[RunTargetRecord]]]:
    """Every unfinished run with its targets, oldest first; two queries."""
    open_runs = "t.status = 'RUNNING'"
    runs = _RUNS.read_all(await reader.rows(_RUNS.select(f"WHERE {open_runs} ORDER BY t.created_at, t.id")))
    rows = await reader.rows(
        _TARGETS.select(
            f"WHERE t.run_id IN (SELECT t.id FROM runs AS t WHERE {open_runs}) ORDER BY t.run_id, t.position"  # noqa: S608
        )
    )
    of: dict[str, list[RunTargetRecord]] = {run.id: [] for run in runs}
    for target in _TARGETS.read_all(rows):
        of[target.run_id].append(target)
    return [(run, of[run.id]) for run in runs]


async def newest(reader: Reader, limit: int) -> list[RunRecord]:
    """The finished runs that were made last, newest first."""
    rows = await reader.rows(
        _RUNS.select("WHERE t.status <> 'RUNNING' ORDER BY t.created_at DESC, t.id DESC LIMIT ?"), limit
    )
    return _RUNS.read_all(rows)


async def page(
    reader: Reader, *, status: Sequence[str], action_name: Sequence[str], paging: Paging
) -> tuple[list[RunRecord], int]:
    """One page and the total."""
    where = Where().any_of("t.status", status).any_of("t.action_name", action_name)
    return await listed(reader, _RUNS, where, paging, SORTS)


async def targets(reader: Reader, run_id: str) -> list[RunTargetRecord]:
    """All targets of a run, in order."""
    return _TARGETS.read_all(
        await reader.rows(_TARGETS.select("WHERE t.run_id = ? ORDER BY t.position"), run_id)
    )


async def targets_page(
    reader: Reader, run_id: str, *, status: Sequence[str], paging: Paging
) -> tuple[list[RunTargetRecord], int]:
    """One page and the total."""
    where = Where().add("t.run_id = ?", run_id).any_of("t.status", status)
    return await listed(reader, _TARGETS, where, paging, TARGET_SORTS)


async def prune_targets(tx: Tx, before: float, limit: int) -> int:
    """Deletes targets of runs that ended before ``before``, ``limit`` at most; how many."""
    return await tx.execute(
        "DELETE FROM run_targets WHERE id IN (SELECT t.id FROM runs AS r JOIN run_targets AS t"
        " ON t.run_id = r.id WHERE r.completed_at < ? LIMIT ?)",
        *(iso(before), limit),
    )


async def prune(tx: Tx, before: float, limit: int) -> list[str]:
    """Deletes runs that ended before ``before`` and have no targets left, ``limit`` at most; their ids."""
    rows = await tx.rows(
        "DELETE FROM runs WHERE id IN (SELECT r.id FROM runs AS r WHERE r.completed_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM run_targets AS t WHERE t.run_id = r.id) ORDER BY r.completed_at LIMIT ?)"
        " RETURNING id",
        *(iso(before), limit),
    )
    return [row[0] for row in rows]
