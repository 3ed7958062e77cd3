"""The Python standard library's own sources: real data that every machine with Python has."""

from __future__ import annotations

import ast
import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path

NOT_LIBRARY = frozenset(
    {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "turtledemo"}
)


def library() -> Path:
    """The folder of the standard library."""
    return Path(sysconfig.get_path("stdlib"))


def modules(root: Path | None = None) -> list[Path]:
    """The public top-level modules, by name."""
    return sorted(path for path in (root or library()).glob("*.py") if not path.name.startswith("_"))


def all_sources(root: Path | None = None) -> list[Path]:
    """Every source file of the library proper, packages included, by path."""
    found: list[Path] = []
    for folder, inner, files in os.walk(root or library()):
        # Pruned in place, so that installed packages and test suites are not even walked through.
        inner[:] = [name for name in inner if name not in NOT_LIBRARY]
        found.extend(Path(folder, name) for name in files if name.endswith(".py"))
    return sorted(found)


def imported(tree: ast.Module) -> list[str]:
    """Top-level names of the modules that a module imports, sorted; relative imports are left out."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return sorted(names)


def docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every documented thing of a module as (dotted name, docstring); the module itself is ``""``."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        name, node = waiting.pop()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield name, text
            prefix = f"{name}." if name else ""
            waiting.extend((prefix + child.name, child) for child in node.body if isinstance(child, _NAMED))


_NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
