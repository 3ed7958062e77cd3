"""Selectors: what they match, what they say the same as, and what is no selector."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opstage.core.selector import (
    MOST_LABELS,
    SELECTOR_CHARACTERS,
    Operator,
    Selector,
    SelectorError,
    Term,
    labels_of,
    parse,
)

PROD = {"env": "prod", "tier": "web", "empty": ""}

keys = st.text(min_size=1, max_size=12)
values = st.text(max_size=12)
comparing = st.builds(
    Term,
    keys,
    st.sampled_from([Operator.IN, Operator.NOT_IN]),
    st.sets(values, min_size=1, max_size=4).map(lambda found: tuple(sorted(found))),
)
asking = st.builds(Term, keys, st.sampled_from([Operator.EXISTS, Operator.ABSENT]))
terms = st.lists(comparing | asking, min_size=1, max_size=5, unique=True)
selectors = terms.map(lambda found: Selector(tuple(sorted(found))))


@pytest.mark.parametrize(
    "text",
    [
        "env=prod",
        "env==prod",
        "tier!=db",
        "missing!=anything",
        "env",
        "!missing",
        "env in (test,prod)",
        "env notin (test,dev)",
        "missing notin (test)",
        "empty=",
        'empty=""',
        ' env = prod , tier in ( web , "db" ) , !missing ',
    ],
)
def test_labels_that_fulfil_it_match(text: str) -> None:
    assert parse(text).predicate()(PROD)


@pytest.mark.parametrize(
    "text",
    [
        "env=test",
        "env=Prod",
        "env!=prod",
        "missing=",
        "missing",
        "!env",
        "env in (test,dev)",
        "missing in (prod)",
        "env notin (prod,dev)",
        "env=prod,tier=db",
    ],
)
def test_labels_that_fail_one_term_do_not_match(text: str) -> None:
    assert not parse(text).predicate()(PROD)


def test_a_key_may_be_called_like_an_operator() -> None:
    selector = parse("in in (in),notin")
    assert selector.predicate()({"in": "in", "notin": "x"})
    assert not selector.predicate()({"in": "in"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a=1,b=2", "b == 2 , a=1"),
        ("a in (x,y)", "a in (y, x, y)"),
        ("a in (x)", 'a="x"'),
        ("a notin (x)", "a!=x"),
        ("a,a", '"a"'),
    ],
)
def test_selectors_that_say_the_same_have_one_normal_form(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert str(parse(one)) == str(parse(other))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expected a key at character 1, got the end."),
        ("a=1,", "Expected a key at character 5, got the end."),
        ("=1", "Expected a key at character 1, got '='."),
        ("a=b c", "Expected a comma or the end at character 5, got 'c'."),
        ("a in b", "Expected '(' at character 6, got 'b'."),
        ("a in ()", "Expected a value at character 7, got ')'."),
        ("a in (b", "Expected ')' at character 8, got the end."),
        ("!", "Expected a key at character 2, got the end."),
        ('a="b', "Expected a closing quote for the one at character 3."),
        ('""=b', "Expected a key of 1 to 63 characters, got 0, at character 2."),
        ("k" * 64, "Expected a key of 1 to 63 characters, got 64, at character 1."),
        ("a=" + "v" * 256, "Expected a value of 0 to 255 characters, got 256, at character 3."),
        ("a" * (SELECTOR_CHARACTERS + 1), "Expected at most 1000 characters, got 1001."),
        (",".join(f"k{number}" for number in range(65)), "Expected at most 64 conditions, got 65."),
        (
            f"a in ({','.join(map(str, range(65)))})",
            "Expected at most 64 values in parentheses, got 65.",
        ),
    ],
)
def test_what_is_no_selector_is_refused_with_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(SelectorError) as refused:
        parse(text)
    assert str(refused.value) == said


@given(selectors)
def test_the_normal_form_reads_back_as_the_same_selector(selector: Selector) -> None:
    assert parse(str(selector)) == selector


@given(selectors, st.randoms(use_true_random=False))
def test_order_spaces_and_repetition_change_nothing(selector: Selector, chance: random.Random) -> None:
    written = [str(term) for term in selector.terms] * 2
    chance.shuffle(written)
    assert parse(" , ".join(written)) == selector


@given(st.dictionaries(keys, values, max_size=4), selectors)
def test_a_selector_matches_what_all_its_terms_match(labels: dict[str, str], selector: Selector) -> None:
    def holds(term: Term) -> bool:
        here = labels.get(term.key)
        return {
            Operator.IN: here is not None and here in term.values,
            Operator.NOT_IN: here is None or here not in term.values,
            Operator.EXISTS: here is not None,
            Operator.ABSENT: here is None,
        }[term.operator]

    assert parse(str(selector)).predicate()(labels) == all(map(holds, selector.terms))


@given(st.text(alphabet='ab,=!() "\\in', max_size=40))
def test_any_text_is_a_selector_or_refused(text: str) -> None:
    try:
        selector = parse(text)
    except SelectorError as error:
        assert str(error).startswith("Expected ")
    else:
        assert parse(str(selector)) == selector


def test_a_manifest_labels_its_service_with_texts_only() -> None:
    said = {
        "env": "prod",
        "n": 1,
        "none": None,
        "deep": {"a": "b"},
        "": "x",
        "k" * 64: "x",
        "long": "v" * 256,
    }
    assert labels_of({"labels": said}) == {"env": "prod"}


@pytest.mark.parametrize("said", [None, "env=prod", ["env"], 7])
def test_labels_that_are_no_object_are_no_labels(said: object) -> None:
    assert labels_of({"labels": said}) == {}
    assert labels_of({}) == {}


def test_a_manifest_gives_64_labels_at_most() -> None:
    assert len(labels_of({"labels": {f"k{number}": "v" for number in range(100)}})) == MOST_LABELS
