"""Copies of the database, the folder they lie in, and the way back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.world import NOW, commanded, outside, signed_up
from tests.support.waiting import until

from opstage.clock import SystemClock
from opstage.hub.backups import Backups
from opstage.settings import Settings
from opstage.store import Store, StoreUnavailable, audit, copies, restoring, settings
from opstage.store.location import MEMORY, Location
from opstage.store.records import SYSTEM, AuditRecord
from opstage.store.restoring import RestoreRefused
from opstage.store.verification import verify

NAME = "opstage-2027-01-15T08-00-00-250Z.db"


def named(folder: Path, *moments: float) -> list[Path]:
    """Files with the names of backups made at these moments."""
    folder.mkdir(exist_ok=True)
    paths = [folder / copies.backup_name(moment) for moment in moments]
    for path in paths:
        path.write_bytes(b"x")
    return paths


def test_a_backup_is_named_after_its_moment_and_found_again(tmp_path: Path) -> None:
    assert copies.backup_name(NOW) == NAME
    (path,) = named(tmp_path, NOW)
    (found,) = copies.listed(tmp_path)
    assert (found.path, found.size, found.made_at) == (path, 1, NOW)


def test_only_the_newest_stay_and_other_files_are_left_alone(tmp_path: Path) -> None:
    paths = named(tmp_path, *(NOW + number for number in range(5)))
    others = [tmp_path / name for name in ("opstage.db", f"{NAME}.part", "my-opstage-copy.db", f"x{NAME}")]
    for other in others:
        other.write_bytes(b"")
    assert set(copies.tidy(tmp_path, 2)) == set(paths[:3])
    assert set(tmp_path.iterdir()) == {*paths[3:], *others}


def test_the_one_just_made_stays_even_if_its_clock_was_wrong(tmp_path: Path) -> None:
    early, *_ = named(tmp_path, NOW - 1000, NOW, NOW + 1)
    copies.tidy(tmp_path, 1, early)
    assert early in tmp_path.iterdir()


def test_a_folder_that_is_not_there_has_no_backups(tmp_path: Path) -> None:
    assert copies.listed(tmp_path / "none") == []


async def test_a_copy_is_one_file_for_its_user_alone(store: Store, tmp_path: Path) -> None:
    await signed_up(store)
    folder = tmp_path / "copies"
    folder.mkdir(mode=0o755)
    await store.backup(folder / "copy.db")
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600
    assert outside(folder / "copy.db", "PRAGMA journal_mode") == [("delete",)]
    assert outside(folder / "copy.db", "SELECT username FROM users") == [("ann",)]


async def test_a_copy_replaces_nothing(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        await store.backup(target)
    assert target.read_text() == "mine"


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.db"
    rubbish.write_bytes(b"not a database " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        copies.copy_database(rubbish, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == [rubbish]


# --- the way back ----------------------------------------------------------------------------------


@pytest.fixture
async def saved(path: Path, store: Store) -> Path:
    """A backup with a command; the database went on since."""
    await commanded(store)
    backup = path.parent / NAME
    await store.backup(backup)
    await store.write(lambda tx: settings.put(tx, "later", True, NOW))
    await store.close()
    return backup


def restored(backup: Path, path: Path) -> Path | None:
    return restoring.swap(restoring.prepare(backup, path, NOW), path, NOW)


def test_the_database_is_as_it_was_and_the_other_one_is_kept(saved: Path, path: Path) -> None:
    kept = restored(saved, path)
    assert kept is not None
    assert kept.name == "opstage.db.before-restore-2027-01-15T08-00-00-250Z"
    later = "SELECT COUNT(*) FROM system_settings WHERE \"key\" = 'later'"
    assert (outside(kept, later), outside(path, later)) == ([(1,)], [(0,)])
    assert outside(path, "SELECT COUNT(*) FROM commands") == [(1,)]
    assert outside(path, "SELECT target_id FROM audit_events WHERE action = 'backup.sqlite.restored'") == [
        (NAME,)
    ]
    assert verify(path).ok
    assert not path.with_name("opstage.db.restoring").exists()
    assert saved.exists()


def test_what_only_stood_in_the_log_of_the_other_one_is_kept_too(saved: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as reader, closing(sqlite3.connect(path)) as writer:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM users").fetchall()
        writer.execute("CREATE TABLE late (x)")
        writer.commit()
        kept = restored(saved, path)
    assert kept is not None
    assert outside(kept, "SELECT COUNT(*) FROM late") == [(0,)]
    assert outside(path, "SELECT COUNT(*) FROM commands") == [(1,)]


def test_a_damaged_database_is_kept_as_it_is(saved: Path, path: Path) -> None:
    path.write_bytes(b"damaged" * 1000)
    kept = restored(saved, path)
    assert kept is not None
    assert kept.read_bytes() == b"damaged" * 1000
    assert outside(path, "SELECT COUNT(*) FROM commands") == [(1,)]


def test_without_a_database_there_is_nothing_to_keep(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "fresh" / "opstage.db"
    assert restored(saved, target) is None
    assert outside(target, "SELECT COUNT(*) FROM commands") == [(1,)]


def spoil(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_a_broken_trail_is_found(saved: Path, path: Path) -> None:
    spoil(saved, "UPDATE audit_events SET action = 'nothing.happened' WHERE sequence = 1")
    candidate = restoring.prepare(saved, path, NOW)
    assert [finding.kind for finding in candidate.findings] == ["changed"]
    assert candidate.rows["commands"] == 1


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            ["INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('opstage', '0999_x', '2')"],
            "0999_x",
        ),
        (["PRAGMA foreign_keys = OFF", "DELETE FROM agents"], "references lead nowhere"),
        (["DROP TABLE tortoise_migrations"], "not a database of Opstage"),
    ],
)
def test_what_cannot_take_its_place_is_refused(
    saved: Path, path: Path, statements: list[str], words: str
) -> None:
    spoil(saved, *statements)
    refused(saved, path, words)


def test_a_damaged_file_is_refused(saved: Path, path: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[5000:20000] = b"\x00" * 15000
    saved.write_bytes(content)
    refused(saved, path, "cannot be restored")


def refused(backup: Path, path: Path, words: str) -> None:
    before = path.read_bytes()
    with pytest.raises(RestoreRefused, match=words):
        restoring.prepare(backup, path, NOW)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.restoring*"))


def test_no_file_and_the_database_itself_are_refused(path: Path, saved: Path) -> None:
    refused(path.with_name("none.db"), path, "no file")
    refused(path, path, "itself")


# --- a database for the time of a process ----------------------------------------------------------


@pytest.mark.parametrize("url", MEMORY)
async def test_a_database_in_memory_works_and_leaves_nothing(url: str, tmp_path: Path) -> None:
    store = Store(url)
    assert store.applied == []
    async with store:
        await signed_up(store)
        await store.backup(tmp_path / "copy.db")
        assert store.path.exists()
    assert not store.path.parent.exists()
    assert outside(tmp_path / "copy.db", "SELECT COUNT(*) FROM users") == [(1,)]


async def test_two_databases_in_memory_are_two() -> None:
    async with Store(":memory:") as first, Store(":memory:") as second:
        await signed_up(first)
        assert await second.reader.value("SELECT COUNT(*) FROM users") == 0


def test_a_file_is_never_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "opstage.db"
    path.write_bytes(b"x")
    Location(f"file:{path}").forget()
    assert path.exists()


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(ValueError, match="expected a database file") as refusal:
        Location("postgres://me:hunter2@db/opstage")
    assert "hunter2" not in str(refusal.value)


async def test_a_backup_whose_caller_went_away_is_audited_all_the_same(store: Store, tmp_path: Path) -> None:
    backups = Backups(Settings(backup_dir=tmp_path / "backups"), store, SystemClock())
    call = asyncio.create_task(backups.make(SYSTEM))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert call.cancel()

    async def told() -> list[AuditRecord]:
        newest = await audit.newest(store.reader)
        return [event for event in newest if event.action == "backup.sqlite.created"]

    (event,) = await until(told, "the backup to be audited")
    assert [each.path.name for each in await backups.listed()] == [event.target_id]
