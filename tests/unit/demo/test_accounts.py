"""The account pool against a real login server, on a clock that only the tests move."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from opstage.demo.accounts import BACKOFF_SECONDS, AccountPool, LoginFailed
from opstage.demo.auth_server import LOCK_SECONDS, AuthServer

SESSION = 180.0


@dataclass
class Clock:
    """Gives epoch seconds."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """A pool, the server it logs in to, and the time of both."""

    clock: Clock
    server: AuthServer
    pool: AccountPool


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = Clock()
    server = AuthServer(clock, session_seconds=SESSION)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        pool = AccountPool(client, tmp_path / "secrets.json", clock)
        for account in pool.accounts.values():
            server.set_password(account.id, account.password)
            await pool.log_in(account)
        yield World(clock, server, pool)
    await server.stop()


def unhealthy(world: World) -> list[str]:
    return [account.id for account in world.pool.unhealthy()]


async def test_a_fresh_login_makes_every_account_healthy(world: World) -> None:
    assert unhealthy(world) == []
    assert await world.pool.verify(world.pool.account("ada")) == SESSION


async def test_sessions_are_refreshed_in_time_but_not_those_kept_by_hand(world: World) -> None:
    for _ in range(4):
        world.clock.now += SESSION - 30
        await world.pool.keep_alive()
    assert unhealthy(world) == ["katherine"]
    assert world.pool.account("katherine").last_error == "the session expired"
    await world.pool.refresh(world.pool.account("katherine"))
    assert unhealthy(world) == []


async def test_nothing_is_asked_of_the_server_while_nothing_is_due(world: World) -> None:
    before = world.pool.account("ada").verified_at
    world.clock.now += 60
    assert not await world.pool.keep_alive()
    assert world.pool.account("ada").verified_at == before


async def test_a_session_ended_by_the_server_is_noticed_on_verifying(world: World) -> None:
    assert world.server.expire_all() == 6
    with pytest.raises(LoginFailed, match="session expired"):
        await world.pool.verify(world.pool.account("grace"))
    assert unhealthy(world) == ["grace"]


async def test_a_changed_password_locks_the_account_until_it_is_set_right(world: World) -> None:
    account = world.pool.account("alan")
    world.server.set_password("alan", "something else")
    with pytest.raises(LoginFailed, match="session expired"):
        await world.pool.verify(account)
    for _ in range(3):
        world.clock.now += BACKOFF_SECONDS
        assert await world.pool.keep_alive()
    assert account.last_error == "429: too many wrong passwords"
    assert account.cooldown_until == pytest.approx(world.clock.now + LOCK_SECONDS, abs=1.1)
    world.server.set_password("alan", account.password)
    await world.pool.log_in(account)
    assert unhealthy(world) == []


async def test_a_disabled_account_is_left_alone_and_not_counted(world: World) -> None:
    world.pool.account("alan").enabled = False
    world.clock.now += SESSION + 1
    await world.pool.keep_alive()
    assert unhealthy(world) == ["katherine"]
    assert not world.pool.account("alan").healthy(world.clock.now)


async def test_a_login_server_that_is_gone_is_named_as_the_reason(world: World) -> None:
    await world.server.stop()
    with pytest.raises(LoginFailed, match="did not answer"):
        await world.pool.log_in(world.pool.account("ada"))


async def test_account_rows_follow_the_convention_and_hold_no_secret(world: World) -> None:
    rows = world.pool.rows()
    assert rows[0]["id"] == "ada"
    assert rows[0]["emailMasked"] == "a***@pool.example"
    assert rows[0]["healthy"] is True
    account = world.pool.account("ada")
    text = repr(rows) + repr(account)
    assert account.password not in text
    assert str(account.session) not in text


async def test_passwords_are_made_once_and_are_for_their_owner_only(world: World, tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with httpx.AsyncClient() as client:
        again = AccountPool(client, path, world.clock)
    assert again.account("ada").password == world.pool.account("ada").password


async def test_a_new_password_is_kept_for_the_next_start(world: World, tmp_path: Path) -> None:
    world.pool.keep_password(world.pool.account("ada"), "a new password")
    async with httpx.AsyncClient() as client:
        again = AccountPool(client, tmp_path / "secrets.json", world.clock)
    assert again.account("ada").password == "a new password"
    assert again.account("alan").password == world.pool.account("alan").password


def test_an_unknown_account_is_answered_with_the_known_ones(world: World) -> None:
    with pytest.raises(LookupError, match=r"'nobody'.*ada"):
        world.pool.account("nobody")


async def test_the_login_server_refuses_what_it_does_not_know(world: World) -> None:
    async with httpx.AsyncClient(base_url=world.server.url, trust_env=False) as client:
        assert (await client.get("/nothing")).status_code == 404
        assert (await client.post("/login", content=b"[not json")).status_code == 401
        assert (await client.get("/session")).status_code == 401
