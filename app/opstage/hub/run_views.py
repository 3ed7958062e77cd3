"""Runs as people see them: in the views ``runs`` and ``run:<id>``, and page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from opstage.errors import NotFound
from opstage.hub import rows
from opstage.hub.feeds import Feed, Feeds
from opstage.hub.live_run import LiveRun
from opstage.store import Store, runs
from opstage.store.records import Paging
from opstage.store.runs import RunRecord, RunTargetRecord

GATHER_SECONDS = 0.1
"""Changes of one run within this make one new row of it: its targets are many …"""
ROW_BYTES_PER_SECOND = 1024 * 1024
"""… and its payload, which goes to everybody who follows, may be large: then rows come more seldom."""


class RunViews:
    """What goes on is shown from memory, what ended from the database."""

    def __init__(self, store: Store, feeds: Feeds) -> None:
        self._store = store
        self._feeds = feeds
        self._gathering: set[str] = set()
        self.live_of: Callable[[str], LiveRun | None] = lambda run_id: None

    def load(self, newest: Iterable[RunRecord]) -> None:
        """The newest finished runs, newest first, as after a start."""
        for record in reversed(list(newest)):
            self._feeds.put_finished_run(record.id, rows.encode(rows.run_row(record)))

    def run(self, live: LiveRun) -> None:
        """The run is new, or changed: shown soon."""
        if live.record.id not in self._gathering:
            self._gathering.add(live.record.id)
            seconds = max(GATHER_SECONDS, live.row_bytes / ROW_BYTES_PER_SECOND)
            asyncio.get_running_loop().call_later(seconds, self._show, live)

    def target(self, target: RunTargetRecord) -> None:
        """A target changed."""
        feed = self._feeds.detail(f"run:{target.run_id}")
        if feed is not None:
            feed.put(target.id, rows.encode(rows.run_target_row(target)))

    def deleted(self, run_ids: Iterable[str]) -> None:
        """These were deleted."""
        for run_id in run_ids:
            self._feeds.runs.remove(run_id)
            self._feeds.close_detail(f"run:{run_id}")

    def _show(self, live: LiveRun) -> None:
        self._gathering.discard(live.record.id)
        record = live.shown
        encoded = rows.encode(rows.run_row(record))
        live.row_bytes = len(encoded)
        if record.completed_at is None:
            self._feeds.runs.put(record.id, encoded)
        else:
            self._feeds.put_finished_run(record.id, encoded)
        detail = self._feeds.detail(f"run:{record.id}")
        if detail is not None:
            detail.put(record.id, encoded)

    async def fill(self, feed: Feed, run_id: str) -> bool:
        """Fill a ``run:<id>`` feed; False if there is no such run."""
        live = self.live_of(run_id)
        record = live.shown if live is not None else await runs.get(self._store.reader, run_id)
        if record is None:
            return False
        targets = live.targets if live is not None else await runs.targets(self._store.reader, run_id)
        feed.put(run_id, rows.encode(rows.run_row(record)))
        for target in targets:
            feed.put(target.id, rows.encode(rows.run_target_row(target)))
        return True

    def shown(self, record: RunRecord) -> RunRecord:
        """The run as it is at the moment."""
        live = self.live_of(record.id)
        return record if live is None else live.shown

    async def get(self, run_id: str) -> RunRecord:
        """One run. Raises NotFound."""
        live = self.live_of(run_id)
        found = live.shown if live is not None else await runs.get(self._store.reader, run_id)
        if found is None:
            raise unknown()
        return found

    async def page(
        self, *, status: Sequence[str], action_name: Sequence[str], paging: Paging
    ) -> tuple[list[RunRecord], int]:
        """One page and the total."""
        found, total = await runs.page(
            self._store.reader, status=status, action_name=action_name, paging=paging
        )
        return [self.shown(each) for each in found], total

    async def targets(
        self, run_id: str, *, status: Sequence[str], paging: Paging
    ) -> tuple[list[RunTargetRecord], int]:
        """One page of a run's targets, in order, and the total. Raises NotFound."""
        live = self.live_of(run_id)
        if live is None:
            await self.get(run_id)
            return await runs.targets_page(self._store.reader, run_id, status=status, paging=paging)
        found = [each for each in live.targets if not status or each.status in status]
        return found[paging.offset : paging.offset + paging.page_size], len(found)


def unknown() -> NotFound:
    """There is no such run."""
    return NotFound("Run not found.", "RUN_NOT_FOUND")
