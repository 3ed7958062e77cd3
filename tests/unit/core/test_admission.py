"""Token buckets, and a storm of agents that comes back spread over time."""

from __future__ import annotations

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opstage.core.admission import LONGEST_SPREAD_SECONDS, Admission, Bucket, KeyedBuckets


def test_a_bucket_lets_its_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(rate=2.0, burst=3.0)
    assert [bucket.take(0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert bucket.take(0.4) == pytest.approx(0.1)
    assert bucket.take(0.5) == 0.0
    assert bucket.take(0.5) == 0.5


def test_a_bucket_does_not_save_up_more_than_its_burst() -> None:
    bucket = Bucket(rate=1.0, burst=2.0)
    assert [bucket.take(1000.0) for _ in range(3)] == [0.0, 0.0, 1.0]


def test_several_tokens_are_taken_together_or_not_at_all() -> None:
    bucket = Bucket(rate=1.0, burst=5.0)
    assert bucket.take(0.0, 6.0) == 1.0
    assert bucket.take(0.0, 5.0) == 0.0


@given(gaps=st.lists(st.floats(0.0, 2.0), max_size=60), rate=st.floats(0.5, 20.0), burst=st.integers(1, 10))
def test_never_more_than_burst_and_rate_allow_and_a_wait_is_enough(
    gaps: list[float], rate: float, burst: int
) -> None:
    bucket = Bucket(rate, burst)
    now = 0.0
    for taken, gap in enumerate(gaps, start=1):
        now += gap
        wait = bucket.take(now)
        if wait:
            now += wait + 1e-6
            assert bucket.take(now) == 0.0
        assert taken <= burst + rate * now + 1e-3


def test_keys_do_not_share_a_bucket() -> None:
    buckets = KeyedBuckets(rate=1.0, burst=1.0)
    assert [buckets.take(key, 0.0) for key in "aabb"] == [0.0, 1.0, 0.0, 1.0]


def test_a_forgotten_key_starts_anew() -> None:
    buckets = KeyedBuckets(rate=1.0, burst=1.0)
    buckets.take("a", 0.0)
    buckets.forget("a")
    assert buckets.take("a", 0.0) == 0.0


def test_the_number_of_keys_is_bounded_and_the_busy_ones_stay() -> None:
    buckets = KeyedBuckets(rate=1.0, burst=1.0, keys=10)
    for number in range(1000):
        buckets.take("busy", 0.0)
        buckets.take(f"k{number}", 0.0)
    assert len(buckets) == 10
    assert buckets.take("busy", 0.0) > 0.0


def storm(agents: int, rate: float, horizon: float) -> tuple[list[float], int]:
    """All come at once; each comes back exactly when it was told to. When each got in, and refusals."""
    admission = Admission(rate)
    due = [(0.0, number) for number in range(agents)]
    admitted: list[float] = []
    refused = 0
    while due:
        now, number = heapq.heappop(due)
        if admission.admit(now):
            admitted.append(now)
        else:
            wait = admission.come_back(now)
            refused += 1
            assert 0.0 < wait <= LONGEST_SPREAD_SECONDS
            heapq.heappush(due, (now + wait, number))
        assert now < horizon, f"{len(due)} agents are still waiting after {horizon} s"
    return admitted, refused


def test_a_storm_is_admitted_at_the_full_rate_with_about_one_refusal_each() -> None:
    admitted, refused = storm(10_000, rate=100.0, horizon=105.0)
    assert len(admitted) == 10_000
    assert refused < 10_000 * 1.1
    per_second = [sum(second <= at < second + 1 for at in admitted) for second in range(1, 98)]
    assert max(per_second) <= 102
    assert min(per_second) >= 90


def test_a_storm_beyond_the_longest_spread_is_spread_evenly_too() -> None:
    admitted, refused = storm(30_000, rate=100.0, horizon=500.0)
    assert len(admitted) == 30_000
    assert refused < 30_000 * 4


def test_those_beyond_the_longest_spread_are_told_different_moments() -> None:
    admission = Admission(100.0)
    waits = [admission.come_back(0.0) for _ in range(30_000)]
    beyond = waits[int(100 * LONGEST_SPREAD_SECONDS) + 1 :]
    assert min(beyond) >= LONGEST_SPREAD_SECONDS / 2
    per_second = [sum(second <= wait < second + 1 for wait in beyond) for second in range(60, 120)]
    assert max(per_second) <= 1.1 * len(beyond) / 60


def test_after_a_storm_newcomers_are_admitted_at_once() -> None:
    admission = Admission(10.0)
    for _ in range(50):
        admission.come_back(0.0)
    assert admission.admit(60.0)


def test_nobody_comes_back_before_the_least_wait() -> None:
    admission = Admission(10.0)
    assert [admission.come_back(5.0, least=8.0) for _ in range(3)] == pytest.approx([8.0, 8.1, 8.2])
