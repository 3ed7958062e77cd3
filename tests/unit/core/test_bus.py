"""The rules of the bus, for every route, event and chain there can be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opstage.core import bus
from opstage.core.bus import Publication, Refusal, RoutedStatus, Verdict
from opstage.core.times import iso

TYPES = ("order.created", "order.paid")
CODES = ("shop", "till")


@dataclass(frozen=True)
class Route:
    id: str
    status: str
    event_type: str
    source_service_code: str | None
    created_at: float


ROUTES = st.lists(
    st.builds(
        Route,
        id=st.integers(0, 999).map("brt_{:03}".format),
        status=st.sampled_from(["ENABLED", "DISABLED", "DRY_RUN", "something newer"]),
        event_type=st.sampled_from(TYPES),
        source_service_code=st.sampled_from([*CODES, None]),
        created_at=st.integers(0, 20).map(float),
    ),
    max_size=40,
    unique_by=lambda route: route.id,
)


@given(ROUTES, st.sampled_from(TYPES), st.sampled_from(CODES))
def test_an_event_takes_exactly_the_oldest_routes_that_are_on_for_it(
    routes: list[Route], event_type: str, code: str
) -> None:
    wanted = {
        route
        for route in routes
        if route.status in ("ENABLED", "DRY_RUN")
        and route.event_type == event_type
        and (route.source_service_code is None or route.source_service_code == code)
    }

    taken = bus.matching(routes, event_type, code)

    assert len(taken) == min(10, len(wanted))
    assert set(taken) <= wanted
    assert all((one.created_at, one.id) < (next_.created_at, next_.id) for one, next_ in pairwise(taken))
    left = wanted - set(taken)
    assert all((each.created_at, each.id) > (taken[-1].created_at, taken[-1].id) for each in left)


@given(st.lists(st.sampled_from(["root", "child", "orphan"]), max_size=12), st.integers(1, 4))
def test_no_chain_grows_longer_than_the_depth_allows(steps: list[str], most: int) -> None:
    newest: int | None = None
    for step in steps:
        known = newest if step == "child" else None
        depth = bus.depth(None if step == "root" else "bev_x", known)
        assert depth == (0 if step == "root" else 1 if known is None else known + 1)
        if depth <= most:
            newest = depth
    assert newest is None or newest <= most


def test_an_event_that_names_a_cause_nobody_knows_is_no_root() -> None:
    assert bus.depth("bev_unknown", None) == 1


@given(st.lists(st.floats(0, 200), max_size=30), st.floats(0, 200), st.integers(1, 10))
def test_the_rate_counts_a_sliding_minute_and_says_when_to_come_back(
    times: list[float], now: float, limit: int
) -> None:
    accepted = sorted((each for each in times if each <= now), reverse=True)
    recent = [each for each in accepted if each > now - 60]

    wait = bus.seconds_to_wait(accepted, now, limit)

    assert (wait > 0) == (len(recent) >= limit)
    if wait:
        assert wait <= 60.001
        later = now + wait + 0.001
        assert len([each for each in accepted if each > later - 60]) < limit


@pytest.mark.parametrize(
    ("level", "confirm", "needed"),
    [
        ("LOW", False, False),
        ("MEDIUM", False, False),
        ("HIGH", False, True),
        ("CRITICAL", False, True),
        ("LOW", True, True),
        ("HIGH", True, True),
    ],
)
def test_dangerous_and_confirmed_actions_need_a_person(level: str, confirm: bool, needed: bool) -> None:
    assert bus.needs_person(level, confirm) is needed


REFUSALS = st.none() | st.builds(Refusal, code=st.sampled_from(["A", "B"]), message=st.just("why"))


@given(REFUSALS, REFUSALS, REFUSALS, st.booleans())
def test_a_command_is_made_only_when_nothing_stands_against_it(
    target: Refusal | None, held: Refusal | None, unfit: Refusal | None, dry_run: bool
) -> None:
    verdict = bus.verdict(target, held, unfit, dry_run=dry_run)

    clear = target is held is unfit is None
    assert (verdict.status is RoutedStatus.CREATED) == (clear and not dry_run)
    assert (verdict.refusal is None) == clear
    assert verdict.refusal == (target or held or unfit)


def test_a_dry_run_fails_over_its_target_only() -> None:
    why = Refusal("X", "why")

    assert bus.verdict(why, None, None, dry_run=True) == Verdict(RoutedStatus.FAILED, why)
    assert bus.verdict(None, why, None, dry_run=True) == Verdict(RoutedStatus.DRY_RUN, why)
    assert bus.verdict(None, None, why, dry_run=True) == Verdict(RoutedStatus.DRY_RUN, why)


# --- the payload -----------------------------------------------------------------------------------

ENVELOPE = {"busEvent", "payload", "mapping"}
EVENT: dict[str, Any] = {"id": "bev_1", "payload": {"city": "Ulm"}}
NAMES = st.sampled_from(["busEvent", "payload", "mapping", "city", "n"])
SCHEMAS = st.fixed_dictionaries(
    {},
    optional={
        "additionalProperties": st.booleans(),
        "properties": st.dictionaries(NAMES, st.just({"type": "string"})),
    },
)


@given(st.dictionaries(NAMES, st.integers()), SCHEMAS, st.booleans())
def test_what_the_mapping_gave_is_in_the_payload_whatever_the_schema(
    mapped: dict[str, int], schema: dict[str, Any], named: bool
) -> None:
    payload = bus.command_payload(EVENT, {"x": "y"} if named else {}, mapped, schema)

    assert mapped.items() <= payload.items()
    beside = payload.keys() - mapped.keys()
    assert beside <= ENVELOPE
    if schema.get("additionalProperties") is False:
        assert beside <= schema.get("properties", {}).keys()
    else:
        assert beside == ENVELOPE - mapped.keys() - (set() if named else {"mapping"})


def test_without_a_mapping_the_payload_is_that_of_level_0_4() -> None:
    assert bus.command_payload(EVENT, {}, {}, {}) == {"busEvent": EVENT, "payload": {"city": "Ulm"}}


def test_an_action_that_is_closed_to_others_gets_its_own_fields_only() -> None:
    schema = {"additionalProperties": False, "properties": {"city": {"type": "string"}}}

    assert bus.command_payload(EVENT, {"city": "payload.city"}, {"city": "Ulm"}, schema) == {"city": "Ulm"}


# --- publications ----------------------------------------------------------------------------------


def nested(levels: int) -> dict[str, Any]:
    """``levels`` objects within each other."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


