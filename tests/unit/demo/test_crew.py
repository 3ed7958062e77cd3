"""The crew: order, bounds, pause, drain, purge, failures."""

from __future__ import annotations

import asyncio

import pytest

from opstage.demo.crew import Crew

DEADLINE = 60.0


class Bench:
    """Work that waits until a test lets it go, and counts how much of it runs at a time."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.order: list[int] = []
        self.most = 0
        self._now = 0

    async def work(self, item: int) -> None:
        """Takes part in the count, waits at the gate; a negative item fails."""
        self._now += 1
        self.most = max(self.most, self._now)
        await self.gate.wait()
        # Lets everyone else in who may come in.
        await asyncio.sleep(0)
        self._now -= 1
        self.order.append(item)
        if item < 0:
            raise ValueError("negative")


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def until_idle(crew: Crew[int]) -> None:
    async with asyncio.timeout(DEADLINE):
        await crew.wait_for(lambda: crew.idle)


async def test_works_in_order_and_never_on_more_than_its_size(bench: Bench) -> None:
    crew = Crew(bench.work, size=2)
    for item in range(6):
        assert crew.add(item)
    assert (crew.busy, crew.queued, crew.state) == (2, 4, "working")
    bench.gate.set()
    await until_idle(crew)
    assert bench.order == [0, 1, 2, 3, 4, 5]
    assert bench.most == 2
    assert (crew.done, crew.failed, crew.per_minute(), crew.state) == (6, 0, 6, "idle")


async def test_a_failing_item_is_counted_and_does_not_stop_the_rest(bench: Bench) -> None:
    crew = Crew(bench.work, size=1)
    for item in (1, -1, 2):
        crew.add(item)
    bench.gate.set()
    await until_idle(crew)
    assert bench.order == [1, -1, 2]
    assert (crew.done, crew.failed) == (2, 1)


async def test_a_paused_crew_starts_nothing_until_it_is_resumed(bench: Bench) -> None:
    crew = Crew(bench.work)
    crew.pause()
    crew.add(1)
    assert (crew.busy, crew.queued, crew.state) == (0, 1, "paused")
    bench.gate.set()
    crew.resume()
    await until_idle(crew)
    assert bench.order == [1]


async def test_a_larger_size_takes_effect_at_once(bench: Bench) -> None:
    crew = Crew(bench.work, size=1)
    for item in range(4):
        crew.add(item)
    crew.resize(3)
    assert crew.busy == 3
    await crew.stop()


@pytest.mark.parametrize("size", [0, 17])
async def test_a_size_out_of_bounds_is_refused(bench: Bench, size: int) -> None:
    crew = Crew(bench.work)
    with pytest.raises(ValueError, match=f"not {size}"):
        crew.resize(size)


async def test_draining_finishes_everything_takes_nothing_new_and_ends_paused(bench: Bench) -> None:
    crew = Crew(bench.work, size=1)
    crew.add(1)
    crew.add(2)
    left = []
    async with asyncio.timeout(DEADLINE):
        async for each in crew.drain():
            left.append(each)
            assert not crew.add(3)
            bench.gate.set()
    assert bench.order == [1, 2]
    assert left == [2, 1]
    assert crew.state == "paused"


async def test_resuming_ends_a_drain_early(bench: Bench) -> None:
    crew = Crew(bench.work, size=1)
    crew.add(1)
    async with asyncio.timeout(DEADLINE):
        async for _ in crew.drain():
            crew.resume()
    assert crew.state == "working"
    assert crew.add(2)
    await crew.stop()


async def test_purging_forgets_what_waits_and_leaves_what_runs(bench: Bench) -> None:
    crew = Crew(bench.work, size=1)
    for item in range(5):
        crew.add(item)
    assert crew.purge() == 4
    bench.gate.set()
    await until_idle(crew)
    assert bench.order == [0]


async def test_stopping_cancels_what_runs(bench: Bench) -> None:
    crew = Crew(bench.work, size=2)
    crew.add(1)
    crew.add(2)
    async with asyncio.timeout(DEADLINE):
        await crew.stop()
    assert (crew.busy, bench.order) == (0, [])
