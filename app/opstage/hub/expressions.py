"""The input mapping of a bus route: JMESPath expressions over an event, checked before they are kept.

A text is an expression; any other JSON value stands for itself. What an expression can cost is known
beforehand: how many times over its answer can hold what it is asked about is bounded, and so are its
length, the size of the event and of the answer, the steps taken, and the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod
from typing import Any

import jmespath
import msgspec
from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

from opstage.core.bus import json_bytes, too_large

KEYS = 32
KEY_CHARS = 200
EXPRESSION_CHARS = 500
CONSTANTS_BYTES = 16 * 1024
ANSWER_BYTES = 64 * 1024
"""All values of one mapping together."""
COPIES = 200
"""How many times over an answer may hold its input."""
SECONDS = 0.05
"""Of computing, looked at after each expression of one mapping."""
STEPS = 40_000
"""For all expressions of one mapping: nodes visited, each element of a list being a visit of its own."""
ELEMENTS = 50_000
"""Longest list that is made; what a function or a flattening goes through is SHARE of a step each."""
SHARE = 8
CALL = 4
"""Steps that a function is, whatever it is given."""
ESCAPED = 6
"""Characters of JSON that one character can become."""

_FUNCTIONS = frozenset(Functions.FUNCTION_TABLE)
_FAULTS = (
    *(ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError),
    msgspec.MsgspecError,
)
"""What the libraries raise for expressions and values that do not go together."""


class MappingFailed(Exception):
    """An event that a mapping cannot be applied to; the text names the key."""


def problems(mapping: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, message) of everything that keeps a mapping from being kept."""
    if len(mapping) > KEYS:
        yield "inputMapping", f"Expected at most {KEYS} keys, got {len(mapping)}."
        return
    constants = {key: value for key, value in mapping.items() if not isinstance(value, str)}
    yield from too_large("inputMapping", constants, CONSTANTS_BYTES)
    for key, value in mapping.items():
        problem = _key_problem(key) or (_problem(value) if isinstance(value, str) else None)
        if problem is not None:
            yield f"inputMapping.{key[:KEY_CHARS]}", problem


def evaluate(mapping: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """The values the mapping gives for this event. What is not there (null) is left out.

    Raises MappingFailed when an expression cannot be applied, the answer is too large, or it takes
    too long.
    """
    deadline, interpreter = time.thread_time() + SECONDS, _Counting()
    values: dict[str, Any] = {}
    left = ANSWER_BYTES
    for key, said in mapping.items():
        text = _json(key, said, event, interpreter)
        left -= len(key) + len(text)
        if left < 0:
            raise MappingFailed(f"{key}: expected values of at most {ANSWER_BYTES} bytes together")
        if time.thread_time() > deadline:
            raise MappingFailed(f"{key}: it takes too long")
        if text != b"null":
            values[key] = msgspec.json.decode(text)
    return values


class _Counting(TreeInterpreter):  # type: ignore[misc]
    """Evaluates as jmespath does, until it took STEPS. Raises MappingFailed."""

    def __init__(self) -> None:
        super().__init__()
        self._left = STEPS

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._take(1)
        return super().visit(node, *args, **kwargs)

    def visit_flatten(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if isinstance(base, list):
            size = sum(len(each) if isinstance(each, list) else 1 for each in base)
            if size > ELEMENTS:
                raise MappingFailed(f"expected lists of at most {ELEMENTS} elements")
            self._take(size // SHARE)
        return super().visit_flatten({"children": [{"type": "literal", "value": base}]}, value)

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        given = [self.visit(child, value) for child in node["children"]]
        self._take(CALL + sum(len(each) // SHARE for each in given if isinstance(each, list | dict)))
        return self._functions.call_function(node["value"], given)

    def _take(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise MappingFailed(f"it takes more than {STEPS} steps")


def _json(key: str, said: Any, event: Mapping[str, Any], interpreter: _Counting) -> bytes:
    """The value as JSON can carry it: what is no number there, such as infinity, is null."""
    try:
        value = interpreter.visit(_compiled(said).parsed, event) if isinstance(said, str) else said
        return msgspec.json.encode(value)
    except MappingFailed as error:
        raise MappingFailed(f"{key}: {error}") from error
    except _FAULTS as error:
        raise MappingFailed(f"{key}: {_sentence(error)}") from error


def _key_problem(key: str) -> str | None:
    return None if 1 <= len(key) <= KEY_CHARS else f"Expected a key of 1 to {KEY_CHARS} characters."


def _problem(expression: str) -> str | None:
    if len(expression) > EXPRESSION_CHARS:
        return f"Expected an expression of at most {EXPRESSION_CHARS} characters, got {len(expression)}."
    try:
        tree = _compiled(expression).parsed
        unknown = sorted(_called(tree) - _FUNCTIONS)
        copies = _copies(tree)
    except _FAULTS as error:
        return f"Expected a JMESPath expression: {_sentence(error)}"
    if unknown:
        return f"Expected functions of JMESPath, got {', '.join(unknown)}."
    return None if copies <= COPIES else "Expected an expression that makes fewer copies of what it is given."


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def _called(node: Mapping[str, Any]) -> set[str]:
    """The functions an expression calls."""
    below = {name for child in node["children"] for name in _called(child)}
    return below | {node["value"]} if node["type"] == "function_expression" else below


def _copies(node: Mapping[str, Any]) -> int:
    """A bound of how many times over the node's answer can hold what the node is asked about.

    What stands side by side adds up; what is asked of another's answer, or of each of its elements,
    multiplies. A literal counts its length, because each element can get one.
    """
    kind, below = node["type"], [_copies(child) for child in node["children"]]
    if kind == "literal":
        return max(1, json_bytes(node["value"]))
    if kind in ("multi_select_list", "multi_select_dict", "or_expression", "and_expression"):
        return 1 + sum(below)
    if kind == "key_val_pair":
        return len(node["value"]) + sum(below)
    if kind in ("comparator", "not_expression"):
        # Its answer is true or false; only what it makes on the way counts.
        return max(_copies(child) if child["type"] != "literal" else 1 for child in node["children"])
    if kind == "function_expression":
        return (1 + prod(below)) * (ESCAPED if node["value"] == "to_string" else 1)
    return prod(below)


def _sentence(error: Exception) -> str:
    """The first line of what a library says, cut."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
