"""LiveView against a plain dict, with followers that come, go, lag and start over."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from opstage.core.view import Delta, LiveView

TOMBSTONE_SECONDS = 10.0
KEYS = st.sampled_from([f"k{n}" for n in range(8)])


def row(key: str, value: int) -> bytes:
    return b'{"id":"%b","value":%d}' % (key.encode(), value)


class Follower:
    """A client that holds rows as of one revision and applies what it is given."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.revision: int | None = None

    def follow(self, view: LiveView, limit: int | None) -> None:
        """One step: a delta if the view still serves it, else a snapshot."""
        delta = None if self.revision is None else view.delta_since(self.revision, limit)
        if delta is None:
            snapshot = view.snapshot()
            self.rows = {key_of(row): row for row in snapshot.rows}
            self.revision = snapshot.revision
        else:
            self.apply(delta)

    def apply(self, delta: Delta) -> None:
        assert delta.from_ == self.revision
        for changed in delta.upsert:
            self.rows[key_of(changed)] = changed
        for key in delta.remove:
            self.rows.pop(key, None)
        self.revision = delta.revision


def key_of(encoded: bytes) -> str:
    return encoded.split(b'"')[3].decode()


class ViewAgainstDict(RuleBasedStateMachine):
    """Random changes, time, limits and followers; whoever catches up holds what the dict holds."""

    @initialize(limit=st.integers(0, 6))
    def start(self, limit: int) -> None:
        self.view = LiveView("e", tombstone_seconds=TOMBSTONE_SECONDS, tombstone_limit=limit)
        self.limit = limit
        self.model: dict[str, bytes] = {}
        self.now = 0.0
        self.changes = 0
        self.removed_at: dict[str, float] = {}
        self.followers = [Follower() for _ in range(3)]

    @rule(key=KEYS, value=st.integers(0, 3))
    def put(self, key: str, value: int) -> None:
        changed = self.model.get(key) != row(key, value)
        assert self.view.put(key, row(key, value)) is changed
        self.changes += changed
        self.model[key] = row(key, value)
        self.removed_at.pop(key, None)

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        known = key in self.model
        assert self.view.remove(key, self.now) is known
        self.changes += known
        self.model.pop(key, None)
        if known:
            self.removed_at[key] = self.now
            self.forget()

    @rule(seconds=st.sampled_from([0.5, 4.0, TOMBSTONE_SECONDS]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.view.expire(self.now)
        self.forget()

    def forget(self) -> None:
        young = {key: at for key, at in self.removed_at.items() if self.now - at < TOMBSTONE_SECONDS}
        self.removed_at = dict(list(young.items())[-self.limit :]) if self.limit else {}

    @rule(number=st.integers(0, 2), limit=st.one_of(st.none(), st.integers(1, 3)))
    def follow(self, number: int, limit: int | None) -> None:
        follower = self.followers[number]
        for _ in range(100):
            follower.follow(self.view, limit)
            if follower.revision == self.view.revision:
                break
        assert follower.rows == self.model

    @rule(number=st.integers(0, 2), until=st.integers(0, 40))
    def follow_up_to(self, number: int, until: int) -> None:
        follower = self.followers[number]
        if follower.revision is None or not follower.revision <= until <= self.view.revision:
            return
        delta = self.view.delta_since(follower.revision, until=until)
        if delta is not None:
            assert delta.revision == until
            follower.apply(delta)

    @rule(number=st.integers(0, 2))
    def start_over(self, number: int) -> None:
        self.followers[number] = Follower()

    @invariant()
    def holds_what_the_dict_holds(self) -> None:
        if not hasattr(self, "view"):
            return
        assert self.view.revision == self.changes
        assert len(self.view) == len(self.model)
        assert {key_of(row): row for row in self.view.snapshot().rows} == self.model
        assert all(self.view.get(key) == row for key, row in self.model.items())

    @invariant()
    def remembers_removals_within_the_limits(self) -> None:
        if not hasattr(self, "view"):
            return
        delta = self.view.delta_since(self.view.floor)
        assert delta is not None
        assert set(delta.remove) == set(self.removed_at)
        assert self.view.delta_since(self.view.floor - 1) is None
        assert self.view.delta_since(self.view.revision + 1) is None


TestViewAgainstDict = ViewAgainstDict.TestCase
TestViewAgainstDict.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_an_unchanged_row_makes_no_revision() -> None:
    view = LiveView("e")
    assert view.put("a", b"1")
    assert not view.put("a", b"1")
    assert view.revision == 1


def test_removing_what_is_not_there_makes_no_revision() -> None:
    view = LiveView("e")
    assert not view.remove("a", 0.0)
    view.put("a", b"1")
    assert view.remove("a", 0.0)
    assert not view.remove("a", 0.0)
    assert view.revision == 2


def test_a_delta_names_each_key_once_and_the_newest_row() -> None:
    view = LiveView("e")
    for value in range(5):
        view.put("a", b"%d" % value)
    view.put("b", b"x")
    view.remove("b", 0.0)
    assert view.delta_since(0) == Delta(0, 7, [b"4"], ["b"])


def test_a_change_moves_its_key_to_the_end_of_the_snapshot() -> None:
    view = LiveView("e")
    view.put("a", b"a1")
    view.put("b", b"b1")
    view.put("a", b"a2")
    assert view.snapshot().rows == [b"b1", b"a2"]


def test_a_limited_delta_ends_at_the_revision_of_its_last_change() -> None:
    view = LiveView("e")
    for key in "abcd":
        view.put(key, key.encode())
    assert view.delta_since(0, 2) == Delta(0, 2, [b"a", b"b"], [])
    assert view.delta_since(2, 2) == Delta(2, 4, [b"c", b"d"], [])


def test_a_tombstone_that_is_too_old_raises_the_floor() -> None:
    view = LiveView("e", tombstone_seconds=600)
    view.put("a", b"1")
    view.remove("a", 1000.0)
    view.expire(1599.9)
    assert view.floor == 0
    assert view.delta_since(1) == Delta(1, 2, [], ["a"])
    view.expire(1600.0)
    assert view.floor == 2
    assert view.delta_since(1) is None
    assert view.delta_since(2) == Delta(2, 2, [], [])


def test_a_row_that_came_back_leaves_no_tombstone_behind() -> None:
    view = LiveView("e", tombstone_limit=1)
    for now in range(10):
        view.put("a", b"1")
        view.remove("a", float(now))
    view.put("b", b"1")
    view.put("a", b"2")
    assert view.floor == 0
    assert view.delta_since(0) == Delta(0, 22, [b"1", b"2"], [])


@pytest.mark.parametrize("limit", [0, 3])
def test_tombstones_beyond_the_limit_are_forgotten_oldest_first(limit: int) -> None:
    view = LiveView("e", tombstone_limit=limit)
    for key in "abcde":
        view.put(key, b"1")
    for key in "abcde":
        view.remove(key, 0.0)
    delta = view.delta_since(view.floor)
    assert delta is not None
    assert delta.remove == list("abcde")[5 - limit :]
    assert view.floor == 10 - limit


def test_a_delta_up_to_a_revision_leaves_later_changes_to_the_next() -> None:
    view = LiveView("e")
    for key in "aba":
        view.put(key, key.encode() * (view.revision + 1))
    assert view.delta_since(0, until=2) == Delta(0, 2, [b"bb"], [])
    assert view.delta_since(2) == Delta(2, 3, [b"aaa"], [])
