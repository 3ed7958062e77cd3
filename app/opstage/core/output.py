"""Output of one command, bounded: the first half and the last half are kept.

Lines are numbered from 0 per attempt. Lines that never arrived and lines that were cut to save memory
are told apart from none: a read that skips some says how many. At most one stretch of lines is
missing; when a second gap arises, what lies between the two is given up.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from opstage_agent.wire import OUTPUT_KEPT_BYTES, OUTPUT_LINE_BYTES, OutputLine

LINE_OVERHEAD_BYTES = 48
"""What a line costs beside its text, so that a flood of empty lines is bounded too."""

TIME_CHARACTERS = 40
"""A longer ``at`` is no time; its bytes are not counted, so it must not be kept."""


class OutputBuffer:
    """The kept lines of the newest attempt. ``limit`` is in bytes of UTF-8 text and overhead."""

    def __init__(self, limit: int = OUTPUT_KEPT_BYTES) -> None:
        self.attempt = 0
        self.restarts = 0
        """Grows when a new attempt throws away what was there."""
        self._half = max(1, limit // 2)
        self._head: list[OutputLine] = []
        self._tail: list[OutputLine] = []
        self._clear()

    @property
    def total(self) -> int:
        """The number that the next line will have."""
        return self._tail_start + len(self._tail)

    @property
    def dropped_from(self) -> int:
        """Number of the first missing line; where the next line goes when none is missing."""
        return len(self._head)

    @property
    def dropped_count(self) -> int:
        """How many lines are missing from there on."""
        return self._tail_start - len(self._head)

    @property
    def lines(self) -> list[OutputLine]:
        """All kept lines, in order; those after ``dropped_from`` follow the missing stretch."""
        return self._head + self._tail

    @classmethod
    def restored(
        cls,
        lines: Sequence[OutputLine],
        *,
        attempt: int,
        dropped_from: int,
        dropped_count: int,
        limit: int = OUTPUT_KEPT_BYTES,
    ) -> OutputBuffer:
        """The buffer whose properties of these names were stored."""
        buffer = cls(limit)
        head = lines if dropped_count == 0 else lines[:dropped_from]
        buffer.append(0, head, attempt)
        buffer.append(len(head) + dropped_count, lines[len(head) :], attempt)
        return buffer

    def append(self, offset: int, lines: Sequence[OutputLine], attempt: int | None = None) -> int:
        """Take lines of which the first has number ``offset``; returns how many were new.

        Lines seen before are ignored, a jump ahead is remembered as missing. A newer attempt that
        starts at 0 throws away what an older one wrote; an older attempt is ignored.
        """
        if attempt is not None and not self._turn_to(attempt, offset):
            return 0
        fresh = lines[max(0, self.total - offset) :]
        if not fresh:
            return 0
        if offset > self.total:
            self._skip_to(offset)
        for line in fresh:
            self._add(line)
        self._cut()
        return len(fresh)

    def read(self, from_offset: int, max_bytes: int) -> tuple[int, list[OutputLine], int]:
        """Lines from number ``from_offset`` on: (number of the first, lines, how many are missing before it).

        As many as fit ``max_bytes``, but at least one if there is one; never across missing lines.
        """
        if from_offset < len(self._head):
            return from_offset, _fitting(self._head, from_offset, max_bytes), 0
        start = max(from_offset, self._tail_start)
        return start, _fitting(self._tail, start - self._tail_start, max_bytes), start - from_offset

    def _clear(self) -> None:
        self._head, self._tail = [], []
        self._head_bytes = self._tail_bytes = 0
        self._tail_start = 0

    def _turn_to(self, attempt: int, offset: int) -> bool:
        if attempt < self.attempt:
            return False
        # An attempt that was adopted, not run again, goes on counting where it was.
        if attempt > self.attempt and offset == 0 and self.total:
            self._clear()
            self.restarts += 1
        self.attempt = attempt
        return True

    def _skip_to(self, offset: int) -> None:
        self._tail, self._tail_bytes = [], 0
        self._tail_start = offset

    def _add(self, line: OutputLine) -> None:
        line, size = _bounded(line)
        whole = self._tail_start == len(self._head) and not self._tail
        if whole and self._head_bytes + size <= self._half:
            self._head.append(line)
            self._head_bytes += size
            self._tail_start += 1
        else:
            self._tail.append(line)
            self._tail_bytes += size

    def _cut(self) -> None:
        """Drop from the front of the last half what is too much."""
        cut = 0
        while self._tail_bytes > self._half and cut < len(self._tail) - 1:
            self._tail_bytes -= _size(self._tail[cut])
            cut += 1
        if cut:
            del self._tail[:cut]
            self._tail_start += cut


def _bounded(line: OutputLine) -> tuple[OutputLine, int]:
    if line.at is not None and len(line.at) > TIME_CHARACTERS:
        line = replace(line, at=None)
    size = _size(line)
    if size <= OUTPUT_LINE_BYTES + LINE_OVERHEAD_BYTES:
        return line, size
    text = line.text.encode(errors="replace")[:OUTPUT_LINE_BYTES].decode(errors="ignore")
    line = replace(line, text=text)
    return line, _size(line)


def _size(line: OutputLine) -> int:
    text = line.text
    return (len(text) if text.isascii() else len(text.encode(errors="replace"))) + LINE_OVERHEAD_BYTES


def _fitting(lines: list[OutputLine], start: int, max_bytes: int) -> list[OutputLine]:
    end, size = start, 0
    while end < len(lines) and (end == start or size + _size(lines[end]) <= max_bytes):
        size += _size(lines[end])
        end += 1
    return lines[start:end]
