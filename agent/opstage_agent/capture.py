"""``print`` inside a handler becomes output of its run, and still reaches the real stream.

A context variable tells which run writes, so runs beside each other and threads started for plain
handlers are told apart. The streams are replaced only while something runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TextIO, cast

from opstage_agent.output import cut_line
from opstage_agent.wire import OUTPUT_LINE_BYTES, OutputStream

Write = Callable[[OutputStream, str], None]
_writer: ContextVar[LineWriter | None] = ContextVar("opstage_output", default=None)


class LineWriter:
    """Turns pieces of text into lines. A line that does not end is cut at the longest length."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._parts = {OutputStream.STDOUT: "", OutputStream.STDERR: ""}
        self._lock = Lock()

    def feed(self, stream: OutputStream, text: str) -> None:
        """Take a piece of text."""
        with self._lock:
            *lines, rest = (self._parts[stream] + text).split("\n")
            self._parts[stream] = rest[: OUTPUT_LINE_BYTES + 1]
        for line in lines:
            self._write(stream, cut_line(line.rstrip("\r")))

    def flush(self) -> None:
        """Give out what has no line end yet."""
        with self._lock:
            rest = [(stream, text) for stream, text in self._parts.items() if text]
            self._parts = dict.fromkeys(self._parts, "")
        for stream, text in rest:
            self._write(stream, cut_line(text))


class _Tee:
    """A stream that also tells the run that writes to it."""

    def __init__(self, stream: TextIO | None, name: OutputStream) -> None:
        self.stream = stream
        self._name = name

    def write(self, text: str) -> int:
        # A process without a console has no stream.
        written = len(text) if self.stream is None else self.stream.write(text)
        writer = _writer.get()
        if writer is not None:
            writer.feed(self._name, text)
        return written

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Tees:
    """Puts the tees in place for the first run and takes them away after the last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs = 0
        self._out: _Tee | None = None
        self._err: _Tee | None = None

    def enter(self) -> None:
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._out = _Tee(sys.stdout, OutputStream.STDOUT)
                self._err = _Tee(sys.stderr, OutputStream.STDERR)
                sys.stdout, sys.stderr = cast("TextIO", self._out), cast("TextIO", self._err)

    def leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs > 0:
                return
            # Somebody else may have put a stream of theirs over ours: leave that alone.
            if self._out is not None and sys.stdout is cast("TextIO", self._out):
                sys.stdout = cast("TextIO", self._out.stream)
            if self._err is not None and sys.stderr is cast("TextIO", self._err):
                sys.stderr = cast("TextIO", self._err.stream)


_tees = _Tees()


@contextmanager
def captured(write: Write) -> Iterator[LineWriter]:
    """While inside, what this context prints goes to ``write`` as lines, from whichever thread."""
    writer = LineWriter(write)
    token = _writer.set(writer)
    _tees.enter()
    try:
        yield writer
    finally:
        _tees.leave()
        _writer.reset(token)
        writer.flush()
