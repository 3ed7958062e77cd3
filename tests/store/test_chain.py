"""The hash chain: how events are numbered and hashed, and what keeps it whole."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from tests.store.world import NOW, outside

from opstage.store import Store, Tx, audit, trail
from opstage.store.chain import CONTENT, START, Head, digest
from opstage.store.records import SYSTEM, Actor, AuditDraft
from opstage.store.verification import verify

ANN = Actor(type="USER", id="usr_ann", name="Ännchen \u2028", ip_address="10.0.0.1", user_agent="Browser")
FIRST_RELEASE = "0001_initial"


async def write(store: Store, *actions: str, now: float = NOW) -> None:
    async def work(tx: Tx) -> None:
        for action in actions:
            audit.record(tx, AuditDraft(action=action, actor=ANN, message="said", metadata={"a": [1]}), now)

    await store.write(work)


def chain(path: Path) -> list[tuple[int, str, str]]:
    rows = outside(path, "SELECT sequence, previous_hash, hash FROM audit_events ORDER BY sequence")
    return [(row[0], row[1], row[2]) for row in rows]


def test_the_hash_of_an_event_never_changes_its_form() -> None:
    content = [
        "aud_1",
        "wks_default",
        "USER",
        None,
        "Ä",
        "a.b",
        *[None] * 7,
        '{"x":1}',
        "2027-01-15T08:00:00.250Z",
    ]
    written = json.dumps(["0" * 64, 7, *content], ensure_ascii=False, separators=(",", ":"))

    assert len(content) == len(CONTENT) == 15
    assert digest(START.hash, 7, content) == sha256(written.encode()).hexdigest()
    assert (
        digest(START.hash, 7, content) == "88c3a68072232c5d7286b14ef0ced8727e32a4d9d0183c61155efeb056fde717"
    )


def test_the_hash_covers_every_column_but_its_own(migrated: Path) -> None:
    columns = {row[1] for row in outside(migrated, "PRAGMA table_info(audit_events)")}

    assert columns - set(CONTENT) == {"sequence", "previous_hash", "hash"}


async def test_events_are_numbered_and_each_carries_the_hash_before(store: Store, path: Path) -> None:
    await write(store, "test.first", "test.second")
    await asyncio.gather(*(write(store, f"test.n{number}") for number in range(70)))

    rows = chain(path)
    assert [row[0] for row in rows] == list(range(1, 73))
    assert [row[1] for row in rows] == [START.hash, *(row[2] for row in rows[:-1])]
    assert (found := verify(path)).ok, found.findings
    assert (found.events, found.head_sequence, found.head_hash) == (72, 72, rows[-1][2])


async def test_listeners_and_readers_see_the_same_numbers(store: Store) -> None:
    heard: list[tuple[int | None, str | None]] = []
    store.on_audit = lambda entries: heard.extend((entry.sequence, entry.hash) for entry in entries)
    await write(store, "test.first", "test.second")

    assert heard == [(event.sequence, event.hash) for event in reversed(await audit.newest(store.reader))]
    assert [number for number, _ in heard] == [1, 2]


async def test_events_of_works_that_fail_take_no_number(store: Store, path: Path) -> None:
    async def fail(tx: Tx) -> None:
        audit.record(tx, AuditDraft(action="test.undone", actor=SYSTEM), NOW)
        raise ZeroDivisionError("on purpose")

    outcomes = await asyncio.gather(
        write(store, "test.first"),
        write(store, "test.second"),
        store.write(fail),
        write(store, "test.third"),
        return_exceptions=True,
    )
    with pytest.raises(ZeroDivisionError):
        await store.write(fail)
    await write(store, "test.fourth")

    assert sum(isinstance(outcome, ZeroDivisionError) for outcome in outcomes) == 1
    assert [row[0] for row in chain(path)] == [1, 2, 3, 4]
    assert verify(path).ok


async def test_a_full_disk_leaves_the_chain_as_it_was(store: Store, path: Path) -> None:
    await write(store, "test.before")

    async def limit(tx: Tx, more: int) -> None:
        pages = await tx.value("PRAGMA page_count")
        await tx.rows(f"PRAGMA max_page_count = {pages + more}")

    await store.write(lambda tx: limit(tx, 0))
    results = await asyncio.gather(
        *(write(store, f"test.n{n}" + "x" * 5000) for n in range(5)), return_exceptions=True
    )
    await store.write(lambda tx: limit(tx, 1000))
    await write(store, "test.after")

    assert all(isinstance(result, Exception) for result in results)
    assert [row[0] for row in chain(path)] == [1, 2]
    assert verify(path).ok


async def test_another_process_may_write_in_between(store: Store, path: Path) -> None:
    await write(store, "test.here")
    async with Store(f"file:{path}", migrate=False) as other:
        await write(other, "test.there", "test.there")
        await write(store, "test.here", "test.here")
        await write(other, "test.there")
    await write(store, "test.here")

    assert [row[0] for row in chain(path)] == list(range(1, 8))
    assert verify(path).ok


async def test_a_number_taken_in_the_middle_of_a_batch_does_not_stop_the_writer(
    store: Store, path: Path
) -> None:
    await write(store, "test.first")
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(
            "INSERT INTO audit_events (id, created_at, workspace_id, actor_type, action, result,"
            " metadata_json, sequence)"
            " VALUES ('aud_forged', '', 'wks_default', 'USER', 'test.forged', 'SUCCESS', '{}', 3)"
        )
    await write(store, "test.second", "test.third")

    assert [row[0] for row in chain(path)] == [1, 3, 4, 5]
    assert not verify(path).ok


async def test_a_database_opened_again_goes_on_with_its_chain(path: Path) -> None:
    for _ in range(3):
        async with Store(f"file:{path}") as store:
            await write(store, "test.done")

    assert [row[0] for row in chain(path)] == [1, 2, 3]
    assert verify(path).ok


def strip(path: Path) -> None:
    """Makes the events look as a release without numbers left them."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE audit_events SET sequence = NULL, previous_hash = NULL, hash = NULL")
        connection.execute("DELETE FROM system_settings WHERE \"key\" = 'audit_head'")


