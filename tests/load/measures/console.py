"""The console in a real browser: what its main thread does while much of a large fleet changes."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import CDPSession, Page
from tests.load import driver
from tests.load.measures.fanout import CHANGES_PER_SECOND
from tests.load.measures.library import agent, connected
from tests.load.report import Row, ms
from tests.load.stage import Stage
from tests.support import chromium
from tests.support.server import PASSWORD, USERNAME
from tests.support.waiting import until

MAP_SHOWN = """(services) => {
  const counts = [...document.querySelectorAll(".map__count")].map((each) => each.innerText);
  return counts.reduce((sum, each) => sum + Number(each.replace(/\\D/g, "")), 0) >= services;
}"""
ROWS_SHOWN = """() => document.querySelector(".grid__row[aria-rowindex]") !== null"""
PATHS = {"/": ("the fleet map", MAP_SHOWN), "/services": ("the table of services", ROWS_SHOWN)}
"""What is shown there, and what tells that it is."""
CHANGES = {False: "changes", True: "changes of state"}
TARGET_PERCENT = 15.0
SETTLING_SECONDS = 5.0
PATIENCE_MS = 60_000
LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.longTasks.push(entry.duration)))
  .observe({ type: "longtask" });
"""
MARK = "bench"
TOLD = """([id, before]) => {
  const shown = document.querySelector(`.tile[data-id="${id}"]`);
  return shown !== null && shown.ariaLabel !== before ? performance.timeOrigin + performance.now() : null;
}"""


async def console(stage: Stage) -> list[Row]:
    """Both pages as they open and while everything changes; then how soon a killed service looks that way."""
    if chromium.PROGRAM is None:
        return [Row(work="Console", measured=f"not measured: {chromium.NEEDED}", met=None)]
    await stage.connect(stage.agents)
    async with _page(stage) as page:
        rows = [row for path in PATHS for row in await _visited(stage, page, path)]
        return [*rows, await _killed(stage, page)]


async def _visited(stage: Stage, page: Page, path: str) -> list[Row]:
    return [
        await _opened(stage, page, path),
        await _watched(stage, page, path, turning=False),
        await _watched(stage, page, path, turning=True),
    ]


async def _opened(stage: Stage, page: Page, path: str) -> Row:
    name, shown = PATHS[path]
    began = time.monotonic()
    await page.goto(path)
    await page.wait_for_function(shown, arg=stage.agents)
    seconds = time.monotonic() - began
    await asyncio.sleep(SETTLING_SECONDS)
    long = await _long_tasks(page)
    return Row(
        work=f"Console, {name} opens: {stage.agents:,} services",
        measured=f"whole after {ms(seconds)}, {_told(long)}",
        how="from the address to the last tile, or to the first rows of the table",
        values={"seconds": seconds, "long_tasks": len(long), "longest_ms": max(long, default=0.0)},
    )


async def _watched(stage: Stage, page: Page, path: str, *, turning: bool) -> Row:
    name, _ = PATHS[path]
    await stage.flock.tell(driver.Beat(per_second=CHANGES_PER_SECOND, with_health=True, turning=turning))
    await asyncio.sleep(SETTLING_SECONDS)
    await page.evaluate("window.longTasks = []")
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable")
    before, began = await _busy(devtools), time.monotonic()
    await asyncio.sleep(stage.seconds(20))
    seconds = time.monotonic() - began
    share = 100 * (await _busy(devtools) - before) / seconds
    long = await _long_tasks(page)
    await stage.flock.tell(driver.Rest())
    return Row(
        work=f"Console, {name}: {stage.agents:,} services, {CHANGES_PER_SECOND:,.0f} {CHANGES[turning]}/s",
        measured=f"{share:.0f} % of the main thread, {_told(long)}",
        target=f"≤ {TARGET_PERCENT:.0f} %, none",
        met=share <= TARGET_PERCENT and not long,
        how="Chromium without a graphics card, beside the server and the agents on the same cores",
        values={"share_percent": share, "long_tasks": len(long), "longest_ms": max(long, default=0.0)},
    )


async def _long_tasks(page: Page) -> list[float]:
    found: list[float] = await page.evaluate("window.longTasks")
    return found


def _told(long: list[float]) -> str:
    return f"{len(long)} long tasks" + (f" of up to {max(long):.0f} ms" if long else "")


async def _busy(devtools: CDPSession) -> float:
    """Seconds that the page's main thread has worked so far."""
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


async def _killed(stage: Stage, page: Page) -> Row:
    async with agent(stage) as process, stage.rest() as rest:
        service_id = await until(lambda: connected(rest), "the service of the library's agent")
        await rest.put(f"/api/admin/capsule-services/{service_id}/labels", {"labels": {MARK: "killed"}})
        await page.goto(f"/?group=label:{MARK}")
        await page.get_by_role("group", name="killed, 1").locator("canvas").hover()
        before = await page.locator(f'.tile[data-id="{service_id}"]').get_attribute("aria-label")
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
async def _page(stage: Stage) -> AsyncIterator[Page]:
    """Signed in, on a desk."""
    async with chromium.running() as browser:
        context = await browser.new_context(
            base_url=stage.server.url, viewport={"width": 1440, "height": 900}, locale="en-US"
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.add_init_script(LONG_TASKS)
        await page.goto("/login")
        await page.get_by_label("Username").fill(USERNAME)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_text("Live", exact=True).wait_for()
        yield page
