"""A keyed collection with one revision line: the heart of every live view.

What is promised: a follower who holds the rows as of revision r and applies ``delta_since(r)`` holds
exactly the rows as of the delta's revision. Intermediate states may be skipped, the order per key
holds. Removed keys are remembered as tombstones for a while; a follower older than the oldest
forgotten tombstone (below ``floor``) is refused and takes a snapshot.

Nothing here awaits, so a snapshot and its revision always belong together.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice

import msgspec

TOMBSTONE_SECONDS = 600.0
TOMBSTONE_LIMIT = 10_000


class Snapshot(msgspec.Struct, frozen=True):
    """All live rows as of ``revision``, least recently changed first."""

    revision: int
    rows: list[bytes]


class Delta(msgspec.Struct, frozen=True):
    """What leads from revision ``from_`` to ``revision``; rows are whole, ``remove`` names keys."""

    from_: int
    revision: int
    upsert: list[bytes]
    remove: list[str]


class _Entry:
    """The newest state of one key; ``row`` is None once it was removed."""

    __slots__ = ("revision", "row")

    def __init__(self, revision: int, row: bytes | None) -> None:
        self.revision = revision
        self.row = row


class LiveView:
    """An ordered map from key to newest row or tombstone; a change moves its key to the end.

    Rows are encoded JSON objects. ``epoch`` names the revision line: two views that do not share
    their history must not share it. ``revision`` grows by one per change and never shrinks.
    """

    def __init__(
        self,
        epoch: str,
        *,
        tombstone_seconds: float = TOMBSTONE_SECONDS,
        tombstone_limit: int = TOMBSTONE_LIMIT,
    ) -> None:
        self.epoch = epoch
        self.revision = 0
        self.floor = 0
        """The oldest revision that ``delta_since`` still serves."""
        self._tombstone_seconds = tombstone_seconds
        self._tombstone_limit = tombstone_limit
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._removed_at: OrderedDict[str, float] = OrderedDict()
        """When each key that has a tombstone was removed, oldest first."""
        self._live = 0

    def __len__(self) -> int:
        return self._live

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def live_keys(self) -> list[str]:
        """The keys of all live rows, least recently changed first."""
        return [key for key, entry in self._entries.items() if entry.row is not None]

    def get(self, key: str) -> bytes | None:
        """The row of ``key``, or None if there is none."""
        entry = self._entries.get(key)
        return None if entry is None else entry.row

    def put(self, key: str, row: bytes) -> bool:
        """Set the row of ``key``. False, and no new revision, if it is what it was."""
        entry = self._entries.get(key)
        if entry is not None and entry.row == row:
            return False
        if entry is None:
            self._live += 1
        elif entry.row is None:
            self._live += 1
            del self._removed_at[key]
        self._move(key, entry, row)
        return True

    def remove(self, key: str, now: float) -> bool:
        """Remove ``key``, leaving a tombstone. False, and no new revision, if there is no such row."""
        entry = self._entries.get(key)
        if entry is None or entry.row is None:
            return False
        self._live -= 1
        self._move(key, entry, None)
        self._removed_at[key] = now
        self.expire(now)
        return True

    def snapshot(self) -> Snapshot:
        """All live rows, in view order, and the revision they belong to."""
        rows = [entry.row for entry in self._entries.values() if entry.row is not None]
        return Snapshot(self.revision, rows)

    def can_follow(self, revision: int) -> bool:
        """True if ``delta_since(revision)`` can be served."""
        return self.floor <= revision <= self.revision

    def delta_since(
        self, revision: int, limit: int | None = None, *, until: int | None = None
    ) -> Delta | None:
        """What changed after ``revision``, oldest change first; None if that cannot be told any more.

        ``limit`` caps the changes in one delta and ``until`` its revision; what lies beyond is left to
        the next delta. The cost is the number of keys changed since ``revision``.
        """
        end = self.revision if until is None else min(until, self.revision)
        if not self.floor <= revision <= end:
            return None
        changed = self._changed(revision, end)
        changed.reverse()
        if limit is not None and len(changed) > limit:
            del changed[limit:]
            end = changed[-1][1].revision
        upsert = [entry.row for _, entry in changed if entry.row is not None]
        remove = [key for key, entry in changed if entry.row is None]
        return Delta(revision, end, upsert, remove)

    def expire(self, now: float) -> None:
        """Forget tombstones that are too old or too many, raising ``floor`` past them."""
        while self._removed_at:
            key, removed_at = next(iter(self._removed_at.items()))
            few = len(self._removed_at) <= self._tombstone_limit
            if few and now - removed_at < self._tombstone_seconds:
                return
            del self._removed_at[key]
            self.floor = self._entries.pop(key).revision

    def _move(self, key: str, entry: _Entry | None, row: bytes | None) -> None:
        self.revision += 1
        if entry is None:
            self._entries[key] = _Entry(self.revision, row)
            return
        entry.revision = self.revision
        entry.row = row
        self._entries.move_to_end(key)

    def _changed(self, revision: int, end: int) -> list[tuple[str, _Entry]]:
        """Entries with a revision in (``revision``, ``end``], newest first."""
        found: list[tuple[str, _Entry]] = []
        for key, entry in islice(reversed(self._entries.items()), self.revision - revision):
            if entry.revision <= revision:
                break
            if entry.revision <= end:
                found.append((key, entry))
        return found
