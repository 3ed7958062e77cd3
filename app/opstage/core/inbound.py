"""What both channels do with a message before it is a frame: size, rate, shape.

A message that cannot be decoded is told apart into an unknown ``type`` (the connection goes on) and a
malformed one (it is closed, and the reason says where).
"""

from __future__ import annotations

import types
import typing
from typing import Any, Generic, TypeVar

import msgspec

from opstage_agent.wire import CloseCode

CLOSE_REASON_BYTES = 120
"""A close frame carries at most 123 bytes of reason."""

FrameT = TypeVar("FrameT")


class Close(msgspec.Struct, frozen=True):
    """End the connection with this code; ``reason`` fits a close frame."""

    code: CloseCode
    reason: str


class Malformed(Exception):
    """The message is no frame; the text says what was expected and where."""


class UnknownType(Exception):
    """A well-formed message of a type this end does not know; ``type`` names it, cut to 80 characters."""

    def __init__(self, frame_type: str) -> None:
        super().__init__(f"unknown type {frame_type!r}")
        self.type = frame_type


class _Head(msgspec.Struct):
    type: str


_head = msgspec.json.Decoder(_Head)


def close(code: CloseCode, reason: str) -> Close:
    """A Close whose reason is cut to fit a close frame."""
    return Close(code, reason.encode(errors="replace")[:CLOSE_REASON_BYTES].decode(errors="ignore"))


def byte_length(message: str | bytes) -> int:
    """How long the message is as UTF-8."""
    if isinstance(message, bytes) or message.isascii():
        return len(message)
    return len(message.encode(errors="surrogatepass"))


class FrameDecoder(Generic[FrameT]):
    """Decodes text messages into the frames of one direction of a channel."""

    def __init__(self, frames: Any) -> None:
        """``frames`` is a union of tagged structs."""
        self._decoder: msgspec.json.Decoder[FrameT] = msgspec.json.Decoder(frames)
        self._types = frozenset(frame_type(struct) for struct in _members(frames))

    def decode(self, message: str | bytes) -> FrameT:
        """The frame. Raises Malformed or UnknownType."""
        if isinstance(message, bytes):
            raise Malformed("expected a text message, got a binary one")
        try:
            return self._decoder.decode(message)
        except RecursionError as error:
            raise Malformed("expected fewer levels of nesting") from error
        except (msgspec.DecodeError, UnicodeError) as error:
            raise self._explain(message, error) from error

    def _explain(self, message: str, error: Exception) -> Exception:
        try:
            named = _head.decode(message).type
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return Malformed(str(error))
        return Malformed(f"{named}: {error}") if named in self._types else UnknownType(named[:80])


def frame_type(struct: type[msgspec.Struct]) -> str:
    """The ``type`` of a frame struct."""
    return str(struct.__struct_config__.tag)


def _members(frames: Any) -> tuple[type[msgspec.Struct], ...]:
    if isinstance(frames, types.UnionType):
        return typing.get_args(frames)
    return (frames,)
