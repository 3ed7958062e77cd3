"""What is secret in the input of an action: by the names of its keys, and by its JSON Schema.

The schema marks a secret with ``"format": "password"`` or ``"writeOnly": true``. Where a schema offers
alternatives (``anyOf``, ``if``, …) a value counts as secret if any of them says so: what is hidden in
vain can be typed again, what is kept in vain is kept for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from opstage.core.redaction import DEEPEST, REDACTED, redact

STEPS = 20_000
"""Of looking through a schema that somebody else wrote: about a tenth of a second."""

_ALTERNATIVES = ("allOf", "anyOf", "oneOf")
_CONDITIONALS = ("if", "then", "else", "not")

Schemas = list[dict[str, Any]]


def without_secrets(payload: dict[str, Any], schema: dict[str, Any] | None) -> dict[str, Any]:
    """A copy with every secret value replaced. Idempotent.

    ``schema`` None: it is not known any more, so every value counts as secret, as with one that would take
    too long to look through; ``{}``: there is none.
    """
    if schema is None:
        return dict.fromkeys(payload, REDACTED)
    try:
        hidden: dict[str, Any] = redact(_Hiding(schema).members(payload, [schema], DEEPEST))
    except _TooLong:
        return dict.fromkeys(payload, REDACTED)
    return hidden


class _TooLong(Exception):
    """STEPS were not enough."""


class _Hiding:
    """One walk through a value and the schemas that speak of its parts."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._left = STEPS

    def members(self, value: dict[str, Any], schemas: Schemas, levels: int) -> dict[str, Any]:
        """An object, its members hidden where they are secret."""
        spoken = list(self._spoken(schemas))
        return {
            key: self._hidden(item, list(_of_property(spoken, key)), levels - 1)
            for key, item in value.items()
        }

    def _hidden(self, value: Any, schemas: Schemas, levels: int) -> Any:
        if levels <= 0 or any(_is_secret(schema) for schema in self._spoken(schemas)):
            return REDACTED
        if isinstance(value, dict):
            return self.members(value, schemas, levels)
        if isinstance(value, list):
            of_items = list(_of_items(self._spoken(schemas)))
            return [self._hidden(item, of_items, levels - 1) for item in value]
        return value

    def _spoken(self, schemas: Schemas) -> Iterator[dict[str, Any]]:
        """The schemas and all that they include, each once."""
        waiting, seen = list(schemas), set[int]()
        while waiting:
            schema = waiting.pop()
            if id(schema) in seen:
                continue
            seen.add(id(schema))
            self._left -= 1
            if self._left < 0:
                raise _TooLong
            yield schema
            waiting += self._included(schema)

    def _included(self, schema: dict[str, Any]) -> Schemas:
        inner = [each for word in _ALTERNATIVES for each in _listed(schema.get(word))]
        inner += [schema.get(word) for word in _CONDITIONALS]
        inner += _values(schema.get("dependentSchemas"))
        inner += [self._referred(schema.get(word)) for word in ("$ref", "$dynamicRef")]
        return _objects(inner)

    def _referred(self, reference: Any) -> Any:
        """What a reference into the same document means; None for any other."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        found: Any = self._root
        for part in reference[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        return found


def _is_secret(schema: dict[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True


def _of_property(schemas: Schemas, name: str) -> Iterator[dict[str, Any]]:
    """What is said of a member. A pattern is not matched: what any pattern says counts for all names."""
    for schema in schemas:
        properties = schema.get("properties")
        others = [schema.get("additionalProperties"), schema.get("unevaluatedProperties")]
        own = [properties[name]] if isinstance(properties, dict) and name in properties else others
        yield from _objects([*own, *_values(schema.get("patternProperties"))])


def _of_items(schemas: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for schema in schemas:
        items = schema.get("items")
        several = [*_listed(items), *_listed(schema.get("prefixItems"))]
        single = [schema.get(word) for word in ("items", "contains", "additionalItems", "unevaluatedItems")]
        yield from _objects([*several, *single])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []


def _objects(values: Iterable[Any]) -> Schemas:
    return [value for value in values if isinstance(value, dict)]