def said(**more: Any) -> Publication:
    return Publication(event_type="order.created", source_service_code="shop", **more)


@pytest.mark.parametrize(
    ("publication", "paths"),
    [
        (said(), []),
        (said(payload={"x": "y" * 65_000}, occurred_at="2026-05-01T12:00:00+02:00"), []),
        (said(payload={"x": "y" * 66_000}), ["payload"]),
        (said(metadata={"x": "y" * 17_000}), ["metadata"]),
        (said(payload=nested(64)), []),
        (said(payload=nested(65), metadata=nested(900)), ["payload", "metadata"]),
        (said(occurred_at="yesterday"), ["occurredAt"]),
        (said(occurred_at="9999-12-31T23:59:59-14:00"), ["occurredAt"]),
        (said(payload={"x": "y" * 66_000}, metadata={"x": "y" * 17_000}, occurred_at=""), None),
    ],
)
def test_every_value_that_is_too_large_or_no_time_is_named(
    publication: Publication, paths: list[str] | None
) -> None:
    found = [path for path, _ in bus.problems(publication)]

    assert found == (["payload", "metadata", "occurredAt"] if paths is None else paths)


@given(st.text(max_size=30) | st.datetimes().map(str))
def test_a_moment_can_always_be_shown_again(text: str) -> None:
    found = bus.moment(text)

    assert found is None or bus.moment(iso(found)) == pytest.approx(found, abs=0.001)
