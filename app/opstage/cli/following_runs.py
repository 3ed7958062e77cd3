"""A run followed to its end: each service as it ends, a bar of how many have, the outcome."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from opstage.cli.client import Client, part
from opstage.cli.following import INTERRUPTED
from opstage.cli.live import Following, Row
from opstage.cli.show import STYLE_OF, counted, plain, print_json

EXIT_CODES = {"SUCCEEDED": 0, "FAILED": 1, "STOPPED": 4}
UNFINISHED = {"WAITING", "PENDING", "RUNNING"}


def follow_run(client: Client, run_id: str, *, as_json: bool) -> int:
    """Show the run until it ended; the exit code that tells its outcome."""
    screen = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    try:
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=screen,
            transient=True,
            disable=not sys.stderr.isatty(),
        ) as progress:
            _show(client, run_id, progress, screen)
    except KeyboardInterrupt:
        click.echo(
            f"\nStill running: opstage runs show {run_id} --follow, or opstage runs stop {run_id}", err=True
        )
        return INTERRUPTED
    run: Row = client.get(f"/api/admin/runs/{part(run_id)}")
    print_json(run) if as_json else screen.print(_outcome(run))
    return EXIT_CODES.get(run["status"], 1)


def _show(client: Client, run_id: str, progress: Progress, screen: Console) -> None:
    bar = progress.add_task("waiting", total=None)
    told: set[str] = set()
    run: Row | None = None
    for change in Following(client.profile, f"run:{run_id}").changes():
        for row in _in_order(change.rows):
            if row["kind"] == "run":
                run = row
            elif row["status"] not in UNFINISHED and row["id"] not in told:
                told.add(row["id"])
                screen.print(_ended(row))
        if run is None:
            continue
        progress.update(bar, description=_counts(run), completed=len(told), total=run["total"])
        if run["completedAt"] and len(told) == run["total"]:
            return


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """Targets as they ended, the run behind them."""
    return sorted(
        rows, key=lambda row: (row["kind"] == "run", row["completedAt"] or "", row.get("position", 0))
    )


def _ended(target: Row) -> Text:
    line = Text(f"{plain(target['serviceCode'])}: ")
    line.append(target["status"], style=STYLE_OF.get(target["status"], ""))
    if target["durationMs"] is not None:
        line.append(f" after {target['durationMs'] / 1000:.1f} s")
    if target["errorCode"]:
        line.append(plain(f" ({target['errorCode']})"))
    if target["errorMessage"]:
        line.append(plain(f": {target['errorMessage']}"))
    return line


def _outcome(run: Row) -> Text:
    line = Text(f"{plain(run['actionName'])} on {counted(run['total'], 'services')}: ")
    line.append(run["status"], style=STYLE_OF.get(run["status"], ""))
    line.append(f" ({_counts(run)})")
    return line


def _counts(run: Row) -> str:
    return ", ".join(f"{count} {status.lower()}" for status, count in sorted(run["counts"].items()))
