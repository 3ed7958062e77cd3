"""The server's side of one operator connection, without I/O (``docs/protocol.md``).

Messages go in with ``receive``; ``Opened`` asks the caller to find the view and answer with ``attach``
or ``refuse``. ``next_frame`` gives the one message to send now, to be asked again once that one has
left: there is no queue of rows, only a cursor per subscription, so a slow client costs no memory and
gets the newest state when it is ready. Ask again when a source was published, after ``receive``,
``attach`` and ``refuse``, and at ``wake_at``; call ``tick`` at ``deadline``.

What is promised of the frames of one subscription: first a snapshot (pages of one revision) or, if
``since`` can still be served, a delta; then deltas, each from the revision reached before.
"""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

import msgspec

from opstage.core.admission import Bucket
from opstage.core.inbound import Close, FrameDecoder, Malformed, UnknownType, byte_length, close
from opstage.core.source import Message, Pages, ViewSource, head
from opstage_agent.wire import (
    MESSAGES_BURST,
    MESSAGES_PER_SECOND,
    OPERATOR_FRAME_BYTES,
    CloseCode,
    Cursor,
    ErrorFrame,
    Gone,
    Mark,
    OperatorUp,
    Ping,
    Pong,
    Subscribe,
    Unsubscribe,
    encode,
)

SILENT_PINGS = 3.0
"""After so many ping intervals without a frame the browser counts as gone."""

__all__ = ["Close", "Closed", "Effect", "Opened", "OperatorLimits", "OperatorSession", "ViewSource"]


class OperatorLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one operator connection may do, and how often it is spoken to. Seconds and bytes."""

    frame_bytes: int = OPERATOR_FRAME_BYTES
    subscriptions: int = 32
    ping_seconds: float = 25.0
    mark_seconds: float = 20.0
    rate: float = MESSAGES_PER_SECOND
    burst: float = MESSAGES_BURST
    control_frames: int = 128
    """Answers that may wait while the client does not read."""


class Opened(msgspec.Struct, frozen=True):
    """The client wants to follow ``view`` as ``subscription``: answer with ``attach`` or ``refuse``."""

    subscription: str
    view: str


class Closed(msgspec.Struct, frozen=True):
    """Nobody follows ``view`` as ``subscription`` any more."""

    subscription: str
    view: str


Effect: TypeAlias = Opened | Closed | Close

_decoder: FrameDecoder[OperatorUp] = FrameDecoder(OperatorUp)


class OperatorSession:
    """One connection from its upgrade to its end. ``hello`` is the first frame it sends."""

    def __init__(
        self, now: float, *, hello: msgspec.Struct | None = None, limits: OperatorLimits | None = None
    ) -> None:
        self.closed = False
        self._limits = limits or OperatorLimits()
        self._bucket = Bucket(self._limits.rate, self._limits.burst, now)
        self._last_contact = now
        self._control: deque[str] = deque()
        self._followed: dict[str, _Subscription] = {}
        if hello is not None:
            self.send(hello)

    @property
    def subscriptions(self) -> dict[str, str]:
        """The view of each open subscription."""
        return {key: subscription.view for key, subscription in self._followed.items()}

    def receive(self, data: str | bytes, now: float) -> list[Effect]:
        """One message of the client."""
        if self.closed:
            return []
        if byte_length(data) > self._limits.frame_bytes:
            return self._close(CloseCode.FRAME_TOO_BIG, f"expected at most {self._limits.frame_bytes} bytes")
        if self._bucket.take(now):
            return self._close(CloseCode.RATE, f"expected at most {self._bucket.rate:g} messages per second")
        self._last_contact = now
        try:
            frame = _decoder.decode(data)
        except UnknownType as error:
            return self._complain("UNKNOWN_TYPE", str(error), error.type)
        except Malformed as error:
            return self._close(CloseCode.MALFORMED, str(error))
        return self._act(frame, now)

    def send(self, frame: msgspec.Struct) -> list[Effect]:
        """Queue a frame that is not part of a view, such as ``bye``; it goes before all others."""
        if len(self._control) >= self._limits.control_frames:
            return self._close(CloseCode.TOO_SLOW, "expected the client to read its answers")
        self._control.append(encode(frame).decode())
        return []

    def attach(self, subscription: str, source: ViewSource, view: str | None = None) -> bool:
        """Here is what the subscription follows. False if it was ended or replaced in the meantime.

        ``view`` is the name that the client gave it, if that is not the source's.
        """
        found = self._followed.get(subscription)
        if found is None or found.view != (view or source.name) or found.source is not None:
            return False
        found.attach(source)
        return True

    def refuse(self, subscription: str, reason: str) -> list[Effect]:
        """The subscription ends with ``gone``: ``not-found`` or ``forbidden``."""
        found = self._followed.pop(subscription, None)
        if found is None:
            return []
        return [Closed(subscription, found.view), *self.send(Gone(id=subscription, reason=reason))]

    def reject(self, subscription: str, why: str) -> list[Effect]:
        """The name of the view makes no sense: an ``error`` says why, then the subscription is ``gone``."""
        if subscription not in self._followed:
            return []
        said = self._complain("VALIDATION_FAILED", why, "subscribe")
        return [*said, *self.refuse(subscription, "not-found")]

    def next_frame(self, now: float) -> Message | None:
        """The one message to send now: answers first, then each subscription in turn; None if none."""
        if self._control:
            return self._control.popleft()
        for key, subscription in self._followed.items():
            message = subscription.next_message(now, self._limits.mark_seconds)
            if message is not None:
                # To the end of the row, so that a busy view does not starve the others.
                self._followed[key] = self._followed.pop(key)
                return message
        return None

    def wake_at(self, now: float) -> float | None:
        """When ``next_frame`` will have a message by the passing of time alone; None: never."""
        if self._control:
            return now
        marks = (s.sent_at + self._limits.mark_seconds for s in self._followed.values() if s.live)
        return min(marks, default=None)

    def deadline(self) -> float:
        """When ``tick`` will close the connection unless a frame comes before."""
        return self._last_contact + SILENT_PINGS * self._limits.ping_seconds

    def tick(self, now: float) -> list[Effect]:
        """What the passing of time means; nothing before ``deadline``."""
        if self.closed or now < self.deadline():
            return []
        silence = SILENT_PINGS * self._limits.ping_seconds
        return self._close(CloseCode.NO_HEARTBEAT, f"expected a frame within {silence:g} s")

    def _act(self, frame: OperatorUp, now: float) -> list[Effect]:
        match frame:
            case Subscribe():
                return self._subscribe(frame, now)
            case Unsubscribe():
                return self._unsubscribe(frame.id)
            case Ping():
                return self.send(Pong(ref=frame.ref))
            case _:
                return []

    def _subscribe(self, frame: Subscribe, now: float) -> list[Effect]:
        """A subscription under an id in use replaces it."""
        ended = self._unsubscribe(frame.id)
        if len(self._followed) >= self._limits.subscriptions:
            text = f"expected at most {self._limits.subscriptions} subscriptions"
            return [*ended, *self._complain("TOO_MANY_SUBSCRIPTIONS", text, "subscribe")]
        self._followed[frame.id] = _Subscription(frame, now)
        return [*ended, Opened(frame.id, frame.view)]

    def _unsubscribe(self, subscription: str) -> list[Effect]:
        found = self._followed.pop(subscription, None)
        return [] if found is None else [Closed(subscription, found.view)]

    def _complain(self, code: str, message: str, about: str) -> list[Effect]:
        return self.send(ErrorFrame(code=code, message=message, about=about))

    def _close(self, code: CloseCode, reason: str) -> list[Effect]:
        self.closed = True
        return [close(code, reason)]


class _Subscription:
    """One cursor. ``revision`` is what the client holds; None until it has begun to read."""

    def __init__(self, request: Subscribe, now: float) -> None:
        self.id = request.id
        self.view = request.view
        self.source: ViewSource | None = None
        self.sent_at = now
        self._since: Cursor | None = request.since
        self._deflate = request.encoding == "deflate"
        self._heads = {kind: head(kind, request.id) for kind in ("snapshot", "delta", "output")}
        self._revision: int | None = None
        self._owes_delta = False
        self._pages: Pages | None = None
        self._page = 0
        self._restarts = 0
        self._line = 0

    @property
    def live(self) -> bool:
        """True once the client holds a whole state."""
        return self._revision is not None

    def attach(self, source: ViewSource) -> None:
        """Start from ``since`` if that can be served."""
        self.source = source
        since, view = self._since, source.view
        if since is not None and since.epoch == view.epoch and view.can_follow(since.revision):
            self._revision = since.revision
            self._owes_delta = True

    def next_message(self, now: float, mark_seconds: float) -> Message | None:
        """What to send now, moving the cursor past it."""
        if self.source is None:
            return None
        message = self._next_rows(self.source)
        if message is None and self.source.output is not None:
            message = self._next_lines(self.source)
        if message is not None:
            self.sent_at = now
        elif self._revision is not None and now - self.sent_at >= mark_seconds:
            self.sent_at = now
            return encode(Mark(id=self.id, revision=self._revision)).decode()
        return message

    def _next_rows(self, source: ViewSource) -> Message | None:
        if self._revision is None:
            return self._next_page(source)
        if source.published <= self._revision and not self._owes_delta:
            return None
        step = source.delta(self._revision)
        if step is None:
            self._revision = None
            return self._next_page(source)
        self._owes_delta = False
        self._revision, shared = step
        return shared.message(self._heads["delta"], self._deflate)

    def _next_page(self, source: ViewSource) -> Message:
        if self._pages is None:
            self._pages, self._page = source.pages(), 0
        pages, number = self._pages, self._page
        self._page += 1
        if self._page == len(pages):
            self._revision, self._pages, self._owes_delta = pages.revision, None, False
        return pages.page(number).message(self._heads["snapshot"], self._deflate)

    def _next_lines(self, source: ViewSource) -> Message | None:
        restarts, _ = source.published_lines
        if restarts != self._restarts:
            self._restarts, self._line = restarts, 0
        step = source.lines(self._restarts, self._line)
        if step is None:
            return None
        self._line, shared = step
        return shared.message(self._heads["output"], self._deflate)
