"""A run that goes on, in memory: what is stored of it, and where each of its targets is now."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from msgspec.structs import replace

from opstage.core.runs import UNFINISHED, Decision, TargetStatus, decide
from opstage.store.records import CommandRecord
from opstage.store.runs import RunRecord, RunTargetRecord


@dataclass(slots=True, eq=False)
class LiveRun:
    """One unfinished run. Its targets are in order; ``put`` keeps the counts."""

    record: RunRecord
    payload: dict[str, Any]
    """With its secrets."""
    targets: list[RunTargetRecord]
    counts: Counter[str]
    updated_at: float
    unsaved: set[int] = field(default_factory=set)
    """Positions of those that ended and are not stored so yet."""
    row_bytes: int = 0
    """What showing it took the last time."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while its next steps are decided and taken."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there may be a next step."""

    @classmethod
    def of(cls, record: RunRecord, payload: dict[str, Any], targets: list[RunTargetRecord]) -> LiveRun:
        """A run with these targets as they are stored."""
        return cls(record, payload, targets, Counter(each.status for each in targets), record.updated_at)

    @property
    def shown(self) -> RunRecord:
        """The run as it is at the moment."""
        return replace(self.record, counts=dict(+self.counts), updated_at=self.updated_at)

    def put(self, target: RunTargetRecord, now: float) -> None:
        """A target changed; one that ended is news."""
        before = self.targets[target.position]
        self.counts[before.status] -= 1
        self.counts[target.status] += 1
        self.targets[target.position] = target
        self.updated_at = now
        if target.status not in UNFINISHED:
            self.unsaved.add(target.position)
            self.news.set()

    def became(self, record: RunRecord) -> None:
        """The run itself was stored so."""
        self.record, self.updated_at = record, max(self.updated_at, record.updated_at)

    def waiting(self, most: int) -> list[RunTargetRecord]:
        """The first of those that wait, ``most`` at most."""
        return list(islice((each for each in self.targets if each.status == TargetStatus.WAITING), most))

    def decide(self) -> Decision:
        """What is to be done next."""
        return decide(
            self.counts,
            concurrency=self.record.concurrency,
            stop_after=self.record.stop_after_failures,
            stopped=self.record.stop_reason is not None,
        )


def with_command(target: RunTargetRecord, command: CommandRecord) -> RunTargetRecord:
    """The target as its command is now; how far one was that ended is not kept."""
    ended = command.completed_at is not None
    return replace(
        target,
        command_id=command.id,
        status=command.status,
        error_code=command.error_code,
        error_message=command.error_message,
        started_at=command.started_at,
        completed_at=command.completed_at,
        percent=None if ended else command.percent,
        progress_message=None if ended else command.progress_message,
    )


def without_command(
    target: RunTargetRecord, status: TargetStatus, code: str, message: str, now: float
) -> RunTargetRecord:
    """The target ended so, and no command tells why."""
    return replace(
        target,
        status=status,
        error_code=code,
        error_message=message,
        completed_at=now,
        percent=None,
        progress_message=None,
    )
