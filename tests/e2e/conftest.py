"""A real Chromium against a real server with a demo fleet in processes of its own."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from tests.support import chromium
from tests.support.demo import DemoFleet
from tests.support.server import PASSWORD, ROOT, USERNAME

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser or a console there is nothing to test here; in CI that is a failure."""
    missing = _missing()
    if missing is None or os.environ.get("CI"):
        return
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.skip(reason=missing))


def _missing() -> str | None:
    if chromium.PROGRAM is None:
        return chromium.NEEDED
    if not (ROOT / "app/opstage/console/index.html").exists():
        return "needs the built console: make console"
    return None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoFleet]:
    fleet = DemoFleet(Path(tmp_path_factory.mktemp("demo")))
    await fleet.start()
    yield fleet
    await fleet.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(shared_demo: DemoFleet) -> AsyncIterator[DemoFleet]:
    """The demo fleet with nothing beside it; what a file adds is gone before the next one begins."""
    yield shared_demo
    await shared_demo.retire_others()


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="chromium")
async def one_for_all() -> AsyncIterator[Browser]:
    missing = _missing()
    assert missing is None, missing
    async with chromium.running() as browser:
        yield browser


@asynccontextmanager
async def browser_of(
    chromium: Browser, url: str, size: tuple[int, int] = (1280, 900), *, dark: bool = False
) -> AsyncIterator[BrowserContext]:
    """A browser of somebody's own, signed in nowhere."""
    opened = await chromium.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale="en-US",
        # A click must not miss what is still sliding into its place on a busy machine.
        reduced_motion="reduce",
    )
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    await opened.close()


@asynccontextmanager
async def watching(
    chromium: Browser, url: str, path: str, who: str = USERNAME, size: tuple[int, int] = (1280, 900)
) -> AsyncIterator[Page]:
    """A page of somebody signed in, which must come to show everything without being loaded anew."""
    async with browser_of(chromium, url, size) as context:
        page = await context.new_page()
        await sign_in(page, path, who)
        await page.evaluate("window.neverReloaded = true")
        yield page
        assert await page.evaluate("window.neverReloaded === true")


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser, demo: DemoFleet) -> AsyncIterator[BrowserContext]:
    async with browser_of(chromium, demo.server.url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    """A fresh page, not signed in."""
    return await context.new_page()


async def sign_in(page: Page, path: str = "/", username: str = USERNAME, password: str = PASSWORD) -> None:
    """Open a page of somebody signed in, the owner unless another name is given, and wait until it is live.

    What the form does is tested once; here the session is had without it, which spares a page load.
    """
    answer = await page.request.post(
        "/api/admin/auth/login", data={"username": username, "password": password}
    )
    assert answer.ok, await answer.text()
    await page.goto(path)
    await page.get_by_text("Live", exact=True).wait_for()


async def choose(page: Page, field: Locator, text: str) -> None:
    """Type into a field that proposes what begins so, and take the first of it."""
    await field.fill(text)
    proposed = page.locator(".ant-select-item-option-active")
    await expect(proposed).to_contain_text(re.compile(re.escape(text), re.IGNORECASE))
    await page.keyboard.press("Enter")


def tile_of(page: Page, name: str, state: str = "") -> Locator:
    """The tile of a service on the fleet's map, in a certain state if one is given."""
    return page.get_by_role("link", name=re.compile(rf"^{re.escape(name)}, {state}"))
