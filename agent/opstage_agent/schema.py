"""From a handler's signature to a JSON Schema (draft 2020-12), and from a payload to its arguments."""

from __future__ import annotations

import copy
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from opstage_agent.errors import ConfigurationError, PayloadInvalid

_PARAM = re.compile(r"^\s*(?::param\s+)?\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:\s+(?P<text>\S.*)$")
_SECTION = re.compile(r"^\s*(Args|Arguments|Parameters|Returns|Raises|Yields|Example|Examples)\s*:\s*$")
_AT = re.compile(r" - at `(?:\$|key in \$)(?P<path>[^`]*)`$")
_ATOMIC = (bool, int, float, str, bytes, type(None))


def camel(name: str) -> str:
    """``check_now`` becomes ``checkNow``."""
    head, *rest = [part for part in name.split("_") if part] or [name]
    return head[:1].lower() + head[1:] + "".join(part[:1].upper() + part[1:] for part in rest)


def words(name: str) -> str:
    """``check_now`` and ``checkNow`` become ``Check now``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip().lower()
    return spaced[:1].upper() + spaced[1:]


class Signature:
    """What an action takes besides its context.

    ConfigurationError when a parameter cannot come from JSON: positional-only and star parameters,
    types that msgspec cannot convert, names that cannot be resolved.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._where = getattr(function, "__qualname__", repr(function))
        parameters = list(inspect.signature(function).parameters.values())
        self.context_parameter = _context_parameter(parameters)
        taken = [p for p in parameters if p.name != self.context_parameter]
        hints = self._hints(function, [p.name for p in taken])
        self.description, self._notes = docstring_parts(function)
        self._payload = self._struct(taken, hints)
        self.schema = self._schema(taken)

    def arguments(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload as keyword arguments of the right types. PayloadInvalid names each bad one."""
        try:
            values = msgspec.convert(payload, self._payload)
        except msgspec.ValidationError as error:
            text = f"The payload does not fit this action: {error}"
            raise PayloadInvalid(text, list(self._issues(payload))) from error
        return {name: getattr(values, name) for name in self._payload.__struct_fields__}

    def _issues(self, payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """(path, what is wrong) of each argument: msgspec itself stops at the first."""
        for each in msgspec.structs.fields(self._payload):
            if each.encode_name not in payload:
                if each.required:
                    yield each.encode_name, "A value is required."
                continue
            try:
                msgspec.convert(payload[each.encode_name], each.type)
            except msgspec.ValidationError as error:
                yield _issue(each.encode_name, str(error))

    def _hints(self, function: Callable[..., Any], names: list[str]) -> dict[str, Any]:
        raw = getattr(function, "__annotations__", {})
        holder = types.SimpleNamespace(__annotations__={n: raw[n] for n in names if n in raw})
        scope = getattr(inspect.unwrap(function), "__globals__", {})
        try:
            return typing.get_type_hints(holder, globalns=scope, include_extras=True)
        except Exception as error:
            raise ConfigurationError(f"Annotations of {self._where} cannot be resolved: {error}") from error

    def _struct(self, taken: list[inspect.Parameter], hints: dict[str, Any]) -> type[msgspec.Struct]:
        fields: list[Any] = []
        for parameter in taken:
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise ConfigurationError(
                    f"{self._where}: parameter {parameter} cannot be taken from a payload."
                )
            field: tuple[Any, ...] = (parameter.name, hints.get(parameter.name, Any))
            if parameter.default is not parameter.empty:
                field += (_default_field(parameter.default),)
            fields.append(field)
        rename = {p.name: camel(p.name) for p in taken}
        return msgspec.defstruct("Payload", fields, kw_only=True, rename=rename)

    def _schema(self, taken: list[inspect.Parameter]) -> dict[str, Any]:
        try:
            whole = msgspec.json.schema(self._payload)
        except TypeError as error:
            raise ConfigurationError(f"{self._where} takes a type JSON cannot carry: {error}") from error
        definitions = whole.get("$defs", {})
        schema = _inlined(definitions.pop("Payload"), definitions, ())
        schema.pop("title", None)
        for parameter in taken:
            self._dress(schema, parameter)
        if definitions and '"$ref"' in msgspec.json.encode(schema).decode():
            schema["$defs"] = definitions
        return typing.cast("dict[str, Any]", schema)

    def _dress(self, schema: dict[str, Any], parameter: inspect.Parameter) -> None:
        """Title, description and default, where the type did not bring its own."""
        name = camel(parameter.name)
        entry = {"title": words(parameter.name), **_without_null(schema["properties"][name])}
        if parameter.name in self._notes:
            entry.setdefault("description", self._notes[parameter.name])
        if parameter.default is None:
            entry.pop("default", None)
        elif parameter.default is not parameter.empty:
            entry["default"] = msgspec.to_builtins(parameter.default)
        schema["properties"][name] = entry


def docstring_parts(function: Callable[..., Any]) -> tuple[str | None, dict[str, str]]:
    """The text before the argument section, and the notes on the parameters (Google or Sphinx style)."""
    lines = (inspect.getdoc(function) or "").splitlines()
    end = next(
        (i for i, line in enumerate(lines) if _SECTION.match(line) or line.lstrip().startswith(":param")),
        len(lines),
    )
    notes: dict[str, str] = {}
    for line in lines[end:]:
        if match := _PARAM.match(line):
            notes[match["name"]] = match["text"].strip()
    text = "\n".join(lines[:end]).strip()
    return text or None, notes


def _issue(name: str, text: str) -> tuple[str, str]:
    """``Expected `int`, got `str` - at `$[0].n` `` of the argument ``a``: ``a.0.n`` and the text before."""
    found = _AT.search(text)
    below = re.sub(r"[\[\].]+", ".", found["path"]).strip(".") if found else ""
    return f"{name}.{below}".rstrip("."), _AT.sub("", text)


def _context_parameter(parameters: list[inspect.Parameter]) -> str | None:
    """The first parameter if it is the context: by its name, or annotated so."""
    if not parameters:
        return None
    first = parameters[0]
    annotation = getattr(first.annotation, "__name__", first.annotation)
    named = first.name in ("ctx", "context", "_ctx", "_context", "_")
    return first.name if named or annotation in ("Context", "opstage_agent.Context") else None


def _default_field(default: Any) -> Any:
    if isinstance(default, _ATOMIC):
        return default
    return msgspec.field(default_factory=lambda: copy.deepcopy(default))


def _inlined(node: Any, definitions: dict[str, Any], inside: tuple[str, ...]) -> Any:
    """The schema with its references filled in, except where a type contains itself."""
    if isinstance(node, list):
        return [_inlined(item, definitions, inside) for item in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions and name not in inside:
        target = _inlined(definitions[name], definitions, (*inside, name))
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return {**{k: v for k, v in target.items() if k != "title"}, **rest}
    return {key: _inlined(value, definitions, inside) for key, value in node.items()}


def _without_null(entry: dict[str, Any]) -> dict[str, Any]:
    """An optional value is left out rather than null: a form needs no choice of types for that."""
    options = [option for option in entry.get("anyOf", ()) if option != {"type": "null"}]
    if "anyOf" not in entry or len(options) == len(entry["anyOf"]):
        return entry
    rest = {key: value for key, value in entry.items() if key != "anyOf"}
    return {**options[0], **rest} if len(options) == 1 else {**rest, "anyOf": options}
