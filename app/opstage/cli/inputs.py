"""``--input key=value`` as the payload of an action, read by the action's own schema."""

from __future__ import annotations

import json
from typing import Any

import click

Schema = dict[str, Any]


def payload_of(pairs: tuple[str, ...], whole: str | None, schema: Schema) -> dict[str, Any]:
    """The payload: ``whole`` as JSON, and the pairs over it. UsageError names what is wrong."""
    payload = _object(whole)
    properties = schema.get("properties") or {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise click.UsageError(f"Expected --input key=value, got {pair!r}.")
        payload[key] = _value(key, value, properties.get(key) or {})
    return payload


def _object(whole: str | None) -> dict[str, Any]:
    if whole is None:
        return {}
    try:
        value = json.loads(whole)
    except ValueError as error:
        raise click.UsageError(f"--input-json is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise click.UsageError("Expected --input-json to be a JSON object.")
    return value


def _value(key: str, text: str, schema: Schema) -> Any:
    """Text as it is, unless the schema wants something else."""
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds or ["string"])
    if "string" in kinds:
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise click.UsageError(
            f"--input {key}: expected {' or '.join(kinds)} as JSON, got {text!r}."
        ) from None
