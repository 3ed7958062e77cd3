"""All agents come back at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.load import driver
from tests.load.browsers import Browser
from tests.load.crowd import Tally
from tests.load.report import Row, ms, quantile
from tests.load.rest import Rest
from tests.load.stage import PLAIN, WIDE, Stage

BROWSERS = 20
TARGET_SECONDS = 20.0
TARGET_MS = 250.0
PATIENCE_SECONDS = 150.0
HOLD_SECONDS = 30.0
"""How long the browsers may take after the agents."""
CALLS = ("/api/admin/agents?pageSize=20", "/api/admin/capsule-services?pageSize=20&status=HEALTHY")
CALL_SECONDS = 0.1


@dataclass(frozen=True)
class Back:
    """Seconds until all, and until half of the agents were back; ``missed``: how many were, if not all."""

    seconds: float
    half: float
    missed: str | None

    def __str__(self) -> str:
        if self.missed is not None:
            return f"only {self.missed} back after {self.seconds:.0f} s"
        return f"all back after {self.seconds:.1f} s, half after {self.half:.1f} s"


async def cut(stage: Stage) -> list[Row]:
    """The network drops every agent; the server and the browsers stay."""
    await stage.connect(stage.agents)
    async with stage.rest() as rest, stage.browsers(BROWSERS, 0) as browsers:
        await stage.flock.tell(driver.Settle())
        before, began = stage.usage(), time.monotonic()
        async with _calling(rest):
            await stage.flock.tell(driver.Cut())
            answer = await stage.flock.ask(driver.Await(seconds=PATIENCE_SECONDS))
        cpu = stage.usage().since(before).cpu / stage.agents
        how = f"{_admitted(WIDE)} handshakes/s let in; {_browsers(browsers)}"
        title = f"{stage.agents:,} agents cut off at once"
        return [_row(title, _back(answer, began, stage), answer.tally, rest, cpu, how)]


async def kill(stage: Stage) -> list[Row]:
    """The server is killed and started again."""
    return await _killed(stage, WIDE, "")


async def kill_with_defaults(stage: Stage) -> list[Row]:
    """The same with nothing raised: 100 handshakes per second."""
    return await _killed(stage, PLAIN, ", default settings")


async def _killed(stage: Stage, settings: Mapping[str, str], title: str) -> list[Row]:
    await stage.connect(stage.agents)
    async with stage.rest() as rest, stage.browsers(BROWSERS, 0) as browsers:
        await stage.flock.tell(driver.Settle())
        await stage.server.kill()
        stage.server.settings = dict(settings)
        began = time.monotonic()
        async with _calling(rest):
            with suppress(AssertionError):  # not ready in time is what this measures, too
                await stage.server.start()
            answer = await stage.flock.ask(driver.Await(seconds=PATIENCE_SECONDS))
        cpu = stage.usage().cpu / stage.agents
        await _all_hold(browsers)
        first = answer.tally.first_welcome - began
        how = (
            f"counted from the start of the process, the first is back after {first:.1f} s; "
            f"{_admitted(settings)} handshakes/s let in; {_browsers(browsers)}"
        )
        title = f"kill -9 and restart with {stage.agents:,} agents{title}"
        return [_row(title, _back(answer, began, stage), answer.tally, rest, cpu, how)]


@asynccontextmanager
async def _calling(rest: Rest) -> AsyncIterator[None]:
    """An operator who does not stop asking."""
    rest.close()
    rest.delays.clear()
    calling = asyncio.create_task(_call(rest))
    try:
        yield
    finally:
        calling.cancel()
        with suppress(asyncio.CancelledError):
            await calling


async def _call(rest: Rest) -> None:
    number = 0
    while True:
        # While the server is away there is nothing to be measured.
        with suppress(ConnectionError, EOFError):
            await rest.get(CALLS[number % len(CALLS)])
            number += 1
        await asyncio.sleep(CALL_SECONDS)


async def _all_hold(browsers: list[Browser]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(HOLD_SECONDS):
            await asyncio.gather(*(browser.ready.wait() for browser in browsers))


def _browsers(browsers: list[Browser]) -> str:
    lost = sum(browser.losses for browser in browsers)
    back = sum(browser.ready.is_set() for browser in browsers)
    return f"operator sockets: {lost} of {len(browsers)} lost, {back} hold the fleet at the end"


def _admitted(settings: Mapping[str, str]) -> str:
    return settings.get("OPSTAGE_AGENT_HANDSHAKES_PER_SECOND", "100 (default)")


def _back(answer: driver.Answer, began: float, stage: Stage) -> Back:
    tally = answer.tally
    if answer.in_time:
        return Back(tally.last_welcome - began, tally.half_welcome - began, None)
    return Back(PATIENCE_SECONDS, 0.0, f"{tally.up:,} of {stage.agents:,}")


def _row(title: str, back: Back, tally: Tally, rest: Rest, cpu: float, how: str) -> Row:
    p50, p99 = quantile(rest.delays, 0.5), quantile(rest.delays, 0.99)
    more = (
        f"{tally.refused} refusals with Retry-After, {tally.overdue} tries over 15 s, "
        f"{tally.fallen} agents would have gone over to polling"
    )
    return Row(
        work=title,
        measured=f"{back}; REST p50 {ms(p50)}, p99 {ms(p99)}",
        target=f"≤ {TARGET_SECONDS:.0f} s; p99 < {TARGET_MS:.0f} ms",
        met=back.missed is None and back.seconds <= TARGET_SECONDS and 1000 * p99 < TARGET_MS,
        cpu=f"{ms(cpu)} per agent",
        how=f"{how}; {more}",
        values={
            "seconds": back.seconds,
            "half_seconds": back.half,
            "up": tally.up,
            "rest_p50_ms": 1000 * p50,
            "rest_p99_ms": 1000 * p99,
            "cpu_ms": 1000 * cpu,
            "refused": tally.refused,
            "overdue": tally.overdue,
            "fallen": tally.fallen,
            "final": tally.final,
        },
    )
