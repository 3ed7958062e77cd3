"""When to come back. Spread, so that a restarted server does not get the whole fleet at once."""

from __future__ import annotations

import math
import random as _random
from collections.abc import Callable

FIRST_SECONDS = 5.0
"""The first retry after a session comes within this."""
LONGEST_SECONDS = 60.0
GOOD_SESSION_SECONDS = 60.0
"""A session that lasted this long makes earlier failures forgotten."""


class Backoff:
    """Delay = uniform(0, min(60, 2ⁿ)) s; uniform(0, 5) s for the first retry after any session."""

    def __init__(self, random: Callable[[], float] = _random.random) -> None:
        self._random = random
        self._failures = 0

    def after_session(self, seconds: float, retry_after: float | None = None) -> float:
        """A session of this length ended; seconds to wait."""
        self._failures = 1 if seconds >= GOOD_SESSION_SECONDS else self._failures + 1
        return max(self._random() * FIRST_SECONDS, retry_after or 0.0)

    def after_failure(self, retry_after: float | None = None) -> float:
        """No session came about; seconds to wait, never less than the server's wish if it has one.

        The server gives each agent a moment of its own, so what it asks for needs no more spreading,
        and does not count as a failure.
        """
        if retry_after is None:
            self._failures += 1
        longest = min(LONGEST_SECONDS, 2.0 ** min(self._failures, 10))
        return max(self._random() * longest, retry_after or 0.0)


def retry_after_seconds(header: str | None) -> float | None:
    """The value of a ``Retry-After`` header in seconds, at most an hour; dates are not understood."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return min(max(seconds, 0.0), 3600.0) if math.isfinite(seconds) else None
