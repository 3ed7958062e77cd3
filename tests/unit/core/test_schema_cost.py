"""Schemas that would take for ever are known before they are asked."""

from __future__ import annotations

from typing import Any

import pytest

from opstage.core.schema_cost import affordable


def definitions(count: int, word: str, *targets: str) -> dict[str, Any]:
    """Each definition refers to the next one as often as there are targets."""
    chain: dict[str, Any] = {
        f"d{n}": {word: [{"$ref": f"#/$defs/d{n + 1}"} for _ in targets]} for n in range(count)
    }
    return {"$defs": chain | {f"d{count}": {"type": "string"}}, "$ref": "#/$defs/d0"}


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


TWICE: dict[str, Any] = {"properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}}
CLIQUE: dict[str, Any] = {
    "$defs": {f"d{n}": {"oneOf": [{"$ref": f"#/$defs/d{m}"} for m in range(7)]} for n in range(7)},
    "$ref": "#/$defs/d0",
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "object", "properties": {"n": {"type": "integer"}}}, {"n": 1}),
        ({"properties": {"tags": {"items": {"type": "string"}}}}, {"tags": ["x"] * 50_000}),
        ({"properties": {"a": {"$ref": "#"}}}, nested(50)),
        (definitions(6, "anyOf", "one", "two"), {}),
        (TWICE, nested(8)),
    ],
)
def test_what_services_say_of_their_inputs_is_affordable(schema: dict[str, Any], value: Any) -> None:
    assert affordable(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param(definitions(18, "anyOf", "one", "two", "three"), {}, id="many ways to one place"),
        pytest.param(TWICE, nested(60), id="two ways on every level"),
        pytest.param(CLIQUE, {}, id="everything asks everything"),
        pytest.param({"$ref": "#"}, {}, id="itself"),
        pytest.param(
            {"properties": {"t": {"items": {"anyOf": [{"const": n} for n in range(200)]}}}},
            {"t": ["x"] * 5_000},
            id="many questions of many elements",
        ),
        pytest.param({"properties": {f"p{n}": {"pattern": "x"} for n in range(65)}}, {}, id="patterns"),
        pytest.param({"description": "x" * 140_000}, {}, id="length"),
        pytest.param({"$ref": "#anchor"}, {}, id="a reference that is not followed"),
        pytest.param({"$ref": "#/$defs/none"}, {}, id="a reference to nothing"),
        pytest.param(nested(900) | {"properties": {"a": {"$ref": "#"}}}, nested(900), id="depth"),
    ],
)
def test_what_would_take_too_long_is_not(schema: dict[str, Any], value: Any) -> None:
    assert not affordable(schema, value)
