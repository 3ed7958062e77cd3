"""What of a command is secret: payloads once they ended, and the keys that are handed over once."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace
from tests.store.world import NOW, commanded, draft, save, serving
from tests.store.world import reported as report

from opstage.core.redaction import REDACTED
from opstage.store import Store, api_keys, command_secrets, commands
from opstage.store.errors import DuplicateCommand
from opstage.store.records import SYSTEM, ApiKeyRecord, CommandRecord
from opstage_agent.wire import ActionInput

SCHEMA = {"type": "object", "properties": {"pin": {"type": "string", "format": "password"}}}


async def made_key(store: Store, name: str) -> ApiKeyRecord:
    key, _ = await store.write(
        lambda tx: api_keys.create(
            tx, name=name, role="operator", expires_at=None, actor=SYSTEM, user_id=None, now=NOW
        )
    )
    return key


async def test_an_ended_command_keeps_its_payload_without_secrets(store: Store) -> None:
    record = await commanded(store, payload={"pin": "1234", "n": 1})
    kept = {"pin": REDACTED, "n": 1}
    ended = replace(record, status="EXPIRED", completed_at=NOW, payload=kept, secrets_dropped=True)

    assert await store.write(lambda tx: commands.save(tx, ("PENDING", 0), ended, NOW))

    found = await commands.get(store.reader, record.id)
    assert found is not None
    assert (found.payload, found.secrets_dropped) == (kept, True)


async def test_an_open_command_comes_with_the_schema_of_its_action_while_there_is_one(store: Store) -> None:
    owner, service = await serving(store)
    await save(
        store, owner, [report(actions=[ActionInput(name="checkNow", label="Check", input_schema=SCHEMA)])]
    )
    await store.write(lambda tx: commands.create(tx, draft(owner, service), now=NOW))
    assert [each.input_schema for each in await commands.load_open(store.reader)] == [SCHEMA]
    await save(store, owner, [report(actions=[])])
    assert [each.input_schema for each in await commands.load_open(store.reader)] == [None]


async def test_an_idempotency_key_makes_one_command_per_api_key(store: Store) -> None:
    owner, service = await serving(store)
    one, two = await made_key(store, "one"), await made_key(store, "two")

    async def create(key: ApiKeyRecord) -> CommandRecord:
        wanted = draft(owner, service, created_by_key_id=key.id, created_by="key:one", idempotency_key="k")
        return await store.write(lambda tx: commands.create(tx, wanted, now=NOW))

    outcomes = await asyncio.gather(*(create(one) for _ in range(5)), return_exceptions=True)
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, CommandRecord)]
    assert sum(isinstance(outcome, DuplicateCommand) for outcome in outcomes) == 4
    found = await commands.by_idempotency(store.reader, user_id=None, key_id=one.id, key="k")
    assert found == made
    assert found.created_by == "key:one"
    assert await commands.by_idempotency(store.reader, user_id=None, key_id=two.id, key="k") is None
    assert await commands.by_idempotency(store.reader, user_id=one.id, key_id=None, key="k") is None
    await create(two)


async def test_secrets_that_an_older_release_left_are_dropped_from_ended_commands(store: Store) -> None:
    owner, service = await serving(store)
    action = ActionInput(name="checkNow", label="Check", input_schema=SCHEMA)
    await save(store, owner, [report(actions=[action])])
    raw = [{"pin": "1", "n": 1}, {"n": 2}, {"token": "t"}, {"pin": "2"}]
    made = [
        await store.write(lambda tx, p=p: commands.create(tx, draft(owner, service, payload=p), now=NOW))  # type: ignore[misc]
        for p in raw
    ]
    for record in made[:3]:
        ended = replace(record, status="FAILED", completed_at=NOW)
        assert await store.write(
            lambda tx, ended=ended: commands.save(tx, ("PENDING", 0), ended, NOW)  # type: ignore[misc]
        )

    last: str | None = ""
    while last is not None:
        last = await store.write(lambda tx, after=last: command_secrets.drop_older(tx, after, 2))  # type: ignore[misc]

    after = [await commands.get(store.reader, record.id) for record in made]
    assert [(each.payload, each.secrets_dropped) for each in after if each] == [
        ({"pin": REDACTED, "n": 1}, True),
        ({"n": 2}, False),
        ({"token": REDACTED}, True),
        ({"pin": "2"}, False),
    ]


async def kept(store: Store, expires_at: float) -> CommandRecord:
    """A command with a secret."""
    command = await commanded(store)
    await store.write(
        lambda tx: command_secrets.keep(tx, command.id, "sealed", expires_at=expires_at, now=NOW)
    )
    return command


async def test_a_secret_is_taken_by_exactly_one_of_many(store: Store) -> None:
    command = await kept(store, NOW + 10)
    assert await command_secrets.held_until(store.reader, command.id, NOW + 9) == NOW + 10

    taken = await asyncio.gather(
        *(store.write(lambda tx: command_secrets.take(tx, command.id, NOW + 9)) for _ in range(5))
    )

    assert sorted(taken, key=str) == [None, None, None, None, "sealed"]
    assert await command_secrets.held_until(store.reader, command.id, NOW + 9) is None


async def test_a_secret_whose_time_is_over_is_not_handed_out(store: Store) -> None:
    command = await kept(store, NOW + 10)

    assert await command_secrets.held_until(store.reader, command.id, NOW + 10) is None
    assert await store.write(lambda tx: command_secrets.take(tx, command.id, NOW + 10)) is None
    assert await store.write(lambda tx: command_secrets.take(tx, command.id, NOW)) is None
