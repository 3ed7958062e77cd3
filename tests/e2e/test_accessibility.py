"""Every page keeps the rules of WCAG 2.2 AA, in both shades, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.e2e.axe import faults
from tests.e2e.conftest import browser_of, sign_in
from tests.support.demo import DemoFleet

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

PATHS = [
    "/",
    "/services",
    "/services/{service}",
    "/services/{service}?tab=configuration",
    "/services/{service}?tab=audit",
    "/services/{service}?action=recheckNow",
    "/agents",
    "/agents/{agent}",
    "/agents/{agent}?tab=commands",
    "/commands",
    "/commands/{command}",
    "/runs",
    "/runs/new",
    "/runs/new?services={service}&action=recheckNow",
    "/runs/{run}",
    "/audit",
    "/tokens",
    "/users",
    "/api-keys",
    "/account",
    "/settings",
    "/bus",
    "/diagnostics",
    "/backups",
    "/nowhere",
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def known(demo: DemoFleet) -> dict[str, str]:
    """Ids to look at."""
    async with demo.server.operator() as owner:
        service = await owner.service("link-checker")
        assert service is not None
        command = await owner.execute(service["id"], "recheckNow")
        await owner.finished(command["id"])
        body = {"actionName": "recheckNow", "serviceIds": [service["id"]]}
        run = await owner.post("/api/admin/runs", body)
        ids = {"service": service["id"], "agent": service["agentId"]}
        return ids | {"command": command["id"], "run": run["id"]}


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["light desktop", "dark phone"])
async def signed_in(
    request: pytest.FixtureRequest, chromium: Browser, demo: DemoFleet
) -> AsyncIterator[Page]:
    """One page for all addresses of one appearance."""
    dark = str(request.param) == "dark phone"
    size = (420, 860) if dark else (1440, 900)
    async with browser_of(chromium, demo.server.url, size, dark=dark) as context:
        page = await context.new_page()
        await sign_in(page)
        yield page


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_hinders_nobody(signed_in: Page, known: dict[str, str], path: str) -> None:
    await signed_in.goto(path.format(**known))
    await expect(signed_in.get_by_role("main")).to_be_visible()
    await expect(signed_in.get_by_text("Live", exact=True)).to_be_visible()
    await signed_in.wait_for_load_state("networkidle")
    assert await faults(signed_in) == []
    wide = await signed_in.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, "the page scrolls sideways"


async def test_signing_in_hinders_nobody(page: Page) -> None:
    await page.goto("/login")
    await expect(page.get_by_label("Password")).to_be_visible()
    assert await faults(page) == []
