"""``docs/rest.md`` names every call, object and error code, and nothing else."""

from __future__ import annotations

import ast
import re
from enum import Enum
from pathlib import Path

import msgspec
from quart import Quart
from tests.support import documents
from tests.support.documents import AGENT, APP, DOCS, codes, table

from opstage.core import bus, command, rows, status
from opstage.factory import create_app
from opstage.settings import Settings
from opstage_agent import wire

REST = DOCS / "rest.md"


def served(app: Quart) -> set[str]:
    calls: set[str] = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(\w+)>", lambda found: "{" + camel(found[1]) + "}", rule.rule)
        if rule.websocket or rule.endpoint.startswith("console."):
            continue
        calls |= {f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return calls


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def test_every_call_stands_in_the_rest_document() -> None:
    documented = {codes(row["Call"])[0] for row in table(REST, "Call")}

    assert documented == served(create_app(Settings()))


def test_every_object_stands_in_the_rest_document_with_its_fields() -> None:
    documented = {row["Object"]: row for row in table(REST, "Object", "Objects")}
    structs = {
        name: each
        for name, each in vars(rows).items()
        if isinstance(each, type) and issubclass(each, msgspec.Struct) and not name.startswith("_")
    }

    assert documented.keys() == structs.keys()
    for name, struct in structs.items():
        row = documented[name]
        fields = set(codes(row["Fields"]))
        if (parent := re.match(r"those of (\w+)", row["Fields"])) is not None:
            fields |= set(codes(documented[parent[1]]["Fields"]))
        assert fields == {each.encode_name for each in msgspec.structs.fields(struct)}, name
        assert codes(row["`kind`"]) == ([struct.__struct_config__.tag] if row["`kind`"] else [])


CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
NOT_CODES = {
    "FIRST_LOGIN",
    "PROVIDE_AUTOMATIC_OPTIONS",
    "MAX_CONTENT_LENGTH",
    "TCP_USER_TIMEOUT",
    "DATABASE_URL",
    "NODE_ENV",
}
"""Keys of the application's configuration, a socket option, a variable."""


def enumerated() -> set[str]:
    """Values of the enumerations, which are no error codes."""
    modules = (wire, status, command, bus)
    kinds = [each for module in modules for each in vars(module).values() if isinstance(each, type)]
    return {str(member.value) for kind in kinds if issubclass(kind, Enum) for member in kind}


def raised(folder: Path, *without: str) -> set[str]:
    """Every string below ``folder`` that looks like an error code, and the default code of each error."""
    found: set[str] = set()
    for _, tree in documents.trees(folder, without=without):
        found |= {text for text in documents.texts(tree) if CODE.fullmatch(text)}
        found |= {text for node in ast.walk(tree) if isinstance(node, ast.Assign) for text in _default(node)}
    named = {text for text in found if not text.startswith("OPSTAGE_")}
    return named - NOT_CODES - enumerated()


def _default(node: ast.Assign) -> list[str]:
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    value = node.value.value if isinstance(node.value, ast.Constant) else None
    return [value] if names == ["default_code"] and isinstance(value, str) else []


def documented_codes() -> set[str]:
    return {codes(row["Code"])[0] for row in table(REST, "Code", "Error codes")}


def test_every_error_code_stands_in_the_rest_document() -> None:
    found = raised(APP, "demo", "cli") | raised(AGENT, "wire")

    assert {"UNAUTHORIZED", "RATE_LIMITED", "OUTCOME_UNKNOWN"} <= found
    assert found - documented_codes() == set()


def test_every_documented_error_code_is_used() -> None:
    used = {
        text
        for folder in (APP, AGENT)
        for _, tree in documents.trees(folder)
        for text in documents.texts(tree)
    }

    assert documented_codes() - used == set()


def test_errors_in_the_call_tables_are_explained() -> None:
    named = {
        code
        for row in table(REST, "Call")
        for code in re.findall(r"\d{3} `([A-Z_]+)`", row.get("Errors of its own", ""))
    }

    assert named - documented_codes() == set()
