"""API keys as stored, as recognised, and when their last uses are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.store.world import NOW, commanded, everything, outside, signed_up

from opstage.core.ids import sha256_hex
from opstage.core.times import iso
from opstage.hub.api_keys import ApiKeys, KeyRefused
from opstage.hub.usage import Usage
from opstage.store import Store, api_keys, sessions
from opstage.store.records import SYSTEM, ApiKeyFilter, ApiKeyRecord, Paging


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> float:
        return self.at


async def made(
    store: Store, name: str = "ci", role: str = "operator", expires_at: float | None = None, now: float = NOW
) -> tuple[ApiKeyRecord, str]:
    return await store.write(
        lambda tx: api_keys.create(
            tx, name=name, role=role, expires_at=expires_at, actor=SYSTEM, user_id=None, now=now
        )
    )


def keys(store: Store, clock: Hand) -> ApiKeys:
    return ApiKeys(store, clock, Usage(store, clock))


async def reason(recognising: ApiKeys, raw: str) -> Any:
    with pytest.raises(KeyRefused) as refused:
        await recognising.authenticate(raw)
    assert refused.value.status == 401
    return (refused.value.details or {})["reason"]


async def test_a_raw_key_is_stored_nowhere(store: Store, path: Path) -> None:
    key, raw = await made(store)
    assert raw.startswith("opstage_key_")
    assert raw.removeprefix("opstage_key_").startswith(key.hint)
    assert await api_keys.find_by_hash(store.reader, sha256_hex(raw)) == key
    assert raw.encode() not in everything(path)


async def test_keys_are_listed_by_role_text_and_the_status_of_the_moment(store: Store) -> None:
    await made(store, "forever", "owner")
    await made(store, "brief", "viewer", expires_at=NOW + 10)
    gone, _ = await made(store, "gone", "viewer")
    await store.write(lambda tx: api_keys.revoke(tx, gone.id, actor=SYSTEM, now=NOW))

    async def names(now: float, **wanted: Any) -> list[str]:
        found, total = await api_keys.page(store.reader, ApiKeyFilter(**wanted), Paging(sort="name"), now)
        assert total == len(found)
        return [key.name for key in found]

    assert await names(NOW) == ["brief", "forever", "gone"]
    assert await names(NOW, status=("ACTIVE",)) == ["brief", "forever"]
    assert await names(NOW + 10, status=("ACTIVE",)) == ["forever"]
    assert await names(NOW + 10, status=("EXPIRED", "REVOKED")) == ["brief", "gone"]
    assert await names(NOW, role=("viewer",), q="GO") == ["gone"]


async def test_which_keys_still_live(store: Store) -> None:
    forever, _ = await made(store, "forever")
    brief, _ = await made(store, "brief", expires_at=NOW + 10)
    gone, _ = await made(store, "gone")
    await store.write(lambda tx: api_keys.revoke(tx, gone.id, actor=SYSTEM, now=NOW))
    asked = [forever.id, brief.id, gone.id, "key_none"]
    assert await api_keys.living(store.reader, asked, NOW) == {forever.id, brief.id}
    assert await api_keys.living(store.reader, asked, NOW + 10) == {forever.id}


async def test_a_key_that_made_commands_can_be_deleted_and_they_stay(store: Store, path: Path) -> None:
    key, _ = await made(store)
    command = await commanded(store)
    outside_changed = "UPDATE commands SET created_by_key_id = ? WHERE id = ?"
    await store.write(lambda tx: tx.execute(outside_changed, key.id, command.id))
    with pytest.raises(ValueError, match="ACTIVE"):
        await store.write(lambda tx: api_keys.delete(tx, key.id, actor=SYSTEM, now=NOW))
    await store.write(lambda tx: api_keys.revoke(tx, key.id, actor=SYSTEM, now=NOW))
    assert await store.write(lambda tx: api_keys.delete(tx, key.id, actor=SYSTEM, now=NOW)) is not None
    assert await store.write(lambda tx: api_keys.delete(tx, key.id, actor=SYSTEM, now=NOW)) is None
    assert outside(path, "SELECT id, created_by_key_id FROM commands") == [(command.id, None)]


async def test_a_key_is_recognised_until_its_time_is_over(store: Store) -> None:
    clock = Hand()
    recognising = keys(store, clock)
    key, raw = await made(store, expires_at=NOW + 10)
    assert (await recognising.authenticate(raw)).id == key.id
    clock.at += 9
    assert (await recognising.authenticate(raw)).id == key.id
    clock.at += 1
    assert await reason(recognising, raw) == "expired"
    assert await reason(recognising, raw + "x") == "unknown"


async def test_a_revoked_key_is_forgotten_at_once_and_told(store: Store) -> None:
    recognising, told = keys(store, Hand()), list[str]()
    recognising.ended = told.append
    key, raw = await made(store)
    await recognising.authenticate(raw)
    assert (await recognising.revoke(key.id, SYSTEM)).status == "REVOKED"
    assert told == [key.id]
    assert await reason(recognising, raw) == "revoked"


async def test_a_known_key_costs_no_query(store: Store) -> None:
    recognising = keys(store, Hand())
    _, raw = await made(store)
    first = await recognising.authenticate(raw)
    await store.close()
    assert await recognising.authenticate(raw) == first


async def test_last_uses_are_stored_together_and_not_too_often(store: Store, path: Path) -> None:
    clock = Hand()
    usage = Usage(store, clock)
    key, _ = await made(store)
    ann = await signed_up(store)
    await store.write(
        lambda tx: sessions.create(
            tx, session_id="s", user_id=ann.id, csrf_nonce="n", expires_at=NOW + 1000, now=NOW
        )
    )

    def stored() -> list[Any]:
        return [
            outside(path, "SELECT last_used_at FROM api_keys")[0][0],
            outside(path, "SELECT last_used_at FROM sessions")[0][0],
        ]

    async def use(seconds: float) -> None:
        clock.at = NOW + seconds
        usage.key(key.id)
        usage.session("s")
        await usage.flush()

    await use(0)
    assert stored() == [iso(NOW), iso(NOW)]
    await use(29)
    assert stored() == [iso(NOW), iso(NOW)]
    await use(31)
    assert stored() == [iso(NOW + 31), iso(NOW)]
    await use(61)
    assert stored() == [iso(NOW + 61), iso(NOW + 61)]
