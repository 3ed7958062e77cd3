"""Is the audit trail as it was written? Reads all of it and names what is not.

It works on a file, beside a server that goes on writing: one read transaction of a connection of its own
sees one moment, and holds up nobody. What it can find and what not stands in ``docs/concepts.md``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from opstage.store.audit import PRUNED
from opstage.store.chain import CONTENT, START, Head, digest
from opstage.store.errors import StoreUnavailable
from opstage.store.mapping import decode_json
from opstage.store.trail import ANCHOR
from opstage.store.tx import unavailable

SHOWN = 100
"""Findings that are told one by one; all are counted."""
ROWS_AT_ONCE = 500

_ACTION, _METADATA = CONTENT.index("action"), CONTENT.index("metadata_json")


class Kind(StrEnum):
    """What is wrong."""

    DELETED = "deleted"
    CHANGED = "changed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CHECKPOINT = "checkpoint"
    """Where the trail says it begins is not what the pruning left."""
    ANCHOR = "anchor"
    """The note of the newest event does not fit."""


class Finding(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """One thing that is not as it was written, in a sentence."""

    kind: Kind
    text: str
    sequence: int | None = None
    event_id: str | None = None


class Verification(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """What was found. ``headSequence`` and ``headHash``, noted elsewhere, prove all that came before."""

    ok: bool
    events: int
    pruned_up_to: int
    """Number of the last event that retention deleted; 0: none."""
    head_sequence: int
    head_hash: str
    findings: list[Finding]
    """The first SHOWN of them."""
    findings_total: int


class _Pruning(msgspec.Struct):
    """What ``audit.pruned`` says in its metadata."""

    deleted: int
    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")
    hash: str


class _Event(NamedTuple):
    """A row as it stands."""

    sequence: int
    previous: Any
    hash: Any
    content: Sequence[Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.content[0])

    def fits(self, previous: Any, sequence: int, expected: Any) -> bool:
        """True if this content, with that before it and that number, has the expected hash."""
        if not all(value is None or type(value) is str for value in self.content):
            return False
        try:
            return bool(digest(previous, sequence, self.content) == expected)
        except (UnicodeEncodeError, OverflowError):
            return False

    @property
    def intact(self) -> bool:
        """True if its hash is its own."""
        return self.fits(self.previous, self.sequence, self.hash)


def verify(path: Path) -> Verification:
    """Checks the whole trail of the database in this file, without changing anything.

    StoreUnavailable says why it cannot be read: no such file, no database, of an older release, damaged.
    """
    if not path.is_file():
        raise StoreUnavailable(f"There is no database {path}.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = _text
            # One moment for all that follows.
            connection.execute("BEGIN")
            return _Trail(connection).verified()
    except sqlite3.Error as error:
        cause = unavailable(error)
        text = cause.message if cause else f"{error}."
        raise StoreUnavailable(f"The audit trail in {path} cannot be read: {text}") from error


def _text(raw: bytes) -> str:
    # Bytes that are no text are a finding, not a failure.
    return raw.decode("utf-8", "surrogateescape")


class _Trail:
    """One pass over the rows, oldest first."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._findings: list[Finding] = []
        self._total = 0
        self._suspects: list[_Event] = []
        self._start = START
        self._deleted = 0
        self._vouched = True
        self._noted: Head | None = None
        self._last = START
        self._last_id: str | None = None
        self._last_suspect = False
        self._events = 0

    def verified(self) -> Verification:
        """Everything in order."""
        self._read_checkpoint()
        self._read_anchor()
        for row in self._rows():
            self._look(row)
        self._explain()
        self._check_ends()
        return Verification(
            ok=not self._total,
            events=self._events,
            pruned_up_to=self._start.sequence,
            head_sequence=self._last.sequence,
            head_hash=str(self._last.hash),
            findings=sorted(self._findings, key=lambda finding: finding.sequence or 0),
            findings_total=self._total,
        )

    def _found(self, kind: Kind, text: str, sequence: int | None = None, event_id: str | None = None) -> None:
        self._total += 1
        if len(self._findings) < SHOWN:
            self._findings.append(Finding(kind=kind, text=text, sequence=sequence, event_id=event_id))

    def _read_checkpoint(self) -> None:
        rows = self._connection.execute(
            "SELECT sequence, hash, deleted FROM audit_checkpoints ORDER BY sequence DESC"
        ).fetchall()
        if rows and type(rows[0][0]) is int:
            self._start = self._last = Head(rows[0][0], rows[0][1])
            self._deleted, self._vouched = rows[0][2], False
        elif rows:
            self._found(Kind.CHECKPOINT, "The checkpoint of the last pruning cannot be read.")
        for sequence, _, _ in rows[1:]:
            self._found(Kind.CHECKPOINT, f"The checkpoint after event {sequence} is one too many.", sequence)

    def _read_anchor(self) -> None:
        row = self._connection.execute(
            'SELECT value_json FROM system_settings WHERE "key" = ?', (ANCHOR,)
        ).fetchone()
        if row is None:
            numbered = self._connection.execute("SELECT MAX(sequence), COUNT(*) FROM audit_events").fetchone()
            if numbered[0] is None and numbered[1]:
                raise StoreUnavailable(
                    "The audit events are from a release without numbers; start the server once."
                )
            self._found(Kind.ANCHOR, "The note of the newest event is missing.")
            return
        try:
            noted = decode_json(row[0])
            self._noted = Head(int(noted["sequence"]), noted["hash"])
        except (ValueError, KeyError, TypeError):
            self._found(Kind.ANCHOR, "The note of the newest event cannot be read.")

    def _rows(self) -> Iterator[Sequence[Any]]:
        columns = ", ".join(CONTENT)
        cursor = self._connection.execute(
            f"SELECT sequence, previous_hash, hash, {columns} FROM audit_events ORDER BY sequence"  # noqa: S608
        )
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows

    def _look(self, row: Sequence[Any]) -> None:
        self._events += 1
        event = _Event(row[0], row[1], row[2], row[3:])
        if type(event.sequence) is not int:
            self._found(Kind.INSERTED, f"Event {event.id} was not written by the server: it has no number.")
        elif event.sequence <= self._start.sequence:
            text = f"Event {event.id} has number {event.sequence}, which was pruned."
            self._found(Kind.INSERTED, text, event.sequence, event.id)
        else:
            self._follow(event)

    def _follow(self, event: _Event) -> None:
        missing = event.sequence - self._last.sequence - 1
        if missing:
            self._found(Kind.DELETED, self._gap(event), self._last.sequence + 1)
        suspect = not event.intact
        if suspect:
            self._suspect(event)
        else:
            if not missing and not self._last_suspect and event.previous != self._last.hash:
                self._replaced(event)
            self._compare_note(event)
            if event.content[_ACTION] == PRUNED:
                self._check_pruning(event)
        self._last, self._last_id = Head(event.sequence, event.hash), event.id
        self._last_suspect = suspect

    def _gap(self, event: _Event) -> str:
        before = f"{self._last.sequence} ({self._last_id})" if self._last_id else "the beginning"
        missing = _numbers(self._last.sequence + 1, event.sequence - 1)
        return f"{missing} missing, between {before} and {event.sequence} ({event.id})."

    def _suspect(self, event: _Event) -> None:
        if len(self._suspects) < SHOWN:
            self._suspects.append(event)
        else:
            self._found(Kind.CHANGED, f"Event {event.sequence} does not match its hash.", event.sequence)

    def _replaced(self, after: _Event) -> None:
        if self._last_id is None:
            text = f"Event {after.sequence} ({after.id}) does not follow the checkpoint."
            self._found(Kind.CHECKPOINT, text, self._last.sequence)
            return
        sequence = self._last.sequence
        text = f"Event {sequence} ({self._last_id}) is not the one that event {after.sequence} followed."
        self._found(Kind.CHANGED, text, sequence, self._last_id)

    def _compare_note(self, event: _Event) -> None:
        noted = self._noted
        if noted is not None and noted.sequence == event.sequence and noted.hash != event.hash:
            text = f"Event {event.sequence} ({event.id}) is not the one that was noted as the newest."
            self._found(Kind.CHANGED, text, event.sequence, event.id)

    def _check_pruning(self, event: _Event) -> None:
        try:
            said = msgspec.json.decode(event.content[_METADATA], type=_Pruning)
        except msgspec.DecodeError:
            text = f"Event {event.sequence} ({event.id}) tells of a pruning that cannot be."
            self._found(Kind.CHECKPOINT, text, event.sequence, event.id)
            return
        if said.deleted != said.last - said.first + 1:
            gone = f"Of events {said.first} to {said.last} only {said.deleted} were there"
            text = f"{gone} when they were pruned (event {event.sequence})."
            self._found(Kind.DELETED, text, event.sequence, event.id)
        if (said.last, said.hash, said.deleted) == (*self._start, self._deleted):
            self._vouched = True

    def _explain(self) -> None:
        for event in self._suspects:
            written_as = self._place(event)
            if written_as is None:
                text = f"Event {event.sequence} ({event.id}) was changed: it does not match its hash."
                self._found(Kind.CHANGED, text, event.sequence, event.id)
            else:
                text = f"Event {event.id} stands at {event.sequence} and was written as {written_as}."
                self._found(Kind.REORDERED, text, event.sequence, event.id)
                self._check_place(written_as)

    def _place(self, event: _Event) -> int | None:
        """The number this content was written with, if it is among those that do not fit."""
        others = [other for other in self._suspects if other is not event]
        for other in others:
            if event.fits(other.previous, other.sequence, other.hash):
                return other.sequence
        numbers = {event.sequence - 1, event.sequence + 1, *(other.sequence for other in others)}
        return next(
            (number for number in numbers if event.fits(event.previous, number, event.hash)),
            None,
        )

    def _check_place(self, sequence: int) -> None:
        if any(sequence == event.sequence for event in self._suspects):
            return
        row = self._connection.execute(
            "SELECT id FROM audit_events WHERE sequence = ?", (sequence,)
        ).fetchone()
        if row is not None:
            text = f"Event {sequence} ({row[0]}) was put in: another one was written as {sequence}."
            self._found(Kind.INSERTED, text, sequence, row[0])

    def _check_ends(self) -> None:
        start, last, noted = self._start, self._last, self._noted
        if not self._vouched:
            text = f"No event of the trail confirms that it was pruned up to {start.sequence}."
            self._found(Kind.CHECKPOINT, text, start.sequence)
        if noted is None:
            return
        if noted.sequence > last.sequence:
            missing = _numbers(last.sequence + 1, noted.sequence)
            self._found(Kind.DELETED, f"{missing} missing at the end.", last.sequence + 1)
        elif noted.sequence == start.sequence and noted.hash != start.hash:
            self._found(Kind.ANCHOR, f"The note of event {noted.sequence} does not fit.", noted.sequence)


def _numbers(first: int, last: int) -> str:
    return f"Event {first} is" if first == last else f"Events {first} to {last} are"
