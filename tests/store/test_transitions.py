"""What is stored a moment later than it is shown, and audited with it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.store.world import NOW, enrolled, outside
from tests.support.waiting import until

from opstage.hub import transitions
from opstage.hub.transitions import HEARTBEAT_AUDIT_SECONDS, Transitions
from opstage.store import Store, agents, audit
from opstage.store.records import AgentRecord, AuditRecord


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> float:
        """Where it stands."""
        return self.at


async def registered(store: Store, code: str = "agent-1") -> AgentRecord:
    return (await enrolled(store, code)).agent


async def events(store: Store, action: str) -> list[AuditRecord]:
    return [event for event in await audit.newest(store.reader) if event.action == action]


async def test_each_time_an_agent_goes_offline_is_audited_even_if_it_came_back_at_once(store: Store) -> None:
    agent, later = await registered(store), Transitions(store, Hand())
    for status, reason in (("OFFLINE", "lost"), ("ONLINE", None), ("OFFLINE", "said-bye"), ("ONLINE", None)):
        later.agent(replace(agent, status=status, status_reason=reason))
    await later.flush()

    told = [
        (event.target_type, event.target_id, event.metadata)
        for event in await events(store, "system.agent.offline")
    ]
    assert told == [
        ("Agent", agent.id, {"count": 1, "reason": "said-bye"}),
        ("Agent", agent.id, {"count": 1, "reason": "lost"}),
    ]
    assert [each.status for each in await agents.load_all(store.reader)] == ["ONLINE"]


async def test_a_storm_is_audited_agent_by_agent_in_few_transactions(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions, "BATCH_AGENTS", 100)
    agent, later = await registered(store), Transitions(store, Hand())
    for number in range(950):
        later.agent(replace(agent, id=f"agt_{number}", status="OFFLINE"))
    before = store.commits
    await later.flush()

    assert store.commits - before == 10
    rows = outside(path, "SELECT target_id FROM audit_events WHERE action = 'system.agent.offline'")
    assert Counter(row[0] for row in rows) == Counter(f"agt_{number}" for number in range(950))


async def test_what_the_database_refused_is_audited_once_it_takes_it(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transitions, "RETRY_SECONDS", 0.01)
    agent, later = await registered(store), Transitions(store, Hand())
    later.agent(replace(agent, status="OFFLINE"))
    later.heartbeat(agent)

    async def refused() -> bool:
        return "stored later" in caplog.text

    with closing(sqlite3.connect(path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN EXCLUSIVE")
        flushing = asyncio.create_task(later.flush())
        await until(refused, "the database to refuse")
        blocker.execute("ROLLBACK")
        await flushing

    assert len(await events(store, "system.agent.offline")) == 1
    assert len(await events(store, "agent.heartbeat.received")) == 1


async def test_heartbeats_by_rest_are_audited_now_and_then(store: Store) -> None:
    clock = Hand()
    one, other, later = (
        await registered(store, "one"),
        await registered(store, "other"),
        Transitions(store, clock),
    )
    for after in (0.0, 30.0, HEARTBEAT_AUDIT_SECONDS - 1, HEARTBEAT_AUDIT_SECONDS):
        clock.at = NOW + after
        later.heartbeat(one)
        await later.flush()
    later.heartbeat(other)
    await later.flush()

    told = [
        (event.actor_type, event.actor_id, event.target_id)
        for event in await events(store, "agent.heartbeat.received")
    ]
    assert told == [("AGENT", other.id, other.id), ("AGENT", one.id, one.id), ("AGENT", one.id, one.id)]
