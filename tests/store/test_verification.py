"""``verify`` is content exactly as long as nobody touched the trail, and says what was touched."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from tests.store.tampering import copied, event_id, rehashed, run, swapped, tampered, write
from tests.store.world import NOW, outside
from tests.support.waiting import until

from opstage.store import Store, StoreUnavailable, audit, verification
from opstage.store.chain import CONTENT
from opstage.store.verification import Kind, verify


def found(path: Path) -> list[tuple[str, int | None]]:
    outcome = verify(path)
    assert outcome.ok == (not outcome.findings)
    return [(each.kind.value, each.sequence) for each in outcome.findings]


@pytest.fixture
async def trail(store: Store, path: Path) -> Path:
    """Events 1 to 12, of which 1 to 4 were pruned; 12 tells of it and is noted as the newest."""
    for number in range(11):
        await write(store, 1, NOW + number)
    await store.write(lambda tx: audit.prune(tx, NOW + 4, 100, NOW + 20))
    await store.write(lambda tx: audit.save_anchor(tx, NOW + 21))
    assert [row[0] for row in outside(path, "SELECT sequence FROM audit_events ORDER BY sequence")] == [
        *range(5, 13)
    ]
    return path


def test_an_untouched_trail_is_as_it_was_written(trail: Path) -> None:
    outcome = verify(trail)

    assert (outcome.ok, outcome.findings, outcome.findings_total) == (True, [], 0)
    assert (outcome.events, outcome.pruned_up_to, outcome.head_sequence) == (8, 4, 12)
    assert outcome.head_hash == outside(trail, "SELECT hash FROM audit_events WHERE sequence = 12")[0][0]


def test_a_deleted_event_is_named_with_its_neighbours(trail: Path) -> None:
    before, after = event_id(trail, 6), event_id(trail, 9)
    tampered(trail, run("DELETE FROM audit_events WHERE sequence IN (7, 8)"))

    (finding,) = verify(trail).findings
    assert (finding.kind, finding.sequence) == ("deleted", 7)
    assert finding.text == f"Events 7 to 8 are missing, between 6 ({before}) and 9 ({after})."


def test_the_first_event_left_by_a_pruning_cannot_go_unseen(trail: Path) -> None:
    tampered(trail, run("DELETE FROM audit_events WHERE sequence = 5"))
    assert found(trail) == [("deleted", 5)]


def test_a_cut_at_the_end_is_found_by_the_anchor(trail: Path) -> None:
    tampered(trail, run("DELETE FROM audit_events WHERE sequence >= 11"))
    assert ("deleted", 11) in found(trail)
    assert "Events 11 to 12 are missing at the end." in [each.text for each in verify(trail).findings]


@pytest.mark.parametrize("column", CONTENT)
def test_a_change_of_any_column_is_named(trail: Path, column: str) -> None:
    identity = event_id(trail, 7)
    tampered(
        trail, run(f"UPDATE audit_events SET {column} = coalesce({column}, '') || 'x' WHERE sequence = 7")
    )

    (finding,) = verify(trail).findings
    assert (finding.kind, finding.sequence) == ("changed", 7)
    assert (finding.event_id or "").startswith(identity)


@pytest.mark.parametrize("column", ["previous_hash", "hash"])
def test_a_change_of_a_hash_is_named(trail: Path, column: str) -> None:
    tampered(trail, run(f"UPDATE audit_events SET {column} = ? WHERE sequence = 7", "0" * 64))
    assert ("changed", 7) in found(trail)


@pytest.mark.parametrize("value", [b"ann", b"\xff", 7])
def test_a_value_of_another_kind_is_a_change(trail: Path, value: object) -> None:
    tampered(trail, run("UPDATE audit_events SET actor_name = ? WHERE sequence = 7", value))
    assert found(trail) == [("changed", 7)]


def test_text_that_is_none_is_a_change(trail: Path) -> None:
    tampered(trail, run("UPDATE audit_events SET actor_name = CAST(x'ff' AS TEXT) WHERE sequence = 7"))
    assert found(trail) == [("changed", 7)]


def test_an_event_rewritten_with_its_own_hash_is_named_by_the_next(trail: Path) -> None:
    tampered(trail, rehashed(7, actor_id="usr_bob"))
    assert found(trail) == [("changed", 7)]


def test_the_newest_event_rewritten_with_its_own_hash_is_found_by_the_anchor(trail: Path) -> None:
    tampered(trail, rehashed(12, message="other"))
    assert found(trail) == [("changed", 12)]


def test_swapped_events_are_named_with_the_numbers_they_were_written_as(trail: Path) -> None:
    sixth, ninth = event_id(trail, 6), event_id(trail, 9)
    tampered(trail, *swapped(6, 9))

    outcome = verify(trail)
    assert found(trail) == [("reordered", 6), ("reordered", 9)]
    assert f"Event {ninth} stands at 6 and was written as 9." in [each.text for each in outcome.findings]
    assert f"Event {sixth} stands at 9 and was written as 6." in [each.text for each in outcome.findings]


def test_events_whose_contents_were_exchanged_are_named(trail: Path) -> None:
    def exchange(connection: sqlite3.Connection) -> None:
        columns = [name for name in CONTENT if name != "id"]
        rows = connection.execute(
            f"SELECT {', '.join(columns)} FROM audit_events WHERE sequence IN (6, 9) ORDER BY sequence"
        ).fetchall()
        marks = ", ".join(f"{name} = ?" for name in columns)
        for sequence, row in zip((9, 6), rows, strict=True):
            connection.execute(f"UPDATE audit_events SET {marks} WHERE sequence = ?", (*row, sequence))

    ids = swapped_ids = [event_id(trail, 6), event_id(trail, 9)]
    change = "UPDATE audit_events SET id = ? WHERE id = ?"
    tampered(trail, exchange, run(change, "aud_x", ids[0]), run(change, ids[0], ids[1]))
    tampered(trail, run(change, swapped_ids[1], "aud_x"))
    assert found(trail) == [("reordered", 6), ("reordered", 9)]


def test_an_event_put_between_two_others_is_named(trail: Path) -> None:
    def forge(connection: sqlite3.Connection) -> None:
        for number in range(12, 7, -1):
            connection.execute(
                "UPDATE audit_events SET sequence = ? WHERE sequence = ?", (number + 1, number)
            )
        copied(7, 8, "aud_forged")(connection)
        previous = connection.execute("SELECT hash FROM audit_events WHERE sequence = 7").fetchone()[0]
        connection.execute("UPDATE audit_events SET previous_hash = ? WHERE sequence = 8", (previous,))
        rehashed(8)(connection)

    tampered(trail, forge)
    assert ("inserted", 8) in found(trail)
    assert "aud_forged" in next(each.text for each in verify(trail).findings if each.kind is Kind.INSERTED)


def test_an_event_without_a_number_and_one_from_before_the_checkpoint_are_named(trail: Path) -> None:
    tampered(trail, copied(7, None, "aud_forged"), copied(7, 3, "aud_old"))
    assert found(trail) == [("inserted", None), ("inserted", 3)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DELETE FROM audit_checkpoints", [("deleted", 1)]),
        ("UPDATE audit_checkpoints SET sequence = 3", [("checkpoint", 3), ("deleted", 4)]),
        ("UPDATE audit_checkpoints SET hash = 'x'", [("checkpoint", 4), ("checkpoint", 4)]),
        ("UPDATE audit_checkpoints SET deleted = 9", [("checkpoint", 4)]),
        ("INSERT INTO audit_checkpoints VALUES ('aud_c', '', 1, 'x', 1)", [("checkpoint", 1)]),
    ],
)
def test_a_checkpoint_that_is_not_what_the_pruning_left_is_named(
    trail: Path, sql: str, expected: list[tuple[str, int]]
) -> None:
    tampered(trail, run(sql))
    assert found(trail) == expected


def test_a_pruning_that_nobody_did_is_found(trail: Path) -> None:
    """Somebody deletes the oldest events and moves the checkpoint, as a pruning would."""
    tampered(
        trail,
        run("UPDATE audit_checkpoints SET (sequence, hash, deleted) ="
            " (SELECT sequence, hash, 7 FROM audit_events WHERE sequence = 7)"),
        run("DELETE FROM audit_events WHERE sequence <= 7"),
    )  # fmt: skip
    assert found(trail) == [("checkpoint", 7)]


async def test_a_gap_that_was_pruned_over_stays_visible(store: Store, path: Path) -> None:
    await write(store, 9)
    tampered(path, run("DELETE FROM audit_events WHERE sequence IN (3, 4)"))
    await store.write(lambda tx: audit.prune(tx, NOW + 1, 5, NOW + 2))
    await store.write(lambda tx: audit.save_anchor(tx, NOW + 3))

    (finding,) = verify(path).findings
    assert "Of events 1 to 7 only 5 were there" in finding.text


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM system_settings WHERE \"key\" = 'audit_head'",
        "UPDATE system_settings SET value_json = 'x' WHERE \"key\" = 'audit_head'",
        'UPDATE system_settings SET value_json = \'{"sequence":12,"hash":"x"}\' WHERE "key" = \'audit_head\'',
        'UPDATE system_settings SET value_json = \'{"sequence":4,"hash":"x"}\' WHERE "key" = \'audit_head\'',
        'UPDATE system_settings SET value_json = \'{"sequence":13,"hash":"x"}\' WHERE "key" = \'audit_head\'',
    ],
)
def test_an_anchor_that_does_not_fit_is_found(trail: Path, sql: str) -> None:
    tampered(trail, run(sql))
    assert len(found(trail)) == 1


async def test_everything_is_gone(trail: Path) -> None:
    tampered(trail, run("DELETE FROM audit_events"))
    assert ("deleted", 5) in found(trail)


async def test_many_findings_are_counted_and_the_first_are_told(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "SHOWN", 5)
    await write(store, 40)
    tampered(path, run("UPDATE audit_events SET message = 'x'"))

    outcome = verify(path)
    assert (len(outcome.findings), outcome.findings_total, outcome.ok) == (5, 40, False)


async def test_it_reads_one_moment_while_the_server_writes(store: Store, path: Path) -> None:
    moments: set[int] = set()

    async def looked() -> bool:
        outcome = await asyncio.to_thread(verify, path)
        assert outcome.findings == []
        moments.add(outcome.events)
        return len(moments) >= 8

    writing = asyncio.create_task(endless(store))
    await until(looked, "the trail to grow while it is checked")
    writing.cancel()
    await asyncio.wait([writing])


async def endless(store: Store) -> None:
    while True:
        await write(store, 3)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="There is no database"):
        verify(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("no database" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        verify(tmp_path / "text.db")
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(StoreUnavailable, match="no such table"):
        verify(tmp_path / "empty.db")


def test_a_database_of_an_older_release_is_not_called_broken(trail: Path) -> None:
    tampered(
        trail,
        run("UPDATE audit_events SET sequence = NULL, previous_hash = NULL, hash = NULL"),
        run("DELETE FROM system_settings"),
    )
    with pytest.raises(StoreUnavailable, match="start the server once"):
        verify(trail)
