"""``opstage watch``: the fleet in the terminal, as it changes."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from opstage.cli.inventory import SERVICES, selector_option
from opstage.cli.live import Change, Following, Row
from opstage.cli.profile import read_profile
from opstage.cli.show import STYLE_OF, clock_time, plain, table_of

WORST_FIRST = ("UNHEALTHY", "OFFLINE", "STALE", "UNKNOWN", "HEALTHY")
FRAMES_PER_SECOND = 4
AROUND_TABLE = 5
"""Lines of the screen that the table does not get."""


@click.command()
@selector_option
@click.option("--json", "as_json", is_flag=True, help="Print each change as a line of JSON.")
def watch(selector: str | None, as_json: bool) -> None:
    """Watch the fleet live: what is wrong first. Ctrl-C ends it.

    Without a terminal, and with --json, every change of a status or a health message is printed as a line
    of its own.
    """
    view = f"fleet:{selector}" if selector else "fleet"
    changes = Following(read_profile(), view).changes()
    try:
        if as_json or not sys.stdout.isatty():
            _print_changes(changes, as_json)
        else:
            _show_screen(changes)
    except KeyboardInterrupt:
        return


class _Fleet:
    """The rows as they stand."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.connected = False
        self.changed_at = datetime.now(UTC)

    def take(self, change: Change) -> list[tuple[Row | None, Row]]:
        """Apply what came; the rows whose status is another now, with those before."""
        self.connected = change.connected
        if change.first:
            self.rows.clear()
        moved: list[tuple[Row | None, Row]] = []
        for row in change.rows:
            before = self.rows.get(row["id"])
            self.rows[row["id"]] = row
            if not change.snapshot and (before is None or _state(before) != _state(row)):
                moved.append((before, row))
        for key in change.removed:
            self.rows.pop(key, None)
        return moved

    def services(self) -> list[Row]:
        found = [row for row in self.rows.values() if row["kind"] == "service"]
        return sorted(found, key=lambda row: (WORST_FIRST.index(row["status"]), row["code"]))


def _state(row: Row) -> tuple[Any, ...]:
    return row["status"], row["connection"], row["statusReason"], row.get("healthMessage")


def _print_changes(changes: Any, as_json: bool) -> None:
    fleet = _Fleet()
    for change in changes:
        for before, row in fleet.take(change):
            if as_json:
                click.echo(json.dumps(row, ensure_ascii=False))
            else:
                click.echo(f"{clock_time(datetime.now(UTC).isoformat())}  {_told(before, row)}")


def _told(before: Row | None, row: Row) -> str:
    was = "new" if before is None else before["status"]
    status = row["status"] if was == row["status"] else f"{was} → {row['status']}"
    why = row["statusReason"] + (", reconnecting" if row["connection"] == "reconnecting" else "")
    message = f": {row['healthMessage']}" if row.get("healthMessage") else ""
    return plain(f"{row['kind']} {row['code']}: {status} ({why}){message}")


def _show_screen(changes: Any) -> None:
    fleet, console = _Fleet(), Console(highlight=False)
    with Live(console=console, screen=True, refresh_per_second=FRAMES_PER_SECOND) as live:
        for change in changes:
            fleet.take(change)
            live.update(_screen(fleet, console.width, console.height - AROUND_TABLE))


def _screen(fleet: _Fleet, width: int, height: int) -> Group:
    services = fleet.services()
    agents = Counter(row["status"] for row in fleet.rows.values() if row["kind"] == "agent")
    head = Text("Opstage  ", style="bold", no_wrap=True, overflow="ellipsis")
    head.append(_counted(Counter(row["status"] for row in services), "services"))
    head.append("   ")
    head.append(_counted(agents, "agents"))
    link = "live" if fleet.connected else "connection lost, coming back …"
    foot = Text(f"{link}   Ctrl-C ends", style="dim" if fleet.connected else "bold red")
    shown = services[: max(1, height)]
    hidden = len(services) - len(shown)
    more = Text(f"… {hidden} more" if hidden else "", style="dim")
    return Group(head, Text(""), table_of(shown, SERVICES, width), more, foot)


def _counted(counts: Counter[str], what: str) -> Text:
    text = Text(f"{counts.total()} {what}")
    for status in sorted(counts):
        text.append(f"  {counts[status]} {status}", style=STYLE_OF.get(status, ""))
    return text
