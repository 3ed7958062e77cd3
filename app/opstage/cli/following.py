"""A command followed to its end: output as it is written, a progress bar, the outcome."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from opstage.cli.client import Client, part
from opstage.cli.live import Change, Following, Row
from opstage.cli.results import print_data
from opstage.cli.show import STYLE_OF, plain, print_json

EXIT_CODES = {"SUCCEEDED": 0, "FAILED": 1, "EXPIRED": 3, "CANCELLED": 4}
"""2 is a refusal of the server or a wrong invocation."""
INTERRUPTED = 130
SAY_SECONDS = 2.0
"""How often progress is told where there is no bar."""


def follow(client: Client, command_id: str, *, as_json: bool) -> int:
    """Show the command until it ended; the exit code that tells its outcome."""
    try:
        with _Display(quiet=as_json) as display:
            for change in Following(client.profile, f"command:{command_id}").changes():
                if display.take(change):
                    break
    except KeyboardInterrupt:
        click.echo(
            f"\nStill running: opstage commands {command_id} --follow, or opstage cancel {command_id}",
            err=True,
        )
        return INTERRUPTED
    # Asked last, because it hands out a one-time key, once.
    command: Row = client.get(f"/api/admin/commands/{part(command_id)}")
    print_json(command) if as_json else print_outcome(command)
    return EXIT_CODES.get(command["status"], 1)


def print_outcome(command: Row) -> None:
    """What came of a command, for people: to standard error, the data to standard output."""
    status = command["status"]
    result: dict[str, Any] = command.get("result") or {}
    line = Text(f"{command['serviceCode']} {command['actionName']}: ")
    line.append(status, style=STYLE_OF.get(status, ""))
    if command.get("durationMs") is not None:
        line.append(f" after {command['durationMs'] / 1000:.1f} s")
    reason = command.get("errorMessage") or result.get("message")
    if command.get("errorCode"):
        line.append(plain(f" ({command['errorCode']})"))
    if reason:
        line.append(plain(f": {reason}"))
    Console(stderr=True, highlight=False, soft_wrap=True).print(line)
    if result.get("data"):
        print_data(result["data"])


class _Display:
    """Output lines and a progress bar. Lines of the action's stdout go to ours, all others to stderr."""

    def __init__(self, *, quiet: bool) -> None:
        self._out = Console(stderr=quiet, highlight=False, soft_wrap=True, markup=False)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=self._err,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._bar: TaskID | None = None
        self._shown = 0
        self._row: Row | None = None
        self._said: str | None = None
        self._said_at = 0.0

    def __enter__(self) -> _Display:
        shown: AbstractContextManager[Any] = self._progress if not self._progress.disable else nullcontext()
        self._context = shown
        shown.__enter__()
        self._bar = self._progress.add_task("waiting", total=None)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._context.__exit__(*exception)

    def take(self, change: Change) -> bool:
        """Show what came; True when the command ended and all its output is shown."""
        if change.dropped:
            self._err.print(f"… {change.dropped} lines are not kept …", style="dim")
        for line in change.lines:
            self._print(line)
        self._shown += len(change.lines) + change.dropped
        for row in change.rows:
            self._row = row
            self._show_progress(row)
        if self._row is None or self._row["completedAt"] is None:
            return False
        return self._shown >= self._row["outputLines"] or not (change.rows or change.lines)

    def _print(self, line: dict[str, Any]) -> None:
        to, style = self._err, "red" if line["stream"] == "stderr" else "dim"
        if line["stream"] == "stdout":
            to, style = self._out, ""
        to.print(plain(line["text"]) if to.is_terminal else line["text"], style=style)

    def _show_progress(self, row: Row) -> None:
        told = plain(row["progressMessage"] or row["status"].lower())
        if self._bar is not None:
            percent = row["percent"]
            self._progress.update(
                self._bar, description=told, completed=percent or 0, total=None if percent is None else 100
            )
        now = time.monotonic()
        if self._progress.disable and row["progressMessage"] and now - self._said_at >= SAY_SECONDS:
            if told != self._said:
                self._err.print(told, style="dim")
            self._said, self._said_at = told, now
