"""core stands on the standard library, msgspec and the wire, and has neither a clock nor a loop."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import opstage.core.view

CORE = Path(opstage.core.view.__file__).parent
IMPURE = {"asyncio", "time", "threading", "socket", "sqlite3", "random", "os", "logging", "subprocess"}


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "expected absolute imports"
            yield node.module or ""


def allowed(module: str) -> bool:
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return top not in IMPURE
    return top == "msgspec" or module == "opstage_agent.wire" or module.startswith("opstage.core")


@pytest.mark.parametrize("path", sorted(CORE.glob("*.py")), ids=lambda path: path.name)
def test_a_core_module_imports_nothing_impure(path: Path) -> None:
    foreign = [module for module in imported(path.read_text()) if not allowed(module)]
    assert foreign == []


@pytest.mark.parametrize(
    "line", ["import asyncio", "from quart import Quart", "import opstage.store", "from time import time"]
)
def test_an_impure_import_would_be_noticed(line: str) -> None:
    assert not all(allowed(module) for module in imported(line))
