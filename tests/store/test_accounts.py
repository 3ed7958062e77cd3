"""Users, sessions, settings."""

from __future__ import annotations

import pytest
from tests.store.world import NOW, signed_up

from opstage.store import Store, Tx, sessions, settings, users
from opstage.store.errors import UsernameTaken
from opstage.store.records import Paging, UserFilter


async def sign_in(store: Store, user_id: str, session_id: str = "hash", expires_at: float = NOW + 10) -> None:
    await store.write(
        lambda tx: sessions.create(
            tx, session_id=session_id, user_id=user_id, csrf_nonce="n1", expires_at=expires_at, now=NOW
        )
    )


async def test_a_user_reads_back_and_names_are_unique(store: Store) -> None:
    assert await users.count(store.reader) == 0
    ann = await signed_up(store)
    assert await users.get(store.reader, ann.id) == ann
    assert await users.find_by_username(store.reader, "ann") == ann
    assert await users.find_by_username(store.reader, "Ann") is None
    with pytest.raises(UsernameTaken, match="'ann'"):
        await signed_up(store)
    assert await users.count(store.reader) == 1


async def test_changes_keep_what_is_not_named(store: Store) -> None:
    ann = await signed_up(store)
    changed = await store.write(lambda tx: users.change(tx, ann.id, now=NOW + 1, display_name="Ann"))
    assert changed is not None
    assert (changed.display_name, changed.role, changed.status) == ("Ann", "owner", "ACTIVE")
    assert changed.updated_at == NOW + 1
    assert await store.write(lambda tx: users.change(tx, "usr_no", now=NOW)) is None
    await store.write(lambda tx: users.signed_in(tx, ann.id, NOW + 2))
    after = await users.get(store.reader, ann.id)
    assert after is not None
    assert after.last_login_at == NOW + 2


async def test_users_are_listed_by_role_status_and_text(store: Store) -> None:
    for name, role in (("ann", "owner"), ("bob", "viewer"), ("annika", "viewer")):
        await signed_up(store, name, role)

    async def names(filters: UserFilter) -> list[str]:
        found, total = await users.page(store.reader, filters, Paging(sort="username"))
        assert total == len(found)
        return [user.username for user in found]

    assert await names(UserFilter(role=("viewer",))) == ["annika", "bob"]
    assert await names(UserFilter(q="AN", role=("owner", "viewer"))) == ["ann", "annika"]
    assert await names(UserFilter(status=("DISABLED",))) == []


async def test_a_session_is_found_with_its_user_until_it_expires(store: Store) -> None:
    ann = await signed_up(store)
    await sign_in(store, ann.id)
    found = await sessions.find(store.reader, "hash", NOW + 9)
    assert found is not None
    session, user = found
    assert (session.csrf_nonce, session.expires_at, user) == ("n1", NOW + 10, ann)
    assert await sessions.find(store.reader, "hash", NOW + 10) is None
    assert await sessions.find(store.reader, "other", NOW) is None


async def test_a_csrf_nonce_rotates(store: Store) -> None:
    ann = await signed_up(store)
    await sign_in(store, ann.id)
    assert await store.write(lambda tx: sessions.rotate_csrf(tx, "hash", "n2"))
    found = await sessions.find(store.reader, "hash", NOW)
    assert found is not None
    assert found[0].csrf_nonce == "n2"
    assert not await store.write(lambda tx: sessions.rotate_csrf(tx, "other", "n2"))


async def test_sessions_end_by_sign_out_everywhere_and_by_age(store: Store) -> None:
    ann = await signed_up(store)
    for name, expires_at in (("a", NOW + 5), ("b", NOW + 50), ("c", NOW + 50)):
        await sign_in(store, ann.id, name, expires_at)
    assert await store.write(lambda tx: sessions.purge(tx, NOW + 5)) == 1
    assert await store.write(lambda tx: sessions.delete_for_user(tx, ann.id, keep="b")) == 1
    assert await store.write(lambda tx: sessions.delete(tx, "b"))
    assert not await store.write(lambda tx: sessions.delete(tx, "b"))


