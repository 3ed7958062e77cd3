"""Views of selectors: whatever happens to the fleet, each holds the rows that fulfil it, and no more."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from opstage.clock import SystemClock
from opstage.core.selector import Selector, parse
from opstage.hub.feeds import Feed, FleetFeed, Pace

KEYS = st.sampled_from(["agt_1", "svc_1", "svc_2", "svc_3"])
LABELS = st.dictionaries(st.sampled_from(["env", "tier"]), st.sampled_from(["prod", "test"]))
SELECTORS = st.sampled_from(["env=prod", "tier", "env!=prod,!tier", "env in (prod,test)", " env = prod "])


def rows_of(feed: Feed) -> set[bytes]:
    return set(feed.view.snapshot().rows)


class Selections(RuleBasedStateMachine):
    """Rows come, change and go; views are opened and given up in any order."""

    opened = Bundle("opened")

    def __init__(self) -> None:
        super().__init__()
        numbers: Iterator[int] = itertools.count(1)
        self.fleet = FleetFeed("fleet", "e", SystemClock(), Pace(), numbers)
        self.rows: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.open: dict[str, tuple[Selector, Feed]] = {}

    @rule(key=KEYS, labels=LABELS)
    def place(self, key: str, labels: dict[str, str]) -> None:
        row = msgspec.json.encode({"id": key, "labels": labels})
        self.rows[key] = (row, labels)
        self.fleet.place(key, row, labels)

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        self.rows.pop(key, None)
        self.fleet.remove(key)

    @rule(text=SELECTORS, target=opened)
    def select(self, text: str) -> str:
        selector = parse(text)
        feed = self.fleet.select(selector)
        known = self.open.setdefault(feed.name, (selector, feed))
        assert known[1] is feed, "the same selector has two views"
        return feed.name

    @rule(name=consumes(opened))
    def give_up(self, name: str) -> None:
        found = self.open.pop(name, None)
        if found is not None:
            self.fleet.release(found[1])

    @invariant()
    def every_view_holds_what_fulfils_it(self) -> None:
        assert rows_of(self.fleet) == {row for row, _ in self.rows.values()}
        for selector, feed in self.open.values():
            assert rows_of(feed) == {
                row for row, labels in self.rows.values() if selector.predicate()(labels)
            }

    @invariant()
    def only_what_is_open_is_kept(self) -> None:
        assert {feed.name for feed in self.fleet.selections} == set(self.open)


TestSelections = Selections.TestCase


def test_a_view_that_is_followed_is_kept() -> None:
    fleet = FleetFeed("fleet", "e", SystemClock(), Pace(), itertools.count(1))
    feed = fleet.select(parse("env=prod"))

    def wake() -> None: ...

    feed.follow(wake)
    fleet.release(feed)
    assert fleet.selections == [feed]
    feed.leave(wake)
    fleet.release(feed)
    assert fleet.selections == []


def test_a_view_opened_anew_has_an_epoch_of_its_own() -> None:
    fleet = FleetFeed("fleet", "e", SystemClock(), Pace(), itertools.count(1))
    first = fleet.select(parse("env=prod"))
    fleet.release(first)
    assert fleet.select(parse("env=prod")).view.epoch != first.view.epoch
