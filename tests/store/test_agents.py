"""Agents: statuses, generations, what hello says, contacts, lists."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.store.world import NOW, enrolled

from opstage.store import Store, agents
from opstage.store.records import AgentFilter, AgentRecord, Paging


async def stored(store: Store, agent_id: str) -> AgentRecord:
    found = await agents.get(store.reader, agent_id)
    assert found is not None
    return found


async def test_a_registered_agent_reads_back_as_it_was_returned(store: Store) -> None:
    agent = (await enrolled(store)).agent
    assert await stored(store, agent.id) == agent
    assert await agents.load_all(store.reader) == [agent]
    assert await agents.get(store.reader, "agt_no") is None


async def test_statuses_keep_why_and_since_when(store: Store) -> None:
    agent = (await enrolled(store)).agent
    changed = await store.write(
        lambda tx: agents.set_status(tx, agent.id, "OFFLINE", "SAID_BYE", NOW + 5, since=NOW + 4)
    )
    assert changed is not None
    assert (changed.status, changed.status_reason, changed.status_since) == ("OFFLINE", "SAID_BYE", NOW + 4)
    assert changed.updated_at == NOW + 5
    assert await stored(store, agent.id) == changed


async def test_disabling_and_enabling_move_disabled_at(store: Store) -> None:
    agent = (await enrolled(store)).agent
    disabled = await store.write(lambda tx: agents.set_status(tx, agent.id, "DISABLED", None, NOW + 1))
    enabled = await store.write(lambda tx: agents.set_status(tx, agent.id, "OFFLINE", None, NOW + 2))
    assert disabled is not None
    assert enabled is not None
    assert (disabled.disabled_at, enabled.disabled_at) == (NOW + 1, None)


async def test_a_status_changes_only_from_those_named(store: Store) -> None:
    agent = (await enrolled(store)).agent
    assert (
        await store.write(
            lambda tx: agents.set_status(tx, agent.id, "ONLINE", None, NOW, before=("DISABLED", "OFFLINE"))
        )
        is None
    )
    assert await stored(store, agent.id) == agent


async def test_many_statuses_at_once_pass_by_what_operators_decided(store: Store) -> None:
    free = (await enrolled(store, "free")).agent
    shut = (await enrolled(store, "shut")).agent
    await store.write(lambda tx: agents.set_status(tx, shut.id, "DISABLED", None, NOW))
    rows = [(agent.id, "OFFLINE", "CONNECTION_LOST", NOW + 3) for agent in (free, shut)]
    await store.write(lambda tx: agents.set_statuses(tx, rows, NOW + 4))
    assert (await stored(store, free.id)).status == "OFFLINE"
    assert (await stored(store, shut.id)).status == "DISABLED"


async def test_introductions_are_stored_and_older_generations_are_fenced_off(store: Store) -> None:
    agent = (await enrolled(store)).agent
    said = {"sdk": "py 1", "hostname": "box", "labels": {"env": "demo"}, "last_instance": "i2"}
    newer = replace(agent, connection_generation=2, updated_at=NOW + 1, **said)
    older = replace(agent, connection_generation=1, hostname="late")
    await store.write(lambda tx: agents.introduce(tx, [newer]))
    await store.write(lambda tx: agents.introduce(tx, [older]))
    assert await stored(store, agent.id) == newer


async def test_contacts_never_move_back(store: Store) -> None:
    agent = (await enrolled(store)).agent
    await store.write(lambda tx: agents.set_contacts(tx, [(agent.id, NOW + 20)]))
    await store.write(lambda tx: agents.set_contacts(tx, [(agent.id, NOW + 10), ("agt_no", NOW)]))
    after = await stored(store, agent.id)
    assert after.last_heartbeat_at == NOW + 20
    assert after.updated_at == agent.updated_at


async def test_lists_filter_by_status_and_text(store: Store) -> None:
    for code in ("alpha", "beta", "al_pha"):
        await enrolled(store, code)
    beta = await agents.find_by_code(store.reader, "beta")
    assert beta is not None
    await store.write(lambda tx: agents.set_status(tx, beta.id, "OFFLINE", None, NOW))

    async def codes(filters: AgentFilter, **paging: object) -> list[str]:
        found, total = await agents.page(store.reader, filters, Paging(**paging))  # type: ignore[arg-type]
        assert total >= len(found)
        known = {agent.id: agent.code for agent in await agents.load_all(store.reader)}
        return [known[agent_id] for agent_id in found]

    assert sorted(await codes(AgentFilter(status=("OFFLINE", "DISABLED")))) == ["beta"]
    assert await codes(AgentFilter(q="PHA"), sort="code") == ["al_pha", "alpha"]
    assert await codes(AgentFilter(q="l_p")) == ["al_pha"]
    assert await codes(AgentFilter(q="%")) == []
    assert [await codes(AgentFilter(q=q)) for q in ("\0", "alpha\0", "alpha\0beta")] == [[], [], []]
    with pytest.raises(ValueError, match="cannot sort by 'color': expected one of"):
        await codes(AgentFilter(), sort="color")
