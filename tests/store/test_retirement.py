"""Taken off the lists, and deleted: what goes, and what stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.store.world import NOW, commanded, draft, enrolled, outside, reported, save, serving

from opstage.store import Store, agents, audit, commands, retirement, services
from opstage.store.records import AgentFilter, Paging, ResultDraft, ServiceFilter


async def test_a_retired_service_is_off_the_list_until_it_is_reported_again(store: Store) -> None:
    owner, service = await serving(store)
    assert await store.write(lambda tx: retirement.retire_services(tx, NOW + 1, ids=[service.id])) == [
        service.id
    ]
    assert await store.write(lambda tx: retirement.retire_services(tx, NOW + 2, ids=[service.id])) == []
    (known,) = await services.load_all(store.reader)
    assert known.retired_at == NOW + 1
    (saved,) = await save(store, owner, [reported(service.code)], NOW + 3)
    assert (saved.changed, saved.service.id, saved.service.retired_at) == (True, service.id, None)
    assert await services.load_all(store.reader) == [saved.service]
    assert (await audit.newest(store.reader))[0].action == "service.restored"
    (again,) = await save(store, owner, [reported(service.code)], NOW + 4)
    assert not again.changed
    assert [event.action for event in await audit.newest(store.reader)].count("service.restored") == 1


async def test_health_of_a_retired_service_does_not_bring_it_back(store: Store) -> None:
    owner, service = await serving(store)
    await store.write(lambda tx: retirement.retire_services(tx, NOW + 1, ids=[service.id]))
    said = reported().health
    assert said is not None
    await store.write(lambda tx: services.save_healths(tx, {owner.agent.id: {service.id: said}}, NOW + 2))
    (known,) = await services.load_all(store.reader)
    assert known.retired_at == NOW + 1


async def test_lists_leave_out_and_single_out(store: Store) -> None:
    first, service = await serving(store, "one")
    second, other = await serving(store, "two")
    found, total = await services.page(store.reader, ServiceFilter(without=(service.id,)), Paging())
    assert (found, total) == ([other.id], 1)
    gone, total = await agents.page(store.reader, AgentFilter(without=(second.agent.id, "agt_no")), Paging())
    assert (gone, total) == ([first.agent.id], 1)


async def test_retiring_an_agent_revokes_it_and_registering_brings_it_back(store: Store) -> None:
    owner, service = await serving(store)
    await store.write(lambda tx: agents.request_rotation(tx, owner.agent.id, NOW + 1))
    done = await store.write(lambda tx: retirement.retire_agent(tx, owner.agent.id, NOW + 2))
    assert done is not None
    record, tokens = done
    assert (record.status, record.retired_at, record.rotation_requested_at, tokens) == (
        "REVOKED",
        NOW + 2,
        None,
        1,
    )
    ids = await store.write(lambda tx: retirement.retire_services(tx, NOW + 2, agent_id=owner.agent.id))
    assert ids == [service.id]
    back = await enrolled(store, owner.agent.code, NOW + 3)
    assert (back.agent.id, back.agent.status, back.agent.retired_at) == (owner.agent.id, "ONLINE", None)
    assert await agents.load_all(store.reader) == [back.agent]
    assert await store.write(lambda tx: retirement.retire_agent(tx, "agt_no", NOW)) is None


async def test_a_deleted_service_takes_its_history_along_and_leaves_the_trail(
    store: Store, path: Path
) -> None:
    command = await commanded(store)
    ended = await commands.get(store.reader, command.id)
    assert ended is not None
    before = (ended.status, ended.attempt)
    await store.write(lambda tx: commands.finish(tx, before, ended, ResultDraft(success=True), NOW + 1))
    trail = outside(path, "SELECT COUNT(*) FROM audit_events")
    service_id = command.service_id
    assert await store.write(lambda tx: retirement.delete_service(tx, service_id)) is None
    await store.write(lambda tx: retirement.retire_services(tx, NOW + 2, ids=[service_id]))
    gone = await store.write(lambda tx: retirement.delete_service(tx, service_id))
    assert gone == retirement.Deleted(services=[service_id], commands=[command.id])
    for table in ("capsule_services", "commands", "command_results", "health_reports", "config_items"):
        assert outside(path, f"SELECT COUNT(*) FROM {table}") == [(0,)], table
    assert outside(path, "SELECT COUNT(*) FROM agents") == [(1,)]
    assert outside(path, "SELECT COUNT(*) FROM audit_events") == trail


async def test_only_a_revoked_agent_is_deleted_and_its_services_with_it(store: Store, path: Path) -> None:
    command = await commanded(store)
    agent_id = command.agent_id
    kept, _ = await serving(store, "kept")
    assert await store.write(lambda tx: retirement.delete_agent(tx, agent_id)) is None
    await store.write(lambda tx: agents.revoke(tx, agent_id, reason="REVOKED", now=NOW + 1))
    gone = await store.write(lambda tx: retirement.delete_agent(tx, agent_id))
    assert gone == retirement.Deleted(services=[command.service_id], commands=[command.id])
    assert [agent.id for agent in await agents.load_all(store.reader)] == [kept.agent.id]
    assert outside(path, "SELECT DISTINCT agent_id FROM agent_tokens") == [(kept.agent.id,)]
    assert outside(path, "SELECT COUNT(*) FROM registration_tokens WHERE agent_id IS NULL") == [(1,)]
    assert await store.write(lambda tx: retirement.delete_agent(tx, agent_id)) is None


async def test_what_an_agent_did_for_a_service_that_moved_on_goes_with_it(store: Store, path: Path) -> None:
    owner, service = await serving(store, "moving")
    await store.write(lambda tx: commands.create(tx, draft(owner, service), now=NOW + 1))
    heir = await enrolled(store, "heir")
    await save(store, heir, [reported(service.code)], NOW + 2, allow_takeover=lambda agent_id: True)
    await store.write(lambda tx: agents.revoke(tx, owner.agent.id, reason="REVOKED", now=NOW + 3))
    gone = await store.write(lambda tx: retirement.delete_agent(tx, owner.agent.id))
    assert gone is not None and (gone.services, len(gone.commands)) == ([], 1)
    assert outside(path, "SELECT id, agent_id FROM capsule_services") == [(service.id, heir.agent.id)]
    assert outside(path, "SELECT agent_id FROM health_reports") == []


async def test_a_report_and_a_deletion_at_once_leave_a_whole_service_or_none(store: Store) -> None:
    owner, service = await serving(store, "torn")
    await store.write(lambda tx: retirement.retire_services(tx, NOW + 1, ids=[service.id]))
    deleted, saved = await asyncio.gather(
        store.write(lambda tx: retirement.delete_service(tx, service.id)),
        save(store, owner, [reported(service.code)], NOW + 2),
    )
    (left,) = await services.load_all(store.reader)
    assert left == saved[0].service
    assert (left.id == service.id) == (deleted is None)
