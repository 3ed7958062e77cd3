"""The audit trail: order, filters, masking, retention."""

from __future__ import annotations

import msgspec
from tests.store.world import NOW

from opstage.store import Store, Tx, audit
from opstage.store.records import Actor, AuditDraft, AuditFilter, AuditRecord, Paging

ANN = Actor(type="USER", id="usr_ann", name="ann", ip_address="10.0.0.1", user_agent="Browser")
BOT = Actor(type="AGENT", id="agt_bot", name="bot")


async def record(store: Store, *drafts: AuditDraft, now: float = NOW) -> None:
    async def work(tx: Tx) -> None:
        for draft in drafts:
            audit.record(tx, draft, now)

    await store.write(work)


async def actions(store: Store, filters: AuditFilter) -> list[str]:
    found, total = await audit.page(store.reader, filters, Paging())
    assert total == len(found)
    return [event.action for event in found]


async def test_an_event_reads_back_as_it_was_returned(store: Store) -> None:
    draft = AuditDraft(
        action="user.created",
        actor=ANN,
        target_type="User",
        target_id="usr_bob",
        target_name="bob",
        result="FAILURE",
        message="taken",
        metadata={"role": "viewer", "deep": {"list": [1, None]}},
    )

    async def work(tx: Tx) -> AuditRecord:
        return audit.record(tx, draft, NOW)

    event = await store.write(work)
    assert (event.ip_address, event.user_agent, event.actor_name) == ("10.0.0.1", "Browser", "ann")
    (stored,) = await audit.newest(store.reader)
    assert msgspec.structs.replace(stored, sequence=None, hash=None) == event
    assert await audit.get(store.reader, event.id) == stored
    assert await audit.get(store.reader, "aud_no") is None


async def test_events_of_one_instant_keep_their_order(store: Store) -> None:
    names = [f"test.n{number}" for number in range(200)]
    await record(store, *(AuditDraft(action=name, actor=ANN) for name in names))
    assert [event.action for event in await audit.newest(store.reader, 500)] == names[::-1]
    assert len(await audit.newest(store.reader, 7)) == 7


async def test_raw_tokens_in_metadata_are_masked(store: Store) -> None:
    raw = "opstage_agent_abc_def-ghi"
    metadata = {"tokenCount": 2, "said": f"got {raw}!", "list": [{"x": raw}]}
    await record(store, AuditDraft(action="test.done", actor=ANN, metadata=metadata))
    (event,) = await audit.newest(store.reader)
    masked = "opstage_agent_[REDACTED]"
    assert event.metadata == {"tokenCount": 2, "said": f"got {masked}!", "list": [{"x": masked}]}


async def test_filters_narrow_and_combine(store: Store) -> None:
    await record(store, AuditDraft(action="bus.route.created", actor=ANN, target_type="BusRoute"))
    await record(store, AuditDraft(action="agent.registered", actor=BOT, target_id="agt_bot"), now=NOW + 10)
    await record(store, AuditDraft(action="agent.revoked", actor=ANN, result="FAILURE"), now=NOW + 20)
    assert await actions(store, AuditFilter()) == ["agent.revoked", "agent.registered", "bus.route.created"]
    assert await actions(store, AuditFilter(actor_type=("AGENT",))) == ["agent.registered"]
    assert await actions(store, AuditFilter(actor_id=("usr_ann",), result=("FAILURE",))) == ["agent.revoked"]
    assert await actions(store, AuditFilter(target_type=("BusRoute",))) == ["bus.route.created"]
    assert await actions(store, AuditFilter(target_id=("agt_bot",))) == ["agent.registered"]
    assert await actions(store, AuditFilter(action=("agent.revoked", "agent.registered"))) == [
        "agent.revoked",
        "agent.registered",
    ]
    assert await actions(store, AuditFilter(action=("bus.*",))) == ["bus.route.created"]
    assert await actions(store, AuditFilter(action=("bus.*", "agent.revoked"), actor_id=("usr_ann",))) == [
        "agent.revoked",
        "bus.route.created",
    ]
    assert await actions(store, AuditFilter(action=("bus.*", "agent.*"), actor_id=("usr_bot",))) == []
    assert await actions(store, AuditFilter(since=NOW + 10, until=NOW + 10)) == ["agent.registered"]


async def test_retention_deletes_what_is_older(store: Store) -> None:
    for after in (0, 0, 10):
        await record(store, AuditDraft(action="test.done", actor=ANN), now=NOW + after)
    assert await store.write(lambda tx: audit.prune(tx, NOW + 10, 500, NOW + 20)) == 2
    pruned, kept = await audit.newest(store.reader)
    assert (kept.action, kept.sequence) == ("test.done", 3)
    assert (pruned.action, pruned.metadata["deleted"], pruned.metadata["to"]) == ("audit.pruned", 2, 2)


async def test_long_events_are_read_in_short_batches_and_none_is_left_out(store: Store) -> None:
    long = [AuditDraft(action=f"long.{n}", actor=ANN, metadata={"x": "y" * 30_000}) for n in range(120)]
    short = [AuditDraft(action=f"short.{n}", actor=ANN) for n in range(700)]
    await record(store, *long)
    await record(store, *short, now=NOW + 1)

    read = [batch async for batch in audit.batches(store.reader, AuditFilter(), "createdAt")]
    told = [event.action for batch in read for event in batch]
    assert sorted(told) == sorted(draft.action for draft in (*long, *short))
    first, *others = [len(batch) for batch in read if all("x" in event.metadata for event in batch)]
    assert first == audit.FIRST_BATCH
    assert others and max(others) <= audit.BATCH_CHARACTERS // 30_000
    assert max(map(len, read)) == audit.BATCH

    backward = [each async for each in audit.batches(store.reader, AuditFilter())]
    assert [event.action for batch in backward for event in batch] == told[::-1]
