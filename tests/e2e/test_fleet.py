"""The home page: what is wrong, how much of it, where, and what has just happened."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.conftest import sign_in, tile_of
from tests.support.demo import DemoFleet
from tests.support.labelling import SERVICES, label

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

COUNTERS = [
    ("Services", "Healthy", "/services?state=HEALTHY"),
    ("Agents", "Online", "/agents?state=ONLINE"),
    ("Commands", "Failed", "/commands?state=FAILED"),
]
"""What they are about, what they say, and where they lead."""


def stream(page: Page) -> Locator:
    """The list of what happens."""
    return page.get_by_role("list", name="What happens")


async def test_a_killed_service_shows_in_verdict_counters_map_and_stream(page: Page, demo: DemoFleet) -> None:
    await sign_in(page)
    verdict = page.get_by_role("region", name="Verdict")
    down = page.get_by_role("region", name="Services").get_by_role("link", name=re.compile("Offline"))
    await expect(down).to_have_text(re.compile("^0"))
    await demo.kill("file-worker")
    await expect(tile_of(page, "File worker", "Offline")).to_be_visible()
    await expect(verdict.get_by_role("link", name="File worker")).to_be_visible()
    await expect(verdict.get_by_role("heading")).to_contain_text("attention")
    await expect(down).to_have_text(re.compile("^1"))
    await expect(stream(page)).to_contain_text("File worker went offline: Connection lost")
    await demo.run("file-worker")
    # Many alike within seconds are told of together.
    back = re.compile("File worker (is healthy|and .* others: Healthy)")
    about = stream(page).get_by_role("listitem").filter(has_text="File worker")
    await expect(about.first).to_contain_text(back)
    await expect(tile_of(page, "File worker", "Healthy")).to_be_visible()


async def test_a_counter_leads_to_the_list_of_what_it_counts(page: Page) -> None:
    await sign_in(page)
    for region, counter, address in COUNTERS:
        await page.get_by_role("region", name=region).get_by_role("link", name=re.compile(counter)).click()
        await expect(page).to_have_url(re.compile(re.escape(address)))
        await page.go_back()


async def test_the_map_is_walked_with_keys_and_opens_what_is_focused(page: Page) -> None:
    await sign_in(page, "/?group=agent")
    tiles = page.locator(".tile")
    await expect(tiles).to_have_count(5)
    await expect(tiles.nth(0)).to_have_css("background-image", re.compile("svg"))
    await tiles.nth(0).focus()
    await page.keyboard.press("ArrowRight")
    await expect(tiles.nth(1)).to_be_focused()
    await page.keyboard.press("Control+End")
    await expect(tiles.nth(4)).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await expect(tiles.nth(3)).to_be_focused()
    await expect(page.get_by_role("tooltip")).to_be_visible()
    name = await tiles.nth(3).text_content()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name=name or "")).to_be_visible()


async def test_the_map_groups_by_a_label_and_keeps_that_in_the_address(page: Page, demo: DemoFleet) -> None:
    async with demo.server.operator() as operator:
        checker = await operator.service("link-checker")
        assert checker is not None
        await label(operator, f"{SERVICES}/{checker['id']}", shift="night")
    await sign_in(page)
    await page.get_by_role("combobox", name="Group by").select_option("Label shift")
    await expect(page).to_have_url(re.compile(r"group=label%3Ashift"))
    group = page.get_by_role("group", name=re.compile("^night, 1"))
    await expect(group.get_by_role("link", name=re.compile("^Link checker"))).to_be_visible()
    await expect(page.get_by_role("group", name=re.compile("^Without shift, 4"))).to_be_visible()
    await page.reload()
    await expect(group).to_be_visible()


async def test_the_stream_can_be_held(page: Page, demo: DemoFleet) -> None:
    await sign_in(page)
    await expect(stream(page)).to_contain_text("Documentation indexer")
    await page.get_by_role("button", name="Pause").click()
    before = await stream(page).get_by_role("listitem").count()
    await demo.kill("doc-indexer")
    await expect(tile_of(page, "Documentation indexer", "Offline")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"^\d+ new$"))).to_be_visible()
    await expect(stream(page).get_by_role("listitem")).to_have_count(before)
    await page.get_by_role("button", name="Resume").click()
    await expect(stream(page)).to_contain_text("Documentation indexer went offline")
    await demo.run("doc-indexer")
    await expect(tile_of(page, "Documentation indexer", "Healthy")).to_be_visible()
