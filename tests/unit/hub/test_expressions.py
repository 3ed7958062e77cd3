"""Mappings of bus routes: checked before they are kept, bounded when they are applied."""

from __future__ import annotations

import time
from typing import Any

import jmespath
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opstage.hub import expressions
from opstage.hub.expressions import MappingFailed, evaluate, problems

EVENT: dict[str, Any] = {
    "eventType": "order.created",
    "payload": {
        "city": "Ulm",
        "lines": [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}],
        "nothing": None,
        "digits": "9" * 400,
    },
}


def bad(mapping: dict[str, Any]) -> list[str]:
    return [path for path, _ in problems(mapping)]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("payload.city", "Ulm"),
        ("payload.lines[*].sku", ["a", "b"]),
        ("sum(payload.lines[*].count)", 3),
        ("payload.lines[?count > `1`].sku | [0]", "a"),
        ("join(', ', payload.lines[*].sku)", "a, b"),
        ("payload.street || 'unknown'", "unknown"),
        ("{type: eventType, city: payload.city}", {"type": "order.created", "city": "Ulm"}),
    ],
)
def test_an_expression_may_be_kept_and_gives_its_value(expression: str, value: Any) -> None:
    assert bad({"key": expression}) == []
    assert evaluate({"key": expression}, EVENT) == {"key": value}


def test_what_is_no_text_stands_for_itself() -> None:
    mapping = {"limit": 5, "dry": False, "tags": ["bus"], "from": {"path": "payload.city"}}

    assert bad(mapping) == []
    assert evaluate(mapping, EVENT) == mapping


@pytest.mark.parametrize("said", ["payload.street", "payload.nothing", "to_number('1e999')", None])
def test_what_is_not_there_is_left_out(said: str | None) -> None:
    assert evaluate({"gone": said, "city": "payload.city"}, EVENT) == {"city": "Ulm"}


@pytest.mark.parametrize(
    "expression",
    [
        *("", "   ", "$.payload.city", "payload.", "payload[", '"', "'", "a b", "(" * 400, "[?" * 200),
        *("nonsense(@)", "payload.lines[*].nonsense(@)", "a" * 501, "a.b[0:3:0]"),
    ],
)
def test_an_expression_that_cannot_be_is_named_by_its_key(expression: str) -> None:
    assert bad({"fine": "payload.city", "broken": expression}) == ["inputMapping.broken"]


@pytest.mark.parametrize(
    "expression",
    [
        "|".join(["[@,@]"] * 30),
        "|".join(["{a:@,b:@}"] * 30),
        "|".join(["to_string([@])"] * 20),
        "|".join(["merge({a:@},{b:@})"] * 20),
        "|".join(["map(&[@,@],@)"] * 20),
        "payload.lines[*].'" + "x" * 300 + "'",
    ],
)
def test_an_expression_that_multiplies_its_input_is_not_kept(expression: str) -> None:
    assert bad({"bomb": expression}) == ["inputMapping.bomb"]


def test_keys_constants_and_their_number_are_bounded() -> None:
    assert bad({"": "a", "k" * 201: "a"}) == ["inputMapping.", "inputMapping." + "k" * 200]
    assert bad({"constant": ["x" * 17_000]}) == ["inputMapping"]
    assert bad({f"k{number}": "a" for number in range(33)}) == ["inputMapping"]


@pytest.mark.parametrize(
    "expression",
    ["abs(payload.lines)", "avg(payload.lines)", "length()", "payload.lines[::0]", "ceil(to_number('inf'))"],
)
def test_an_expression_that_does_not_go_with_the_event_names_its_key(expression: str) -> None:
    with pytest.raises(MappingFailed, match=r"^broken: ."):
        evaluate({"fine": "payload.city", "broken": expression}, EVENT)


def test_the_values_together_are_bounded() -> None:
    event = {"payload": {"text": "x" * 40_000}}

    assert evaluate({"one": "payload.text"}, event) == {"one": "x" * 40_000}
    with pytest.raises(MappingFailed, match="bytes together"):
        evaluate({"one": "payload.text", "two": "payload.text"}, event)


