"""What every page has: the palette, keys, notices of watched services."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect
from tests.e2e.conftest import sign_in
from tests.support.demo import DemoFleet
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


def palette(page: Page) -> Locator:
    """The field of the palette."""
    return page.get_by_role("combobox", name="A service, an agent, an action, a page")


def chosen(page: Page) -> Locator:
    """What Enter opens."""
    return page.get_by_role("dialog").get_by_role("option", selected=True)


async def find(page: Page, text: str) -> None:
    """Open the palette with the keyboard and type."""
    await page.get_by_role("button", name="Find").wait_for()
    await page.keyboard.press("Control+k")
    await palette(page).fill(text)


async def test_the_palette_opens_services_actions_and_pages_without_the_mouse(page: Page) -> None:
    await sign_in(page)
    await find(page, "mailbox")
    await expect(page.get_by_role("option", name=re.compile("Mailbox poller.*Service"))).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Mailbox poller")).to_be_visible()
    await find(page, "rebuild")
    await expect(chosen(page)).to_contain_text("Documentation indexer")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_contain_text("Rebuild index")
    await page.goto("/")
    await find(page, "registration")
    await expect(chosen(page)).to_contain_text("Registration tokens")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/tokens")
    await find(page, "no such thing anywhere")
    await expect(page.get_by_text("Nothing has this name.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(palette(page)).to_have_count(0)


async def test_keys_lead_to_pages_until_they_are_turned_off(page: Page) -> None:
    await sign_in(page)

    async def gone() -> bool:
        # The second key counts for a moment only, which may be over on a busy machine.
        await page.keyboard.press("g")
        await page.keyboard.press("c")
        return page.url.endswith("/commands")

    await until(gone, "the page of commands")
    await page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="Keyboard")
    await help_dialog.get_by_role("switch").click()
    await page.keyboard.press("Escape")
    await expect(help_dialog).to_have_count(0)
    await page.keyboard.press("?")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog")).to_have_count(1)
    await expect(palette(page)).to_be_focused()


async def test_a_watched_service_that_turns_bad_is_told_on_every_page(
    context: BrowserContext, demo: DemoFleet
) -> None:
    page = await context.new_page()
    await sign_in(page)
    await find(page, "file worker")
    await expect(chosen(page)).to_contain_text("File worker")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Watch", exact=True).click()
    await expect(page.get_by_role("button", name="Watching")).to_have_attribute("aria-pressed", "true")
    await page.goto("/services")
    # Only who was known to be well can turn bad.
    await expect(page.get_by_role("row").filter(has_text="File worker")).to_contain_text("Healthy")
    await page.get_by_role("navigation").get_by_role("link", name="Commands").click()
    await page.wait_for_url("**/commands")
    await demo.kill("file-worker")
    notice = page.get_by_role("alert").filter(has_text="File worker needs attention")
    await expect(notice).to_be_visible()
    # Why it turned, not the good word it left.
    await expect(notice).to_contain_text("Agent is offline")
    await demo.run("file-worker")
    await notice.click()
    await expect(page.get_by_role("heading", name="File worker")).to_be_visible()
