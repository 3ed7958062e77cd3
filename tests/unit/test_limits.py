"""How often agents may call."""

from __future__ import annotations

import pytest

from opstage.errors import RateLimited
from opstage.hub.limits import Limits
from opstage.settings import Settings


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at


def refusal(limits: Limits, kind: str, key: str) -> RateLimited | None:
    try:
        getattr(limits, kind)(key)
    except RateLimited as error:
        return error
    return None


@pytest.mark.parametrize("kind", ["registration", "agent", "stranger"])
def test_after_a_minutes_worth_at_once_one_has_to_wait(kind: str) -> None:
    clock = Hand()
    limits = Limits(Settings(registrations_per_minute=30, agent_calls_per_minute=30), clock)

    assert [refusal(limits, kind, "a") for _ in range(30)] == [None] * 30
    refused = refusal(limits, kind, "a")
    assert refused is not None
    assert refused.retry_after == pytest.approx(2.0)
    assert refusal(limits, kind, "b") is None, "somebody else is not meant"
    clock.at += 2.0
    assert refusal(limits, kind, "a") is None
    assert refusal(limits, kind, "a") is not None


def test_strangers_do_not_use_up_what_the_agents_have() -> None:
    limits = Limits(Settings(agent_calls_per_minute=1), Hand())

    assert refusal(limits, "stranger", "same") is None
    assert refusal(limits, "agent", "same") is None
    assert refusal(limits, "registration", "same") is None


def test_zero_lifts_a_limit() -> None:
    limits = Limits(Settings(registrations_per_minute=0, agent_calls_per_minute=0), Hand())

    for kind in ("registration", "agent", "stranger"):
        assert [refusal(limits, kind, "a") for _ in range(2000)] == [None] * 2000
