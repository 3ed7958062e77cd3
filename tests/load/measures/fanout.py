"""Many browsers on a fleet in which much changes."""

from __future__ import annotations

import asyncio

from tests.load import driver
from tests.load.browsers import Browser
from tests.load.processes import Usage
from tests.load.report import Row, ms, quantile
from tests.load.stage import Stage

BROWSERS = 200
READING = 2
"""Browsers that inflate and read each frame; the machine would not carry 200 of them beside the server."""
CHANGES_PER_SECOND = 1000.0
TARGET_PERCENT = 25.0


async def fanout(stage: Stage) -> list[Row]:
    """The same changes without a browser, then with all; the difference is the fan-out."""
    await stage.connect(stage.agents)
    seconds = stage.seconds(24)
    await stage.flock.tell(driver.Beat(per_second=CHANGES_PER_SECOND, with_health=True))
    await asyncio.sleep(2)
    alone = await stage.during(seconds / 2)
    await stage.flock.tell(driver.Rest())
    opening = stage.usage()
    async with stage.browsers(BROWSERS, READING) as browsers:
        opened = stage.usage().since(opening)
        await stage.flock.tell(driver.Beat(per_second=CHANGES_PER_SECOND, with_health=True))
        await asyncio.sleep(3)
        for browser in browsers:
            browser.forget()
        watched = await stage.during(seconds)
        rows = _rows(alone, watched, browsers)
    await stage.flock.tell(driver.Rest())
    return [_opening(opened), *rows]


def _opening(used: Usage) -> Row:
    return Row(
        work=f"{BROWSERS} browsers open the fleet at once",
        measured=f"{used.at:.1f} s until the last holds it",
        cpu=f"{ms(used.cpu / BROWSERS)} per browser",
        how="a row per agent and one per service, in compressed pages shared by all",
        values={"seconds": used.at, "cpu_ms": 1000 * used.cpu / BROWSERS},
    )


def _rows(alone: Usage, watched: Usage, browsers: list[Browser]) -> list[Row]:
    fan = watched.share - alone.share
    lags = [lag for browser in browsers[:READING] for lag in browser.lags]
    ticks = browsers[0].frames / watched.at
    kib = sum(browser.bytes for browser in browsers) / len(browsers) / watched.at / 1024
    frame = fan / 100 * watched.at / max(1, sum(browser.frames for browser in browsers))
    lost = sum(browser.losses for browser in browsers)
    return [
        Row(
            work=f"{CHANGES_PER_SECOND:,.0f} changes/s taken in, nobody looks",
            measured=f"{alone.share:.0f} % of a core",
            cpu=f"{ms(alone.share / 100 / CHANGES_PER_SECOND)} per change",
            how="heartbeats with a changed health: derived, put into the view, stored",
            values={"share_percent": alone.share},
        ),
        Row(
            work=f"{BROWSERS} browsers at {CHANGES_PER_SECOND:,.0f} changes/s",
            measured=f"{fan:.0f} % of a core for them, {watched.share:.0f} % in all",
            target=f"≤ {TARGET_PERCENT:.0f} %",
            met=fan <= TARGET_PERCENT,
            cpu=f"{frame * 1e6:.0f} µs per frame sent",
            how=f"{ticks:.1f} frames/s and {kib:.0f} KiB/s per browser; a change is seen after "
            f"p50 {ms(quantile(lags, 0.5))}, p99 {ms(quantile(lags, 0.99))}; {lost} sockets lost",
            values={
                "fan_percent": fan,
                "share_percent": watched.share,
                "frames_per_second": ticks,
                "kib_per_second": kib,
                "lag_p50_ms": 1000 * quantile(lags, 0.5),
                "lag_p99_ms": 1000 * quantile(lags, 0.99),
                "losses": lost,
            },
        ),
    ]
