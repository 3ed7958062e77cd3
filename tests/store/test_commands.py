"""Commands: every transition names its start, results and audits come with it, names are joined."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace
from tests.store.world import NOW, commanded, draft, save, serving, signed_up
from tests.store.world import reported as report

from opstage.store import Store, audit, commands, outputs
from opstage.store.errors import DuplicateCommand
from opstage.store.records import (
    SYSTEM,
    AuditDraft,
    CommandDraft,
    CommandFilter,
    CommandRecord,
    OpenCommand,
    OutputRecord,
    Paging,
    ResultDraft,
    ResultRecord,
)
from opstage_agent.wire import OutputLine, OutputStream

EVENT = AuditDraft(action="command.completed", actor=SYSTEM, target_type="Command")


async def move(store: Store, before: tuple[str, int], record: CommandRecord, now: float) -> bool:
    return await store.write(lambda tx: commands.save(tx, before, record, now, audits=[EVENT]))


async def make(store: Store, draft: CommandDraft, now: float) -> CommandRecord:
    return await store.write(lambda tx: commands.create(tx, draft, now=now))


async def write_output(store: Store, output: OutputRecord) -> None:
    await store.write(lambda tx: outputs.save(tx, output, NOW))


async def finish(store: Store, record: CommandRecord, before: tuple[str, int]) -> ResultRecord | None:
    ended = replace(record, status="SUCCEEDED", completed_at=NOW + 3)
    result = ResultDraft(success=True, message="done", data={"n": 1})
    event = replace(EVENT, target_id=record.id)
    return await store.write(lambda tx: commands.finish(tx, before, ended, result, NOW + 3, audits=[event]))


async def test_a_new_command_reads_back_with_all_its_names(store: Store) -> None:
    user = await signed_up(store)
    record = await commanded(
        store, created_by_user_id=user.id, created_by="ann", timeout_seconds=5, expires_at=NOW + 60
    )
    assert (record.status, record.attempt, record.payload) == ("PENDING", 0, {"depth": 1})
    assert await commands.get(store.reader, record.id) == record
    assert await commands.load_open(store.reader) == [OpenCommand(command=record, input_schema={})]
    assert (record.agent_code, record.service_name) == ("billing-agent", "Billing")
    assert (record.action_label, record.created_by) == ("Check now", "ann")


async def test_an_action_that_is_gone_is_named_by_its_name(store: Store) -> None:
    owner, service = await serving(store)
    record = await store.write(lambda tx: commands.create(tx, draft(owner, service), now=NOW))
    await save(store, owner, [report(actions=[])])
    found = await commands.get(store.reader, record.id)
    assert found is not None
    assert found.action_label == "checkNow"


async def test_audits_of_a_new_command_learn_its_id(store: Store) -> None:
    owner, service = await serving(store)
    events = [
        AuditDraft(
            action="service.action.prepare_requested",
            actor=SYSTEM,
            target_type="CapsuleService",
            target_id=service.id,
            metadata={"actionName": "checkNow", "commandId": None},
        ),
        AuditDraft(action="command.created", actor=SYSTEM, target_type="Command"),
    ]
    record = await store.write(lambda tx: commands.create(tx, draft(owner, service), now=NOW, audits=events))
    created, requested = (await audit.newest(store.reader))[:2]
    assert (created.action, created.target_id) == ("command.created", record.id)
    assert requested.metadata == {"actionName": "checkNow", "commandId": record.id}


async def test_an_idempotency_key_makes_one_command_per_user(store: Store) -> None:
    owner, service = await serving(store)
    ann, bob = await signed_up(store, "ann"), await signed_up(store, "bob")

    async def create(user_id: str, key: str | None = "key-1") -> CommandRecord:
        wanted = draft(owner, service, created_by_user_id=user_id, idempotency_key=key)
        return await store.write(lambda tx: commands.create(tx, wanted, now=NOW, audits=[EVENT]))

    outcomes = await asyncio.gather(*(create(ann.id) for _ in range(5)), return_exceptions=True)
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, CommandRecord)]
    assert sum(isinstance(outcome, DuplicateCommand) for outcome in outcomes) == 4
    found = await commands.by_idempotency(store.reader, user_id=ann.id, key_id=None, key="key-1")
    assert found is not None
    assert found.id == made.id
    assert await commands.by_idempotency(store.reader, user_id=bob.id, key_id=None, key="key-1") is None
    await create(bob.id)
    await create(ann.id, None)
    await create(ann.id, None)
    assert len(await commands.load_open(store.reader)) == 4
    # Four of the set-up, and one for each command that was really made.
    assert len(await audit.newest(store.reader)) == 4 + 4


async def test_a_transition_is_stored_whole(store: Store) -> None:
    record = await commanded(store)
    moved = replace(
        record,
        status="RUNNING",
        attempt=2,
        sent=True,
        sent_at=NOW + 1,
        started_at=NOW + 2,
        lease_until=NOW + 60,
        not_before=NOW + 3,
        cancel_requested_at=NOW + 4,
        cancel_reason="enough",
        percent=12.5,
        progress_message="an eighth",
        error_code="E",
        error_message="m",
        updated_at=NOW + 5,
    )
    assert await store.write(lambda tx: commands.save(tx, ("PENDING", 0), moved, NOW + 5))
    assert await commands.get(store.reader, record.id) == replace(
        moved, service_name="Billing", action_label="Check now"
    )


async def test_a_late_transition_changes_nothing(store: Store) -> None:
    record = await commanded(store)
    running = replace(record, status="RUNNING", attempt=1)
    assert await store.write(lambda tx: commands.save(tx, ("PENDING", 0), running, NOW + 1))
    late = replace(record, status="CANCELLED")
    for before in [("PENDING", 0), ("RUNNING", 0), ("PENDING", 1)]:
        assert not await move(store, before, late, NOW + 2)
    found = await commands.get(store.reader, record.id)
    assert found is not None
    assert (found.status, found.updated_at) == ("RUNNING", NOW + 1)
    assert "command.completed" not in [event.action for event in await audit.newest(store.reader)]


async def test_of_two_results_the_first_wins(store: Store) -> None:
    record = await commanded(store)
    outcomes = await asyncio.gather(*(finish(store, record, ("PENDING", 0)) for _ in range(4)))
    (result,) = [outcome for outcome in outcomes if outcome is not None]
    detail = await commands.detail(store.reader, record.id)
    assert detail is not None
    assert (detail.command.status, detail.command.completed_at) == ("SUCCEEDED", NOW + 3)
    assert detail.result == result
    assert (result.success, result.data, result.error) == (True, {"n": 1}, {})
    actions = [event.action for event in await audit.newest(store.reader)]
    assert actions.count("command.completed") == 1


async def test_a_command_without_a_result_has_none(store: Store) -> None:
    record = await commanded(store)
    detail = await commands.detail(store.reader, record.id)
    assert detail is not None
    assert detail.result is None
    assert await commands.detail(store.reader, "cmd_no") is None


async def test_open_ones_come_oldest_first_and_finished_ones_newest_first(store: Store) -> None:
    owner, service = await serving(store)
    # All at the same instant: the order they were made in must still hold.
    made = [
        await store.write(lambda tx: commands.create(tx, draft(owner, service), now=NOW)) for _ in range(6)
    ]
    for number, record in enumerate(made[:3]):
        ended = replace(record, status="FAILED", completed_at=NOW + number)
        await move(store, ("PENDING", 0), ended, NOW)
    assert [each.command.id for each in await commands.load_open(store.reader)] == [
        record.id for record in made[3:]
    ]
    assert [record.id for record in await commands.newest(store.reader, 2)] == [made[2].id, made[1].id]


async def test_pages_filter_and_count(store: Store) -> None:
    owner, service = await serving(store)
    _, other = await serving(store, "other")
    for number in range(5):
        await make(store, draft(owner, service if number % 2 else other), NOW + number)

    async def page(filters: CommandFilter, **paging: int) -> tuple[list[float], int]:
        found, total = await commands.page(store.reader, filters, Paging(**paging))  # type: ignore[arg-type]
        return [record.created_at - NOW for record in found], total

    assert await page(CommandFilter()) == ([4, 3, 2, 1, 0], 5)
    assert await page(CommandFilter(), page=2, page_size=2) == ([2, 1], 5)
    assert await page(CommandFilter(), page=4, page_size=2) == ([], 5)
    assert await page(CommandFilter(service_id=(service.id,))) == ([3, 1], 2)
    assert await page(CommandFilter(status=("PENDING", "RUNNING"), action_name=("checkNow",))) == (
        [4, 3, 2, 1, 0],
        5,
    )
    assert await page(CommandFilter(type=("ACTION_PREPARE",))) == ([], 0)


async def test_output_is_replaced_as_it_grows(store: Store) -> None:
    record = await commanded(store)
    assert await outputs.load(store.reader, record.id) is None
    line = OutputLine(stream=OutputStream.STDOUT, text="grüße", at="2026-05-01T12:00:00.000Z")
    first = OutputRecord(command_id=record.id, attempt=1, lines=[line])
    second = OutputRecord(
        command_id=record.id, attempt=2, lines=[line, line], dropped_from=1, dropped_count=40
    )
    for output in (first, second):
        await write_output(store, output)
        assert await outputs.load(store.reader, record.id) == output
