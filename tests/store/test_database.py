"""Opening and closing: what is made, what is checked, what is said when it cannot be."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.world import NOW, enrolled, outside
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from opstage.store import Store, StoreUnavailable, agents, settings
from opstage.store.database import database_path, tortoise_config


async def test_models_and_migrations_do_not_drift(path: Path) -> None:
    config = tortoise_config(":memory:")
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, config["apps"]).changes()
    assert [operation for each in changes for operation in each.operations] == []


async def test_opening_makes_the_folder_the_tables_and_the_workspace_once(path: Path) -> None:
    async with Store(f"file:{path}") as store:
        assert store.applied == ["0001_initial", "0002_governance", "0003_runs"]
    async with Store(f"file:{path}") as store:
        assert store.applied == []
    assert outside(path, "SELECT id, code, status FROM workspaces") == [("wks_default", "default", "ACTIVE")]


async def test_an_unmigrated_database_is_refused_when_migrating_is_left_out(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no such table"):
        await Store(f"file:{path}", migrate=False).open()


async def setting_of(store: Store, pragma: str) -> object:
    return await store.write(lambda tx: tx.value(f"PRAGMA {pragma}"))


async def test_the_connection_is_durable_and_checks_references(store: Store) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    for pragma, value in wanted.items():
        assert await setting_of(store, pragma) == value


def holds(path: Path, words: bytes) -> bool:
    return words in path.read_bytes()


def test_both_connections_overwrite_what_is_deleted_or_replaced(path: Path) -> None:
    connections = tortoise_config(str(path))["connections"].values()
    assert [each["credentials"].get("secure_delete") for each in connections] == ["ON", "ON"]


async def test_a_dropped_secret_is_nowhere_in_the_file(path: Path) -> None:
    async with Store(f"file:{path}") as store:
        await store.write(lambda tx: settings.put(tx, "k", "hunter-long-ago" * 400, NOW))
        await store.write(lambda tx: settings.put(tx, "k", "[REDACTED]", NOW))
    assert not holds(path, b"hunter")


async def test_the_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"):
        await store.reader.rows("DELETE FROM workspaces")


async def test_several_stores_in_one_process_do_not_meet(tmp_path: Path) -> None:
    async with Store(f"file:{tmp_path}/a.db") as first, Store(f"file:{tmp_path}/b.db") as second:
        await first.write(lambda tx: settings.put(tx, "k", "first", NOW))
        await second.write(lambda tx: settings.put(tx, "k", "second", NOW))
        await enrolled(first)
        assert await settings.get(first.reader, "k") == "first"
        assert await settings.get(second.reader, "k") == "second"
        assert await agents.load_all(second.reader) == []


async def test_what_was_written_is_there_after_reopening(path: Path) -> None:
    async with Store(f"file:{path}") as store:
        await store.write(lambda tx: settings.put(tx, "k", {"deep": [1, None]}, NOW))
    async with Store(f"file:{path}") as store:
        assert await settings.get(store.reader, "k") == {"deep": [1, None]}
        assert await settings.get(store.reader, "other") is None


async def test_a_closed_database_is_one_file(store: Store, path: Path) -> None:
    """What was stored last is in the file itself, also when it is copied without its log."""
    await store.close()
    for _ in range(100):
        async with Store(f"file:{path}", migrate=False) as again:
            await again.write(lambda tx: settings.put(tx, "k", "anything", NOW))
        assert [each.name for each in path.parent.iterdir()] == [path.name]


async def test_contacts_are_stored_by_time_and_at_close(path: Path) -> None:
    async with Store(f"file:{path}", contact_seconds=3600) as store:
        agent = (await enrolled(store)).agent
        store.contact(agent.id, NOW + 5)
    assert outside(path, "SELECT last_heartbeat_at FROM agents") == [("2027-01-15T08:00:05.250Z",)]


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match=r"notes\.db cannot be opened: .*not a database"):
        await Store(f"file:{path}").open()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await Store(f"file:{tmp_path}/file/opstage.db").open()


async def test_ping_answers_in_seconds_and_fails_when_closed(path: Path) -> None:
    store = Store(f"file:{path}")
    await store.open()
    began = time.perf_counter()
    assert 0 < await store.ping() < time.perf_counter() - began
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.ping()


async def test_a_backup_is_a_whole_database(store: Store, tmp_path: Path) -> None:
    await store.write(lambda tx: settings.put(tx, "k", 1, NOW))
    target = tmp_path / "copy.db"
    await store.backup(target)
    assert ("k", "1") in outside(target, 'SELECT "key", value_json FROM system_settings')
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:./data/opstage.db", "data/opstage.db"),
        ("file:/var/lib/opstage.db", "/var/lib/opstage.db"),
        ("sqlite:///var/lib/opstage.db", "/var/lib/opstage.db"),
        ("opstage.db", "opstage.db"),
    ],
)
def test_database_urls_name_a_file(url: str, expected: str) -> None:
    assert database_path(url) == Path(expected)


@pytest.mark.parametrize("url", ["postgres://db/opstage", ":memory:", "file:", ""])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected a database file"):
        database_path(url)
