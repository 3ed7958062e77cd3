"""What is stored in numbers, for the dashboard, without counting all of it anew each time.

An ended command never changes, so what was counted once stays counted: each time only those are looked at
that ended since. Should some have been deleted, the sum no longer fits and everything is counted anew, a
stretch at a time. Audit events are counted at the start, and then as they are written and pruned.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

import msgspec

from opstage.clock import Clock
from opstage.store import Store, statistics
from opstage.store.records import AuditRecord
from opstage.store.statistics import BEGIN, CommandCounts, Ending, Place

STRETCH = 10_000
"""Ended commands counted by one query: some 10 ms of the reading connection."""
SETTLED_SECONDS = 10.0
"""An end as old as this is committed by now, so no other can still come before it."""

DISPATCHED = "command.dispatched"
COMPLETED = "command.completed"
FAILED = "command.failed"
PREPARED = "service.action.prepare_requested"


class Commands(msgspec.Struct, frozen=True):
    """All commands at one moment."""

    total: int
    unfinished: dict[str, int]
    ended: Counter[Ending]

    @property
    def by_status(self) -> dict[str, int]:
        """How many there are of each status; one without commands is absent."""
        counts = Counter(self.unfinished)
        for (status, _, _), count in self.ended.items():
            counts[status] += count
        return dict(counts)

    def ended_with(
        self, *, status: str | None = None, kind: str | None = None, code: str | None = None
    ) -> int:
        """How many ended so; None stands for any."""
        wanted = (status, kind, code)
        return sum(
            count
            for ending, count in self.ended.items()
            if all(want in (None, has) for want, has in zip(wanted, ending, strict=True))
        )

    def top_errors(self, most: int) -> list[tuple[str, int]]:
        """The most frequent error codes with their numbers; those equally frequent by name."""
        counts: Counter[str] = Counter()
        for (_, _, code), count in self.ended.items():
            if code is not None:
                counts[code] += count
        return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:most]


class Tallies:
    """Counts of commands and audit events."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._counting = asyncio.Lock()
        self._settled: Counter[Ending] = Counter()
        self._place: Place = BEGIN
        self._actions: Counter[str] = Counter()

    async def load(self) -> None:
        """Count audit events, while nothing is written yet."""
        actions = (DISPATCHED, COMPLETED, FAILED, PREPARED)
        self._actions = await statistics.audit_actions(self._store.reader, actions)

    def audited(self, events: Iterable[AuditRecord]) -> None:
        """Audit events were stored."""
        for event in events:
            if event.action in self._actions:
                self._actions[event.action] += 1

    def pruned_audits(self, actions: Iterable[str]) -> None:
        """Audit events of these actions were deleted."""
        for action in actions:
            if action in self._actions:
                self._actions[action] -= 1

    def pruned_commands(self, endings: Iterable[Ending]) -> None:
        """Commands that ended so were deleted; they ended long ago."""
        self._settled.subtract(endings)

    def audits(self, action: str) -> int:
        """How many audit events there are of one of the actions named above."""
        return self._actions[action]

    async def commands(self) -> Commands:
        """The commands as they are now."""
        async with self._counting:
            await self._settle()
            counts = await statistics.command_counts(self._store.reader, self._place)
            if not self._fits(counts):
                self._settled, self._place = Counter(), BEGIN
                await self._settle()
                counts = await statistics.command_counts(self._store.reader, self._place)
            return Commands(counts.total, counts.unfinished, +(self._settled + counts.ended))

    async def _settle(self) -> None:
        """Count what ended since the last time and is sure to stay."""
        reader, before = self._store.reader, self._clock.now() - SETTLED_SECONDS
        while (place := await statistics.further(reader, self._place, before, STRETCH)) is not None:
            self._settled += await statistics.ended(reader, self._place, place)
            self._place = place

    def _fits(self, counts: CommandCounts) -> bool:
        known = self._settled.total() + counts.ended.total() + sum(counts.unfinished.values())
        return known == counts.total
