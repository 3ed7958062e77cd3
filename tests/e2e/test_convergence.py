"""Whatever happens to the connection, the page comes to show what REST says, without a reload."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.e2e.conftest import tile_of, watching
from tests.support.gate import gate
from tests.support.raw_agent import RawAgent, register, service, welcomed
from tests.support.server import PASSWORD, QUICK, USERNAME, Operator, Server
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

CODES = [f"converge-{number:02}" for number in range(50)]
FRAMES = 80
"""Each changes every service: as many changes at once as a fleet makes in some seconds."""
WORDS = {"HEALTHY": "Healthy", "UNHEALTHY": "Unhealthy", "OFFLINE": "Offline", "STALE": "Stale"}
"""What the page calls a status."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    # The agents of these tests say nothing on their own: they are not to be given up for silence.
    settings = QUICK | {"OPSTAGE_AGENT_HEARTBEAT_INTERVAL_SECONDS": "60"}
    running = Server(Path(tmp_path_factory.mktemp("convergence")), settings)
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def token(server: Server) -> str:
    async with server.operator() as owner:
        return (await register(server, owner, "converge"))[1]


@asynccontextmanager
async def fleet(server: Server, token: str) -> AsyncIterator[RawAgent]:
    """Fifty services of one agent."""
    services = [service(code, name=f"Name of {code}") for code in CODES]
    async with welcomed(server, token, "converge", services=services) as agent:
        yield agent


def everything(
    chromium: Browser, url: str, path: str = "/services", who: str = USERNAME
) -> AbstractAsyncContextManager[Page]:
    """A page that is never loaded anew, high enough for all rows to be drawn."""
    return watching(chromium, url, path, who, size=(1280, 6000))


async def told(owner: Operator) -> dict[str, str]:
    """State by code as REST tells it."""
    query = {"pageSize": 100, "sort": "code", "q": "converge-"}
    rows = await owner.get("/api/admin/capsule-services", **query)
    return {row["code"]: _word(row["status"], row["healthStatus"]) for row in rows}


def _word(status: str, health: str) -> str:
    return "Degraded" if (status, health) == ("UNHEALTHY", "DEGRADED") else WORDS[status]


async def shown(page: Page) -> dict[str, str]:
    """State by code as the page shows it."""
    found: dict[str, str] = {}
    for text in await page.get_by_role("row").all_inner_texts():
        code = re.search(r"converge-\d\d", text.replace("Name of converge-", ""))
        words = [word for word in ("Degraded", *WORDS.values()) if re.search(rf"^{word}$", text, re.M)]
        if code is not None and words:
            found[code[0]] = words[0]
    return found


async def same(page: Page, owner: Operator, *words: str) -> None:
    """Wait until page and REST say the same of all services, and just these words."""

    async def look() -> bool:
        rest = await told(owner)
        expected = not words or set(rest.values()) == set(words)
        return len(rest) == len(CODES) and expected and await shown(page) == rest

    await until(look, "the page to show what REST says")


async def change(agent: RawAgent, status: Iterator[str], sequence: Iterator[int]) -> None:
    """One frame in which every service says how it is."""
    health = {code: {"status": next(status), "message": "as it is"} for code in CODES}
    await agent.say(type="heartbeat", seq=next(sequence), health=health, running=[])


def statuses() -> Iterator[str]:
    """Never the same for one service in two frames that follow each other."""
    return itertools.cycle(["UP", "DOWN", "DEGRADED"])


async def test_after_a_cut_link(chromium: Browser, server: Server, token: str) -> None:
    sequence = itertools.count(1)
    async with (
        server.operator() as owner,
        fleet(server, token) as agent,
        gate(server.port) as between,
        everything(chromium, between.url) as page,
    ):
        await same(page, owner, "Healthy")
        between.cut()
        await expect(page.get_by_role("alert").get_by_text("ago", exact=False)).to_be_visible()
        await change(agent, statuses(), sequence)
        between.shut = False
        await same(page, owner, "Healthy", "Unhealthy", "Degraded")
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()


async def test_a_page_that_was_never_seen_waits_for_the_connection(
    chromium: Browser, server: Server, token: str
) -> None:
    async with (
        fleet(server, token),
        gate(server.port) as between,
        watching(chromium, between.url, "/services") as page,
    ):
        seen, unseen = (page.get_by_role("link", name=f"Name of {code}", exact=True) for code in CODES[:2])
        await seen.click()
        await expect(page.get_by_role("heading", name=f"Name of {CODES[0]}")).to_be_visible()
        await page.go_back()
        between.cut()
        await unseen.click()
        await expect(page.get_by_role("heading", name="Not loaded yet")).to_be_visible()
        between.shut = False
        await expect(page.get_by_role("heading", name=f"Name of {CODES[1]}")).to_be_visible()


async def test_after_the_tab_was_frozen(chromium: Browser, server: Server, token: str) -> None:
    sequence = itertools.count(1)
    async with (
        server.operator() as owner,
        fleet(server, token) as agent,
        everything(chromium, server.url) as page,
    ):
        await same(page, owner)
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
        status = statuses()
        for _ in range(FRAMES // 4):
            await change(agent, status, sequence)
        await devtools.send("Page.setWebLifecycleState", {"state": "active"})
        await same(page, owner, "Healthy", "Unhealthy", "Degraded")


async def test_after_a_flood_of_changes(chromium: Browser, server: Server, token: str) -> None:
    sequence = itertools.count(1)
    async with (
        server.operator() as owner,
        fleet(server, token) as agent,
        everything(chromium, server.url) as page,
    ):
        await same(page, owner)
        status = statuses()
        for _ in range(FRAMES):
            await change(agent, status, sequence)
        await same(page, owner, "Healthy", "Unhealthy", "Degraded")


async def test_after_a_restart_of_the_server(chromium: Browser, server: Server, token: str) -> None:
    async with everything(chromium, server.url) as page:
        async with server.operator() as owner, fleet(server, token):
            await same(page, owner)
        await server.kill()
        await expect(page.get_by_text("Live", exact=True)).to_have_count(0)
        await server.start()
        async with server.operator() as owner:
            await same(page, owner)
            async with fleet(server, token):
                await same(page, owner, "Healthy")


async def test_while_an_agent_is_awaited(chromium: Browser, server: Server, token: str) -> None:
    async with everything(chromium, server.url, "/") as page:
        tile = f"Name of {CODES[0]}"
        for _ in range(2):
            async with fleet(server, token):
                await expect(tile_of(page, tile, "Healthy")).to_be_visible()
            await expect(tile_of(page, tile, "Reconnecting")).to_be_visible()


async def test_after_a_role_was_changed(chromium: Browser, server: Server, token: str) -> None:
    sequence = itertools.count(1)
    async with server.operator() as owner, fleet(server, token) as agent:
        body = {"username": "narrowed", "password": PASSWORD, "role": "operator"}
        user = await owner.post("/api/admin/users", body)
        async with everything(chromium, server.url, "/tokens", "narrowed") as page:
            create = page.get_by_role("button", name="Create token")
            await expect(create.first).to_be_visible()
            await owner.patch(f"/api/admin/users/{user['id']}", {"role": "viewer"})
            await expect(create).to_have_count(0)
            await page.get_by_role("link", name="Services", exact=True).click()
            await change(agent, statuses(), sequence)
            await same(page, owner)
            await owner.patch(f"/api/admin/users/{user['id']}", {"status": "DISABLED"})
            await expect(page.get_by_text("Your session has ended.")).to_be_visible()
