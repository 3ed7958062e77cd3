"""What is dropped of a payload once its command ended."""

from __future__ import annotations

from typing import Any

import pytest

from opstage.core.payload_secrets import without_secrets
from opstage.core.redaction import REDACTED

PIN = {"type": "string", "format": "password"}
WRITTEN = {"type": "string", "writeOnly": True}
ONE = {"properties": {"pin": PIN}}


@pytest.mark.parametrize(
    ("schema", "payload", "kept"),
    [
        ({}, {"user": "ada", "password": "x"}, {"user": "ada", "password": REDACTED}),
        ({"properties": {"pin": PIN}}, {"pin": "1234", "n": 1}, {"pin": REDACTED, "n": 1}),
        ({"properties": {"pin": WRITTEN}}, {"pin": None}, {"pin": REDACTED}),
        ({"properties": {"pin": {"writeOnly": False}}}, {"pin": "1"}, {"pin": "1"}),
        (
            {"properties": {"to": {"type": "object", "properties": {"pin": PIN}}}},
            {"to": {"pin": "1", "host": "h"}, "pin": "free"},
            {"to": {"pin": REDACTED, "host": "h"}, "pin": "free"},
        ),
        ({"properties": {"pins": {"items": PIN}}}, {"pins": ["1", "2"]}, {"pins": [REDACTED, REDACTED]}),
        (
            {"properties": {"rows": {"prefixItems": [{"properties": {"pin": PIN}}]}}},
            {"rows": [{"pin": "1"}]},
            {"rows": [{"pin": REDACTED}]},
        ),
        (
            {"$ref": "#/$defs/in", "$defs": {"in": {"properties": {"pin": PIN}}}},
            {"pin": "1"},
            {"pin": REDACTED},
        ),
        ({"properties": {"pin": {"anyOf": [PIN, {"type": "null"}]}}}, {"pin": "1"}, {"pin": REDACTED}),
        ({"if": {}, "then": {"properties": {"pin": PIN}}}, {"pin": "1"}, {"pin": REDACTED}),
        ({"additionalProperties": PIN, "properties": {"n": {}}}, {"a": "1", "n": 2}, {"a": REDACTED, "n": 2}),
        ({"patternProperties": {"^x": WRITTEN}}, {"xy": "1"}, {"xy": REDACTED}),
        ({"properties": ["nonsense"], "allOf": 3, "$ref": "#/no/where", "items": 1}, {"a": [1]}, {"a": [1]}),
        (None, {"user": "ada", "deep": {"n": 1}}, {"user": REDACTED, "deep": REDACTED}),
    ],
)
def test_secrets_are_dropped_by_key_and_by_schema(
    schema: dict[str, Any] | None, payload: dict[str, Any], kept: dict[str, Any]
) -> None:
    before = repr(payload)

    assert without_secrets(payload, schema) == kept
    assert without_secrets(kept, schema) == kept
    assert repr(payload) == before


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    schema: dict[str, Any] = {"properties": {"next": {"$ref": "#"}, "pin": PIN}, "allOf": [{"$ref": "#"}]}
    payload = {"next": {"next": {"pin": "1", "n": 2}}}

    assert without_secrets(payload, schema) == {"next": {"next": {"pin": REDACTED, "n": 2}}}


def test_what_lies_too_deep_to_be_looked_at_is_dropped() -> None:
    payload: dict[str, Any] = {"leaf": "secret"}
    for _ in range(200):
        payload = {"in": payload}

    assert "secret" not in repr(without_secrets(payload, {}))


def test_with_a_schema_that_takes_too_long_to_look_through_every_value_counts_as_secret() -> None:
    schema = {"properties": {"t": {"items": {"anyOf": [{"const": n} for n in range(100)]}}}}

    assert without_secrets({"t": ["x"] * 8_000, "n": 1}, schema) == {"t": REDACTED, "n": REDACTED}
    assert without_secrets({"t": ["x"] * 50, "n": 1}, schema) == {"t": ["x"] * 50, "n": 1}
