"""A client of the operator channel that follows ``docs/protocol.md`` and believes nothing else."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from opstage.core.operator_session import Opened, OperatorSession
from opstage.core.output import OutputBuffer
from opstage.core.source import Message, ViewSource
from opstage.core.view import LiveView
from opstage_agent.wire import Delta, Mark, OperatorDown, OutputLines, Snapshot, Subscribe, encode

decoder: msgspec.json.Decoder[OperatorDown] = msgspec.json.Decoder(OperatorDown)


def text(frame: msgspec.Struct) -> str:
    return encode(frame).decode()


def unpack(message: Message) -> OperatorDown:
    if isinstance(message, bytes):
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        message = (inflater.decompress(message) + inflater.flush()).decode()
        assert inflater.eof
    return decoder.decode(message)


def row(key: str, value: int, size: int = 0) -> bytes:
    return msgspec.json.encode({"id": key, "value": value, "pad": "x" * size})


def filled(count: int, size: int = 0, *, epoch: str = "e", output: OutputBuffer | None = None) -> ViewSource:
    view = LiveView(epoch)
    for number in range(count):
        view.put(f"k{number}", row(f"k{number}", 0, size))
    return ViewSource("fleet", view, output)


class Client:
    """Follows one subscription the way ``docs/protocol.md`` tells a client to."""

    def __init__(self, session: OperatorSession, source: ViewSource, **wants: Any) -> None:
        self.session = session
        self.source = source
        self.rows: dict[str, dict[str, Any]] = {}
        self.lines: list[str] = []
        self.missing = 0
        self.revision: int | None = None
        self.frames: list[OperatorDown] = []
        self._pages: dict[str, dict[str, Any]] = {}
        self._page_revision: int | None = None
        self.subscribe(**wants)

    def subscribe(self, **wants: Any) -> None:
        frame = Subscribe(id="s", view=self.source.name, **wants)
        effects = self.session.receive(text(frame), 0.0)
        assert effects[-1] == Opened("s", self.source.name)
        assert self.session.attach("s", self.source)

    def read(self, now: float = 0.0, most: int = 1000) -> None:
        """Take frames until there are none, or ``most``."""
        for _ in range(most):
            message = self.session.next_frame(now)
            if message is None:
                return
            self.apply(unpack(message))

    def apply(self, frame: OperatorDown) -> None:
        self.frames.append(frame)
        match frame:
            case Snapshot():
                self._snapshot(frame)
            case Delta():
                assert frame.from_ == self.revision
                assert len(frame.upsert) + len(frame.remove) <= 500
                self.rows |= {one["id"]: one for one in map(msgspec.json.decode, frame.upsert)}
                for key in frame.remove:
                    self.rows.pop(key, None)
                self.revision = frame.revision
            case OutputLines():
                if frame.offset - (frame.dropped or 0) < len(self.lines) + self.missing:
                    self.lines, self.missing = [], 0
                self.missing += frame.dropped or 0
                assert frame.offset == len(self.lines) + self.missing
                self.lines += [one.text for one in frame.lines]
            case Mark():
                assert frame.revision == self.revision
            case _:
                pass

    def _snapshot(self, frame: Snapshot) -> None:
        assert len(frame.rows) <= 500
        assert frame.epoch == self.source.view.epoch
        if self._page_revision is None:
            self._pages = {}
        assert self._page_revision in (None, frame.revision), "pages of different revisions"
        self._page_revision = frame.revision
        self._pages |= {one["id"]: one for one in map(msgspec.json.decode, frame.rows)}
        if frame.done:
            self.rows, self.revision, self._page_revision = self._pages, frame.revision, None

    def agrees(self) -> bool:
        return self.rows == {
            one["id"]: one for one in map(msgspec.json.decode, self.source.view.snapshot().rows)
        }
