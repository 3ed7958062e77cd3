"""Keeps the agent within the server's message rate, so that it is never cut off for talking."""

from __future__ import annotations

from collections import deque

import msgspec

CONTROL_LIMIT = 1024
"""Frames that may wait. Only a server that floods the agent gets there."""
BURST = 80.0
"""Below the server's 100: messages that a stall delayed arrive together."""
RATE_SHARE = 0.9
"""Share of the server's rate that is used."""
CHATTER_BURST = 20.0
CHATTER_SHARE = 0.4
"""What progress and output may take of it: the rest is for accepts, results and heartbeats, and a
network that stalls for ten seconds does not deliver more at once than the server takes."""


class Bucket:
    """Tokens that come back with time."""

    def __init__(self, burst: float) -> None:
        self._burst = burst
        self._rate = 1.0
        self._tokens = 0.0
        self._at = 0.0

    def fill(self, now: float) -> None:
        """Start full."""
        self._tokens, self._at = self._burst, now

    def limit(self, rate: float) -> None:
        """So many tokens come back per second."""
        self._rate = max(rate, 0.1)

    def has_one(self, now: float) -> bool:
        """True when a token can be taken."""
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
        return self._tokens >= 1.0

    def take(self) -> None:
        """Take the token that ``has_one`` saw."""
        self._tokens -= 1.0

    def next_at(self) -> float:
        """When there is a token if none is taken; a moment in the past means now."""
        missing = 1.0 - self._tokens
        # A hair late rather than a hair early: rounding must not make the pump spin.
        return self._at if missing <= 0 else self._at + missing / self._rate + 0.001


class Outbox:
    """The message budget, and a queue of frames that must go out in order."""

    def __init__(self) -> None:
        self._all = Bucket(BURST)
        self._chatter = Bucket(CHATTER_BURST)
        self._frames: deque[msgspec.Struct] = deque()

    def open(self, rate: float, now: float) -> None:
        """A new connection that takes ``rate`` messages per second."""
        self.limit(rate)
        self._all.fill(now)
        self._chatter.fill(now)

    def limit(self, rate: float) -> None:
        """The server says how many messages per second it takes."""
        self._all.limit(rate * RATE_SHARE)
        self._chatter.limit(rate * CHATTER_SHARE)

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

    def admit(self, now: float) -> bool:
        """True when a message may go now, which it then does."""
        if not self._all.has_one(now):
            return False
        self._all.take()
        return True

    def admit_chatter(self, now: float) -> bool:
        """The same for progress and output."""
        if not (self._chatter.has_one(now) and self._all.has_one(now)):
            return False
        self._chatter.take()
        self._all.take()
        return True

    def admits_at(self) -> float:
        """When ``admit`` will say yes if nothing else is sent; a moment in the past means now."""
        return self._all.next_at()

    def admits_chatter_at(self) -> float:
        """The same for ``admit_chatter``."""
        return max(self._all.next_at(), self._chatter.next_at())