async def test_events_of_an_older_release_are_numbered_once_oldest_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "ADOPTED_AT_ONCE", 3)
    async with Store(f"file:{path}") as store:
        for number in (3, 1, 2, 1, 0, 5, 4):
            await write(store, f"test.at{number}", now=NOW + number)
    strip(path)
    async with Store(f"file:{path}") as store:
        await write(store, "test.new", now=NOW + 9)

    found = outside(path, "SELECT action FROM audit_events ORDER BY sequence")
    assert [row[0][5:] for row in found] == ["at0", "at1", "at1", "at2", "at3", "at4", "at5", "new"]
    assert verify(path).ok


async def test_an_event_without_a_number_is_not_adopted_later(path: Path) -> None:
    async with Store(f"file:{path}") as store:
        await write(store, "test.done", "test.done")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO audit_events (id, created_at, workspace_id, actor_type, action, result,"
            " metadata_json) VALUES ('aud_forged', '', 'wks_default', 'USER', 'test.forged', 'SUCCESS', '{}')"
        )
    async with Store(f"file:{path}") as store:
        await write(store, "test.done")

    found = verify(path)
    assert [(each.kind, "aud_forged" in each.text) for each in found.findings] == [("inserted", True)]


async def test_pruning_goes_in_batches_and_says_so_in_the_trail(store: Store, path: Path) -> None:
    for number in range(7):
        await write(store, f"test.n{number}", now=NOW + number)
    removed = [await store.write(lambda tx: audit.prune(tx, NOW + 5, 3, NOW + 9)) for _ in range(3)]

    assert removed == [3, 2, 0]
    assert [event.action for event in await audit.newest(store.reader)] == [
        "audit.pruned",
        "audit.pruned",
        "test.n6",
        "test.n5",
    ]
    assert [event.metadata["to"] for event in (await audit.newest(store.reader))[:2]] == [5, 3]
    assert outside(path, "SELECT sequence, deleted FROM audit_checkpoints") == [(5, 2)]
    assert (verify(path).ok, verify(path).pruned_up_to) == (True, 5)


async def test_pruning_everything_again_and_again_comes_to_an_end(store: Store, path: Path) -> None:
    await write(store, "test.done")
    assert await store.write(lambda tx: audit.prune(tx, NOW + 99, 10, NOW + 1)) == 1
    assert await store.write(lambda tx: audit.prune(tx, NOW + 99, 10, NOW + 1)) == 0
    assert verify(path).ok


async def test_an_event_is_pruned_only_after_those_before_it(store: Store, path: Path) -> None:
    for after in (0, 50, 1):
        await write(store, "test.done", now=NOW + after)
    assert await store.write(lambda tx: audit.prune(tx, NOW + 10, 10, NOW + 60)) == 1
    assert [row[0] for row in chain(path)] == [2, 3, 4]


async def test_the_head_survives_a_pruning_of_everything(path: Path) -> None:
    async with Store(f"file:{path}") as store:
        await write(store, "test.done")
        await store.write(lambda tx: audit.prune(tx, NOW + 1, 10, NOW + 1))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM audit_events")
    async with Store(f"file:{path}") as store:
        assert await trail.head(store.reader) == Head(
            1, outside(path, "SELECT hash FROM audit_checkpoints")[0][0]
        )


async def test_the_anchor_follows_the_head_but_never_leaves_what_does_not_fit(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def noted() -> Head | None:
        await store.write(lambda tx: audit.save_anchor(tx, NOW))
        return await trail.anchor(store.reader)

    await write(store, "test.first", "test.second")
    assert (await noted() or START).sequence == 2
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM audit_events WHERE sequence = 2")
    await write(store, "test.third")

    assert (await noted() or START).sequence == 2
    assert "event 2" in caplog.text
