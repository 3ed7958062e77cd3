"""Output of one running command, on its way to the server, in bounded memory."""

from __future__ import annotations

from collections import deque

from opstage_agent.wire import OUTPUT_KEPT_BYTES, OUTPUT_LINE_BYTES, OutputLine

HELD_BYTES = OUTPUT_KEPT_BYTES
"""Held per command while the server is slower than the handler; as much as it would keep."""
REWIND_BYTES = 64 * 1024
"""How much of the lines that were sent is held for the next connection."""
FRAME_TEXT_BYTES = 32 * 1024
"""Text in one frame: JSON escapes make it up to six times longer, and a frame holds 256 KiB."""
_LINE_OVERHEAD = 64
_CUT = " […]"


def cut_line(text: str, limit: int = OUTPUT_LINE_BYTES) -> str:
    """The line as valid Unicode, cut to ``limit`` UTF-8 bytes with a visible mark."""
    if text.isascii() and len(text) <= limit:
        return text
    raw = text.encode(errors="replace")
    if len(raw) <= limit:
        return raw.decode()
    return raw[: limit - len(_CUT.encode())].decode(errors="ignore") + _CUT


class OutputBuffer:
    """Numbered lines. When full the oldest go first, so that a gap in the numbers tells of them.

    The newest lines that were sent stay for a while: ``rewind`` offers them to the next connection,
    and the server ignores those it has by their number.
    """

    def __init__(self) -> None:
        self._sent: deque[OutputLine] = deque()
        self._unsent: deque[OutputLine] = deque()
        self._sent_size = 0
        self._unsent_size = 0
        self._next = 0
        self.handed_out = 0
        """Text bytes ever taken."""

    @property
    def pending(self) -> bool:
        """True when there are lines that were not handed out."""
        return bool(self._unsent)

    def append(self, line: OutputLine) -> None:
        """Take one more line."""
        self._unsent.append(line)
        self._unsent_size += _size(line)
        while self._unsent_size > HELD_BYTES:
            self._unsent_size -= _size(self._unsent.popleft())
            self._next += 1
            self._forget_sent()

    def take(self) -> tuple[int, list[OutputLine]] | None:
        """The number of the next line to send and as many lines as fit a frame, or None."""
        offset, size = self._next, 0
        chunk: list[OutputLine] = []
        while self._unsent and (not chunk or size + _size(self._unsent[0]) <= FRAME_TEXT_BYTES):
            chunk.append(self._unsent.popleft())
            size += _size(chunk[-1])
        if not chunk:
            return None
        self._next += len(chunk)
        self._unsent_size -= size
        self.handed_out += size
        self._keep_sent(chunk, size)
        return offset, chunk

    def rewind(self) -> None:
        """Offer the newest sent lines again: the connection may have lost them."""
        self._next -= len(self._sent)
        self._unsent.extendleft(reversed(self._sent))
        self._unsent_size += self._sent_size
        self._forget_sent()

    def _keep_sent(self, chunk: list[OutputLine], size: int) -> None:
        self._sent.extend(chunk)
        self._sent_size += size
        while self._sent_size > REWIND_BYTES:
            self._sent_size -= _size(self._sent.popleft())

    def _forget_sent(self) -> None:
        """Sent lines are only of use while they lie right before the unsent ones."""
        self._sent.clear()
        self._sent_size = 0


def _size(line: OutputLine) -> int:
    return len(line.text.encode(errors="replace")) + _LINE_OVERHEAD
