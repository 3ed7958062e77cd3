"""Group commit: what callers are promised, also when the disk is full or somebody holds the lock."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.world import NOW, outside

from opstage.store import Store, StoreUnavailable, Tx, audit, settings, writer
from opstage.store.records import SYSTEM, AuditDraft, AuditRecord


def saved_keys(path: Path) -> set[str]:
    return {row[0] for row in outside(path, 'SELECT "key" FROM system_settings')} - {"audit_head"}


async def put(store: Store, key: str, size: int = 1) -> None:
    await store.write(lambda tx: settings.put(tx, key, "x" * size, NOW))


async def limit_pages(store: Store, more: int) -> None:
    """Lets the file grow by so many pages; SQLite then fails exactly as on a full disk."""

    async def limit(tx: Tx) -> None:
        pages = await tx.value("PRAGMA page_count")
        await tx.rows(f"PRAGMA max_page_count = {pages + more}")

    await store.write(limit)


async def test_works_that_come_together_share_commits(store: Store, path: Path) -> None:
    before = store.commits
    await asyncio.gather(*(put(store, f"k{number}") for number in range(200)))
    assert len(saved_keys(path)) == 200
    # One for the first, which finds the writer idle, and 199 in batches of 64.
    assert store.commits - before <= 1 + 4


async def test_a_caller_resumes_only_when_others_can_read_what_it_wrote(store: Store, path: Path) -> None:
    async def write_and_look(key: str) -> bool:
        await put(store, key)
        return bool(outside(path, 'SELECT 1 FROM system_settings WHERE "key" = ?', key))

    seen = await asyncio.gather(*(write_and_look(f"k{number}") for number in range(40)))
    assert all(seen)


async def test_a_failing_work_undoes_only_itself(store: Store, path: Path) -> None:
    async def fail(tx: Tx) -> None:
        await settings.put(tx, "undone", 1, NOW)
        raise ZeroDivisionError("on purpose")

    results = await asyncio.gather(
        put(store, "first"),
        put(store, "before"),
        store.write(fail),
        put(store, "after"),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), type(None), ZeroDivisionError, type(None)]
    assert saved_keys(path) == {"first", "before", "after"}


async def test_a_failing_work_alone_leaves_nothing(store: Store, path: Path) -> None:
    async def fail(tx: Tx) -> None:
        await settings.put(tx, "undone", 1, NOW)
        audit.record(tx, AuditDraft(action="test.done", actor=SYSTEM), NOW)
        raise ZeroDivisionError("on purpose")

    before = store.commits
    with pytest.raises(ZeroDivisionError):
        await store.write(fail)
    assert saved_keys(path) == set()
    assert outside(path, "SELECT * FROM audit_events") == []
    assert store.commits == before


async def test_a_work_sees_its_own_changes_and_readers_only_committed_ones(store: Store) -> None:
    async def look(tx: Tx) -> tuple[int | None, int | None]:
        await settings.put(tx, "k", 7, NOW)
        return await settings.get(tx, "k"), await settings.get(store.reader, "k")

    assert await store.write(look) == (7, None)
    assert await settings.get(store.reader, "k") == 7


async def test_a_full_disk_is_said_and_loses_nothing_that_was_acknowledged(store: Store, path: Path) -> None:
    await limit_pages(store, 60)

    async def attempt(number: int) -> str | StoreUnavailable:
        try:
            await put(store, f"k{number}", size=20_000)
        except StoreUnavailable as error:
            return error
        return f"k{number}"

    outcomes = await asyncio.gather(*(attempt(number) for number in range(300)))
    acknowledged = {outcome for outcome in outcomes if isinstance(outcome, str)}
    refused = [outcome for outcome in outcomes if isinstance(outcome, StoreUnavailable)]
    assert refused
    assert all("disk is full" in error.message for error in refused)
    assert all((error.status, error.code) == (503, "DATABASE_UNAVAILABLE") for error in refused)
    assert saved_keys(path) == acknowledged


async def test_writes_go_on_once_there_is_room_again(store: Store, path: Path) -> None:
    await limit_pages(store, 2)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        await put(store, "big", size=100_000)
    await limit_pages(store, 1000)
    await put(store, "later", size=100_000)
    assert saved_keys(path) == {"later"}


async def test_a_work_that_hides_a_full_disk_is_not_acknowledged(store: Store, path: Path) -> None:
    await limit_pages(store, 2)

    async def hide(tx: Tx) -> None:
        try:
            await settings.put(tx, "big", "x" * 100_000, NOW)
        except StoreUnavailable:
            await settings.put(tx, "small", 1, NOW)

    with pytest.raises(StoreUnavailable, match="disk is full"):
        await store.write(hide)
    assert saved_keys(path) == set()


async def test_a_locked_database_is_said_and_writes_go_on_after_it(store: Store, path: Path) -> None:
    await put(store, "before")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        outcomes = await asyncio.gather(*(put(store, f"k{n}") for n in range(5)), return_exceptions=True)
        assert all(isinstance(each, StoreUnavailable) and "locked" in each.message for each in outcomes)
        assert await settings.get(store.reader, "before") == "x"
        other.execute("ROLLBACK")
    await put(store, "after")
    assert saved_keys(path) == {"before", "after"}


async def test_contacts_noted_while_the_database_is_locked_are_stored_later(store: Store, path: Path) -> None:
    store.contact("agt_nobody", NOW)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable):
            await store.flush_contacts()
        other.execute("ROLLBACK")
    assert await store.flush_contacts() == 1
    assert await store.flush_contacts() == 0


async def test_audit_events_are_heard_after_the_commit_and_before_the_caller(
    store: Store, path: Path
) -> None:
    heard: list[tuple[list[str], int]] = []

    def listen(entries: list[AuditRecord]) -> None:
        stored = outside(path, "SELECT COUNT(*) FROM audit_events")[0][0]
        heard.append(([entry.action for entry in entries], stored))

    async def work(tx: Tx) -> None:
        for action in ("test.first", "test.second"):
            audit.record(tx, AuditDraft(action=action, actor=SYSTEM), NOW)

    store.on_audit = listen
    await store.write(work)
    assert heard == [(["test.first", "test.second"], 2)]


async def test_a_listener_that_fails_does_not_fail_the_write(store: Store, path: Path) -> None:
    def refuse(_: list[AuditRecord]) -> None:
        raise ZeroDivisionError("on purpose")

    async def work(tx: Tx) -> str:
        return audit.record(tx, AuditDraft(action="test.done", actor=SYSTEM), NOW).id

    store.on_audit = refuse
    written = await store.write(work)
    assert outside(path, "SELECT id FROM audit_events") == [(written,)]


async def test_a_cancelled_caller_takes_back_a_work_that_has_not_begun(store: Store, path: Path) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def hold(tx: Tx) -> None:
        begun.set()
        await release.wait()

    holding = asyncio.create_task(store.write(hold))
    await begun.wait()
    waiting = asyncio.create_task(put(store, "taken-back"))
    staying = asyncio.create_task(put(store, "stays"))
    await asyncio.wait([waiting], timeout=0)
    waiting.cancel()
    release.set()
    await asyncio.gather(holding, staying)
    assert saved_keys(path) == {"stays"}


async def test_a_work_that_awaits_something_cancelled_does_not_stop_the_writer(store: Store) -> None:
    async def await_cancelled(tx: Tx) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    with pytest.raises(RuntimeError, match="cancelled"):
        await store.write(await_cancelled)
    await put(store, "after")
    assert await settings.get(store.reader, "after") == "x"


async def test_too_many_waiting_works_are_refused_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAITING", 3)
    outcomes = await asyncio.gather(*(put(store, f"k{n}") for n in range(10)), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, StoreUnavailable)]
    assert len(refused) == 7
    assert all(each.retry_after for each in refused)


async def test_close_finishes_what_waits_and_then_refuses(path: Path) -> None:
    store = Store(f"file:{path}")
    await store.open()
    waiting = [asyncio.create_task(put(store, f"k{n}")) for n in range(100)]
    await asyncio.wait(waiting, timeout=0)
    await store.close()
    await asyncio.gather(*waiting)
    assert len(saved_keys(path)) == 100
    with pytest.raises(StoreUnavailable, match="closed"):
        await put(store, "late")
    with pytest.raises(StoreUnavailable, match="closed"):
        _ = store.reader
