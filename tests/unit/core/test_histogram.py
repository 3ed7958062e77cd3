"""Durations counted by their bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opstage.core.histogram import FAST, Histogram

SECONDS = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(st.lists(SECONDS))
def test_each_bound_counts_what_took_at_most_that_long(durations: list[float]) -> None:
    histogram = Histogram(FAST)
    for each in durations:
        histogram.observe(each)
    *bounded, (last, total) = histogram.cumulative()
    assert (last, total) == ("+Inf", len(durations))
    for bound, count in bounded:
        assert count == sum(each <= float(bound) for each in durations)
    assert abs(histogram.seconds - sum(durations)) <= 1e-6 * (1 + sum(durations))


def test_a_clock_that_went_back_counts_as_no_time() -> None:
    histogram = Histogram((1.0,))
    histogram.observe(-5)
    assert histogram.cumulative() == [("1.0", 1), ("+Inf", 1)]
    assert histogram.seconds == 0
