"""How the database is asked: a fixed number of statements, and indexes for every default list."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

import pytest
from tests.store.world import RecordingReader, commanded, enrolled, reported, save

from opstage.store import (
    Reader,
    Store,
    agents,
    audit,
    command_secrets,
    commands,
    outputs,
    runs,
    services,
    sessions,
    settings,
    tokens,
    users,
)
from opstage.store.records import (
    AgentFilter,
    AuditFilter,
    CommandFilter,
    Paging,
    ServiceFilter,
    TokenFilter,
    UserFilter,
)

Listing = Callable[[Reader, Paging], Awaitable[object]]

LISTS: dict[str, tuple[Listing, dict[str, str]]] = {
    "users": (lambda reader, paging: users.page(reader, UserFilter(), paging), users.SORTS),
    "tokens": (lambda reader, paging: tokens.page(reader, TokenFilter(), paging), tokens.SORTS),
    "agents": (lambda reader, paging: agents.page(reader, AgentFilter(), paging), agents.SORTS),
    "services": (lambda reader, paging: services.page(reader, ServiceFilter(), paging), services.SORTS),
    "commands": (lambda reader, paging: commands.page(reader, CommandFilter(), paging), commands.SORTS),
    "runs": (
        lambda reader, paging: runs.page(reader, status=(), action_name=(), paging=paging),
        runs.SORTS,
    ),
    "audit": (lambda reader, paging: audit.page(reader, AuditFilter(), paging), audit.SORTS),
}
FILTERED: dict[str, Listing] = {
    "tokens by status": lambda reader, paging: tokens.page(reader, TokenFilter(status=("USED",)), paging),
    "agents by status": lambda reader, paging: agents.page(reader, AgentFilter(status=("ONLINE",)), paging),
    "services by status": lambda reader, paging: services.page(
        reader, ServiceFilter(status=("STALE",)), paging
    ),
    "services by health": lambda reader, paging: services.page(
        reader, ServiceFilter(health_status=("UP",)), paging
    ),
    "services by agent": lambda reader, paging: services.page(
        reader, ServiceFilter(agent_id=("agt_1",)), paging
    ),
    "commands by status": lambda reader, paging: commands.page(
        reader, CommandFilter(status=("FAILED",)), paging
    ),
    "commands by agent": lambda reader, paging: commands.page(
        reader, CommandFilter(agent_id=("agt_1",)), paging
    ),
    "commands by service": lambda reader, paging: commands.page(
        reader, CommandFilter(service_id=("svc_1",)), paging
    ),
    "commands by action": lambda reader, paging: commands.page(
        reader, CommandFilter(action_name=("checkNow",)), paging
    ),
    "runs by status": lambda reader, paging: runs.page(
        reader, status=("FAILED",), action_name=(), paging=paging
    ),
    "runs by action": lambda reader, paging: runs.page(
        reader, status=(), action_name=("checkNow",), paging=paging
    ),
    "targets of a run": lambda reader, paging: runs.targets_page(
        reader, "run_1", status=(), paging=Paging(sort="position")
    ),
    "targets of a run by status": lambda reader, paging: runs.targets_page(
        reader, "run_1", status=("FAILED", "EXPIRED"), paging=Paging(sort="position")
    ),
    "audit by action": lambda reader, paging: audit.page(reader, AuditFilter(action=("a.b",)), paging),
    "audit by result": lambda reader, paging: audit.page(reader, AuditFilter(result=("FAILURE",)), paging),
    "audit by actor": lambda reader, paging: audit.page(
        reader, AuditFilter(actor_type=("USER",), actor_id=("usr_1",)), paging
    ),
    "audit by target": lambda reader, paging: audit.page(
        reader, AuditFilter(target_type=("User",), target_id=("usr_1",)), paging
    ),
}


async def plan(reader: Reader, sql: str, values: Sequence[object]) -> list[str]:
    rows = await reader.rows(f"EXPLAIN QUERY PLAN {sql}", *values)
    return [str(row[3]) for row in rows]


async def plans(store: Store, reader: RecordingReader) -> list[str]:
    return [line for sql, values in reader.statements for line in await plan(store.reader, sql, values)]


@pytest.mark.parametrize("name", LISTS)
async def test_pages_are_cut_from_an_index_in_order(store: Store, name: str) -> None:
    listing, sorts = LISTS[name]
    for field in sorts:
        reader = RecordingReader(store)
        await listing(reader, Paging(sort=f"-{field}"))
        ((sql, values),) = [(sql, values) for sql, values in reader.statements if "LIMIT" in sql]
        cut = sql[sql.index("SELECT t.id FROM") : sql.rindex("OFFSET ?") + len("OFFSET ?")]
        (line,) = await plan(store.reader, cut, values)
        assert re.match("SCAN t USING (COVERING )?INDEX", line), (field, line)


@pytest.mark.parametrize("name", FILTERED)
async def test_filters_search_an_index(store: Store, name: str) -> None:
    reader = RecordingReader(store)
    await FILTERED[name](reader, Paging())
    found = await plans(store, reader)
    assert not any(plan.startswith("SCAN") for plan in found), found


async def test_loading_a_fleet_takes_one_statement_each(store: Store) -> None:
    for number in range(5):
        owner = await enrolled(store, f"agent-{number}")
        await save(store, owner, [reported(f"svc-{number}-{index}") for index in range(3)])
    await commanded(store)
    reader = RecordingReader(store)
    assert len(await agents.load_all(reader)) == 6
    assert len(await services.load_all(reader)) == 16
    await commands.load_open(reader)
    await commands.newest(reader)
    await audit.newest(reader)
    assert len(reader.statements) == 5


async def test_single_things_are_found_by_an_index(store: Store) -> None:
    reader = RecordingReader(store)
    await users.get(reader, "usr_1")
    await users.find_by_username(reader, "ann")
    await sessions.find(reader, "hash", 0)
    await tokens.find_by_hash(reader, "hash")
    await agents.find_by_code(reader, "agent-1")
    await agents.authenticate(reader, "hash")
    await services.detail(reader, "svc_1")
    await services.action(reader, "svc_1", "checkNow")
    await services.newest_health(reader, "svc_1")
    await services.configs(reader, "svc_1")
    await commands.detail(reader, "cmd_1")
    await commands.by_idempotency(reader, user_id="usr_1", key_id=None, key="key")
    await commands.by_idempotency(reader, user_id=None, key_id="key_1", key="key")
    await command_secrets.held_until(reader, "cmd_1", 0)
    await outputs.load(reader, "cmd_1")
    await runs.get(reader, "run_1")
    await runs.targets(reader, "run_1")
    await runs.load_open(reader)
    await runs.by_idempotency(reader, user_id="usr_1", key_id=None, key="key")
    await runs.by_idempotency(reader, user_id=None, key_id="key_1", key="key")
    await settings.get(reader, "maintenance")
    found = await plans(store, reader)
    assert len(found) >= len(reader.statements) == 22
    assert not any(line.startswith("SCAN") for line in found), found
