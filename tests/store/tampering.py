"""An audit trail, and the ways to tamper with it behind the server's back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.store.world import NOW, outside

from opstage.store import Store, Tx, audit
from opstage.store.chain import CONTENT, digest
from opstage.store.records import Actor, AuditDraft

ANN = Actor(type="USER", id="usr_ann", name="ann")
Tamper = Callable[[sqlite3.Connection], object]


async def write(store: Store, count: int, now: float = NOW) -> None:
    async def work(tx: Tx) -> None:
        for number in range(count):
            audit.record(tx, AuditDraft(action="test.done", actor=ANN, metadata={"n": number}), now)

    await store.write(work)


def tampered(path: Path, *tampers: Tamper) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for tamper in tampers:
            tamper(connection)


def run(sql: str, *values: object) -> Tamper:
    return lambda connection: connection.execute(sql, values)


def event_id(path: Path, sequence: int) -> str:
    return str(outside(path, "SELECT id FROM audit_events WHERE sequence = ?", sequence)[0][0])


def rehashed(sequence: int, **changes: str) -> Tamper:
    """An event rewritten by somebody who knows how hashes are made, without those that follow."""

    def tamper(connection: sqlite3.Connection) -> None:
        row = connection.execute(
            f"SELECT previous_hash, {', '.join(CONTENT)} FROM audit_events WHERE sequence = ?", (sequence,)
        ).fetchone()
        content = [changes.get(name, value) for name, value in zip(CONTENT, row[1:], strict=True)]
        for name, value in changes.items():
            connection.execute(f"UPDATE audit_events SET {name} = ? WHERE sequence = ?", (value, sequence))
        connection.execute(
            "UPDATE audit_events SET hash = ? WHERE sequence = ?",
            (digest(row[0], sequence, content), sequence),
        )

    return tamper


def swapped(first: int, second: int) -> list[Tamper]:
    move = "UPDATE audit_events SET sequence = ? WHERE sequence = ?"
    return [run(move, -1, first), run(move, first, second), run(move, second, -1)]


def copied(source: int, sequence: int | None, identity: str) -> Tamper:
    others = ", ".join(name for name in CONTENT if name != "id")
    return run(
        f"INSERT INTO audit_events (id, sequence, previous_hash, hash, {others})"
        f" SELECT ?, ?, previous_hash, hash, {others} FROM audit_events WHERE sequence = ?",
        identity,
        sequence,
        source,
    )
