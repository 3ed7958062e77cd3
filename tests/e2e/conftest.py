"""A real Chromium against a real server with a demo fleet in processes of its own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect
from tests.support.demo import DemoFleet
from tests.support.server import PASSWORD, ROOT, USERNAME

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser or a console there is nothing to test here; in CI that is a failure."""
    missing = _missing()
    if missing is None or os.environ.get("CI"):
        return
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.skip(reason=missing))


def _missing() -> str | None:
    if CHROMIUM is None:
        return "needs Debian's chromium: apt-get install chromium"
    if not (ROOT / "app/opstage/console/index.html").exists():
        return "needs the built console: make console"
    return None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoFleet]:
    fleet = DemoFleet(Path(tmp_path_factory.mktemp("demo")))
    await fleet.start()
    yield fleet
    await fleet.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    missing = _missing()
    assert missing is None, missing
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser, demo: DemoFleet) -> AsyncIterator[BrowserContext]:
    opened = await chromium.new_context(
        base_url=demo.server.url,
        viewport={"width": 1280, "height": 900},
        locale="en-US",
        # A click must not miss what is still sliding into its place on a busy machine.
        reduced_motion="reduce",
    )
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    """A fresh page, not signed in."""
    return await context.new_page()


async def enter(page: Page, username: str, password: str) -> None:
    """Sign in and wait for the live connection."""
    await page.goto("/")
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password").fill(password)
    await page.keyboard.press("Enter")
    await page.get_by_text("Live", exact=True).wait_for()


async def sign_in(page: Page, username: str = USERNAME) -> None:
    """Sign in, as the owner unless another name is given, and wait for the fleet."""
    await enter(page, username, PASSWORD)
    await page.get_by_text("Link checker").first.wait_for()


def tile_of(page: Page, name: str, state: str = "") -> Locator:
    """The tile of a service on the fleet's map, in a certain state if one is given."""
    return page.get_by_role("link", name=re.compile(rf"^{re.escape(name)}, {state}"))
