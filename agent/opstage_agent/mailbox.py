"""Carries what handlers say, from any thread, to the loop that owns the session."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from opstage_agent.output import HELD_BYTES, cut_line
from opstage_agent.times import Clock, iso
from opstage_agent.wire import OutputLine, OutputStream


@dataclass(frozen=True, slots=True)
class Said:
    """What one run said since the last delivery."""

    command_id: str
    lines: list[OutputLine]
    progress: tuple[float | None, str | None] | None


class Mailbox:
    """Bounded, and one wake-up of the loop for any number of lines.

    When the loop is slower than the handler the oldest lines are dropped, and a line says how many.
    """

    def __init__(
        self,
        command_id: str,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[Said], None],
        clock: Clock,
    ) -> None:
        self._command_id = command_id
        self._loop = loop
        self._deliver = deliver
        self._clock = clock
        self._lock = Lock()
        self._lines: deque[OutputLine] = deque()
        self._size = 0
        self._dropped = 0
        self._progress: tuple[float | None, str | None] | None = None
        self._called = False

    def say(self, stream: OutputStream, text: str) -> None:
        """One line."""
        line = OutputLine(stream=stream, text=cut_line(text), at=iso(self._clock()))
        with self._lock:
            self._lines.append(line)
            self._size += len(line.text) + 64
            while self._size > HELD_BYTES:
                self._size -= len(self._lines.popleft().text) + 64
                self._dropped += 1
        self._call()

    def say_progress(self, percent: float | None, message: str | None) -> None:
        """How far it is; replaces what was not delivered yet."""
        with self._lock:
            self._progress = (percent, message)
        self._call()

    def deliver(self) -> None:
        """Hand over now what is there. In the loop's thread."""
        with self._lock:
            lines, progress = list(self._lines), self._progress
            if self._dropped:
                note = f"[… {self._dropped} lines dropped here]"
                lines.insert(0, OutputLine(stream=OutputStream.LOG, text=note, at=iso(self._clock())))
            self._lines.clear()
            self._size, self._dropped, self._progress, self._called = 0, 0, None, False
        if lines or progress is not None:
            self._deliver(Said(self._command_id, lines, progress))

    def _call(self) -> None:
        with self._lock:
            if self._called:
                return
            self._called = True
        try:
            self._loop.call_soon_threadsafe(self.deliver)
        except RuntimeError:
            # The loop is closed: a handler that outlived its agent talks to nobody.
            return
