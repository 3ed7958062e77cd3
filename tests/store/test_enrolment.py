"""Registration: a token opens once, and never brings back what an operator shut out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.store.world import NOW, enrolled, everything, outside

from opstage.core.ids import sha256_hex
from opstage.store import Store, agents, audit, tokens
from opstage.store.errors import RegistrationRefused
from opstage.store.records import SYSTEM, AgentIdentity, Paging, Registration, TokenFilter, TokenRecord


async def issue(store: Store, expires_at: float | None = None, now: float = NOW) -> tuple[TokenRecord, str]:
    return await store.write(
        lambda tx: tokens.create(tx, name="spare", expires_at=expires_at, actor=SYSTEM, now=now)
    )


async def register(store: Store, raw: str, code: str = "agent-1", now: float = NOW + 1) -> Registration:
    identity = AgentIdentity(code=code)
    return await store.write(lambda tx: agents.register(tx, raw_token=raw, agent=identity, now=now))


async def refusal(store: Store, raw: str, now: float = NOW + 1) -> str:
    with pytest.raises(RegistrationRefused) as refused:
        await register(store, raw, now=now)
    return refused.value.reason


async def test_a_new_code_becomes_an_agent_with_a_token_of_its_own(store: Store) -> None:
    token, raw = await issue(store)
    registration = await register(store, raw)
    assert registration.created
    assert registration.revoked_tokens == 0
    assert registration.agent.status == "ONLINE"
    credential = await agents.authenticate(store.reader, sha256_hex(registration.agent_token))
    assert credential is not None
    assert (credential.agent_id, credential.agent_status) == (registration.agent.id, "ONLINE")
    assert credential.token_status == "ACTIVE"
    used = await tokens.get(store.reader, token.id)
    assert used is not None
    assert (used.status, used.agent_id, used.used_at) == ("USED", registration.agent.id, NOW + 1)


async def test_raw_tokens_are_nowhere_in_the_database(store: Store, path: Path) -> None:
    _, raw = await issue(store)
    registration = await register(store, raw)
    stored = everything(path)
    assert sha256_hex(raw).encode() in stored
    assert raw.encode() not in stored
    assert registration.agent_token.encode() not in stored


async def test_registering_again_keeps_the_id_and_ends_older_tokens(store: Store) -> None:
    first = await enrolled(store)
    _, raw = await issue(store)
    second = await register(store, raw)
    assert (second.agent.id, second.created, second.revoked_tokens) == (first.agent.id, False, 1)
    old = await agents.authenticate(store.reader, sha256_hex(first.agent_token))
    assert old is not None
    assert old.token_status == "REVOKED"
    actions = [event.action for event in await audit.newest(store.reader)]
    assert actions[:3] == ["agent.registered", "agent.token.rotated", "registration_token.consumed"]


async def test_a_token_opens_once_even_for_two_at_the_same_time(store: Store) -> None:
    _, raw = await issue(store)
    outcomes = await asyncio.gather(
        *(register(store, raw, code=f"agent-{number}") for number in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Registration) for outcome in outcomes) == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, RegistrationRefused)]
    assert {error.reason for error in refused} == {"used"}
    assert len(await agents.load_all(store.reader)) == 1


async def test_unknown_expired_and_revoked_tokens_say_so(store: Store) -> None:
    assert await refusal(store, "opstage_reg_nobody") == "unknown"
    _, raw = await issue(store, expires_at=NOW + 10)
    assert await refusal(store, raw, now=NOW + 10) == "expired"
    token, raw = await issue(store)
    await store.write(lambda tx: tokens.revoke(tx, token.id, actor=SYSTEM, now=NOW))
    assert await refusal(store, raw) == "revoked"


async def test_a_disabled_agent_stays_disabled(store: Store) -> None:
    agent = (await enrolled(store)).agent
    await store.write(lambda tx: agents.set_status(tx, agent.id, "DISABLED", "DISABLED", NOW))
    _, raw = await issue(store)
    assert (await register(store, raw)).agent.status == "DISABLED"


async def test_a_revoked_agent_stays_out_and_the_token_stays_unused(store: Store) -> None:
    agent = (await enrolled(store)).agent
    revoked = await store.write(lambda tx: agents.revoke(tx, agent.id, reason="REVOKED", now=NOW + 2))
    assert revoked is not None
    record, count = revoked
    assert (record.status, record.revoked_at, count) == ("REVOKED", NOW + 2, 1)
    token, raw = await issue(store)
    assert await refusal(store, raw) == "agent_revoked"
    unused = await tokens.get(store.reader, token.id)
    assert unused is not None
    assert unused.status == "ACTIVE"


async def test_a_revoked_agent_comes_back_with_a_token_made_after_the_revocation(store: Store) -> None:
    agent = (await enrolled(store)).agent
    await store.write(lambda tx: agents.revoke(tx, agent.id, reason="REVOKED", now=NOW + 2))
    _, raw = await issue(store, now=NOW + 3)
    back = (await register(store, raw, code=agent.code, now=NOW + 4)).agent
    assert (back.id, back.status, back.revoked_at) == (agent.id, "ONLINE", None)
    assert await agents.get(store.reader, agent.id) == back


async def test_revoking_twice_changes_nothing_more(store: Store) -> None:
    agent = (await enrolled(store)).agent
    first = await store.write(lambda tx: agents.revoke(tx, agent.id, reason="REVOKED", now=NOW + 2))
    second = await store.write(lambda tx: agents.revoke(tx, agent.id, reason="REVOKED", now=NOW + 9))
    assert first is not None
    assert second == (first[0], 0)
    assert await store.write(lambda tx: agents.revoke(tx, "agt_no", reason=None, now=NOW)) is None


async def test_use_of_a_token_is_noted_every_30_seconds_at_most(store: Store) -> None:
    registration = await enrolled(store)
    hashed = sha256_hex(registration.agent_token)

    async def used(at: float) -> float | None:
        credential = await agents.authenticate(store.reader, hashed)
        assert credential is not None
        await store.write(lambda tx: agents.token_used(tx, credential.token_id, at))
        after = await agents.authenticate(store.reader, hashed)
        assert after is not None
        return after.last_used_at

    assert [await used(NOW), await used(NOW + 29), await used(NOW + 31)] == [NOW, NOW, NOW + 31]


async def test_expired_tokens_are_swept_and_only_ended_ones_deleted(store: Store, path: Path) -> None:
    live, _ = await issue(store)
    ended, _ = await issue(store, expires_at=NOW + 10)
    assert await store.write(lambda tx: tokens.expire(tx, NOW + 11)) == 1
    assert await store.write(lambda tx: tokens.expire(tx, NOW + 12)) == 0
    found, total = await tokens.page(store.reader, TokenFilter(status=("EXPIRED",)), Paging())
    assert ([token.id for token in found], total) == ([ended.id], 1)
    with pytest.raises(ValueError, match="EXPIRED or REVOKED, this one is ACTIVE"):
        await store.write(lambda tx: tokens.delete(tx, live.id, actor=SYSTEM, now=NOW))
    deleted = await store.write(lambda tx: tokens.delete(tx, ended.id, actor=SYSTEM, now=NOW))
    assert deleted is not None
    assert outside(path, "SELECT id FROM registration_tokens") == [(live.id,)]
    assert await store.write(lambda tx: tokens.delete(tx, ended.id, actor=SYSTEM, now=NOW)) is None
    assert await store.write(lambda tx: tokens.revoke(tx, ended.id, actor=SYSTEM, now=NOW)) is None


async def test_every_change_of_a_token_is_audited(store: Store) -> None:
    token, _ = await issue(store)
    await store.write(lambda tx: tokens.revoke(tx, token.id, actor=SYSTEM, now=NOW))
    await store.write(lambda tx: tokens.delete(tx, token.id, actor=SYSTEM, now=NOW))
    events = [(event.action, event.target_id, event.metadata) for event in await audit.newest(store.reader)]
    assert events == [
        ("registration_token.deleted", token.id, {"name": "spare", "status": "REVOKED"}),
        ("registration_token.revoked", token.id, {}),
        ("registration_token.created", token.id, {}),
    ]
