"""When the agent comes back."""

from __future__ import annotations

import pytest

from opstage_agent.backoff import Backoff, retry_after_seconds


def test_failures_double_the_span_up_to_a_minute() -> None:
    backoff = Backoff(random=lambda: 1.0)
    assert [backoff.after_failure() for _ in range(8)] == [2, 4, 8, 16, 32, 60, 60, 60]


def test_delays_are_spread_over_the_whole_span() -> None:
    assert Backoff(random=lambda: 0.0).after_failure() == 0
    assert Backoff(random=lambda: 0.25).after_failure() == 0.5


def test_the_first_retry_after_a_session_is_within_five_seconds() -> None:
    backoff = Backoff(random=lambda: 1.0)
    assert backoff.after_session(3600) == 5
    assert backoff.after_session(1) == 5


def test_only_a_good_session_makes_failures_forgotten() -> None:
    backoff = Backoff(random=lambda: 1.0)
    for _ in range(4):
        backoff.after_failure()
    backoff.after_session(59)
    assert backoff.after_failure() == 60
    backoff.after_session(60)
    assert backoff.after_failure() == 4


def test_never_earlier_than_the_server_asks_and_spread_after_it() -> None:
    assert Backoff(random=lambda: 0.0).after_failure(30) == 30
    assert Backoff(random=lambda: 1.0).after_session(60, 30) == 30
    assert Backoff(random=lambda: 1.0).after_session(60, 3) == 5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("1e9", 3600),
        ("nan", None),
        ("inf", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_header(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header) == seconds
