"""One database: opened, migrated, read through one connection and written through another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor

from opstage.core.histogram import FAST, Histogram
from opstage.core.times import iso
from opstage.store import agents, trail
from opstage.store.chain import Head
from opstage.store.copies import copy_database
from opstage.store.errors import StoreUnavailable
from opstage.store.location import Location, database_path
from opstage.store.records import DEFAULT_WORKSPACE, AuditRecord
from opstage.store.releases import refuse_newer
from opstage.store.tx import Reader, Tx, unavailable
from opstage.store.writer import Work, Writer

__all__ = ["Reader", "Store", "Tx", "database_path", "tortoise_config"]

T = TypeVar("T")

CONTACT_SECONDS = 15.0
"""How often contact times are written; also how old a stored one can be."""
CLOSE_SECONDS = 2.0
BUSY_SECONDS = 5.0
"""How long a statement waits for another process that holds the database."""
WAL_KEPT_BYTES = 64 * 1024 * 1024
"""The write-ahead log is cut back to this after a checkpoint; smaller means growing it again each time."""

_APP = "opstage"
_ENGINE = "tortoise.backends.sqlite"
_WRITER = "default"
_READER = "reader"
_log = logging.getLogger(__name__)


def tortoise_config(path: str, busy_seconds: float = BUSY_SECONDS) -> dict[str, Any]:
    """Tortoise's configuration for this file: both connections, models and migrations."""
    pragmas = {
        # First, so that opening waits for another process as every later statement does.
        "busy_timeout": int(busy_seconds * 1000),
        "journal_mode": "WAL",
        "journal_size_limit": WAL_KEPT_BYTES,
        "foreign_keys": "ON",
        # With NORMAL a power cut can lose commits that were already acknowledged.
        "synchronous": "FULL",
        # Builds of SQLite differ here: without it, what was deleted or replaced can be read in the file.
        "secure_delete": "ON",
    }
    return {
        "connections": {
            _WRITER: {"engine": _ENGINE, "credentials": {"file_path": path, **pragmas}},
            _READER: {"engine": _ENGINE, "credentials": {"file_path": path, **pragmas, "query_only": 1}},
        },
        "apps": {
            _APP: {
                "models": ["opstage.store.models"],
                "migrations": "opstage.store.migrations",
                "default_connection": _WRITER,
            }
        },
    }


