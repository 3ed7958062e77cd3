"""What the command line makes of inputs and of structured results."""

from __future__ import annotations

from typing import Any

import click
import pytest
from rich.console import Console

from opstage.cli.audit import EVENTS
from opstage.cli.inputs import payload_of
from opstage.cli.results import print_data, shown
from opstage.cli.show import Column, cell, counted, plain, table_of

SCHEMA = {
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "on": {"type": "boolean"},
        "tags": {"type": "array"},
        "either": {"type": ["integer", "string"]},
    }
}


def test_inputs_are_read_by_the_schema() -> None:
    pairs = ("name=12", "count=12", "on=true", 'tags=["a"]', "either=7", "unknown=x=y")
    expected = {"name": "12", "count": 12, "on": True, "tags": ["a"], "either": "7", "unknown": "x=y"}
    assert payload_of(pairs, None, SCHEMA) == expected


def test_inputs_lie_over_the_whole_input() -> None:
    assert payload_of(("count=2",), '{"count": 1, "name": "n"}', SCHEMA) == {"count": 2, "name": "n"}


@pytest.mark.parametrize(
    ("pairs", "whole", "word"),
    [
        (("count=many",), None, "integer"),
        (("count",), None, "key=value"),
        (("=1",), None, "key=value"),
        ((), "{", "not JSON"),
        ((), "[]", "JSON object"),
    ],
)
def test_bad_inputs_say_what_was_expected(pairs: tuple[str, ...], whole: str | None, word: str) -> None:
    with pytest.raises(click.ClickException, match=word):
        payload_of(pairs, whole, SCHEMA)


def test_a_narrow_table_keeps_what_was_done_to_what() -> None:
    event = {
        "createdAt": "2026-05-01T12:00:00Z",
        "actorName": "key:deployments",
        "action": "service.action.prepare_requested",
        "targetName": "Nightly billing reconciliation",
        "result": "SUCCESS",
        "message": "as asked",
    }
    console = Console(width=80)
    with console.capture() as shown_as:
        console.print(table_of([event], EVENTS, 80))
    heading, line = shown_as.get().splitlines()
    assert heading.split() == ["TIME", "ACTOR", "ACTION", "TARGET", "RESULT"]
    assert (len(heading), len(line)) == (80, 80)
    assert line.startswith("2026-05-01T12:00:00Z  key:deploymen")


def test_one_is_one_and_all_else_are_several() -> None:
    assert [counted(n, "services") for n in (0, 1, 2)] == ["0 services", "1 service", "2 services"]


def test_an_empty_field_is_a_dash_whatever_it_holds_else() -> None:
    assert [cell({"v": value}, "v").plain for value in (None, "", {}, {"a": "b"})] == ["-", "-", "-", "a=b"]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "text", "-"),
        (True, "boolean", "yes"),
        (1536, "bytes", "1.5 KiB"),
        (12, "bytes", "12 B"),
        (42, "duration", "42 ms"),
        (61_000, "duration", "1 min"),
        ("not a time", "relativeTime", "not a time"),
        ({"a": 1}, None, '{"a": 1}'),
        ("OK", "status", "OK"),
    ],
)
def test_values_are_shown_in_their_format(value: Any, kind: str | None, text: str) -> None:
    assert shown(value, {"key": "k", "format": kind}) == text


def test_no_value_of_a_result_is_taken_for_markup_or_for_a_command_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    columns = [{"key": "a", "label": "[/head]"}]

    print_data({"list": {"title": "[/title]", "columns": columns, "data": [{"a": "[/cell]\x1b[2J"}]}})

    out = capsys.readouterr().out
    assert all(text in out for text in ("[/title]", "[/head]", "[/cell]", "\\u001b[2J"))


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("a\tb\nc \u4e2d \U0001f600", "a\tb\nc \u4e2d \U0001f600"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]52;c;eA==\x07", "\\u001b]52;c;eA==\\u0007"),
        ("\x9b2J\r\x7f\u202e", "\\u009b2J\\u000d\\u007f\\u202e"),
    ],
)
def test_what_others_wrote_is_shown_and_not_obeyed(text: str, shown_as: str) -> None:
    assert plain(text) == shown_as


COLUMNS: list[Column] = [
    ("SERVICE", "code"),
    ("STATUS", "status"),
    ("MESSAGE", "healthMessage"),
    ("VERSION", "version"),
]
ROW = {
    "code": "link-checker",
    "status": "UNHEALTHY",
    "healthMessage": "5 of 196 links lead nowhere",
    "version": "1.0.0",
}


def drawn(width: int) -> list[str]:
    screen = Console(width=width, color_system=None)
    with screen.capture() as captured:
        screen.print(table_of([ROW], COLUMNS, width))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_wide_table_shows_everything() -> None:
    assert drawn(80)[1] == "link-checker  UNHEALTHY  5 of 196 links lead nowhere  1.0.0"


def test_a_narrow_table_leaves_out_what_matters_least_and_cuts_texts_only() -> None:
    assert drawn(50) == [
        "SERVICE       STATUS     MESSAGE",
        "link-checker  UNHEALTHY  5 of 196 links lead nowh…",
    ]
