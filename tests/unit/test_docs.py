"""The documents say what the code does: tables and code are compared in both directions.

The calls of REST and their errors are compared in ``test_docs_rest.py``.
"""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
import typing
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support import documents
from tests.support.documents import AGENT, APP, DOCS, ROOT, codes, table

from opstage.cli import profile
from opstage.core import command, status
from opstage.settings import Settings
from opstage_agent import wire

PROTOCOL = DOCS / "protocol.md"
REST = DOCS / "rest.md"
OPERATIONS = DOCS / "operations.md"
CONCEPTS = DOCS / "concepts.md"
README = ROOT / "README.md"

DOCUMENTS = [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md")), *sorted(AGENT.parent.glob("*.md"))]

Frames = dict[tuple[str, str], set[str]]
"""Fields by (direction, type); a field that may be absent has a ``?`` behind it."""


def fields_of(struct: type[msgspec.Struct]) -> set[str]:
    return {each.encode_name + ("" if each.required else "?") for each in msgspec.structs.fields(struct)}


def frames_of(up: Any, down: Any) -> Frames:
    structs = {"up": set(typing.get_args(up)), "down": set(typing.get_args(down))}
    both = structs["up"] & structs["down"]
    named = [("both", both), ("up", structs["up"] - both), ("down", structs["down"] - both)]
    return {(way, str(each.__struct_config__.tag)): fields_of(each) for way, group in named for each in group}


def documented_fields(cell: str) -> set[str]:
    """The names in backticks; their types stand plain behind them."""
    return set(codes(cell))


def documented_frames(channel: str) -> Frames:
    found: Frames = {}
    for row in table(PROTOCOL, "Direction", channel):
        key = (row["Direction"], codes(row["`type`"])[0])
        assert key not in found, f"{key} stands in the table twice"
        found[key] = documented_fields(row["Fields"])
    return found


@pytest.mark.parametrize(
    ("channel", "frames"),
    [
        ("Agent channel", frames_of(wire.AgentUp, wire.AgentDown)),
        ("Operator channel", frames_of(wire.OperatorUp, wire.OperatorDown)),
    ],
)
def test_every_frame_stands_in_the_protocol_with_its_direction_and_fields(
    channel: str, frames: Frames
) -> None:
    assert documented_frames(channel) == frames


def test_every_body_stands_in_the_protocol_with_its_fields() -> None:
    bodies = {
        name: fields_of(each)
        for name, each in vars(wire).items()
        if isinstance(each, type) and issubclass(each, msgspec.Struct) and each.__struct_config__.tag is None
    }
    bodies = {name: fields for name, fields in bodies.items() if not name.startswith("_")}
    documented = {row["Body"]: documented_fields(row["Fields"]) for row in table(PROTOCOL, "Body")}

    assert documented == bodies


def test_every_close_code_stands_in_the_protocol() -> None:
    documented = {row["Code"]: codes(row["Name"])[0] for row in table(PROTOCOL, "Code", "Close codes")}

    assert documented == {str(int(each)): each.name for each in wire.CloseCode}


def limit(source: str) -> object:
    """The value of a dotted name below ``wire`` or ``opstage``; of a bounded type its greatest length."""
    if source.startswith("wire."):
        return bound(reduce(getattr, source.split(".")[1:], wire))
    parts = source.split(".")
    at = next(number for number, part in enumerate(parts) if part[:1].isupper())
    found: Any = importlib.import_module(f"opstage.{'.'.join(parts[:at])}")
    for name in parts[at:]:
        found = msgspec_default(found, name) if isinstance(found, type) else getattr(found, name)
    return found


def bound(found: Any) -> object:
    longest = [
        each.max_length for each in getattr(found, "__metadata__", ()) if isinstance(each, msgspec.Meta)
    ]
    return longest[0] if longest else found


def msgspec_default(owner: type, name: str) -> object:
    if issubclass(owner, msgspec.Struct):
        return next(each.default for each in msgspec.structs.fields(owner) if each.name == name)
    return getattr(owner, name)


def test_every_limit_stands_in_the_protocol_with_its_value() -> None:
    documented = {codes(row["From"])[0]: row["Value"] for row in table(PROTOCOL, "Limit")}
    numbers = {f"wire.{name}" for name, value in vars(wire).items() if name.isupper() and type(value) is int}

    assert numbers <= documented.keys()
    assert {name: float(value) for name, value in documented.items()} == {
        name: float(str(limit(name))) for name in documented
    }


def test_limits_name_the_settings_that_change_them() -> None:
    named = {name for row in table(PROTOCOL, "Limit") for name in codes(row["Setting"])}

    assert named <= {variable for variable, _ in settings()}


# --- settings --------------------------------------------------------------------------------------


def settings() -> list[tuple[str, Any]]:
    """Each variable with its field."""
    return [(each.metadata["variable"], each) for each in Settings.__dataclass_fields__.values()]


def documented_settings(heading: str) -> dict[str, str]:
    return {codes(row["Variable"])[0]: row["Default"] for row in table(OPERATIONS, "Variable", heading)}


def test_every_setting_of_the_server_stands_in_the_operations() -> None:
    assert documented_settings("Settings of the server").keys() == {variable for variable, _ in settings()}


@pytest.mark.parametrize(("variable", "setting"), settings())
def test_a_setting_is_documented_with_its_default(variable: str, setting: Any) -> None:
    shown = codes(documented_settings("Settings of the server")[variable])
    inside = isinstance(setting.default, Path) and setting.default.is_absolute()

    if setting.default in (None, ()) or inside:
        assert shown == []
    else:
        assert setting.metadata["parse"](shown[0]) == setting.default


def test_every_variable_an_agent_reads_stands_in_the_operations() -> None:
    read = {text for _, tree in documents.trees(AGENT) for text in documents.texts(tree)}
    variables = {text for text in read if re.fullmatch(r"OPSTAGE_[A-Z_]+", text)}

    assert documented_settings("Settings of an agent").keys() == variables


def test_no_variable_of_the_server_is_read_outside_its_settings() -> None:
    known = {variable for variable, _ in settings()} | documented_client()
    for path, tree in documents.trees(APP, without=("demo",)):
        named = {text for text in documents.texts(tree) if re.fullmatch(r"OPSTAGE_[A-Z_]+", text)}
        assert named <= known, path


def documented_client() -> set[str]:
    return {codes(row["Variable"])[0] for row in table(DOCS / "cli.md", "Variable")}


def test_the_variables_of_the_command_line_stand_in_its_document() -> None:
    assert documented_client() == {profile.URL_VARIABLE, profile.KEY_VARIABLE}


# --- concepts --------------------------------------------------------------------------------------


def test_every_reason_stands_in_the_concepts() -> None:
    documented = [codes(row["Reason"])[0] for row in table(CONCEPTS, "Reason")]

    assert sorted(documented) == sorted(each.value for each in status.Reason)


def test_every_command_status_stands_in_the_concepts() -> None:
    documented = {row["Status"] for row in table(CONCEPTS, "Status", "Commands")}

    assert documented == {each.value for each in command.CommandStatus}


ACTION = re.compile(r"[a-z][A-Za-z_]{2,}(\.[a-z_]+)+")
MODULES = ("opstage.", "tortoise.", "hypercorn.")


def audited() -> set[str]:
    """Every audit action the server writes: dotted names that are neither modules nor columns nor files."""
    found: set[str] = set()
    for _, tree in documents.trees(APP, without=("demo", "web", "core", "cli")):
        named = {text for text in documents.texts(tree) if ACTION.fullmatch(text)}
        found |= {text for text in named if not text.startswith(MODULES) and not text.endswith(".db")}
        found |= {action for prefix in _prefixes(tree) for action in _completed(tree, prefix)}
    return found


def _prefixes(tree: ast.Module) -> set[str]:
    """What stands before the brace in ``f"name.{what}"`` given as an ``action``."""
    given = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "action"]
    heads = [each.values[0] for each in given if isinstance(each, ast.JoinedStr)]
    return {head.value for head in heads if isinstance(head, ast.Constant) and isinstance(head.value, str)}


