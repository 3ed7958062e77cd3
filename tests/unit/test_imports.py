"""Imports run one way; the layers and what each may use are drawn in docs/architecture.md."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
AGENT = ROOT / "agent"
FRONTEND_WIRE = ROOT / "frontend" / "src" / "wire"

WIRE = "opstage_agent.wire"
LAYERS = ("core", "store", "hub", "web")
"""Each may import itself and those before it."""
JOINERS = {"__main__", "cli", "demo", "factory", "server"}
"""They join the layers, so nothing below may import them."""

Rule = Callable[[str, str], str | None]
"""From (importing module, imported module) to what is wrong with that."""


def within(module: str, package: str) -> bool:
    """True for the package itself and everything in it."""
    return module == package or module.startswith(f"{package}.")


def part_of(module: str) -> str:
    """The layer or top-level module of the server that a module belongs to."""
    return module.split(".")[1] if "." in module else ""


def layers_run_one_way(importer: str, imported: str) -> str | None:
    if not within(imported, "opstage"):
        return None
    here, there = part_of(importer), part_of(imported)
    if here not in LAYERS:
        return None
    if there in JOINERS:
        return f"{there} joins the layers and must not be imported by one"
    if there in LAYERS and LAYERS.index(there) > LAYERS.index(here):
        return f"{here} must not know {there}"
    return None


def core_stays_pure(importer: str, imported: str) -> str | None:
    if not within(importer, "opstage.core"):
        return None
    if within(imported, "opstage.core") or imported == WIRE or within(imported, "msgspec"):
        return None
    top = imported.partition(".")[0]
    if top not in sys.stdlib_module_names:
        return "core uses the standard library, msgspec and wire only"
    if top in {"asyncio", "sqlite3", "socket", "threading", "time", "logging"}:
        return "core has no loop, no I/O and no clock of its own"
    return None


def only_the_store_knows_tortoise(importer: str, imported: str) -> str | None:
    if within(imported, "tortoise") and not within(importer, "opstage.store"):
        return "only the store may use the ORM"
    return None


def web_never_touches_models(importer: str, imported: str) -> str | None:
    if within(imported, "opstage.store.models") and not within(importer, "opstage.store"):
        return "models stay inside the store"
    return None


def the_server_shares_only_wire(importer: str, imported: str) -> str | None:
    if not within(importer, "opstage") or not within(imported, "opstage_agent") or imported == WIRE:
        return None
    if not within(importer, "opstage.demo"):
        return "the server uses no module of the agent but wire"
    return None if imported == "opstage_agent" else "the demo uses the agent library's public face only"


def foundations_stand_alone(importer: str, imported: str) -> str | None:
    if part_of(importer) not in {"settings", "errors", "clock", "secrets", "claim"}:
        return None
    if within(imported, "opstage") and part_of(imported) in {"store", "hub", "web", *JOINERS}:
        return "what all layers share must not know them"
    return None


def wire_stands_alone(importer: str, imported: str) -> str | None:
    if not within(importer, WIRE) or within(imported, WIRE) or within(imported, "msgspec"):
        return None
    if imported.partition(".")[0] in sys.stdlib_module_names:
        return None
    return "wire is shared by both ends and uses the standard library and msgspec only"


RULES: tuple[Rule, ...] = (
    layers_run_one_way,
    core_stays_pure,
    only_the_store_knows_tortoise,
    web_never_touches_models,
    the_server_shares_only_wire,
    foundations_stand_alone,
    wire_stands_alone,
)


def modules_of(package: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """Every module below a folder with its dotted name."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def imports_of(path: Path, root: Path) -> set[str]:
    """The dotted names of everything a file imports, wherever in the file it does so.

    Of ``from package import name`` it is ``package.name`` if that is a module of ours, else ``package``.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = _absolute(node, path, root)
            found.update(_module(package, alias.name) for alias in node.names)
    return found


def _absolute(node: ast.ImportFrom, path: Path, root: Path) -> str:
    if node.level == 0:
        return node.module or ""
    folder = path.parents[node.level - 1].relative_to(root)
    return ".".join((*folder.parts, *([node.module] if node.module else [])))


def _module(package: str, name: str) -> str:
    inside = Path(*package.split("."), name)
    ours = any(
        (base / inside).is_dir() or (base / inside).with_suffix(".py").is_file() for base in (APP, AGENT)
    )
    return f"{package}.{name}" if ours else package


def violations(package: Path, root: Path) -> list[str]:
    """Every import below ``package`` that a rule forbids, in words."""
    return [
        f"{importer} imports {imported}: {wrong}"
        for importer, path in modules_of(package, root)
        for imported in sorted(imports_of(path, root))
        for rule in RULES
        if (wrong := rule(importer, imported)) is not None
    ]


def test_the_server_keeps_to_its_layers() -> None:
    assert violations(APP / "opstage", APP) == []


def test_the_shared_vocabulary_stands_alone() -> None:
    assert violations(AGENT / "opstage_agent" / "wire", AGENT) == []


@pytest.mark.parametrize(
    "line", ["from opstage_agent.values import Health", "import websockets", "import opstage"]
)
def test_an_import_that_both_ends_would_share_is_found(tmp_path: Path, line: str) -> None:
    path = tmp_path / "opstage_agent" / "wire" / "parts.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"import msgspec\nfrom opstage_agent.wire.limits import CloseCode\n{line}\n")

    assert len(violations(tmp_path / "opstage_agent" / "wire", tmp_path)) == 1


def test_all_layers_are_looked_at() -> None:
    seen = {part_of(name) for name, _ in modules_of(APP / "opstage", APP)}

    assert set(LAYERS) | JOINERS <= seen


@pytest.mark.parametrize(
    ("file", "line", "wrong"),
    [
        ("core/rules.py", "import asyncio", "no loop"),
        ("core/rules.py", "import quart", "standard library"),
        ("core/rules.py", "from opstage.store import agents", "core must not know store"),
        ("store/query.py", "from opstage.hub.fleet import Fleet", "store must not know hub"),
        ("store/query.py", "from ..web import guards", "store must not know web"),
        ("hub/part.py", "from opstage.web.guards import hub", "hub must not know web"),
        ("hub/part.py", "def late():\n    from tortoise import Tortoise", "only the store"),
        ("web/page.py", "from opstage.store.models import Agent", "models stay inside"),
        ("web/page.py", "from opstage.factory import create_app", "joins the layers"),
        ("hub/part.py", "from opstage_agent import session", "no module of the agent but wire"),
        ("demo/service.py", "from opstage_agent.session import Session", "public face only"),
        ("settings.py", "from opstage.hub.hub import Hub", "must not know them"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, line: str, wrong: str) -> None:
    path = tmp_path / "opstage" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{line}\n")

    found = violations(tmp_path / "opstage", tmp_path)

    assert len(found) >= 1
    assert any(wrong in text for text in found), found


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("core/rules.py", "import msgspec\nfrom enum import StrEnum\nfrom opstage_agent.wire import Hello"),
        ("store/query.py", "from tortoise import models\nfrom opstage.core import ids"),
        ("hub/part.py", "from opstage.store import agents\nfrom opstage_agent import wire"),
        ("demo/service.py", "from opstage_agent import Agent, Health"),
        ("cli/serve.py", "from opstage.factory import create_app\nfrom opstage.web import guards"),
    ],
)
def test_an_import_of_a_lower_layer_is_allowed(tmp_path: Path, file: str, line: str) -> None:
    path = tmp_path / "opstage" / file
    path.parent.mkdir(parents=True)
    path.write_text(f"{line}\n")

    assert violations(tmp_path / "opstage", tmp_path) == []


# --- the browser's end -----------------------------------------------------------------------------

_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire\()\s*\(?\s*["']([^"']+)["']""")


def foreign_imports(source: str) -> list[str]:
    """What a TypeScript file imports from outside its own folder."""
    return [name for name in _IMPORT.findall(source) if not re.fullmatch(r"\./[\w.-]+", name)]


def test_the_browsers_wire_imports_nothing_but_itself() -> None:
    files = [path for path in sorted(FRONTEND_WIRE.glob("**/*.ts*")) if ".test." not in path.name]
    found = {path.name: foreign_imports(path.read_text(encoding="utf-8")) for path in files}

    assert len(files) > 3
    assert {name: imports for name, imports in found.items() if imports} == {}


@pytest.mark.parametrize(
    "source",
    [
        'import { useState } from "react";',
        "import React, { type FC } from 'react'",
        'import "react";',
        'const late = await import("react");',
        'export { view } from "../store/view";',
    ],
)
def test_a_foreign_import_of_the_browsers_wire_is_found(source: str) -> None:
    assert foreign_imports(source) != []


def test_imports_inside_the_browsers_wire_are_allowed() -> None:
    assert foreign_imports('import type { Frame } from "./frames";\nimport { view } from "./view";') == []
