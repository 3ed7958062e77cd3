"""What the server says, decoded; or the ``error`` that answers what cannot be used."""

from __future__ import annotations

import msgspec

from opstage_agent import wire
from opstage_agent.wire import ErrorFrame

_decoder: msgspec.json.Decoder[wire.AgentDown] = msgspec.json.Decoder(wire.AgentDown)
_KNOWN_TYPES = frozenset(
    ("welcome", "want", "reported", "command", "stored", "cancel", "rotate", "eventStored", "bye", "error")
)


class Unusable(Exception):
    """A message that is no frame. ``answer`` tells the server."""

    def __init__(self, answer: ErrorFrame) -> None:
        super().__init__(answer.message)
        self.answer = answer


class _Head(msgspec.Struct):
    type: str


_head_decoder = msgspec.json.Decoder(_Head)


def decode(data: str | bytes) -> wire.AgentDown:
    """The frame in one message. Unusable when there is none."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Unusable(_complaint(data, str(error))) from error


def _complaint(data: str | bytes, problem: str) -> ErrorFrame:
    try:
        about = _head_decoder.decode(data).type[:80]
    except (msgspec.DecodeError, UnicodeError):
        return ErrorFrame(code="MALFORMED", message=problem[:300])
    code = "MALFORMED" if about in _KNOWN_TYPES else "UNKNOWN_TYPE"
    return ErrorFrame(code=code, message=problem[:300], about=about)
