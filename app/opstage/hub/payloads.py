"""Action payloads against the JSON Schema the service declared."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec

from opstage.core.rows import ActionBody
from opstage.core.schema_cost import affordable
from opstage.errors import Invalid
from opstage.store.records import ActionRecord

ISSUES_SHOWN = 20
PATTERN_LIMITS = jsonschema_rs.FancyRegexOptions(backtrack_limit=1_000, size_limit=256 * 1024)
"""Steps, and bytes of a compiled pattern."""
_EMPTY: dict[str, Any] = {"number": 0, "integer": 0, "boolean": False, "array": [], "object": {}}


def check(action: ActionRecord, payload: dict[str, Any]) -> None:
    """Raise Invalid (ACTION_PAYLOAD_INVALID) naming each field that does not fit, without its value.

    A schema that is itself broken is the service's mistake and must not lock its operators out:
    then the agent alone decides. So is one that refers to other documents: nothing is fetched for it.
    So is one that is so large, or so entangled, that everybody would wait for the check.
    """
    schema = action.input_schema
    if not schema or not affordable(schema, payload):
        return
    try:
        validator = jsonschema_rs.validator_for(
            schema, retriever=_nothing, mask="the value", pattern_options=PATTERN_LIMITS
        )
    except (jsonschema_rs.ValidationError, ValueError):
        return
    issues = [
        (".".join(_path(error)), error.message)
        for error, _ in zip(validator.iter_errors(payload), range(ISSUES_SHOWN), strict=False)
    ]
    if issues:
        text = f"The payload does not fit the input of {action.name}."
        raise Invalid.at(text, *issues, code="ACTION_PAYLOAD_INVALID")


def _path(error: jsonschema_rs.ValidationError) -> list[str]:
    """Where the field is, or where the missing one should be."""
    missing = (
        [error.kind.property] if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required) else []
    )
    return [*map(str, error.instance_path), *missing]


def _nothing(uri: str) -> Any:
    raise ValueError(f"expected a schema without references to other documents, found {uri}")


def overlaid(catalogue: ActionBody, overlay: Any) -> dict[str, Any]:
    """The catalogue's action with what prepare said of it; identity stays the catalogue's."""
    kept = {"id", "serviceId", "name", "enabled", "createdAt", "updatedAt"}
    base: dict[str, Any] = msgspec.to_builtins(catalogue)
    if isinstance(overlay, dict):
        base.update({key: value for key, value in overlay.items() if key not in kept})
    return base


def initial(schema: Any) -> dict[str, Any]:
    """Form start values by the schema's properties: ``default``, else the empty value of the type."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return {}
    return {name: _start(each) for name, each in properties.items()}


def _start(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return ""
    kind = schema.get("type")
    return schema.get("default", _EMPTY.get(kind, "") if isinstance(kind, str) else "")
