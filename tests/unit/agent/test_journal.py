"""What the agent remembers across crashes."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest
from tests.unit.agent.driving import NOW, command

from opstage_agent.journal import KEEP_ROWS, KEEP_SECONDS, TRIM_SECONDS, Journal, JournalState, digest
from opstage_agent.wire import Attempt, Result


def result(command_id: str = "cmd_1", attempt: int = 1, size: int = 1) -> Result:
    return Result(command_id=command_id, attempt=attempt, success=True, message="ok", data={"x": "y" * size})


def finished(journal: Journal, command_id: str, at: float = NOW, size: int = 1) -> None:
    journal.accept(command(command_id), at)
    journal.finish(result(command_id, size=size), at)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "agent.journal.db"


def test_the_life_of_a_command(file: Path) -> None:
    journal = Journal.open(file, NOW)
    assert journal.entry("cmd_1") is None
    journal.accept(command(), NOW)
    entry = journal.entry("cmd_1")
    assert entry is not None
    assert (entry.state, entry.attempt, entry.digest) == (JournalState.RUNNING, 1, digest(command()))
    assert journal.result("cmd_1") is None
    journal.finish(result(), NOW)
    assert journal.unstored() == [Attempt(command_id="cmd_1", attempt=1)]
    assert journal.result("cmd_1") == result()
    journal.stored("cmd_1")
    assert journal.unstored() == []
    assert journal.result("cmd_1") == result()


def test_the_digest_covers_content_and_not_the_attempt() -> None:
    assert digest(command(attempt=1)) == digest(command(attempt=2))
    assert digest(command(payload={"a": 1, "b": 2})) == digest(command(payload={"b": 2, "a": 1}))
    assert digest(command(payload={"a": 1})) != digest(command(payload={"a": 2}))
    assert digest(command(action="look")) != digest(command(action="pay"))


def test_payloads_are_not_written(file: Path) -> None:
    journal = Journal.open(file, NOW)
    journal.accept(command(payload={"password": "correct-horse"}), NOW)
    journal.close()
    written = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"cmd_1" in written
    assert b"correct-horse" not in written


def test_only_the_owner_can_read_it(file: Path) -> None:
    journal = Journal.open(file, NOW)
    finished(journal, "cmd_1")
    assert {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {
        file.name: 0o600,
        f"{file.name}-wal": 0o600,
    }


def test_unfinished_commands_of_a_dead_process_are_lost(file: Path) -> None:
    first = Journal.open(file, NOW)
    first.accept(command("cmd_run", attempt=2), NOW)
    finished(first, "cmd_end")
    first.close()
    second = Journal.open(file, NOW)
    assert second.lost() == [Attempt(command_id="cmd_run", attempt=2)]
    assert second.unstored() == [Attempt(command_id="cmd_end", attempt=1)]


def test_a_result_is_given_under_the_newest_attempt(file: Path) -> None:
    journal = Journal.open(file, NOW)
    finished(journal, "cmd_1")
    journal.adopt("cmd_1", 3)
    stored = journal.result("cmd_1")
    assert stored is not None
    assert stored.attempt == 3


def test_stored_of_an_unknown_or_running_command_changes_nothing(file: Path) -> None:
    journal = Journal.open(file, NOW)
    journal.accept(command(), NOW)
    journal.stored("cmd_1")
    journal.stored("cmd_x")
    entry = journal.entry("cmd_1")
    assert entry is not None
    assert entry.state is JournalState.RUNNING


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\xee" * 5000]
)
def test_a_corrupt_file_is_moved_aside(file: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    journal = Journal.open(file, NOW)
    finished(journal, "cmd_1")
    journal.close()
    reopened = Journal.open(file, NOW)
    assert len(reopened.unstored()) == 1
    aside = list(file.parent.glob("*.corrupt-*"))
    assert [path.read_bytes() for path in aside] == ([content] if content else [])
    assert ("was corrupt" in caplog.text) is bool(content)


def test_a_damaged_page_is_found_at_the_start(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal.open(file, NOW)
    for number in range(200):
        finished(journal, f"cmd_{number}", size=500)
    journal.close()
    content = bytearray(file.read_bytes())
    content[8192:16384] = b"\xa5" * 8192
    file.write_bytes(content)
    assert Journal.open(file, NOW).unstored() == []
    assert "was corrupt" in caplog.text


def test_a_file_another_process_holds_is_left_to_it(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    holder = Journal.open(file, NOW)
    finished(holder, "cmd_1")
    other = Journal.open(file, NOW)
    assert other.unstored() == []
    finished(other, "cmd_2")
    assert "kept in memory" in caplog.text
    assert holder.unstored() == [Attempt(command_id="cmd_1", attempt=1)]


def test_a_place_that_cannot_be_written_leaves_a_journal_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = Journal.open(tmp_path / "file" / "agent.journal.db", NOW)
    finished(journal, "cmd_1")
    assert len(journal.unstored()) == 1
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_result_that_cannot_be_written_is_kept_and_written_later(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    journal = Journal._ready(connection, NOW)
    journal.accept(command(), NOW)
    connection.execute("PRAGMA query_only = ON")
    journal.finish(result(), NOW)
    assert "kept in memory only" in caplog.text
    assert journal.unstored() == [Attempt(command_id="cmd_1", attempt=1)]
    assert journal.result("cmd_1") == result()
    entry = journal.entry("cmd_1")
    assert entry is not None
    assert entry.state is JournalState.FINISHED
    connection.execute("PRAGMA query_only = OFF")
    journal.prune(NOW)
    rows = connection.execute("SELECT state FROM commands").fetchall()
    journal.close()
    assert rows == [("FINISHED",)]


def test_rows_are_kept_for_a_day_but_running_ones_as_long_as_they_run(file: Path) -> None:
    journal = Journal.open(file, NOW)
    finished(journal, "cmd_old")
    journal.accept(command("cmd_run"), NOW)
    journal.prune(NOW + KEEP_SECONDS)
    assert journal.entry("cmd_old") is not None
    journal.prune(NOW + KEEP_SECONDS + 1)
    assert journal.entry("cmd_old") is None
    assert journal.entry("cmd_run") is not None


def test_the_number_of_rows_is_bounded_and_stored_ones_go_first(file: Path) -> None:
    journal = Journal.open(file, NOW)
    finished(journal, "cmd_waits", at=NOW)
    for number in range(KEEP_ROWS + 150):
        finished(journal, f"cmd_{number}", at=NOW + 1 + number)
        journal.stored(f"cmd_{number}")
    journal.prune(NOW + 1)
    assert journal.entry("cmd_waits") is not None
    assert journal.entry("cmd_0") is None
    assert journal.entry(f"cmd_{KEEP_ROWS + 149}") is not None


def test_large_data_of_stored_results_does_not_stay_for_a_day(file: Path) -> None:
    journal = Journal.open(file, NOW)
    finished(journal, "cmd_big", size=20_000)
    finished(journal, "cmd_waits", size=20_000)
    journal.stored("cmd_big")
    journal.prune(NOW + TRIM_SECONDS + 1)
    trimmed, waits = journal.result("cmd_big"), journal.result("cmd_waits")
    assert trimmed is not None
    assert (trimmed.success, trimmed.message, trimmed.data) == (True, "ok", None)
    assert waits is not None
    assert waits.data is not None
