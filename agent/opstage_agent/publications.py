"""Bus events on their way to the server: each is sent until it is answered, in the order they came.

An event keeps its reference when it is sent again on another connection, so the server can tell that
it has it already.
"""

from __future__ import annotations

from opstage_agent import wire

PENDING = 100
"""Events that may wait for their answer."""


class Publications:
    """The events that the server has not answered."""

    def __init__(self) -> None:
        self._waiting: dict[str, wire.Event] = {}
        self._pending: dict[str, wire.Event] = {}

    @property
    def full(self) -> bool:
        """True when no more may wait."""
        return len(self._waiting) + len(self._pending) >= PENDING

    @property
    def due(self) -> bool:
        """True when there is something to send."""
        return bool(self._waiting)

    def add(self, event: wire.Event) -> None:
        """One more to send."""
        self._waiting[event.event_ref] = event

    def drop(self, ref: str) -> None:
        """It was answered, or nobody waits for the answer."""
        self._waiting.pop(ref, None)
        self._pending.pop(ref, None)

    def take(self) -> wire.Event:
        """The oldest to send; from here on it waits for its answer. KeyError when there is none."""
        ref = next(iter(self._waiting), "")
        event = self._pending[ref] = self._waiting.pop(ref)
        return event

    def closed(self) -> None:
        """The connection is gone: what was not answered goes again, before what was not sent."""
        self._waiting = self._pending | self._waiting
        self._pending = {}


def too_large(event: wire.Event, most: int) -> wire.EventStored | None:
    """The answer to an event that fits no frame: the server would end the connection over it."""
    size = len(wire.encode(event))
    if size <= most:
        return None
    failure = wire.Failure(code="VALIDATION_FAILED", message=f"Expected at most {most} bytes, got {size}.")
    return wire.EventStored(event_ref=event.event_ref, error=failure)
