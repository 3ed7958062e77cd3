"""Rows of results, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from tests.load.machine import Machine

HEADINGS = ("Work", "Measured", "Target", "Met", "Server CPU per operation", "How")


class Row(msgspec.Struct, kw_only=True):
    """One result. ``values`` holds the plain numbers; their names end in the unit."""

    work: str
    measured: str
    cpu: str = ""
    target: str = ""
    met: bool | None = None
    how: str = ""
    values: dict[str, float] = {}

    @property
    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        met = {True: "yes", False: "no", None: ""}[self.met]
        return (self.work, self.measured, self.target, met, self.cpu, self.how)


class Results(msgspec.Struct):
    """A run."""

    machine: Machine
    agents: int
    seconds: float
    rows: list[Row]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(results: Results, path: Path) -> None:
    """Keep the run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def ms(seconds: float) -> str:
    """Seconds as milliseconds."""
    return f"{1000 * seconds:.1f} ms"


def us(seconds: float) -> str:
    """Seconds as microseconds."""
    return f"{1e6 * seconds:.0f} µs"