async def test_a_new_password_or_a_disabled_user_ends_every_session(store: Store) -> None:
    ann = await signed_up(store)
    await sign_in(store, ann.id)
    changed = await store.write(lambda tx: users.set_password(tx, ann.id, "new", NOW + 1))
    assert changed is not None
    assert changed.password_hash == "new"
    assert await sessions.find(store.reader, "hash", NOW) is None
    await sign_in(store, ann.id)
    await store.write(lambda tx: users.change(tx, ann.id, now=NOW, status="DISABLED"))
    await store.write(lambda tx: users.change(tx, ann.id, now=NOW, status="ACTIVE"))
    assert await sessions.find(store.reader, "hash", NOW) is None
    assert await store.write(lambda tx: users.set_password(tx, "usr_no", "x", NOW)) is None


async def test_a_disabled_user_has_no_session(store: Store) -> None:
    ann = await signed_up(store)
    await store.write(lambda tx: users.change(tx, ann.id, now=NOW, status="DISABLED"))
    await sign_in(store, ann.id)
    assert await sessions.find(store.reader, "hash", NOW) is None


async def test_a_display_name_can_be_taken_away(store: Store) -> None:
    ann = await signed_up(store)
    await store.write(lambda tx: users.change(tx, ann.id, now=NOW, display_name="Ann"))
    kept = await store.write(lambda tx: users.change(tx, ann.id, now=NOW, role="viewer"))
    assert kept is not None
    assert kept.display_name == "Ann"
    changed = await store.write(lambda tx: users.change(tx, ann.id, now=NOW, display_name=None))
    assert changed is not None
    assert changed == await users.get(store.reader, ann.id)
    assert (changed.display_name, changed.role) == (None, "viewer")


async def test_owners_count_while_they_can_sign_in(store: Store) -> None:
    ann = await signed_up(store)
    await signed_up(store, "bob", "operator")
    assert await users.active_owners(store.reader) == 1

    async def demote(tx: Tx) -> int:
        await users.change(tx, ann.id, now=NOW, status="DISABLED")
        return await users.active_owners(tx)

    assert await store.write(demote) == 0


async def test_a_changed_password_keeps_one_session(store: Store) -> None:
    ann = await signed_up(store)
    for name in ("here", "there"):
        await sign_in(store, ann.id, name)
    await store.write(lambda tx: users.set_password(tx, ann.id, "new", NOW, keep="here"))
    assert await sessions.find(store.reader, "here", NOW) is not None
    assert await sessions.find(store.reader, "there", NOW) is None


async def test_open_sessions_are_listed_with_the_name_of_their_user(store: Store) -> None:
    ann, bob = await signed_up(store), await signed_up(store, "bob", "viewer")
    await sign_in(store, ann.id, "over", NOW)
    await sign_in(store, ann.id, "a", NOW + 20)
    await sign_in(store, bob.id, "b", NOW + 30)
    await store.write(lambda tx: sessions.used(tx, {"a": NOW + 1, "unknown": NOW}))

    async def listed(user_id: str | None, sort: str = "expiresAt") -> list[tuple[str, str]]:
        found, total = await sessions.page(store.reader, user_id, Paging(sort=sort), NOW)
        assert total == len(found)
        return [(each.id, each.username) for each in found]

    assert await listed(None) == [("a", "ann"), ("b", "bob")]
    assert await listed(None, "-lastUsedAt") == [("a", "ann"), ("b", "bob")]
    assert await listed(bob.id) == [("b", "bob")]
    one = await sessions.get(store.reader, "a", NOW)
    assert one is not None
    assert (one.username, one.last_used_at) == ("ann", NOW + 1)
    assert await sessions.get(store.reader, "over", NOW) is None


async def test_settings_are_replaced_by_key(store: Store) -> None:
    await store.write(lambda tx: settings.put(tx, "maintenance", {"days": 90}, NOW))
    await store.write(lambda tx: settings.put(tx, "maintenance", {"days": 30}, NOW))
    await store.write(lambda tx: settings.put(tx, "other", None, NOW))
    assert await settings.get(store.reader, "maintenance") == {"days": 30}
    assert await settings.get(store.reader, "other") is None
