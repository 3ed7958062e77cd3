"""What a service report may hold, and that a bad one names each of its faults."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from opstage.core.reports import (
    FORBIDDEN_ACTIONS,
    Issue,
    normal_runtime,
    problems,
    repeated_codes,
    report_problems,
)
from opstage_agent.wire import ActionInput, ConfigInput, ReportedService

GOOD = ReportedService(
    code="link-checker_2",
    name="Link checker",
    manifest={"anything": 1},
    description="d" * 2000,
    version="v" * 80,
    configs=[ConfigInput(key="a", type="string"), ConfigInput(key="b", type="string")],
    actions=[ActionInput(name="checkNow", label="Check"), ActionInput(name="echo", label="Echo")],
)


def paths(**changes: Any) -> list[str]:
    return [issue.path for issue in problems(replace(GOOD, **changes))]


def test_a_good_service_has_no_problems() -> None:
    assert problems(GOOD) == []
    assert problems(ReportedService(code="0", name="n", manifest={})) == []


@pytest.mark.parametrize("code", ["", "A", "-a", "_a", "a b", "a.b", "é", "a\n", "x" * 81])
def test_a_bad_code_is_named(code: str) -> None:
    assert paths(code=code) == ["code"]


def test_the_longest_code_is_eighty_characters() -> None:
    assert paths(code="x" * 80) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "n" * 201), ("description", "d" * 2001), ("version", "v" * 81)],
)
def test_texts_that_are_too_short_or_too_long_are_named(field: str, value: str) -> None:
    assert paths(**{field: value}) == [field]


@pytest.mark.parametrize(
    "name", [*sorted(FORBIDDEN_ACTIONS), "runShell", "Exec", " sh ", "run_script", "custom-command"]
)
def test_forbidden_actions_are_refused(name: str) -> None:
    assert paths(actions=[ActionInput(name="a", label="A"), ActionInput(name=name, label="B")]) == [
        "actions.1.name"
    ]


def test_a_repeated_action_or_config_is_named() -> None:
    actions = [ActionInput(name=name, label="L") for name in ("a", "b", "a", "a")]
    configs = [ConfigInput(key=key, type="string") for key in ("x", "x")]
    assert paths(actions=actions, configs=configs) == ["configs.1.key", "actions.2.name", "actions.3.name"]


def test_every_fault_is_named_at_once() -> None:
    bad = [ActionInput(name="", label="", description="d" * 2001)]
    found = paths(code="!", actions=bad, configs=[ConfigInput(key="", type="t")])
    assert found == ["code", "configs.0.key", "actions.0.name", "actions.0.label", "actions.0.description"]


def test_a_report_names_the_service_of_each_fault() -> None:
    found = report_problems([GOOD, replace(GOOD, code="!"), GOOD])
    assert [issue.path for issue in found] == ["services.1.code", "services.2.code"]
    assert found[1] == Issue("services.2.code", "expected each code once, 'link-checker_2' comes again")
    assert repeated_codes([GOOD, replace(GOOD, code="other")]) == []


@pytest.mark.parametrize(
    ("runtime", "normal"),
    [(None, None), ("python", "python"), (" Python ", "python"), ("shell", "other"), ("", "other")],
)
def test_runtimes_outside_of_the_list_are_other(runtime: str | None, normal: str | None) -> None:
    assert normal_runtime(runtime) == normal
