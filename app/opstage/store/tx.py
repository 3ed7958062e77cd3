"""What query functions talk to: a connection that reads, and one that also writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, ParamSpec, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import DBConnectionError, OperationalError

from opstage.store.errors import StoreUnavailable
from opstage.store.records import AuditRecord

P = ParamSpec("P")
T = TypeVar("T")
Row = Sequence[Any]

_CAUSES = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "another process holds the database locked",
    sqlite3.SQLITE_LOCKED: "another process holds the database locked",
    sqlite3.SQLITE_IOERR: "the disk does not answer",
    sqlite3.SQLITE_READONLY: "the database file is read-only",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}


_CLOSED = ("Connection closed", "no active connection")
"""Messages of the ValueError that aiosqlite raises for a closed connection."""


def unavailable(error: BaseException) -> StoreUnavailable | None:
    """What to raise instead of a driver's error; None when the error is a defect, not a condition."""
    origin = error.args[0] if isinstance(error, OperationalError) and error.args else error
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _CAUSES:
        return StoreUnavailable(f"The database cannot be used: {_CAUSES[code & 0xFF]} ({origin}).")
    if isinstance(error, DBConnectionError) or str(error) in _CLOSED:
        return StoreUnavailable("The database is closed.")
    return None


def _guarded(
    call: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except (OperationalError, sqlite3.DatabaseError, DBConnectionError, ValueError) as error:
            known = unavailable(error)
            if known is None:
                raise
            raise known from error

    return guarded


class Reader:
    """Reads from one connection. Every method raises StoreUnavailable when the database does not answer."""

    def __init__(self, client: BaseDBAsyncClient) -> None:
        self._client = client
        # Drivers' rows are read by position, which the ORM's annotation (dict) leaves out.
        run = cast(Callable[..., Coroutine[Any, Any, tuple[int, Sequence[Row]]]], client.execute_query)
        self._query = _guarded(run)

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """All rows; ``values`` fill the ``?`` in order."""
        return (await self._query(sql, list(values)))[1]

    async def row(self, sql: str, *values: Any) -> Row | None:
        """The first row, or None."""
        found = await self.rows(sql, *values)
        return found[0] if found else None

    async def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row. LookupError when there is no row."""
        found = await self.row(sql, *values)
        if found is None:
            raise LookupError("the query answered no row")
        return found[0]


class Tx(Reader):
    """One work inside the writer's transaction: reads see its own changes.

    A work awaits nothing but its Tx: whatever else it waits for, every other write waits too.
    """

    def __init__(self, client: BaseDBAsyncClient) -> None:
        super().__init__(client)
        self._many = _guarded(self._execute_many)
        self.audits: list[AuditRecord] = []
        """What this work recorded; stored just before the commit, by one statement for all works."""
        self.failure: StoreUnavailable | None = None
        """Set once a statement failed for want of the database: nothing more can be stored."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """As Reader.rows; also for ``… RETURNING``."""
        return (await self._run(sql, values))[1]

    async def execute(self, sql: str, *values: Any) -> int:
        """Runs one statement that changes something; how many rows it changed."""
        return (await self._run(sql, values))[0]

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """The same statement for many rows, prepared once."""
        await self._watched(self._many, sql, list(rows))

    async def _run(self, sql: str, values: Sequence[Any]) -> tuple[int, Sequence[Row]]:
        return await self._watched(self._query, sql, list(values))

    async def _watched(
        self, call: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self.failure is not None:
            raise self.failure
        try:
            return await call(*args, **kwargs)
        except StoreUnavailable as error:
            # SQLite may have rolled back by itself; a statement after that would commit on its own.
            self.failure = error
            raise

    async def _execute_many(self, sql: str, rows: list[Sequence[Any]]) -> None:
        # Not the client's own execute_many, which would open a transaction inside ours.
        if rows:
            async with self._client.acquire_connection() as connection:
                await connection.executemany(sql, rows)
