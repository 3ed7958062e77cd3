"""How often somebody may call: registrations, agents, and those who show tokens that are none.

A bucket is a look into a dictionary, so that a heartbeat costs no more with limits than without.
"""

from __future__ import annotations

from opstage.clock import Clock
from opstage.core.admission import KeyedBuckets
from opstage.errors import RateLimited
from opstage.settings import Settings

KEYS = 50_000
"""Agents, or addresses, that are remembered; more than any fleet has."""


class Limits:
    """Every method takes one call and raises RateLimited when there were too many of its kind."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._registrations = _per_minute(settings.registrations_per_minute)
        self._calls = _per_minute(settings.agent_calls_per_minute)
        self._strangers = _per_minute(settings.agent_calls_per_minute)

    def registration(self, address: str | None) -> None:
        """Somebody at this address registers an agent."""
        self._take(self._registrations, address, "Too many registrations.")

    def agent(self, agent_id: str) -> None:
        """This agent makes a call."""
        self._take(self._calls, agent_id, "This agent calls too often.")

    def stranger(self, address: str | None) -> None:
        """Somebody at this address showed a token that opens nothing."""
        self._take(self._strangers, address, "Too many calls with tokens that are not valid.")

    def _take(self, buckets: KeyedBuckets | None, key: str | None, text: str) -> None:
        wait = 0.0 if buckets is None else buckets.take(key or "", self._clock.now())
        if wait:
            raise RateLimited(text, retry_after=wait)


def _per_minute(most: int) -> KeyedBuckets | None:
    return KeyedBuckets(most / 60, most, KEYS) if most else None
