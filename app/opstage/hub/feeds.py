"""The live views and who follows them.

A change marks its feed; followers are woken together after a short quiet, so that they read the
view at the same revision and share one encoding of what changed.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping

from opstage.clock import Clock
from opstage.core.selector import Selector
from opstage.core.source import ViewSource
from opstage.core.view import LiveView

QUIET_SECONDS = 0.025
"""A feed that was quiet this long is told at once."""
TICK_SECONDS = 0.25
"""A feed that never is quiet is told this often …"""
LONGEST_TICK_SECONDS = 2.0
"""… and under load as seldom as this."""
BUSY_SHARE = 0.7
"""Share of one core from which on the loop counts as loaded; below half of it ticks shorten again."""
LEAST_WAIT_SECONDS = 0.001
FINISHED_KEPT = 500
"""Finished commands and audit events that a view holds."""
FINISHED_RUNS_KEPT = 100

UNFOLLOWED_SECONDS = 10.0
"""How long a detail that nobody follows yet is kept."""

Wake = Callable[[], None]
Fulfilled = Callable[[Mapping[str, str]], bool]


class Feed:
    """One view, the output beside it (for a command), and its followers."""

    def __init__(self, name: str, epoch: str, clock: Clock, pace: Pace) -> None:
        self.name = name
        self.source = ViewSource(name, LiveView(epoch))
        self._clock = clock
        self._pace = pace
        self._followers: set[Wake] = set()
        self._newest: dict[str, None] = {}
        self._changed_at = 0.0
        self._pending_since: float | None = None

    @property
    def view(self) -> LiveView:
        """Its rows."""
        return self.source.view

    @property
    def followed(self) -> bool:
        """True while anybody follows."""
        return bool(self._followers)

    def put(self, key: str, row: bytes) -> None:
        """Set a row."""
        if self.view.put(key, row):
            self.mark()

    def put_newest(self, key: str, row: bytes, most: int) -> None:
        """Set a row that belongs to the newest ``most``; the oldest of those beyond leaves."""
        self._newest.setdefault(key)
        self.put(key, row)
        while len(self._newest) > most:
            oldest = next(iter(self._newest))
            del self._newest[oldest]
            self.remove(oldest)

    def remove(self, key: str) -> None:
        """Remove a row."""
        self._newest.pop(key, None)
        if self.view.remove(key, self._clock.now()):
            self.mark()

    def follow(self, wake: Wake) -> None:
        """Call ``wake`` after changes."""
        if not self._followers:
            self.source.publish()
        self._followers.add(wake)

    def leave(self, wake: Wake) -> None:
        """Stop calling ``wake``."""
        self._followers.discard(wake)

    def mark(self) -> None:
        """Something changed: tell the followers soon."""
        if not self._followers:
            return
        self._changed_at = self._clock.now()
        if self._pending_since is None:
            self._pending_since = self._changed_at
            asyncio.get_running_loop().call_later(QUIET_SECONDS, self._tell)

    def _tell(self) -> None:
        now = self._clock.now()
        late_in = (self._pending_since or now) + self._pace.tick - now
        wait = late_in if self._pace.stretched else min(late_in, self._changed_at + QUIET_SECONDS - now)
        if wait > LEAST_WAIT_SECONDS:
            asyncio.get_running_loop().call_later(wait, self._tell)
            return
        self._pending_since = None
        if self.source.publish():
            for wake in tuple(self._followers):
                wake()


class FleetFeed(Feed):
    """The ``fleet`` view, and beside it a view of each selector that somebody follows.

    Each holds the rows whose labels fulfil its selector, through the very changes of this one.
    """

    def __init__(self, name: str, epoch: str, clock: Clock, pace: Pace, numbers: Iterator[int]) -> None:
        super().__init__(name, epoch, clock, pace)
        self._numbers = numbers
        self._labels: dict[str, Mapping[str, str]] = {}
        self._selections: dict[str, tuple[Fulfilled, Feed]] = {}

    @property
    def selections(self) -> list[Feed]:
        """The views of selectors that are open."""
        return [feed for _, feed in self._selections.values()]

    def place(self, key: str, row: bytes, labels: Mapping[str, str]) -> None:
        """Set a row and the labels it has."""
        self._labels[key] = labels
        self.put(key, row)
        for fulfilled, feed in self._selections.values():
            if fulfilled(labels):
                feed.put(key, row)
            else:
                feed.remove(key)

    def remove(self, key: str) -> None:
        """Remove a row, from every selection too."""
        super().remove(key)
        self._labels.pop(key, None)
        for feed in self.selections:
            feed.remove(key)

    def select(self, selector: Selector) -> Feed:
        """The view of a selector; selectors that say the same share it."""
        name = f"{self.name}:{selector}"
        if name not in self._selections:
            fulfilled = selector.predicate()
            self._selections[name] = (fulfilled, self._open(name, fulfilled))
        return self._selections[name][1]

    def release(self, feed: Feed) -> None:
        """Drop the view of a selector that nobody follows any more."""
        if not feed.followed and feed in self.selections:
            del self._selections[feed.name]

    def _open(self, name: str, fulfilled: Fulfilled) -> Feed:
        # Its revisions start anew each time it is opened, so its epoch is its own.
        feed = Feed(name, f"{self.view.epoch}.{next(self._numbers)}", self._clock, self._pace)
        for key, labels in self._labels.items():
            row = self.view.get(key)
            if row is not None and fulfilled(labels):
                feed.put(key, row)
        return feed


class Pace:
    """How long a tick is: longer while the event loop is busy."""

    def __init__(self) -> None:
        self.tick = TICK_SECONDS

    @property
    def stretched(self) -> bool:
        """True under load: then a quiet moment is no reason to hurry."""
        return self.tick > TICK_SECONDS

    async def run(self) -> None:
        """Look at the loop's own CPU time every second, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            cpu, wall = time.thread_time(), loop.time()
            await asyncio.sleep(1.0)
            self.adapt((time.thread_time() - cpu) / (loop.time() - wall))

    def adapt(self, share: float) -> None:
        """The loop was busy for this share of the last second."""
        if share > BUSY_SHARE:
            self.tick = min(LONGEST_TICK_SECONDS, self.tick * 2)
        elif share < BUSY_SHARE / 2:
            self.tick = max(TICK_SECONDS, self.tick / 2)


