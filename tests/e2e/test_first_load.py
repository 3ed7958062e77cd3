"""What the first load costs, and whom the console talks to."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.async_api import Page, Request
from tests.e2e.conftest import sign_in
from tests.support.demo import DemoFleet
from tests.support.server import ROOT

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

CONSOLE = ROOT / "app/opstage/console"
MOST_BYTES = 350 * 1024


async def test_the_first_load_is_light() -> None:
    page = (CONSOLE / "index.html").read_text()
    names = re.findall(r'(?:src|href)="/([^"]+\.(?:js|css))"', page)
    weights = {name: len(gzip.compress((CONSOLE / name).read_bytes())) for name in names}
    assert len(weights) > 1
    assert sum(weights.values()) < MOST_BYTES, sorted(weights.items(), key=lambda each: -each[1])


async def test_scripts_come_from_the_server_and_from_nowhere_else(page: Page, demo: DemoFleet) -> None:
    async with demo.server.client() as client:
        answer = await client.get("/")
    policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["script-src"]) == ("'self'", "'self'")
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", answer.text) == []
    asked: list[str] = []
    refused: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on(
        "console",
        lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None,
    )
    await sign_in(page)
    for path in ("/services", "/commands", "/tokens", "/audit", "/settings"):
        await page.goto(path)
        await page.get_by_role("heading", level=1).wait_for()
    assert [url for url in asked if not url.startswith(demo.server.url)] == []
    assert refused == []