class Store:
    """A database and what runs beside it.

    Each instance has its own Tortoise context, so several can be open in one process; statements
    never depend on which context is current. ``on_audit`` hears of audit events after each commit,
    before those who caused them go on.
    """

    def __init__(
        self,
        url: str,
        *,
        migrate: bool = True,
        contact_seconds: float = CONTACT_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._location = Location(url)
        self.path = self._location.path
        self.applied: list[str] = []
        """The migrations that opening applied."""
        self.on_audit: Callable[[list[AuditRecord]], None] | None = None
        self._migrate = migrate
        self._contact_seconds = contact_seconds
        self._busy_seconds = busy_seconds
        self._context = TortoiseContext()
        self._clients: list[BaseDBAsyncClient] = []
        self._contacts: dict[str, float] = {}
        self._flushing: asyncio.Task[None] | None = None
        self._writer: Writer | None = None
        self._reader: Reader | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def reader(self) -> Reader:
        """The read-only connection. StoreUnavailable when the store is not open."""
        if self._reader is None:
            raise StoreUnavailable("The database is closed.")
        return self._reader

    @property
    def commits(self) -> int:
        """Transactions committed since the store was opened."""
        return self._writer.commits if self._writer else 0

    @property
    def commit_seconds(self) -> Histogram:
        """How long the transactions took since the store was opened."""
        return self._writer.seconds if self._writer else Histogram(FAST)

    @property
    def waiting(self) -> int:
        """Changes that wait to be written."""
        return self._writer.waiting if self._writer else 0

    async def open(self) -> None:
        """Creates the folder and the tables that are missing, and starts the writer.

        StoreUnavailable names what is wrong with the file; nothing stays open then.
        """
        try:
            await self._open()
        except (OperationalError, sqlite3.Error, OSError, StoreUnavailable) as error:
            await self._give_up()
            raise _opening_failed(self.path, error) from error
        except BaseException:
            await self._give_up()
            raise

    async def _give_up(self) -> None:
        await self._disconnect()
        self._location.forget()

    async def _disconnect(self) -> None:
        # One after the other: the last to go writes the log back into the file, and of two that
        # go at once neither may see itself as the last.
        for client in self._clients:
            await client.close()
        self._clients = []
        await self._context.close_connections()

    async def close(self) -> None:
        """Stores the contacts noted so far, finishes waiting writes, closes both connections.

        A database that is locked or hangs gets CLOSE_SECONDS; what waited for it then is refused.
        """
        if self._flushing is not None:
            self._flushing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._flushing
            self._flushing = None
        if self._writer is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._flush_or_keep()
                    await self._writer.close()
            await self._writer.abandon()
        self._writer = self._reader = None
        await self._disconnect()
        self._location.forget()

    async def write(self, work: Work[T]) -> T:
        """Runs a work in a transaction and returns its result once it is durable (see Writer.run)."""
        if self._writer is None:
            raise StoreUnavailable("The database is closed.")
        return await self._writer.run(work)

    def contact(self, agent_id: str, at: float) -> None:
        """Notes that an agent was heard of; stored with all others in one batch."""
        self._contacts[agent_id] = at

    async def flush_contacts(self) -> int:
        """Stores the contacts noted so far; how many. If that fails they stay noted."""
        noted, self._contacts = self._contacts, {}
        if not noted:
            return 0
        try:
            await self.write(lambda tx: agents.set_contacts(tx, noted.items()))
        except BaseException:
            # Also when cancelled: the work may have been taken back before it began.
            self._contacts = noted | self._contacts
            raise
        return len(noted)

    async def ping(self) -> float:
        """Seconds one small read takes. StoreUnavailable."""
        began = time.perf_counter()
        await self.reader.value("SELECT COUNT(*) FROM workspaces")
        return time.perf_counter() - began

    async def backup(self, target: Path) -> None:
        """Writes a consistent copy to a file that does not exist yet, while writes go on.

        FileExistsError; StoreUnavailable, for example when the disk is full: no file is left then.
        """
        await asyncio.to_thread(copy_database, self.path, target)

    async def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(_probe, self.path)
        # A task of its own, because Tortoise wants its context to be the task's current one here.
        await asyncio.create_task(self._prepare())
        client = self._context.connections.get(_WRITER)
        await _ensure_workspace(client)
        self._reader = Reader(self._context.connections.get(_READER))
        await self._reader.value("SELECT 1")
        self._writer = Writer(client, self._announce, await _trail_head(client))
        self._writer.start()
        self._flushing = asyncio.create_task(self._flush_often(), name="store-contacts")

    async def _prepare(self) -> None:
        config = tortoise_config(str(self.path), self._busy_seconds)
        with self._context:
            await self._context.init(config=config)
            self._clients = self._context.connections.all()
            for client in self._clients:
                # Not left to the first statement: when that fails to connect, it keeps the client's lock.
                await client.create_connection(with_db=True)
            await refuse_newer(Reader(self._context.connections.get(_WRITER)))
            if self._migrate:
                executor = MigrationExecutor(self._context.connections.get(_WRITER), config["apps"])
                await executor.migrate(progress=self._note_migration)

    def _note_migration(self, event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            self.applied.append(name)

    def _announce(self, audits: list[AuditRecord]) -> None:
        if self.on_audit is not None:
            self.on_audit(audits)

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(self._contact_seconds)
            await self._flush_or_keep()

    async def _flush_or_keep(self) -> None:
        try:
            await self.flush_contacts()
        except StoreUnavailable as error:
            _log.warning("contact times were not stored: %s", error)


async def _ensure_workspace(client: BaseDBAsyncClient) -> None:
    now = iso(time.time())
    await Tx(client).execute(
        "INSERT INTO workspaces (id, code, name, status, created_at, updated_at)"
        " VALUES (?, 'default', 'Default Workspace', 'ACTIVE', ?, ?) ON CONFLICT DO NOTHING",
        DEFAULT_WORKSPACE,
        now,
        now,
    )


async def _trail_head(client: BaseDBAsyncClient) -> Head:
    """Where the audit trail ends. Events of a release without numbers get theirs, once."""
    tx = Tx(client)
    if await trail.anchor(tx) is None:
        after: tuple[str, str] | None = ("", "")
        while after is not None:
            await tx.execute("BEGIN IMMEDIATE")
            after = await trail.adopt(tx, after)
            await tx.execute("COMMIT")
        await trail.save_anchor(tx, time.time())
    return await trail.head(tx)


def _probe(path: Path) -> None:
    """Raises what is wrong with the file, before connections with threads of their own are made."""
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA schema_version").fetchone()


def _opening_failed(path: Path, error: Exception) -> StoreUnavailable:
    known = unavailable(error)
    cause = known.message if known else str(error)
    return StoreUnavailable(f"The database {path} cannot be opened: {cause}")
