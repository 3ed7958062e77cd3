"""The console in a real browser: what an operator does, against real agents."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import BrowserContext, Page, Request, expect
from tests.e2e.conftest import sign_in, tile_of
from tests.support.demo import DemoFleet
from tests.support.server import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

AGENT_BACK_MS = 90_000
"""An agent that found no server waits up to a minute before it tries again."""


async def open_service(page: Page, name: str) -> None:
    """From the fleet to a service's page."""
    await sign_in(page)
    await page.get_by_role("link", name=name).first.click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def run_action(page: Page, label: str) -> None:
    """Open an action's form."""
    await page.get_by_role("button", name=re.compile(rf"\b{label}\b")).first.click()


async def test_a_wrong_password_is_told_and_the_right_one_opens_the_fleet(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("Username").fill("owner")
    await page.get_by_label("Password").fill("not the password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("password")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    for name in ("Link checker", "File worker", "Account pool", "Mailbox poller"):
        await expect(page.get_by_role("link", name=name).first).to_be_visible()


async def test_the_fleet_changes_by_push_and_nothing_polls(page: Page, demo: DemoFleet) -> None:
    await sign_in(page)
    await expect(tile_of(page, "Mailbox poller", "Healthy")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    await demo.kill("mailbox-poller")
    await expect(tile_of(page, "Mailbox poller", "Offline")).to_be_visible()
    await demo.run("mailbox-poller")
    await expect(tile_of(page, "Mailbox poller", "Healthy")).to_be_visible()
    assert asked == []


async def test_an_action_runs_with_progress_output_and_result(page: Page) -> None:
    await open_service(page, "Link checker")
    await run_action(page, "Recheck now")
    await page.get_by_role("dialog").get_by_role("button", name=re.compile("^Run")).click()
    await page.wait_for_url("**/commands/cmd_*")
    await expect(page.get_by_text("Succeeded").first).to_be_visible()
    await expect(page.get_by_text(re.compile(r"\.html")).first).to_be_visible()


async def test_a_slow_command_is_cancelled(page: Page) -> None:
    await open_service(page, "Documentation indexer")
    await run_action(page, "Rebuild index")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Pause milliseconds").fill("200")
    await dialog.get_by_role("button", name="Run").click()
    await page.get_by_role("button", name="Yes, run it").press("Enter")
    await page.wait_for_url("**/commands/cmd_*")
    await expect(page.get_by_text("Running").first).to_be_visible()
    await page.get_by_role("button", name="Cancel command").click()
    await page.get_by_role("tooltip").get_by_role("button", name="Cancel command").press("Enter")
    await expect(page.get_by_text("Cancelled").first).to_be_visible()


async def test_sensitive_settings_are_never_shown(page: Page) -> None:
    await open_service(page, "Account pool")
    await page.get_by_role("tab", name=re.compile("Configuration")).click()
    await expect(page.get_by_text("••••").first).to_be_visible()


async def test_the_page_resumes_by_itself_when_the_server_comes_back(page: Page, demo: DemoFleet) -> None:
    await sign_in(page)
    await demo.server.kill()
    await expect(page.get_by_text("Live", exact=True)).to_have_count(0)
    await demo.server.start()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await expect(tile_of(page, "Link checker", "Healthy")).to_be_visible(timeout=AGENT_BACK_MS)


@pytest.mark.parametrize("path", ["/", "/commands", "/tokens"])
async def test_a_phone_shows_every_page_without_scrolling_sideways(
    context: BrowserContext, path: str
) -> None:
    page = await context.new_page()
    await page.set_viewport_size({"width": 420, "height": 800})
    await sign_in(page, path)
    await expect(page.get_by_role("main")).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide


async def test_signing_out_closes_the_console(page: Page) -> None:
    await sign_in(page)
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Sign out").press("Enter")
    await expect(page.get_by_label("Password")).to_be_visible()
    await expect(page.get_by_text("Your session has ended.")).to_have_count(0)
    await page.goto("/commands")
    await expect(page.get_by_label("Password")).to_be_visible()