def _completed(tree: ast.Module, prefix: str) -> set[str]:
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    words = [
        node.args[1] for node in calls if getattr(node.func, "id", "") == "_audit" and len(node.args) > 1
    ]
    return {prefix + str(word.value) for word in words if isinstance(word, ast.Constant)}


def test_every_audit_action_stands_in_the_concepts() -> None:
    documented = {codes(row["Action"])[0] for row in table(CONCEPTS, "Action", "Audit")}

    assert "registration_token.revoked" in audited()
    assert documented == audited()


def test_audit_actions_in_the_call_tables_are_explained() -> None:
    named = {action for row in table(REST, "Call") for action in codes(row.get("Audit", ""))}

    assert named - audited() == set()


# --- links, examples, packages ---------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for link in documents.links(path):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in documents.anchors(target), link


def test_every_decision_is_numbered_once() -> None:
    names = [path.name for path in (DOCS / "decisions").glob("*.md")]

    assert sorted(name[:3] for name in names) == [f"{number + 1:03}" for number in range(len(names))]


@pytest.mark.parametrize("readme", [README, AGENT.parent / "README.md"], ids=str)
def test_the_python_examples_compile(readme: Path) -> None:
    examples = documents.fenced(readme, "python")

    assert any("from opstage_agent import Agent" in example for example in examples)
    for example in examples:
        compile(example, str(readme), "exec")


def package(requirement: str) -> str:
    """The normal name of the package a requirement names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement.strip(), maxsplit=1)[0]).lower()


def requirements(path: Path) -> dict[str, str]:
    """The lines that name a package, by its name."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    named = [line for line in lines if re.match(r"[A-Za-z0-9]", line)]
    return {package(line): line for line in named}


@pytest.mark.parametrize("project", [ROOT / "pyproject.toml", AGENT.parent / "pyproject.toml"], ids=str)
def test_every_dependency_is_asked_for_and_pinned(project: Path) -> None:
    declared = tomllib.loads(project.read_text())["project"]["dependencies"]
    needed = {package(each) for each in declared} - {"opstage-agent"}
    asked = requirements(ROOT / "requirements" / "run.in")
    locked = requirements(ROOT / "requirements" / "run.txt")

    assert needed - asked.keys() == set()
    assert {name for name in needed if "==" not in locked.get(name, "")} == set()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_locks_have_hashes_and_name_no_index(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()

    assert text.count("--hash=sha256:") >= len(requirements(ROOT / "requirements" / name))
    assert "://" not in text
    assert "--index-url" not in text
