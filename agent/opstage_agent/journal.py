"""The agent's memory across crashes: which commands it took, and results the server may not hold.

Promise: a command is written here before its handler starts, and its result before it is sent.
The file survives the death of the process at any moment (SQLite, WAL, ``synchronous=NORMAL``: a
power failure may take the last moments with it, the server then calls the outcome unknown).
Payloads are never written, only their digest.

Life of a row: RUNNING -> FINISHED (result waits for ``stored``) -> STORED. Rows that are RUNNING
when a journal is opened belong to a process that died: they become LOST.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from opstage_agent.errors import JournalUnavailable
from opstage_agent.wire import Attempt, Command, CommandKind, Failure, Result

KEEP_SECONDS = 24 * 3600.0
"""How long a row is kept."""
KEEP_ROWS = 10_000
"""How many rows are kept; finished ones go first, running ones never."""
TRIM_SECONDS = 600.0
"""Results the server holds are kept for repeats, but after this long without large data."""
TRIM_BYTES = 8192
_PRUNE_EVERY = 100

_SCHEMA = """
CREATE TABLE IF NOT EXISTS commands (
    id TEXT PRIMARY KEY,
    attempt INTEGER NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    at REAL NOT NULL,
    result BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS commands_by_state ON commands (state, at);
"""

_log = logging.getLogger("opstage_agent")
_result_decoder = msgspec.json.Decoder(Result)


class JournalState(StrEnum):
    """Where a command stands."""

    RUNNING = "RUNNING"
    LOST = "LOST"
    FINISHED = "FINISHED"
    STORED = "STORED"


class Entry(msgspec.Struct, frozen=True):
    """One command as the journal knows it."""

    command_id: str
    attempt: int
    digest: str
    kind: CommandKind
    state: JournalState


def digest(command: Command) -> str:
    """SHA-256 over what the command asks for; two sendings of one command have the same."""
    content = [command.kind, command.service_code, command.action_name, command.payload]
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


class Journal:
    """The journal of one agent. Not thread-safe: one loop owns it. See the module for promises."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._unsaved: dict[str, tuple[Result, float]] = {}
        self._writes = 0

    @classmethod
    def open(cls, path: Path | None, now: float) -> Journal:
        """The journal at ``path``, or one in memory for None.

        A corrupt file is moved aside and a new one begun. Where no file can be had at all (rights,
        another process holds it) the journal lives in memory: the service must not stop for that.
        Both are logged as warnings.
        """
        if path is None:
            return cls._ready(_connect(":memory:"), now)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Results may hold what only their requester should see; SQLite's side files take the mode over.
            path.touch(mode=0o600)
            return cls._open_file(path, now)
        except (OSError, sqlite3.Error) as error:
            _log.warning("Journal %s cannot be used (%s); it is kept in memory for this run.", path, error)
            return cls._ready(_connect(":memory:"), now)

    @classmethod
    def _open_file(cls, path: Path, now: float) -> Journal:
        try:
            return cls._ready(_connect(str(path)), now)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            aside = _move_aside(path, now)
            _log.warning("Journal %s was corrupt (%s); moved to %s, starting anew.", path, error, aside)
            path.touch(mode=0o600)
            return cls._ready(_connect(str(path)), now)

    @classmethod
    def _ready(cls, connection: sqlite3.Connection, now: float) -> Journal:
        try:
            connection.executescript(_SCHEMA)
            check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if check != "ok":
                raise sqlite3.DatabaseError(check)
            connection.execute("UPDATE commands SET state = 'LOST' WHERE state = 'RUNNING'")
        except sqlite3.Error:
            connection.close()
            raise
        journal = cls(connection)
        journal.prune(now)
        return journal

    def close(self) -> None:
        """Close the file. Repeated calls are harmless."""
        self._db.close()

    def entry(self, command_id: str) -> Entry | None:
        """What is known of a command, or None. JournalUnavailable when the file cannot be read."""
        row = self._read("SELECT attempt, digest, kind, state FROM commands WHERE id = ?", command_id)
        if row is None:
            return None
        state = JournalState.FINISHED if command_id in self._unsaved else JournalState(row[3])
        return Entry(command_id, row[0], row[1], CommandKind(row[2]), state)

    def accept(self, command: Command, now: float) -> None:
        """Note that the command is about to run. JournalUnavailable when that cannot be written."""
        row = (command.command_id, command.attempt, digest(command), command.kind.value, now)
        self._write("INSERT OR REPLACE INTO commands VALUES (?, ?, ?, ?, 'RUNNING', ?, NULL)", *row)
        self._writes += 1
        if self._writes % _PRUNE_EVERY == 0:
            self.prune(now)

    def adopt(self, command_id: str, attempt: int) -> None:
        """The command goes on under a higher attempt. Best effort: the session knows it too."""
        with suppress(JournalUnavailable):
            self._write("UPDATE commands SET attempt = ? WHERE id = ?", attempt, command_id)

    def finish(self, result: Result, now: float) -> None:
        """Keep the result until it is ``stored``; on a disk that fails, in memory."""
        try:
            self._save(result, now)
        except JournalUnavailable as error:
            self._unsaved[result.command_id] = (result, now)
            _log.warning("Result of %s is kept in memory only: %s", result.command_id, error)

    def result(self, command_id: str) -> Result | None:
        """The result of a finished command under its newest attempt, or None."""
        row = self._read("SELECT attempt, result FROM commands WHERE id = ?", command_id)
        if row is None:
            return None
        if command_id in self._unsaved:
            return msgspec.structs.replace(self._unsaved[command_id][0], attempt=row[0])
        if row[1] is None:
            return None
        return msgspec.structs.replace(_result_decoder.decode(row[1]), attempt=row[0])

    def stored(self, command_id: str) -> None:
        """The server holds the result: it need not be sent again by itself."""
        with suppress(JournalUnavailable):
            if (unsaved := self._unsaved.get(command_id)) is not None:
                self._save(*unsaved)
            self._write(
                "UPDATE commands SET state = 'STORED' WHERE id = ? AND state = 'FINISHED'", command_id
            )

    def unstored(self) -> list[Attempt]:
        """Finished commands whose results the server may not hold, oldest first."""
        rows = self._rows("SELECT id, attempt FROM commands WHERE state = 'FINISHED' ORDER BY at, id")
        known = {row.command_id for row in rows}
        late = (self.entry(command_id) for command_id in self._unsaved if command_id not in known)
        return rows + [Attempt(command_id=e.command_id, attempt=e.attempt) for e in late if e]

    def lost(self) -> list[Attempt]:
        """Commands that ran when an earlier process died, oldest first."""
        return self._rows("SELECT id, attempt FROM commands WHERE state = 'LOST' ORDER BY at, id")

    def prune(self, now: float) -> None:
        """Drop rows past their age or beyond the limit; retries results kept in memory."""
        with suppress(JournalUnavailable, sqlite3.Error):
            for result, at in list(self._unsaved.values()):
                self._save(result, at)
            self._trim(now - TRIM_SECONDS)
            old = now - KEEP_SECONDS
            self._write("DELETE FROM commands WHERE state != 'RUNNING' AND at < ?", old)
            self._write(
                "DELETE FROM commands WHERE id IN (SELECT id FROM commands WHERE state != 'RUNNING' "
                "ORDER BY state = 'STORED' DESC, at LIMIT max(0, (SELECT count(*) FROM commands) - ?))",
                KEEP_ROWS,
            )

    def _trim(self, before: float) -> None:
        question = "SELECT id, result FROM commands WHERE state = 'STORED' AND at < ? AND length(result) > ?"
        for command_id, raw in self._db.execute(question, (before, TRIM_BYTES)).fetchall():
            result = _result_decoder.decode(raw)
            result.data, result.message = None, (result.message or "")[:1000]
            if result.error is not None:
                result.error = Failure(code=result.error.code[:80], message=result.error.message[:1000])
            self._write(
                "UPDATE commands SET result = ? WHERE id = ?", msgspec.json.encode(result), command_id
            )

    def _save(self, result: Result, now: float) -> None:
        self._write(
            "UPDATE commands SET state = 'FINISHED', result = ?, at = ? WHERE id = ?",
            msgspec.json.encode(result),
            now,
            result.command_id,
        )
        self._unsaved.pop(result.command_id, None)

    def _write(self, statement: str, *values: object) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise JournalUnavailable(f"The journal cannot be written: {error}") from error

    def _read(self, statement: str, *values: object) -> Any:
        try:
            return self._db.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            raise JournalUnavailable(f"The journal cannot be read: {error}") from error

    def _rows(self, statement: str) -> list[Attempt]:
        try:
            return [Attempt(command_id=row[0], attempt=row[1]) for row in self._db.execute(statement)]
        except sqlite3.Error as error:
            _log.warning("The journal cannot be read: %s", error)
            return []


def _connect(target: str) -> sqlite3.Connection:
    """Autocommit: each statement is its own transaction. Exclusive: two processes would mix runs up."""
    connection = sqlite3.connect(target, isolation_level=None, timeout=0.5, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _move_aside(path: Path, now: float) -> Path:
    """Out of the way, kept for whoever wants to look."""
    aside = path.with_name(f"{path.name}.corrupt-{int(now)}")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return path.rename(aside)
