"""The console in a real browser: what its main thread does while much of a large fleet changes."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import CDPSession, Page, async_playwright
from tests.load import driver
from tests.load.measures.fanout import CHANGES_PER_SECOND
from tests.load.measures.library import agent, connected
from tests.load.report import Row, ms
from tests.load.stage import Stage
from tests.support.server import PASSWORD, USERNAME
from tests.support.waiting import until

PATHS = {"/": ("the fleet map", ".tile"), "/services": ("the table of services", ".grid__row[aria-rowindex]")}
"""What is shown there, and what tells that it is."""
TARGET_PERCENT = 15.0
SETTLING_SECONDS = 5.0
PATIENCE_MS = 60_000
LONG_TASKS = """() => {
  window.longTasks = [];
  const note = (list) => list.getEntries().forEach((entry) => window.longTasks.push(entry.duration));
  new PerformanceObserver(note).observe({ type: "longtask" });
}"""
TOLD = """([id, before]) => {
  const shown = document.querySelector(`.tile[data-id="${id}"]`);
  return shown !== null && shown.className !== before ? performance.timeOrigin + performance.now() : null;
}"""


async def console(stage: Stage) -> list[Row]:
    """Both pages while everything changes; then how soon a service that is killed looks that way."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row(work="Console", measured="not measured: needs Debian's chromium", met=None)]
    await stage.connect(stage.agents)
    async with _page(stage, chromium) as page:
        rows = [await _watched(stage, page, path) for path in PATHS]
        return [*rows, await _killed(stage, page)]


async def _watched(stage: Stage, page: Page, path: str) -> Row:
    name, sign = PATHS[path]
    await page.goto(path)
    await page.locator(sign).first.wait_for()
    await stage.flock.tell(driver.Beat(per_second=CHANGES_PER_SECOND, with_health=True))
    await asyncio.sleep(SETTLING_SECONDS)
    await page.evaluate(LONG_TASKS)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable")
    before, began = await _busy(devtools), time.monotonic()
    await asyncio.sleep(stage.seconds(20))
    seconds = time.monotonic() - began
    share = 100 * (await _busy(devtools) - before) / seconds
    long: list[float] = await page.evaluate("window.longTasks")
    await stage.flock.tell(driver.Rest())
    return Row(
        work=f"Console, {name}: {stage.agents:,} services, {CHANGES_PER_SECOND:,.0f} changes/s",
        measured=f"{share:.0f} % of the main thread, {len(long)} long tasks"
        + (f" of up to {max(long):.0f} ms" if long else ""),
        target=f"≤ {TARGET_PERCENT:.0f} %, none",
        met=share <= TARGET_PERCENT and not long,
        how="Chromium without a graphics card, beside the server and the agents on the same cores",
        values={"share_percent": share, "long_tasks": len(long), "longest_ms": max(long, default=0.0)},
    )


async def _busy(devtools: CDPSession) -> float:
    """Seconds that the page's main thread has worked so far."""
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


async def _killed(stage: Stage, page: Page) -> Row:
    async with agent(stage) as process, stage.rest() as rest:
        service_id = await until(lambda: connected(rest), "the service of the library's agent")
        await page.goto("/")
        tile = page.locator(f'.tile[data-id="{service_id}"]')
        await tile.scroll_into_view_if_needed(timeout=PATIENCE_MS)
        before = await tile.get_attribute("class")
        killed = time.time()
        process.send_signal(signal.SIGKILL)
        told = await page.wait_for_function(TOLD, arg=[service_id, before], polling="raf")
        seconds = float(await told.json_value()) / 1000 - killed
    return Row(
        work="kill -9 of a service → its tile changes",
        measured=ms(seconds),
        how=f"the agent library in a process of its own, beside {stage.agents:,} agents",
        values={"seconds": seconds},
    )


@asynccontextmanager
async def _page(stage: Stage, chromium: str) -> AsyncIterator[Page]:
    """Signed in, on a desk."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = await browser.new_context(
            base_url=stage.server.url, viewport={"width": 1440, "height": 900}, locale="en-US"
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.goto("/login")
        await page.get_by_label("Username").fill(USERNAME)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_text("Live", exact=True).wait_for()
        yield page
        await browser.close()
