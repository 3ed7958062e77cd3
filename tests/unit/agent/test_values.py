"""Answers of providers and handlers on their way to the wire."""

from __future__ import annotations

from typing import Any

import pytest

from opstage_agent.values import ConfigItem, Health, config_input, health_input, json_object
from opstage_agent.wire import HealthInput, HealthStatus


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Health.up(), HealthInput(status=HealthStatus.UP)),
        (
            Health.degraded("slow", {"ms": 3}),
            HealthInput(status=HealthStatus.DEGRADED, message="slow", details={"ms": 3}),
        ),
        (Health.down("x"), HealthInput(status=HealthStatus.DOWN, message="x")),
        ("UNKNOWN", HealthInput(status=HealthStatus.UNKNOWN)),
        ({"status": "UP", "message": "m"}, HealthInput(status=HealthStatus.UP, message="m")),
    ],
)
def test_health_answers(answer: object, expected: HealthInput) -> None:
    assert health_input(answer) == expected


@pytest.mark.parametrize(
    "answer", [None, 1, "FINE", {}, {"status": "FINE"}, Health.up("\ud800", {"a": "\ud800"})]
)
def test_what_is_no_health_is_refused(answer: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        health_input(answer)


def test_details_that_would_not_fit_a_heartbeat_are_left_out() -> None:
    health = health_input(Health.up(details={"x": "y" * 60_000}))
    assert health.details is not None
    assert list(health.details) == ["omitted"]


@pytest.mark.parametrize(
    ("item", "type_name", "preview"),
    [
        (ConfigItem("a", 60), "number", "60"),
        (ConfigItem("a", True), "boolean", "true"),
        (ConfigItem("a", "text"), "string", "text"),
        (ConfigItem("a", [1, 2]), "json", "[1,2]"),
        (ConfigItem("a", default=1.5), "number", None),
        (ConfigItem("a", secret_ref="env:A"), "secretRef", None),
        (ConfigItem("a", "x", type="select"), "select", "x"),
        (ConfigItem("a", "x" * 600), "string", "x" * 500),
    ],
)
def test_config_items(item: ConfigItem, type_name: str, preview: str | None) -> None:
    reported = config_input(item)
    assert (reported.type, reported.value_preview) == (type_name, preview)


def test_the_value_of_a_sensitive_item_never_leaves() -> None:
    reported = config_input(
        ConfigItem("key", "s3cret", sensitive=True, default="other", secret_ref="env:KEY")
    )
    assert "s3cret" not in repr(reported)
    assert "other" not in repr(reported)
    assert reported.secret_ref == "env:KEY"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ([1], {"value": [1]}),
        (3, {"value": 3}),
        ({1: "x"}, {"1": "x"}),
        ({"a": 2**70}, {"a": 2**70}),
        ({"a": ValueError("b")}, {"a": "b"}),
        (ConfigItem("k"), None),
    ],
)
def test_json_objects(value: Any, expected: dict[str, Any] | None) -> None:
    assert json_object(value) == expected or (expected is None and json_object(value)["key"] == "k")


def test_what_json_cannot_carry_is_refused() -> None:
    circle: dict[str, Any] = {}
    circle["a"] = circle
    with pytest.raises(RecursionError):
        json_object(circle)
    with pytest.raises(ValueError, match="surrogate"):
        json_object({"a": "\ud800"})