class Feeds:
    """The feeds by name: four that always are; details and selections live while they are followed."""

    def __init__(self, epoch: str, clock: Clock) -> None:
        self.epoch = epoch
        self.pace = Pace()
        self._clock = clock
        self._numbers = itertools.count(1)
        self.fleet = FleetFeed("fleet", epoch, clock, self.pace, self._numbers)
        self.commands = Feed("commands", epoch, clock, self.pace)
        self.audit = Feed("audit", epoch, clock, self.pace)
        self.runs = Feed("runs", epoch, clock, self.pace)
        self._always = (self.fleet, self.commands, self.audit, self.runs)
        self._details: dict[str, Feed] = {}
        self._filling: dict[str, asyncio.Task[Feed | None]] = {}

    def detail(self, name: str) -> Feed | None:
        """The open detail feed ``name``, if somebody follows it."""
        return self._details.get(name)

    def always(self, name: str) -> Feed | None:
        """The feed ``name`` if it is one of those that always are."""
        return {feed.name: feed for feed in self._always}.get(name)

    async def open_detail(self, name: str, fill: Callable[[Feed], Awaitable[bool]]) -> Feed | None:
        """The detail feed ``name``, filled by ``fill`` when it is not open yet; None if it cannot be.

        Several that ask at once wait for the same filling.
        """
        task = self._filling.get(name)
        if task is None:
            feed = self._details.get(name)
            if feed is not None:
                return feed
            task = asyncio.create_task(self._fill(name, fill))
            self._filling[name] = task
            task.add_done_callback(lambda _: self._filling.pop(name, None))
        return await asyncio.shield(task)

    async def _fill(self, name: str, fill: Callable[[Feed], Awaitable[bool]]) -> Feed | None:
        # A detail's revisions start anew each time it is opened, so its epoch is its own.
        feed = Feed(name, f"{self.epoch}.{next(self._numbers)}", self._clock, self.pace)
        # Registered before it is filled: what changes meanwhile goes into it.
        self._details[name] = feed
        filled = False
        try:
            filled = await fill(feed)
        finally:
            if not filled:
                self._details.pop(name, None)
        # Who asked may be gone by now.
        asyncio.get_running_loop().call_later(UNFOLLOWED_SECONDS, self.release, feed)
        return feed if filled else None

    def close_detail(self, name: str) -> None:
        """What the detail is about was deleted: its rows leave, and nobody new may follow it."""
        feed = self._details.pop(name, None)
        if feed is not None:
            for key in feed.view.live_keys():
                feed.remove(key)

    def release(self, feed: Feed) -> None:
        """Drop a detail feed, or one of a selector, that nobody follows any more."""
        self.fleet.release(feed)
        if not feed.followed and self._details.get(feed.name) is feed:
            del self._details[feed.name]

    def put_finished(self, key: str, row: bytes) -> None:
        """A finished command; the oldest beyond FINISHED_KEPT leaves the view."""
        self.commands.put_newest(key, row, FINISHED_KEPT)

    def put_audit(self, key: str, row: bytes) -> None:
        """An audit event; the oldest beyond FINISHED_KEPT leaves the view."""
        self.audit.put_newest(key, row, FINISHED_KEPT)

    def put_finished_run(self, key: str, row: bytes) -> None:
        """A finished run; the oldest beyond FINISHED_RUNS_KEPT leaves the view."""
        self.runs.put_newest(key, row, FINISHED_RUNS_KEPT)

    def expire(self, now: float) -> None:
        """Forget old tombstones."""
        for feed in (*self._always, *self.fleet.selections, *self._details.values()):
            feed.view.expire(now)
