"""What must not be stored or shown (``docs/concepts.md``, What a service says).

Two rules. By key: the whole value of every key whose name looks secret is replaced, at any depth. By
value, for audit metadata only: raw tokens inside strings are masked and keys are left alone.

Two exemptions from the first rule: ``secretRef``, which is a pointer and no secret, and the property
names of a JSON Schema, which describe a secret without holding one. Of a property that looks secret
the schema's own values (``default``, ``const``, ``enum``, ``examples``) are still replaced.
"""

from __future__ import annotations

import re
from typing import Any

REDACTED = "[REDACTED]"
DEEPEST = 100
"""Levels of nesting that are looked into; what lies deeper is replaced as a whole."""

_SECRET_KEY = re.compile(
    r"token|secret|password|cookie|authorization|api[-_]?key\b|generatedKey|rawKey|plainTextKey"
    r"|private[-_]?key|credential|passphrase|access[-_]?key|passwd|pwd",
    re.IGNORECASE,
)
_POINTER_KEY = re.compile(r"secret[-_]?ref", re.IGNORECASE)
_RAW_TOKEN = re.compile(r"opstage_([a-z]+)_[A-Za-z0-9_-]+")
_SCHEMA_VALUES = frozenset({"default", "const", "enum", "examples", "example"})


def is_secret_key(key: str) -> bool:
    """True if a value under this key must not be shown."""
    return _SECRET_KEY.search(key) is not None and _POINTER_KEY.fullmatch(key) is None


def redact(value: Any) -> Any:
    """A copy of a JSON value with the values of secret-looking keys replaced. Idempotent."""
    return _redact(value, DEEPEST)


def mask_tokens(text: str) -> str:
    """The text with everything after the prefix of each raw token replaced. Idempotent."""
    return _RAW_TOKEN.sub(rf"opstage_\1_{REDACTED}", text)


def mask_token_values(value: Any) -> Any:
    """A copy of a JSON value with the raw tokens in its strings masked; keys are left alone."""
    return _mask(value, DEEPEST)


def _redact(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return REDACTED
    if isinstance(value, list):
        return [_redact(item, levels - 1) for item in value]
    schema = _is_object_schema(value)
    return {key: _redact_member(key, item, levels - 1, schema) for key, item in value.items()}


def _redact_member(key: str, item: Any, levels: int, schema: bool) -> Any:
    if schema and key == "properties" and levels > 0:
        return {name: _redact_property(name, inner, levels - 1) for name, inner in item.items()}
    return REDACTED if is_secret_key(key) else _redact(item, levels)


def _redact_property(name: str, schema: Any, levels: int) -> Any:
    if not is_secret_key(name):
        return _redact(schema, levels)
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        return REDACTED
    kept = _redact(schema, levels)
    return (
        {key: REDACTED if key in _SCHEMA_VALUES else item for key, item in kept.items()} if levels else kept
    )


def _is_object_schema(value: dict[str, Any]) -> bool:
    """A JSON Schema of an object, as opposed to data that happens to have ``properties``."""
    return isinstance(value.get("properties"), dict) and (value.get("type") == "object" or "$schema" in value)


def _mask(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return mask_tokens(value)
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return REDACTED
    if isinstance(value, list):
        return [_mask(item, levels - 1) for item in value]
    return {key: _mask(item, levels - 1) for key, item in value.items()}
