"""What a run does next."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opstage.core.redaction import REDACTED
from opstage.core.runs import ACTIVE, FAILURES, Decision, RunStatus, TargetStatus, agrees, decide

ENDS = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"]


def decided(
    *, stop_after: int | None = None, stopped: bool = False, concurrency: int = 3, **counts: int
) -> Decision:
    return decide(counts, concurrency=concurrency, stop_after=stop_after, stopped=stopped)


def test_it_starts_as_many_as_there_may_be() -> None:
    assert decided(WAITING=10) == Decision(start=3)
    assert decided(WAITING=10, PENDING=1, RUNNING=1) == Decision(start=1)
    assert decided(WAITING=1, RUNNING=1) == Decision(start=1)
    assert decided(WAITING=10, RUNNING=3) == Decision()


def test_it_ends_when_nothing_waits_and_nothing_runs() -> None:
    assert decided(SUCCEEDED=2, SKIPPED=1) == Decision(end=RunStatus.SUCCEEDED)
    assert decided(SUCCEEDED=2, RUNNING=1) == Decision()
    assert decided(SKIPPED=2, SUCCEEDED=1, stopped=True) == Decision(end=RunStatus.STOPPED)
    assert decided(SKIPPED=2, RUNNING=1, stopped=True) == Decision()


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_whatever_ends_without_success_is_a_failure(failure: TargetStatus) -> None:
    assert decide({failure: 1, "SUCCEEDED": 5}, concurrency=1, stop_after=None, stopped=False) == Decision(
        end=RunStatus.FAILED
    )
    assert decide({failure: 2, "WAITING": 5}, concurrency=1, stop_after=2, stopped=False).stop


def test_it_stops_after_so_many_failures_only_if_something_is_left_to_stop() -> None:
    assert decided(WAITING=3, FAILED=1, stop_after=2) == Decision(start=3)
    assert decided(WAITING=3, FAILED=2, RUNNING=1, stop_after=2) == Decision(stop=True)
    assert decided(FAILED=2, RUNNING=1, stop_after=2) == Decision()
    assert decided(FAILED=2, stop_after=2) == Decision(end=RunStatus.FAILED)
    assert decided(WAITING=3, FAILED=2, stop_after=2, stopped=True, RUNNING=1) == Decision()


@given(
    total=some.integers(1, 40),
    concurrency=some.integers(1, 50),
    stop_after=some.none() | some.integers(1, 10),
    ends=some.lists(some.sampled_from(ENDS), min_size=40, max_size=40),
)
def test_played_to_its_end_it_never_has_too_many_and_leaves_nothing(
    total: int, concurrency: int, stop_after: int | None, ends: list[str]
) -> None:
    counts, stopped = Counter({"WAITING": total}), False
    for end in [*ends, *ends]:
        decision = decide(counts, concurrency=concurrency, stop_after=stop_after, stopped=stopped)
        if decision.stop:
            stopped = True
            counts["SKIPPED"] += counts.pop("WAITING")
            continue
        if decision.end is not None:
            break
        counts["WAITING"] -= decision.start
        counts["RUNNING"] += decision.start
        assert 0 < sum(counts[each] for each in ACTIVE) <= concurrency
        counts["RUNNING"] -= 1
        counts[end] += 1
    assert decision.end is not None
    assert counts["WAITING"] == counts["RUNNING"] == 0
    assert counts.total() == total
    failed = sum(counts[each] for each in FAILURES)
    assert (decision.end is RunStatus.STOPPED) == stopped
    assert (decision.end is RunStatus.SUCCEEDED) == (failed == 0)


@pytest.mark.parametrize(
    ("shown", "given", "agreed"),
    [
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"pin": REDACTED, "a": [1, {"key": REDACTED}]}, {"pin": "x", "a": [1, {"key": {"deep": 1}}]}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"pin": REDACTED}, {}, False),
    ],
)
def test_what_is_shown_agrees_with_what_was_given(
    shown: dict[str, object], given: dict[str, object], agreed: bool
) -> None:
    assert agrees(shown, given) is agreed
