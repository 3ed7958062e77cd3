"""Keeps the agent within the server's message rate, so that it is never cut off for talking."""

from __future__ import annotations

from collections import deque

import msgspec

CONTROL_LIMIT = 1024
"""Frames that may wait. Only a server that floods the agent gets there."""
BURST = 60.0
"""Below the server's 100: messages that a stall delayed arrive together."""
RATE_SHARE = 0.75
"""Share of the server's rate that is used."""
CHATTER_RESERVE = 20.0
"""Tokens that progress and output leave for accepts, results and heartbeats."""


class Outbox:
    """A token bucket with a queue of frames that must go out in order."""

    def __init__(self) -> None:
        self._rate = 1.0
        self._tokens = 0.0
        self._at = 0.0
        self._frames: deque[msgspec.Struct] = deque()

    def open(self, rate: float, now: float) -> None:
        """A new connection that takes ``rate`` messages per second."""
        self.limit(rate)
        self._tokens = BURST
        self._at = now

    def limit(self, rate: float) -> None:
        """The server says how many messages per second it takes."""
        self._rate = max(rate * RATE_SHARE, 0.1)

    def clear(self) -> None:
        """Forget what waits; the next connection begins anew."""
        self._frames.clear()

    @property
    def waiting(self) -> bool:
        """True when frames are queued."""
        return bool(self._frames)

    @property
    def overrun(self) -> bool:
        """True when more is queued than an honest peer can cause."""
        return len(self._frames) > CONTROL_LIMIT

    def put(self, frame: msgspec.Struct) -> None:
        """Queue a frame."""
        self._frames.append(frame)

    def next_frame(self, now: float) -> msgspec.Struct | None:
        """The oldest frame if it may go now."""
        if self._frames and self.admit(now):
            return self._frames.popleft()
        return None

    def admit(self, now: float, reserve: float = 0.0) -> bool:
        """Take a token for one message, leaving ``reserve`` untouched. False: not now."""
        self._refill(now)
        if self._tokens < 1.0 + reserve:
            return False
        self._tokens -= 1.0
        return True

    def admits_at(self, reserve: float = 0.0) -> float:
        """When ``admit`` will say yes if nothing else is sent; a moment in the past means now."""
        missing = 1.0 + reserve - self._tokens
        # A hair late rather than a hair early: rounding must not make the pump spin.
        return self._at if missing <= 0 else self._at + missing / self._rate + 0.001

    def _refill(self, now: float) -> None:
        self._tokens = min(BURST, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
