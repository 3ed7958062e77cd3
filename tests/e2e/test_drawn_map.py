"""The map of many services: drawn, and still pointed at, walked with keys, opened and read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from tests.e2e.axe import faults
from tests.e2e.conftest import watching
from tests.support.raw_agent import RawAgent, register, service, welcomed
from tests.support.server import QUICK, Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

CODES = [f"drawn-{number:02}" for number in range(70)]
PAINTED = """(group) => [...group.querySelectorAll("canvas")].some((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value > 0);
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    # The agent of these tests says nothing on its own: it is not to be given up for silence.
    running = Server(
        Path(tmp_path_factory.mktemp("drawn")), QUICK | {"OPSTAGE_AGENT_HEARTBEAT_INTERVAL_SECONDS": "60"}
    )
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def agent(server: Server) -> AsyncIterator[RawAgent]:
    """Seventy services of one agent."""
    async with server.operator() as owner:
        token = (await register(server, owner, "drawn"))[1]
    services = [service(code, name=f"Name of {code}") for code in CODES]
    async with welcomed(server, token, "drawn", services=services) as connected:
        yield connected


async def point(page: Page, group: Locator, x: float, y: float) -> None:
    """Move the pointer to a place in the group."""
    await group.scroll_into_view_if_needed()
    box = await group.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + x, box["y"] + y)


async def test_a_tile_is_pointed_at_and_opened(chromium: Browser, server: Server, agent: RawAgent) -> None:
    async with watching(chromium, server.url, "/") as page:
        group = page.get_by_role("group", name="Healthy, 70")
        await expect(group).to_be_visible()
        assert await group.evaluate(PAINTED)
        await expect(group.get_by_role("link")).to_have_count(1)
        assert await faults(page) == []
        await point(page, group, 8, 12)
        await expect(page.get_by_role("tooltip")).to_contain_text(f"Name of {CODES[0]}")
        await page.mouse.move(0, 0)
        await expect(page.get_by_role("tooltip")).to_have_count(0)
        await point(page, group, 8, 12)
        await page.mouse.down()
        await page.mouse.up()
        await expect(page.get_by_role("heading", level=1, name=f"Name of {CODES[0]}")).to_be_visible()


async def test_keys_walk_over_it(chromium: Browser, server: Server, agent: RawAgent) -> None:
    async with watching(chromium, server.url, "/?group=agent") as page:
        group = page.get_by_role("group", name="drawn, 70")
        first, second, last = (
            group.get_by_role("link", name=f"Name of {CODES[at]}, Healthy") for at in (0, 1, -1)
        )
        await first.focus()
        await page.keyboard.press("ArrowRight")
        await expect(second).to_be_focused()
        await expect(page.get_by_role("tooltip")).to_contain_text(f"Name of {CODES[1]}")
        await page.keyboard.press("Control+End")
        await expect(last).to_be_focused()
        await page.keyboard.press("ArrowRight")
        await expect(last).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name=f"Name of {CODES[-1]}")).to_be_visible()
        await page.go_back()
        await expect(group).to_be_visible()


async def test_a_change_of_state_is_seen_where_it_belongs(
    chromium: Browser, server: Server, agent: RawAgent
) -> None:
    async with watching(chromium, server.url, "/") as page:
        stop = page.get_by_role("group", name="Healthy, 70").get_by_role("link")
        await stop.focus()
        bad = {CODES[0]: {"status": "DOWN", "message": "no disk"}}
        await agent.say(type="heartbeat", seq=1, health=bad, running=[])
        group = page.get_by_role("group", name="Unhealthy, 1")
        await expect(group).to_be_visible()
        assert await group.evaluate(PAINTED)
        fallen = group.get_by_role("link", name=f"Name of {CODES[0]}, Unhealthy")
        await expect(fallen).to_be_focused()
        await expect(page.get_by_role("group", name="Healthy, 69")).to_be_visible()
        await agent.say(type="heartbeat", seq=2, health={CODES[0]: {"status": "UP"}}, running=[])
        await expect(page.get_by_role("group", name="Healthy, 70")).to_be_visible()
        await page.set_viewport_size({"width": 420, "height": 860})
        await point(page, page.get_by_role("group", name="Healthy, 70"), 8, 12)
        await expect(page.get_by_role("tooltip")).to_contain_text(f"Name of {CODES[0]}")
