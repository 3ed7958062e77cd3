"""Markdown tables and source files as data, for tests that compare the two."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
APP = ROOT / "app" / "opstage"
AGENT = ROOT / "agent" / "opstage_agent"

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Table:
    """One table: the headings above it, outermost first, its header and its rows."""

    headings: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    def under(self, heading: str) -> bool:
        """True if the table stands below this heading."""
        return heading in self.headings


def tables(path: Path) -> list[Table]:
    """Every table of a document. A cell may not contain a vertical bar."""
    found: list[Table] = []
    headings: list[str] = []
    block: list[str] = []
    for line in [*_prose(path), ""]:
        if line.startswith("|"):
            block.append(line)
            continue
        if block:
            found.append(_table(tuple(headings), block))
            block = []
        marks = len(line) - len(line.lstrip("#"))
        if marks and line[marks : marks + 1] == " ":
            headings = [*headings[: marks - 1], line[marks:].strip()]
    return found


def table(path: Path, first: str, heading: str | None = None) -> list[dict[str, str]]:
    """The rows of all tables whose first column is called ``first``, below ``heading`` if one is given.

    AssertionError when there is no such table, so that a renamed column cannot hide one.
    """
    rows = [
        row
        for each in tables(path)
        if each.header[0] == first and (heading is None or each.under(heading))
        for row in each.rows
    ]
    assert rows, f"{path.name}: no table with a first column {first!r} below {heading!r}"
    return rows


def codes(cell: str) -> list[str]:
    """What stands in backticks."""
    return _CODE.findall(cell)


def links(path: Path) -> list[str]:
    """The targets of all links to other places than the web."""
    targets = re.findall(r"\]\(([^)\s]+)\)", "\n".join(_prose(path)))
    return [target for target in targets if "://" not in target]


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as they are made from their words."""
    headings = [line.lstrip("#").strip() for line in _prose(path) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def fenced(path: Path, language: str) -> list[str]:
    """The contents of the fenced blocks of one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def trees(folder: Path, *, without: tuple[str, ...] = ()) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file below a folder, parsed, except those below the named subfolders."""
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).parts[0] not in without:
            yield path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def texts(tree: ast.Module) -> set[str]:
    """Every string constant."""
    nodes = ast.walk(tree)
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _prose(path: Path) -> list[str]:
    return re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    ).splitlines()


def _table(headings: tuple[str, ...], block: list[str]) -> Table:
    header, _, *rest = [tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in block]
    for cells in rest:
        assert len(cells) == len(header), f"expected {len(header)} cells below {headings}, got {cells}"
    return Table(headings, header, tuple(dict(zip(header, cells, strict=True)) for cells in rest))
