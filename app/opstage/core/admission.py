"""Letting no more in than the server can serve: token buckets, and a spread for a storm of agents.

All times are seconds, ``now`` of any steady clock. A refusal is a number: how long to wait.
"""

from __future__ import annotations

from collections import OrderedDict

HANDSHAKES_PER_SECOND = 100.0
LONGEST_SPREAD_SECONDS = 120.0
"""Nobody is told to stay away longer than this."""
_GOLDEN = 0.618_033_988_75


class Bucket:
    """Up to ``burst`` at once, ``rate`` per second in the long run."""

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float = 0.0) -> None:
        self.rate = rate
        self.burst = burst
        self._tokens = burst
        self._at = now

    def take(self, now: float, n: float = 1.0) -> float:
        """Take ``n`` tokens and return 0, or take none and return the seconds until there will be ``n``."""
        if now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
            self._at = now
        if self._tokens >= n:
            self._tokens -= n
            return 0.0
        return (n - self._tokens) / self.rate


class KeyedBuckets:
    """A bucket per key, such as an address; of more than ``keys`` the least recently used is forgotten."""

    def __init__(self, rate: float, burst: float, keys: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._keys = keys
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now: float, n: float = 1.0) -> float:
        """As ``Bucket.take``, for ``key``."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate, self._burst, now)
            if len(self._buckets) > self._keys:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(now, n)

    def forget(self, key: str) -> None:
        """Start anew with ``key``, for example after a good login."""
        self._buckets.pop(key, None)


class Admission:
    """Handshakes per second, and a later moment of its own for each that is sent away."""

    def __init__(self, rate: float = HANDSHAKES_PER_SECOND, burst: float | None = None) -> None:
        self._bucket = Bucket(rate, rate if burst is None else burst)
        self._promised = 0.0
        self._beyond = 0.0

    def admit(self, now: float) -> bool:
        """True for one that may come in now."""
        return self._bucket.take(now) == 0.0

    def come_back(self, now: float, least: float = 0.0) -> float:
        """The seconds, at least ``least``, after which one that is sent away shall come back."""
        self._promised = max(self._promised, now + max(least, 1.0 / self._bucket.rate))
        told = self._promised - now
        if told > LONGEST_SPREAD_SECONDS:
            return self._far()
        self._promised += 1.0 / self._bucket.rate
        return told

    def _far(self) -> float:
        """More are waiting than moments are left to promise: spread them evenly over the later half."""
        self._beyond = (self._beyond + _GOLDEN) % 1.0
        return LONGEST_SPREAD_SECONDS * (0.5 + 0.5 * self._beyond)
