"""Bringing a backup back: looked at from all sides before anything of the present database is touched."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from opstage.store import audit
from opstage.store.copies import copy_database, stamp, to_disk
from opstage.store.database import Store
from opstage.store.errors import StoreUnavailable
from opstage.store.records import SYSTEM, AuditDraft
from opstage.store.releases import APPLIED, TABLES, newer
from opstage.store.tx import Tx
from opstage.store.verification import Finding, verify

COUNTED = ("users", "agents", "capsule_services", "commands", "audit_events")
SHOWN = 5
"""Broken references that are named one by one."""


class RestoreRefused(Exception):
    """The file cannot take the database's place; the message says why. Nothing was changed."""


@dataclass(frozen=True)
class Candidate:
    """A checked copy of the backup, brought up to this release, beside the database it may replace."""

    path: Path
    rows: dict[str, int]
    """How many rows it has, by table."""
    newest: str | None
    """When its newest audit event was written."""
    findings: list[Finding]
    """What is wrong with its audit trail."""


def prepare(source: Path, target: Path, now: float) -> Candidate:
    """Copy ``source`` beside ``target`` and check it there. RestoreRefused: nothing is left of it.

    Checked are: a whole SQLite database, references, tables of this release or an older one, the audit
    trail. The copy is migrated and tells in its trail that it was restored.
    """
    if not source.is_file():
        raise RestoreRefused(f"There is no file {source}.")
    if target.exists() and source.samefile(target):
        raise RestoreRefused(f"{source} is the database itself.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.restoring")
    discard(part)
    try:
        copy_database(source, part)
        _examine(part)
        candidate = asyncio.run(_bring_up(part, source, now))
        # Two connections that close at the same moment may each leave the log to the other.
        _settle(part)
        return candidate
    except (StoreUnavailable, sqlite3.Error, OSError) as error:
        discard(part)
        raise RestoreRefused(f"{source} cannot be restored: {error}") from error
    except BaseException:
        discard(part)
        raise


def discard(part: Path) -> None:
    """Delete a copy with its log."""
    for path in (part, *_beside(part)):
        path.unlink(missing_ok=True)


def swap(candidate: Candidate, target: Path, now: float) -> Path | None:
    """Put the candidate in the database's place; where the old one lies now, None if there was none.

    The caller holds the claim. Whenever it ends, ``target`` is the old or the new database, whole.
    """
    aside = target.with_name(f"{target.name}.before-restore-{stamp(now)}")
    kept = target.exists()
    if kept:
        _settle(target)
        for path, other in zip(_beside(target), _beside(aside), strict=True):
            with contextlib.suppress(FileNotFoundError):
                path.rename(other)
        _keep(target, aside)
    candidate.path.replace(target)
    to_disk(target.parent)
    return aside if kept else None


def _keep(path: Path, aside: Path) -> None:
    try:
        aside.hardlink_to(path)
    except OSError:
        # A file system without links: for a moment there is no database.
        path.rename(aside)


def _beside(path: Path) -> Iterator[Path]:
    return (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))


def _settle(path: Path) -> None:
    # Without a log the exchange of one file is all there is to do; a damaged database keeps its log.
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _examine(part: Path) -> None:
    with closing(sqlite3.connect(part)) as connection:
        ask: Callable[[str], list[tuple[object, ...]]] = lambda sql: connection.execute(sql).fetchall()  # noqa: E731
        damage = [str(row[0]) for row in ask("PRAGMA integrity_check")]
        if damage != ["ok"]:
            raise StoreUnavailable(f"it is damaged ({'; '.join(damage[:SHOWN])}).")
        if not ask(TABLES)[0][0]:
            raise StoreUnavailable("it is not a database of Opstage.")
        unknown = newer(str(row[0]) for row in ask(APPLIED))
        if unknown:
            raise StoreUnavailable(
                f"it is from a newer release (this one does not know {', '.join(unknown)})."
            )
        broken = ask("PRAGMA foreign_key_check")
        if broken:
            shown = "; ".join(f"{row[0]} row {row[1]} to {row[2]}" for row in broken[:SHOWN])
            raise StoreUnavailable(f"{len(broken)} references lead nowhere ({shown}).")


async def _bring_up(part: Path, source: Path, now: float) -> Candidate:
    async with Store(f"file:{part}") as store:
        verification = await asyncio.to_thread(verify, part)
        reader = store.reader
        rows = {table: int(await reader.value(f"SELECT COUNT(*) FROM {table}")) for table in COUNTED}  # noqa: S608
        newest = await reader.value("SELECT MAX(created_at) FROM audit_events")

        async def tell(tx: Tx) -> None:
            event = AuditDraft(
                action="backup.sqlite.restored", actor=SYSTEM, target_type="Backup", target_id=source.name
            )
            audit.record(tx, event, now)

        await store.write(tell)
    return Candidate(part, rows, newest, verification.findings)
