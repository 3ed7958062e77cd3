"""What ends a live connection at once, and not only with the next look at all sessions, which is off here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from opstage.clock import SystemClock
from opstage.hub.hub import Hub
from opstage.hub.ports import Disconnected
from opstage.hub.principals import Principal
from opstage.settings import Settings
from opstage.store import Store
from opstage.store.records import SYSTEM
from opstage_agent.wire import CloseCode

PASSWORD = "a password of its own"
Change = Callable[[Hub, str], Awaitable[object]]


class Browser:
    """It says nothing, and takes note of how it was closed."""

    def __init__(self) -> None:
        self.greeted = asyncio.Event()
        self.code = 0

    async def receive(self) -> str:
        await asyncio.Event().wait()
        raise Disconnected(1006)

    async def send(self, message: str | bytes) -> None:
        self.greeted.set()

    async def close(self, code: int, reason: str) -> None:
        self.code = code


@asynccontextmanager
async def watched(hub: Hub, username: str) -> AsyncIterator[tuple[str, Browser, asyncio.Task[None]]]:
    """Somebody signed in with a live connection: the user's id, the browser and its connection."""
    user = await hub.people.create(
        username=username, password=PASSWORD, display_name=None, role="operator", actor=SYSTEM
    )
    _, signed_in = await hub.accounts.sign_in(username, PASSWORD, address=None, user_agent=None)
    browser = Browser()
    serving = asyncio.create_task(hub.operators.serve(Principal.of(signed_in), browser))
    await browser.greeted.wait()
    yield user.id, browser, serving
    serving.cancel()
    await asyncio.wait([serving])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda hub, user: hub.people.change(user, SYSTEM, role="viewer"), CloseCode.SERVER_RESTART),
        (lambda hub, user: hub.people.change(user, SYSTEM, status="DISABLED"), CloseCode.CREDENTIAL),
        (lambda hub, user: hub.people.reset_password(user, PASSWORD, SYSTEM), CloseCode.CREDENTIAL),
    ],
    ids=["another role", "disabled", "another password"],
)
async def test_a_change_of_a_user_ends_their_live_connections(
    store: Store, change: Change, code: CloseCode
) -> None:
    hub = Hub(Settings(), SystemClock(), store, "secret", "1.2.3")
    async with watched(hub, "changed") as (user, browser, serving), watched(hub, "other") as (_, other, _2):
        await change(hub, user)
        await asyncio.wait_for(serving, 60)
        assert (browser.code, other.code) == (code, 0)
