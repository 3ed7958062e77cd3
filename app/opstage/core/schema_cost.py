"""What it can cost to check a value against a JSON Schema that somebody else wrote.

References let a schema of a few hundred bytes ask for more steps than a computer ever takes, and a large
one asks its many questions of each element. So the steps are counted before they are taken: every pair of
a schema and a part of the value once, however often a check meets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

SCHEMA_BYTES = 128 * 1024
PATTERNS = 64
"""Each has to be compiled."""
STEPS = 300_000
"""A step is one schema asked of one part of the value."""
PAIRS = 30_000
"""Of different schemas and parts of the value: what counting may cost."""
PATTERN_STEPS, BACKTRACKING_STEPS = 5, 100

_IN_PLACE = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_OF_EACH_MEMBER = ("additionalProperties", "unevaluatedProperties", "propertyNames")
_OF_EACH_ITEM = ("items", "additionalItems", "contains", "unevaluatedItems")
_BACKTRACKS = re.compile(r"\(\?[=!<>]|\\[1-9k]")

_BEGUN = -1


class _Costly(Exception):
    """More than may be."""


def affordable(schema: dict[str, Any], value: dict[str, Any]) -> bool:
    """True if ``value`` can be checked against ``schema`` within a few dozen milliseconds.

    False also for references that are not followed here: to anchors, ids and other documents.
    """
    try:
        if len(msgspec.json.encode(schema)) > SCHEMA_BYTES or _patterns(schema) > PATTERNS:
            return False
        return _Count(schema).of(schema, value) <= STEPS
    except (_Costly, RecursionError):
        return False


def _patterns(node: Any) -> int:
    if isinstance(node, list):
        return sum(map(_patterns, node))
    if not isinstance(node, dict):
        return 0
    named = node.get("patternProperties")
    own = isinstance(node.get("pattern"), str) + (len(named) if isinstance(named, dict) else 0)
    return own + sum(map(_patterns, node.values()))


class _Count:
    """Steps by schema and part of the value. All scalars are one part: they cost the same."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._known: dict[tuple[int, int], int] = {}

    def of(self, schema: Any, value: Any) -> int:
        """The most steps that the check of ``value`` can take."""
        if not isinstance(schema, dict):
            return 1
        pair = (id(schema), id(value) if isinstance(value, dict | list) else 0)
        known = self._known.get(pair)
        if known is None:
            if len(self._known) >= PAIRS:
                raise _Costly
            self._known[pair] = _BEGUN
            known = self._known[pair] = min(STEPS + 1, self._steps(schema, value))
        if known == _BEGUN:
            # It asks itself of the same value, by who knows how many ways.
            raise _Costly
        return known

    def _steps(self, schema: dict[str, Any], value: Any) -> int:
        # What was left unevaluated is found by asking everything in place a second time.
        twice = 2 if "unevaluatedProperties" in schema or "unevaluatedItems" in schema else 1
        steps = len(schema) + twice * sum(self.of(each, value) for each in self._in_place(schema))
        if isinstance(value, dict):
            return steps + self._of_members(schema, value)
        if isinstance(value, list):
            return steps + sum(self.of(each, item) for each in _of_items(schema) for item in value)
        return steps + _of_scalar(schema)

    def _of_members(self, schema: dict[str, Any], value: dict[str, Any]) -> int:
        properties, patterns = _object(schema, "properties"), _object(schema, "patternProperties")
        steps = len(value) * len(patterns) * PATTERN_STEPS
        for key, item in value.items():
            steps += self.of(properties.get(key), item)
            steps += sum(self.of(each, item) for each in patterns.values())
            steps += sum(self.of(schema[word], item) for word in _OF_EACH_MEMBER if word in schema)
        return steps

    def _in_place(self, schema: dict[str, Any]) -> Iterator[Any]:
        for word in _IN_PLACE:
            listed = schema.get(word)
            yield from listed if isinstance(listed, list) else ()
        yield from (schema[word] for word in _SINGLE if word in schema)
        for word in ("dependentSchemas", "dependencies"):
            yield from _object(schema, word).values()
        if any(word in schema for word in ("$dynamicRef", "$recursiveRef")):
            raise _Costly
        if isinstance(schema.get("$ref"), str):
            yield self._referred(schema["$ref"])

    def _referred(self, reference: str) -> Any:
        if reference != "#" and not reference.startswith("#/"):
            raise _Costly
        found: Any = self._root
        for part in reference[1:].split("/")[1:]:
            if found is not self._root and isinstance(found, dict) and ("$id" in found or "id" in found):
                raise _Costly
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, dict | bool):
            raise _Costly
        return found


def _of_items(schema: dict[str, Any]) -> Iterator[Any]:
    for word in ("prefixItems", *_OF_EACH_ITEM):
        said = schema.get(word)
        yield from said if isinstance(said, list) else () if said is None else (said,)


def _of_scalar(schema: dict[str, Any]) -> int:
    choices, pattern = schema.get("enum"), schema.get("pattern")
    steps = len(choices) if isinstance(choices, list) else 0
    if isinstance(pattern, str):
        steps += BACKTRACKING_STEPS if _BACKTRACKS.search(pattern) else PATTERN_STEPS
    return steps


def _object(schema: dict[str, Any], word: str) -> dict[str, Any]:
    found = schema.get(word)
    return found if isinstance(found, dict) else {}
