"""Agent tokens replaced one by one: at no moment may all that an agent can hold be refused."""

from __future__ import annotations

from pathlib import Path

from tests.store.world import NOW, enrolled, outside

from opstage.core.ids import sha256_hex
from opstage.store import Store, agents
from opstage.store.records import AgentCredential, Registration


async def opens(store: Store, raw: str) -> AgentCredential:
    found = await agents.authenticate(store.reader, sha256_hex(raw))
    assert found is not None
    return found


async def issue(store: Store, owner: Registration, present: str, now: float) -> str:
    used = await opens(store, present)
    return await store.write(lambda tx: agents.issue_next(tx, owner.agent.id, used.token_id, now))


async def use(store: Store, owner: Registration, raw: str, until: float, now: float) -> int:
    used = await opens(store, raw)
    return await store.write(lambda tx: agents.take_over(tx, owner.agent.id, used.token_id, until, now))


async def test_an_older_token_has_no_end_until_the_newer_one_was_used(store: Store) -> None:
    owner = await enrolled(store)
    fresh = await issue(store, owner, owner.agent_token, NOW + 1)
    assert (await opens(store, owner.agent_token)).expires_at is None
    assert ((await opens(store, fresh)).replaces, (await opens(store, fresh)).last_used_at) == (1, None)
    assert await use(store, owner, fresh, NOW + 602, NOW + 2) == 1
    old = await opens(store, owner.agent_token)
    assert (old.token_status, old.expires_at) == ("ACTIVE", NOW + 602)
    assert (await opens(store, fresh)).expires_at is None
    assert (await opens(store, fresh)).replaces == 0


async def test_an_end_that_was_given_is_not_moved(store: Store) -> None:
    owner = await enrolled(store)
    second = await issue(store, owner, owner.agent_token, NOW + 1)
    await use(store, owner, second, NOW + 602, NOW + 2)
    third = await issue(store, owner, second, NOW + 3)
    assert await use(store, owner, third, NOW + 999, NOW + 4) == 1
    assert (await opens(store, owner.agent_token)).expires_at == NOW + 602
    assert (await opens(store, second)).expires_at == NOW + 999


async def test_the_use_of_an_older_token_never_ends_a_newer_one(store: Store) -> None:
    owner = await enrolled(store)
    answered = await issue(store, owner, owner.agent_token, NOW + 1)
    delayed = await issue(store, owner, owner.agent_token, NOW + 2)
    await use(store, owner, answered, NOW + 603, NOW + 3)
    assert (await opens(store, owner.agent_token)).expires_at == NOW + 603
    assert (await opens(store, answered)).expires_at is None
    assert (await opens(store, delayed)).expires_at is None


async def test_only_the_newest_unused_tokens_stay_and_the_one_in_use_always(store: Store) -> None:
    owner = await enrolled(store)
    asked = [await issue(store, owner, owner.agent_token, NOW + number) for number in range(1, 6)]
    statuses = [(await opens(store, raw)).token_status for raw in asked]
    assert statuses == ["REVOKED", "REVOKED", "ACTIVE", "ACTIVE", "ACTIVE"]
    assert (await opens(store, owner.agent_token)).token_status == "ACTIVE"


async def test_a_request_stands_until_a_newer_token_was_used(store: Store, path: Path) -> None:
    owner = await enrolled(store)
    assert await store.write(lambda tx: agents.request_rotation(tx, owner.agent.id, NOW + 1))
    fresh = await issue(store, owner, owner.agent_token, NOW + 2)
    (agent,) = await agents.load_all(store.reader)
    assert agent.rotation_requested_at == NOW + 1
    await use(store, owner, fresh, NOW + 9, NOW + 3)
    assert outside(path, "SELECT rotation_requested_at FROM agents") == [(None,)]
    assert not await store.write(lambda tx: agents.request_rotation(tx, "agt_no", NOW))


async def test_revoking_an_agent_ends_every_token_of_it(store: Store) -> None:
    owner = await enrolled(store)
    fresh = await issue(store, owner, owner.agent_token, NOW + 1)
    revoked = await store.write(lambda tx: agents.revoke(tx, owner.agent.id, reason="REVOKED", now=NOW + 2))
    assert revoked is not None and revoked[1] == 2
    assert {(await opens(store, raw)).token_status for raw in (owner.agent_token, fresh)} == {"REVOKED"}
