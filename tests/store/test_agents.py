"""Agents: statuses, generations, what hello says, contacts, lists."""

from __future__ import annotations

import pytest
from tests.store.world import NOW, enrolled

from opstage.store import Store, agents
from opstage.store.records import AgentFacts, AgentFilter, AgentRecord, Paging


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


async def test_generations_count_up_per_agent(store: Store) -> None:
    first = (await enrolled(store, "first")).agent
    second = (await enrolled(store, "second")).agent
    taken = [await store.write(lambda tx: agents.next_generation(tx, first.id)) for _ in range(3)]
    assert taken == [1, 2, 3]
    assert await store.write(lambda tx: agents.next_generation(tx, second.id)) == 1
    with pytest.raises(LookupError):
        await store.write(lambda tx: agents.next_generation(tx, "agt_no"))


async def test_hello_changes_only_what_it_names(store: Store) -> None:
    agent = (await enrolled(store)).agent

    async def say(now: float, **more: object) -> tuple[AgentRecord, bool]:
        facts = AgentFacts(**({"instance": "i1", "sdk": "py 1"} | more))  # type: ignore[arg-type]
        return await store.write(lambda tx: agents.describe(tx, agent.id, facts, now))

    described, changed = await say(NOW + 1, hostname="box", labels={"env": "demo"})
    assert changed
    assert (described.hostname, described.labels, described.updated_at) == ("box", {"env": "demo"}, NOW + 1)
    again, changed = await say(NOW + 2, instance="i2")
    assert not changed
    assert (again.last_instance, again.labels, again.updated_at) == ("i2", {"env": "demo"}, NOW + 1)
    assert await stored(store, agent.id) == again
    with pytest.raises(LookupError):
        await store.write(lambda tx: agents.describe(tx, "agt_no", AgentFacts(instance="i", sdk="s"), NOW))


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
        return [agent.code for agent in found]

    assert sorted(await codes(AgentFilter(status=("OFFLINE", "DISABLED")))) == ["beta"]
    assert await codes(AgentFilter(q="PHA"), sort="code") == ["al_pha", "alpha"]
    assert await codes(AgentFilter(q="l_p")) == ["al_pha"]
    assert await codes(AgentFilter(q="%")) == []
    with pytest.raises(ValueError, match="cannot sort by 'color': expected one of"):
        await codes(AgentFilter(), sort="color")
