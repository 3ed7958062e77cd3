"""JSON values against the shapes that a call takes, every bad field named at once.

msgspec stops at the first field that does not fit. Who fills a form, or writes a script, wants to
hear of all of them, so after a failure the fields are looked at one by one.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from opstage.errors import Invalid

Shape = TypeVar("Shape")

ISSUES_SHOWN = 50
"""More are not told: a body of a megabyte can be wrong in many places."""

_SEVERAL = (list, tuple)
_AT = re.compile(r" - at `(?:\$|key in \$)\.?(?P<path>[^`]*)`$")
_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
}
"""What msgspec calls by the names of Python, as people say it."""
_ITEMS = {"str": "characters", "array": "items", "object": "fields"}
_BOUNDS = {">=": "at least", "<=": "at most"}
_KIND = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_BOUND = re.compile(r"Expected `(?P<kind>\w+)`(?P<size> of length)? (?P<bound>>=|<=) (?P<limit>\S+)")
_PATTERN = re.compile(r"Expected `str` matching regex '(?P<pattern>.*)'", re.DOTALL)
_NO_LINE_END = r"(?!\n)"
"""What the patterns end with, because ``$`` alone lets a line end pass."""


def checked(value: Any, shape: type[Shape], what: str, *, lax: bool = False) -> Shape:
    """``value`` as ``shape``. Raises Invalid whose ``details.issues`` names each field that does not fit.

    ``lax`` reads numbers and booleans from text, as a query string spells them.
    """
    try:
        return msgspec.convert(value, shape, strict=not lax)
    except msgspec.ValidationError as error:
        found = list(_issues(value, shape, "", lax))[:ISSUES_SHOWN] or [_issue(error, shape, "")]
        raise Invalid.at(f"{what} validation failed.", *found) from error


def _issues(value: Any, shape: Any, path: str, lax: bool) -> list[tuple[str, str]]:
    inner = _bare(shape)
    found: list[tuple[str, str]] = []
    if _is_struct(inner) and isinstance(value, dict):
        found = list(_struct_issues(value, inner, path, lax))
    elif get_origin(inner) in _SEVERAL and isinstance(value, list):
        item = get_args(inner)[0]
        for number, each in enumerate(value):
            # A repeated query parameter has no number: its name is what the caller wrote.
            found += _issues(each, item, path if lax else _join(path, str(number)), lax)
    elif get_origin(inner) is dict and isinstance(value, dict):
        key_shape, item = get_args(inner)
        for key, each in value.items():
            here = _join(path, key)
            found += list(_whole(key, key_shape, here, lax)) or _issues(each, item, here, lax)
    return found or list(_whole(value, shape, path, lax))


def _struct_issues(value: dict[str, Any], shape: Any, path: str, lax: bool) -> Iterator[tuple[str, str]]:
    for field in msgspec.structs.fields(shape):
        here = _join(path, field.encode_name)
        if field.encode_name in value:
            yield from _issues(value[field.encode_name], field.type, here, lax)
        elif field.required:
            yield here, "Expected a value: the field is required."


def _whole(value: Any, shape: Any, path: str, lax: bool) -> Iterator[tuple[str, str]]:
    try:
        msgspec.convert(value, shape, strict=not lax)
    except msgspec.ValidationError as error:
        yield _issue(error, shape, path)


def _issue(error: msgspec.ValidationError, shape: Any, path: str) -> tuple[str, str]:
    text = str(error)
    found = _AT.search(text)
    below = found["path"].replace("[", ".").replace("]", "").strip(".") if found else ""
    choices = _choices(shape)
    if choices and text.startswith("Invalid enum value"):
        return _join(path, below), f"Expected one of {', '.join(map(str, choices))}."
    return _join(path, below), _said(_AT.sub("", text))


def _said(text: str) -> str:
    """A sentence of msgspec without the names of Python's types; one that is not known stays as it is."""
    if found := _KIND.fullmatch(text):
        wanted = [_NAMES.get(word, word) for word in found["wanted"].split(" | ")]
        return f"Expected {' or '.join(wanted)}, got {_NAMES.get(found['got'], found['got'])}."
    if found := _BOUND.fullmatch(text):
        items = f" {_ITEMS[found['kind']]}" if found["size"] else ""
        items = items.removesuffix("s") if found["limit"] == "1" else items
        return f"Expected {_BOUNDS[found['bound']]} {found['limit']}{items}."
    if found := _PATTERN.fullmatch(text):
        pattern = found["pattern"].replace("\\\\", "\\").removesuffix(_NO_LINE_END)
        return f"Expected text that fits {pattern}"
    return text


def _choices(shape: Any) -> tuple[Any, ...]:
    inner = _bare(shape)
    if get_origin(inner) in _SEVERAL:
        inner = _bare(get_args(inner)[0])
    return get_args(inner) if get_origin(inner) is Literal else ()


def _bare(shape: Any) -> Any:
    """The type without its constraints and without ``| None``."""
    while hasattr(shape, "__metadata__"):
        shape = get_args(shape)[0]
    if get_origin(shape) in (Union, types.UnionType):
        others = [each for each in get_args(shape) if each is not type(None)]
        return _bare(others[0]) if len(others) == 1 else shape
    return shape


def _is_struct(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}".strip(".")