def test_a_mapping_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "SECONDS", -1.0)

    with pytest.raises(MappingFailed, match="too long"):
        evaluate({"one": "payload.city"}, EVENT)


@pytest.mark.parametrize(
    "expression",
    [
        "payload.[" + ",".join(["a"] * 95) + "][]|length(@)",
        "payload.[" + ",".join(["a"] * 90) + "][]|[?@>`0`]|length(@)",
        "payload.a[*].[" + ",".join(["@==@"] * 60) + "]|length(@)",
        "payload.a" + "[]" * 200 + "|length(@)",
        "length(map(&[" + ",".join(["@"] * 80) + "],payload.a))",
        "sort(" * 60 + "payload.a" + ")" * 60,
    ],
)
def test_an_expression_that_goes_on_for_long_is_ended_on_its_way(expression: str) -> None:
    event = {"payload": {"a": [0] * 32_000}}
    assert bad({"slow": expression}) == []

    began = time.thread_time()
    with pytest.raises(MappingFailed, match=r"^slow: .*(steps|elements|recursion)"):
        evaluate({"slow": expression}, event)

    assert time.thread_time() - began < 0.25


def test_an_event_of_many_lines_leaves_room_for_what_mappings_are_made_for() -> None:
    lines = [{"n": number} for number in range(1_500)]

    mapping = {"most": "max(payload.lines[?n > `1`].n)", "count": "length(sort_by(payload.lines, &n))"}

    assert evaluate(mapping, {"payload": {"lines": lines}}) == {"most": 1_499, "count": 1_500}


# --- all expressions there can be ------------------------------------------------------------------

PATHS = st.sampled_from(
    ["@", "payload", "payload.city", "payload.lines", "payload.lines[*].sku", "payload.digits", "`7`", "'x'"]
)
CALLS = st.sampled_from(sorted(jmespath.functions.Functions.FUNCTION_TABLE))
EXPRESSIONS = st.recursive(
    PATHS,
    lambda inner: st.one_of(
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{a: {}, b: {}}}".format, inner, inner),
        st.builds("({}) | ({})".format, inner, inner),
        st.builds("{} || {}".format, inner, inner),
        st.builds("{}({})".format, CALLS, inner),
        st.builds("{}({}, {})".format, CALLS, inner, inner),
        st.builds("map(&{}, {})".format, inner, inner),
        st.builds("({})[*].[{}]".format, inner, inner),
        st.builds("({})[]".format, inner),
        st.builds("({})[?{}]".format, inner, inner),
    ),
    max_leaves=14,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(EXPRESSIONS, VALUES)
def test_what_is_kept_either_gives_json_or_says_why_not(expression: str, value: Any) -> None:
    if bad({"key": expression}):
        return
    try:
        given_ = evaluate({"key": expression}, EVENT | {"payload": value})
    except MappingFailed:
        return
    assert msgspec.json.decode(msgspec.json.encode(given_)) == given_


@given(EXPRESSIONS)
def test_no_expression_that_is_kept_makes_more_copies_than_it_may(expression: str) -> None:
    if bad({"key": expression}):
        return
    large = EVENT | {"payload": EVENT["payload"] | {"city": "ä" * 2_000}}
    try:
        found = jmespath.search(expression, large)
    except (ValueError, TypeError, ArithmeticError):
        return
    assert len(msgspec.json.encode(found)) <= expressions.COPIES * len(msgspec.json.encode(large))


@pytest.mark.filterwarnings("ignore:deprecated string literal syntax")
@given(st.text(alphabet="ab.[]{}()*&|!<>=?'\"`,:@0-9 \\", max_size=40))
def test_any_text_is_either_an_expression_or_refused(text: str) -> None:
    assert bad({"key": text}) in ([], ["inputMapping.key"])
