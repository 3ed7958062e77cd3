"""The server's side of one agent connection, without I/O (``docs/protocol.md``).

Messages go in with ``receive``, the passing of time with ``tick`` at ``deadline``; out come effects,
to be carried out in order. After a ``Close`` nothing more comes. What is promised of delivered frames:
the first is a ``Hello`` and there is only one; each is well-formed, within size and rate; a gap in
``seq`` has been answered with ``want``. Whether a frame may do what it says is not decided here.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from opstage.core.admission import Bucket
from opstage.core.inbound import Close, FrameDecoder, Malformed, UnknownType, byte_length, close, frame_type
from opstage_agent.wire import (
    AGENT_FRAME_BYTES,
    HELLO_SECONDS,
    MESSAGES_BURST,
    MESSAGES_PER_SECOND,
    AgentUp,
    CloseCode,
    ErrorFrame,
    Heartbeat,
    Hello,
    Report,
    Want,
)

SILENT_HEARTBEATS = 3.0
"""After so many heartbeats without a frame the connection counts as dead."""

__all__ = ["AgentSession", "Close", "Deliver", "Effect", "Send"]


class Send(msgspec.Struct, frozen=True):
    """Send this frame to the agent."""

    frame: msgspec.Struct


class Deliver(msgspec.Struct, frozen=True):
    """A frame the agent sent, to be acted upon in order."""

    frame: AgentUp


Effect: TypeAlias = Send | Deliver | Close

_decoder: FrameDecoder[AgentUp] = FrameDecoder(AgentUp)


class AgentSession:
    """One connection from its upgrade to its end. ``heartbeat_seconds`` is what ``welcome`` will say."""

    def __init__(
        self,
        now: float,
        *,
        heartbeat_seconds: float,
        frame_bytes: int = AGENT_FRAME_BYTES,
        rate: float = MESSAGES_PER_SECOND,
        burst: float = MESSAGES_BURST,
    ) -> None:
        self.last_contact = now
        """When the last frame came."""
        self.closed = False
        self._heartbeat_seconds = heartbeat_seconds
        self._frame_bytes = frame_bytes
        self._bucket = Bucket(rate, burst, now)
        self._hello_by = now + HELLO_SECONDS
        self._greeted = False
        self._seq = 0
        self._wants = False

    def receive(self, data: str | bytes, now: float) -> list[Effect]:
        """One message of the agent."""
        if self.closed:
            return []
        if byte_length(data) > self._frame_bytes:
            return self._close(CloseCode.FRAME_TOO_BIG, f"expected at most {self._frame_bytes} bytes")
        if self._bucket.take(now):
            return self._close(CloseCode.RATE, f"expected at most {self._bucket.rate:g} messages per second")
        self.last_contact = now
        try:
            frame = _decoder.decode(data)
        except UnknownType as error:
            return [Send(ErrorFrame(code="UNKNOWN_TYPE", message=str(error), about=error.type))]
        except Malformed as error:
            return self._close(CloseCode.MALFORMED, str(error))
        return self._admit(frame)

    def welcomed(self, now: float, heartbeat_seconds: float) -> None:
        """``welcome`` was sent, naming this interval; the agent's silence is measured by it from now."""
        self._heartbeat_seconds = heartbeat_seconds
        self.last_contact = max(self.last_contact, now)

    def deadline(self) -> float:
        """When ``tick`` will close the connection unless a frame comes before."""
        if not self._greeted:
            return self._hello_by
        return self.last_contact + SILENT_HEARTBEATS * self._heartbeat_seconds

    def tick(self, now: float) -> list[Effect]:
        """What the passing of time means; nothing before ``deadline``."""
        if self.closed or now < self.deadline():
            return []
        if not self._greeted:
            return self._close(CloseCode.NO_HELLO, f"expected hello within {HELLO_SECONDS} s")
        silence = SILENT_HEARTBEATS * self._heartbeat_seconds
        return self._close(CloseCode.NO_HEARTBEAT, f"expected a frame within {silence:g} s")

    def _admit(self, frame: AgentUp) -> list[Effect]:
        if isinstance(frame, Heartbeat | Report):
            return self._numbered(frame) if self._greeted else self._not_hello(frame)
        if isinstance(frame, Hello):
            if self._greeted:
                return self._close(CloseCode.MALFORMED, "hello: expected once, came twice")
            self._greeted = True
        elif not self._greeted:
            return self._not_hello(frame)
        return [Deliver(frame)]

    def _numbered(self, frame: Heartbeat | Report) -> list[Effect]:
        """A gap is repaired by a full report; one request for it stands until a report comes."""
        gap = frame.seq != self._seq + 1
        self._seq = frame.seq
        if isinstance(frame, Report):
            self._wants = False
        if not gap or self._wants:
            return [Deliver(frame)]
        self._wants = True
        return [Deliver(frame), Send(Want())]

    def _not_hello(self, frame: AgentUp) -> list[Effect]:
        return self._close(CloseCode.MALFORMED, f"expected hello first, got {frame_type(type(frame))}")

    def _close(self, code: CloseCode, reason: str) -> list[Effect]:
        self.closed = True
        return [close(code, reason)]
