"""How the command line shows things: tables for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = dict[str, Any]
Column = tuple[str, str]
"""Heading, and the row's field; ``@field`` for a time that is shown as an age."""

_STYLES = {
    "green": ("ONLINE", "HEALTHY", "UP", "SUCCEEDED", "SUCCESS", "ACTIVE"),
    "yellow": ("UNHEALTHY", "DEGRADED", "STALE", "EXPIRED", "MEDIUM", "UNKNOWN", "PENDING", "STOPPED"),
    "red": ("OFFLINE", "DOWN", "FAILED", "FAILURE", "REVOKED", "HIGH"),
    "cyan": ("RUNNING",),
    "dim": ("DISABLED", "CANCELLED", "USED", "WAITING", "SKIPPED"),
}
STYLE_OF = {word: style for style, words in _STYLES.items() for word in words}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))

DISPENSABLE = (
    *("version", "labels", "hostname", "mode", "codePattern", "serviceCount", "agentCode", "message"),
    *("healthStatus", "connection", "createdBy", "errorCode", "@expiresAt", "source"),
)
"""Fields that a narrow table leaves out, in this order."""
TEXTS = {"healthMessage", "message", "labels", "label", "name", "targetName", "valuePreview", "input"}
"""Fields that may be cut."""
LEAST_OF_TEXT = 24
LEAST_OF_ANYTHING = 12
"""Characters that a cut column keeps where even that is too wide."""
GAP = 2
"""Characters between two columns."""

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it; line ends and tabs are harmless."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print what REST answers, as JSON.")


WIDE = 1000
"""Characters of a line that nobody looks at."""


def console() -> Console:
    """Standard output; without a terminal neither colour nor a fixed width."""
    wide = None if sys.stdout.isatty() else WIDE
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty(), width=wide)


def plain(text: str) -> str:
    """What somebody else wrote, so that no terminal obeys it: without colours, other controls as escapes."""
    return _CONTROL.sub(_escaped, _COLOUR.sub("", text))


def _escaped(control: re.Match[str]) -> str:
    return f"\\u{ord(control[0]):04x}"


def print_json(value: Any) -> None:
    """The value as JSON, indented for people."""
    click.echo(_CONTROL.sub(_escaped, json.dumps(value, indent=2, ensure_ascii=False)))


def print_rows(
    rows: Sequence[Row], columns: Sequence[Column], *, total: int, what: str, as_json: bool
) -> None:
    """A list of REST, as it is or as a table."""
    if as_json:
        print_json(rows)
    else:
        print_table(rows, columns, total=total, what=what)


def print_table(rows: Sequence[Row], columns: Sequence[Column], *, total: int, what: str) -> None:
    """The rows as a table, and how many more there are."""
    if not rows:
        click.echo(f"No {what}.")
        return
    screen = console()
    screen.print(table_of(rows, columns, screen.width))
    if total > len(rows):
        click.echo(f"… {total - len(rows)} more; --limit shows more, filters show fewer.", err=True)


def table_of(rows: Sequence[Row], columns: Sequence[Column], width: int) -> Table:
    """A table without lines. Where ``width`` is short, what matters least is left out, and texts are cut."""
    widths = _widths(rows, columns, width)
    shown = [(heading, field) for heading, field in columns if field in widths]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, field in shown:
        table.add_column(heading, no_wrap=True, overflow="ellipsis", width=widths[field])
    for row in rows:
        table.add_row(*[cell(row, field) for _, field in shown])
    return table


def _widths(rows: Sequence[Row], columns: Sequence[Column], width: int) -> dict[str, int]:
    """How wide each column becomes; those that are left out are not there."""
    whole = {
        field: max([len(heading), *(cell(row, field).cell_len for row in rows)]) for heading, field in columns
    }
    given = {field: min(size, LEAST_OF_TEXT) if field in TEXTS else size for field, size in whole.items()}
    for field in DISPENSABLE:
        if _line(given) <= width:
            break
        given.pop(field, None)
    _cut(given, width)
    for field, needed in list(given.items()):
        given[field] += max(0, min(whole[field] - needed, width - _line(given)))
    return given


def _cut(widths: dict[str, int], width: int) -> None:
    """Where nothing more can be left out: first texts become shorter, then what is longest but for times."""
    for some in (TEXTS & widths.keys(), {field for field in widths if not field.endswith("At")}):
        while _line(widths) > width and some:
            longest = max(some, key=widths.__getitem__)
            if widths[longest] <= LEAST_OF_ANYTHING:
                break
            widths[longest] -= 1


def _line(widths: dict[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def cell(row: Row, field: str) -> Text:
    """One field of a row as it is shown."""
    if field.startswith("@"):
        return Text(age(row.get(field[1:])))
    value = row.get(field)
    if isinstance(value, dict) and value:
        return Text(plain(",".join(f"{key}={each}" for key, each in sorted(value.items()))))
    if isinstance(value, bool):
        return Text("yes" if value else "-")
    text = "-" if value in (None, "", {}) else str(value)
    return Text(plain(text), style=STYLE_OF.get(text, ""))


def age(moment: str | None) -> str:
    """How long ago, in the largest unit that fits; a dash for never."""
    if not moment:
        return "-"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    word = "in " if seconds < 0 else ""
    return word + duration(abs(seconds)) + ("" if word else " ago")


def duration(seconds: float) -> str:
    """Seconds in the largest unit that fits."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


def counted(count: int, things: str) -> str:
    """``2 services``, and ``1 service``."""
    return f"{count} {things.removesuffix('s') if count == 1 else things}"


def clock_time(moment: str) -> str:
    """A moment as the local wall clock shows it."""
    return datetime.fromisoformat(moment).astimezone().strftime("%H:%M:%S")


def print_fields(pairs: Sequence[tuple[str, Any]]) -> None:
    """Labelled values below each other; empty ones are left out."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in pairs:
        if value not in (None, "", {}, []):
            table.add_row(label, value if isinstance(value, Text) else cell({"v": value}, "v"))
    console().print(table)
