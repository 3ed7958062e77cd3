"""A database of the first release, with something in every table, goes on under this one.

``releases/0001.sql`` was written by that release: two agents, one of them revoked; a service; commands
that succeeded, failed and wait; tokens in every state; sign-ins that went well and badly.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.store.world import outside
from tests.support.raw_agent import connected, hello
from tests.support.server import PATIENT, Refused, Server

from opstage.store import Store, StoreUnavailable, releases
from opstage.store.verification import verify

DUMP = Path(__file__).parent / "releases" / "0001.sql"
AGENT_TOKEN = "opstage_agent_v9u2o4fNSY8vDmCgp21EiOX1HtCLa6fekwjIRzurpOE"
KEEP_EVERYTHING = {"OPSTAGE_AUDIT_RETENTION_DAYS": "0", "OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "0"}

TAKEN_FROM_ELSEWHERE = {
    ("audit_events", "sequence"),
    ("audit_events", "hash"),
    ("audit_events", "previous_hash"),
    ("capsule_services", "labels_json"),
}
"""The numbers of the audit trail, and the labels that stand in the manifest."""

Row = dict[str, Any]


@pytest.fixture
def old(path: Path) -> Path:
    """The database as the first release left it."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(DUMP.read_text(encoding="utf-8"))
    return path


def contents(path: Path) -> dict[str, list[Row]]:
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        named = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        tables = [row[0] for row in named]
        return {
            table: [dict(row) for row in database.execute(f'SELECT * FROM "{table}"')] for table in tables
        }


def columns(path: Path, table: str) -> dict[str, tuple[bool, Any]]:
    """(must have a value, default) by column."""
    return {row[1]: (bool(row[3]), row[4]) for row in outside(path, f'PRAGMA table_info("{table}")')}


async def upgrade(path: Path) -> list[str]:
    async with Store(f"file:{path}") as store:
        return store.applied


async def test_the_dump_is_of_the_first_release_and_has_rows_everywhere(old: Path) -> None:
    assert outside(old, "SELECT name FROM tortoise_migrations") == [("0001_initial",)]
    assert {table for table, rows in contents(old).items() if not rows} == set()


async def test_nothing_is_lost(old: Path) -> None:
    before = contents(old)
    assert await upgrade(old) == sorted(releases.known() - {"0001_initial"})
    after = contents(old)
    for table, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[table]]
        assert [row for row in rows if row not in kept] == [], table


async def test_new_columns_have_their_defaults(old: Path) -> None:
    before = contents(old)
    await upgrade(old)
    after = contents(old)
    for table, rows in before.items():
        ids = {row["id"] for row in rows}
        for name, (required, default) in columns(old, table).items():
            if name in rows[0] or (table, name) in TAKEN_FROM_ELSEWHERE:
                continue
            values = {row[name] for row in after[table] if row["id"] in ids}
            assert values == ({None} if default is None else {_literal(default)}), (table, name)
            assert not required or None not in values, (table, name)
    assert [row["labels_json"] for row in after["capsule_services"]] == ['{"tier":"mail"}']


def _literal(default: str) -> Any:
    return default.strip("'") if default.startswith("'") else int(default)


async def test_the_tables_are_those_of_a_new_database(old: Path, migrated: Path) -> None:
    await upgrade(old)
    tables = contents(migrated).keys()
    assert contents(old).keys() == tables
    for table in tables:
        assert columns(old, table) == columns(migrated, table), table
    assert outside(old, "PRAGMA foreign_key_check") == []
    assert outside(old, "PRAGMA integrity_check") == [("ok",)]


async def test_the_audit_trail_begins_with_what_was_there(old: Path) -> None:
    events = [row["id"] for row in contents(old)["audit_events"]]
    await upgrade(old)
    found = verify(old)
    assert found.findings == []
    numbered = outside(old, "SELECT id, sequence FROM audit_events ORDER BY sequence")
    assert [number for _, number in numbered] == list(range(1, len(numbered) + 1))
    assert set(events) == {event for event, _ in numbered}


async def test_a_second_start_changes_nothing(old: Path) -> None:
    await upgrade(old)
    before = contents(old)
    assert await upgrade(old) == []
    assert contents(old) == before


async def test_the_server_serves_it_and_its_agent_comes_back(old: Path, tmp_path: Path) -> None:
    rows = contents(old)
    server = Server(tmp_path, PATIENT | KEEP_EVERYTHING)
    await server.start()
    try:
        async with server.operator() as operator:
            agents = await operator.get("/api/admin/agents")
            assert {each["code"] for each in agents} == {row["code"] for row in rows["agents"]}
            (service,) = await operator.get("/api/admin/capsule-services")
            detail = await operator.get(f"/api/admin/capsule-services/{service['id']}")
            assert {each["name"] for each in detail["actions"]} == {"echo", "rotate"}
            commands = await operator.get("/api/admin/commands")
            assert {each["status"] for each in commands} == {"SUCCEEDED", "FAILED", "PENDING"}
            done = next(each for each in commands if each["status"] == "SUCCEEDED")
            assert (await operator.command(done["id"]))["result"]["data"] == {"n": 1}
            tokens = await operator.get("/api/admin/registration-tokens")
            assert {each["status"] for each in tokens} == {"ACTIVE", "USED", "REVOKED"}
            async with connected(server, AGENT_TOKEN) as agent:
                await agent.say(**hello("mailer"))
                await agent.hear("welcome")
                waiting = next(each for each in commands if each["status"] == "PENDING")
                assert (await agent.hear("command"))["commandId"] == waiting["id"]
            gone = next(each for each in agents if each["code"] == "gone")
            with pytest.raises(Refused, match="AGENT_REVOKED"):
                await operator.post(f"/api/admin/agents/{gone['id']}/enable")
    finally:
        assert await server.stop() == 0, server.log
    assert verify(old).ok


async def test_a_database_of_a_newer_release_is_left_alone(old: Path) -> None:
    await upgrade(old)
    with closing(sqlite3.connect(old)) as database:
        database.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('opstage', '0999_later', '2030')"
        )
        database.commit()
    before = contents(old)
    with pytest.raises(StoreUnavailable, match=r"newer release .*0999_later"):
        await upgrade(old)
    assert contents(old) == before


async def test_a_failed_upgrade_is_told_and_leaves_the_release_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old)) as database:
        database.execute("CREATE TABLE api_keys (in_the_way TEXT)")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await upgrade(old)
    assert outside(old, "SELECT name FROM tortoise_migrations") == [("0001_initial",)]
    assert "retired_at" not in columns(old, "agents")
