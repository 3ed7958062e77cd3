"""A view as operators follow it: pages, deltas and output as ready frames, encoded once for all.

The part of a frame before the subscription's id differs from client to client, the long rest does not.
So the rest is joined, and where asked for compressed, once per step of the view; a short head is put
in front. In a compressed frame the head is a stored block of the DEFLATE stream (RFC 1951, 3.2.4), so
that even there nothing is compressed twice.

Followers that are told of changes at the same moments stand at the same revisions and share frames:
whoever paces a source calls ``publish`` and then wakes them. Until the first ``publish`` every
revision counts as published.
"""

from __future__ import annotations

import weakref
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import msgspec

from opstage.core.output import OutputBuffer
from opstage.core.view import LiveView
from opstage_agent.wire import SNAPSHOT_ROWS

Message = str | bytes
"""A text message, or a binary one that holds compressed JSON."""

DEFLATE_FROM_BYTES = 1024
"""Smaller frames are not worth compressing."""
DEFLATE_LEVEL = 2
"""Fast: JSON of many similar rows shrinks to a tenth at any level."""
OUTPUT_FRAME_BYTES = 64 * 1024
DELTA_ROWS = 500
"""Changes in one delta; a slow follower gets several."""
FRAMES_KEPT = 64
"""Frames kept for others at the same place; subscription ids are the clients' choice."""

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class Shared(msgspec.Struct):
    """The part of a frame that all followers share, and the frames made from it."""

    tail: bytes
    frames: OrderedDict[tuple[bytes, bool], Message]
    deflated: bytes | None = None

    def message(self, head: bytes, deflate: bool) -> Message:
        """The frame that begins with ``head``."""
        packed = deflate and len(self.tail) >= DEFLATE_FROM_BYTES
        found = self.frames.get((head, packed))
        if found is None:
            found = self._pack(head) if packed else (head + self.tail).decode()
            _keep(self.frames, (head, packed), found)
        return found

    def _pack(self, head: bytes) -> bytes:
        if self.deflated is None:
            compressor = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
            self.deflated = compressor.compress(self.tail) + compressor.flush()
        size = len(head)
        return (
            b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + head + self.deflated
        )


class Pages:
    """One snapshot cut into pages of at most ``SNAPSHOT_ROWS``, shared by all who read it."""

    def __init__(self, view: LiveView) -> None:
        snapshot = view.snapshot()
        self.revision = snapshot.revision
        self._epoch = view.epoch
        self._rows = snapshot.rows
        self._pages: dict[int, Shared] = {}

    def __len__(self) -> int:
        return max(1, -(-len(self._rows) // SNAPSHOT_ROWS))

    def page(self, number: int) -> Shared:
        """Page ``number``, counted from 0."""
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = self._build(number)
        return page

    def _build(self, number: int) -> Shared:
        start = number * SNAPSHOT_ROWS
        rows = b",".join(self._rows[start : start + SNAPSHOT_ROWS])
        done = b"true" if number + 1 == len(self) else b"false"
        epoch = msgspec.json.encode(self._epoch)
        tail = b',"epoch":%b,"revision":%d,"rows":[%b],"done":%b}' % (epoch, self.revision, rows, done)
        return Shared(tail, OrderedDict())


class ViewSource:
    """One view and, for a command, its output, as all its followers share them."""

    def __init__(self, name: str, view: LiveView, output: OutputBuffer | None = None) -> None:
        self.name = name
        self.view = view
        self.output = output
        self._published: int | None = None
        self._lines: tuple[int, int] | None = None
        self._deltas: OrderedDict[tuple[int, int], tuple[int, Shared]] = OrderedDict()
        self._outputs: OrderedDict[tuple[int, int, int], tuple[int, Shared]] = OrderedDict()
        self._newest: Pages | None = None
        self._pages: weakref.ref[Pages] | None = None

    @property
    def published(self) -> int:
        """The revision followers may see."""
        return self.view.revision if self._published is None else self._published

    @property
    def published_lines(self) -> tuple[int, int]:
        """The output followers may see: how often it began anew, and how many lines it has."""
        if self._lines is not None:
            return self._lines
        return (0, 0) if self.output is None else (self.output.restarts, self.output.total)

    def publish(self) -> bool:
        """Let followers see everything up to now; False if there is nothing new."""
        self._lines, lines = None, self._lines
        before, self._published = self._published, self.view.revision
        self._lines = self.published_lines
        if before == self._published and lines == self._lines:
            return False
        self._deltas.clear()
        self._outputs.clear()
        self._newest = None
        return True

    def pages(self) -> Pages:
        """A snapshot to start from: one that is being read already if deltas still lead on from it."""
        pages = self._newest
        if pages is None and self._pages is not None:
            pages = self._pages()
        if pages is None or not self._leads_on(pages.revision):
            pages = self._newest = Pages(self.view)
            self._pages = weakref.ref(pages)
        return pages

    def delta(self, revision: int) -> tuple[int, Shared] | None:
        """What leads on from ``revision``: the revision reached, and the frame. None: take a snapshot."""
        key = (revision, max(self.published, revision))
        return _once(self._deltas, key, lambda: self._delta(*key))

    def lines(self, restarts: int, offset: int) -> tuple[int, Shared] | None:
        """Output from line ``offset`` on: the number of the next line, and the frame. None: no more yet."""
        _, total = self.published_lines
        if self.output is None or self.output.restarts != restarts or offset >= total:
            return None
        return _once(self._outputs, (restarts, offset, total), lambda: self._output(offset))

    def _leads_on(self, revision: int) -> bool:
        behind = self.view.revision - revision
        return self.view.can_follow(revision) and behind <= max(SNAPSHOT_ROWS, len(self.view) // 2)

    def _delta(self, revision: int, until: int) -> tuple[int, Shared] | None:
        delta = self.view.delta_since(revision, DELTA_ROWS, until=until)
        if delta is None:
            return None
        tail = b',"from":%d,"revision":%d,"upsert":[%b],"remove":%b}' % (
            delta.from_,
            delta.revision,
            b",".join(delta.upsert),
            msgspec.json.encode(delta.remove),
        )
        return delta.revision, Shared(tail, OrderedDict())

    def _output(self, offset: int) -> tuple[int, Shared] | None:
        if self.output is None:
            return None
        start, lines, dropped = self.output.read(offset, OUTPUT_FRAME_BYTES)
        gone = b',"dropped":%d' % dropped if dropped else b""
        tail = b',"offset":%d,"lines":%b%b}' % (start, msgspec.json.encode(lines), gone)
        return start + len(lines), Shared(tail, OrderedDict())


def head(frame_type: str, subscription: str) -> bytes:
    """The beginning of a frame, up to the part that is shared; far below the 64 KiB of a stored block."""
    return msgspec.json.encode({"type": frame_type, "id": subscription})[:-1]


def _once(
    kept: OrderedDict[KeyT, tuple[int, Shared]],
    key: KeyT,
    build: Callable[[], tuple[int, Shared] | None],
) -> tuple[int, Shared] | None:
    found = kept.get(key)
    if found is None:
        found = build()
        if found is not None:
            _keep(kept, key, found)
    return found


def _keep(kept: OrderedDict[KeyT, ValueT], key: KeyT, value: ValueT) -> None:
    kept[key] = value
    if len(kept) > FRAMES_KEPT:
        kept.popitem(last=False)
