"""Structured results in the terminal: lists as tables, details as labelled values (docs/concepts.md)."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.table import Table
from rich.text import Text

from opstage.cli.show import age, console, duration, plain, print_fields, print_json

COLUMNS_SHOWN = 8
FIELDS_SHOWN = 12
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")

Data = dict[str, Any]


def print_data(data: Data) -> None:
    """The data of a result: for people as far as it has a structure, for programs as JSON."""
    if not sys.stdout.isatty() or not ({"list", "detail"} & data.keys()):
        print_json(data)
        return
    rest = {key: value for key, value in data.items() if key not in {"list", "detail"}}
    print_fields([(key, value) for key, value in rest.items() if not isinstance(value, dict | list)])
    if isinstance(data.get("detail"), dict):
        _print_detail(data["detail"])
    if isinstance(data.get("list"), dict):
        _print_list(data["list"])


def _print_detail(detail: Data) -> None:
    values = detail.get("data") or {}
    fields = detail.get("fields") or [{"key": key} for key in list(values)[:FIELDS_SHOWN]]
    pairs = [(each.get("label") or each["key"], shown(_at(values, each["key"]), each)) for each in fields]
    if detail.get("title"):
        console().print(plain(str(detail["title"])), style="bold", markup=False)
    print_fields(pairs)


def _print_list(listed: Data) -> None:
    rows = listed.get("data") or []
    columns = listed.get("columns") or [{"key": key} for key in list(rows[0] if rows else {})[:COLUMNS_SHOWN]]
    if not rows:
        console().print(plain(str(listed.get("emptyText") or "No rows.")), markup=False)
        return
    title = Text(plain(str(listed["title"]))) if listed.get("title") else None
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for column in columns:
        table.add_column(Text(plain(str(column.get("label") or column["key"]))), overflow="fold")
    for row in rows:
        table.add_row(*[Text(plain(shown(_at(row, column["key"]), column))) for column in columns])
    console().print(table)


def shown(value: Any, column: Data) -> str:
    """One value in the format its column asks for; as it is when it does not fit the format."""
    kind = column.get("format")
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "relativeTime" and isinstance(value, str):
        return _age_or_text(value)
    if kind == "bytes" and isinstance(value, int | float):
        return _size(float(value))
    if kind == "duration" and isinstance(value, int | float):
        return f"{value:.0f} ms" if value < 1000 else duration(value / 1000)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _age_or_text(value: str) -> str:
    try:
        return age(value)
    except (ValueError, TypeError):
        return value


def _size(value: float) -> str:
    unit = 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def _at(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row.get(name) if isinstance(row, dict) else None
    return row
