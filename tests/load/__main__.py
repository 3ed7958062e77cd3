"""``python -m tests.load``: run the measures, print one table, keep it as JSON."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.load.machine import this_machine
from tests.load.measures import MEASURES
from tests.load.report import Results, Row, table, write
from tests.load.stage import Stage
from tests.support.server import ROOT

AGENTS = 10_000
QUICK_AGENTS = 1_000
RESULTS = ROOT / "test-results" / "bench.json"


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--agents", type=int, help=f"how many; default {AGENTS:,}")
    parser.add_argument("--only", action="append", choices=MEASURES, help="run this measure; repeatable")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_AGENTS:,} agents, short windows")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args()


async def measure(names: Sequence[str], agents: int, rows: list[Row], *, quick: bool) -> None:
    """Run the measures on one stage, one after the other, and add to ``rows`` what comes out."""
    _end_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="opstage-bench-") as folder:
        stage = Stage(Path(folder), agents, quick=quick)
        try:
            await stage.open()
            for name in names:
                rows += await _one(stage, name)
        finally:
            await stage.close()


def _end_on_sigterm() -> None:
    """As Ctrl-C, so that no process is left behind; a second one does not disturb the tidying up."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def end() -> None:
        loop.add_signal_handler(signal.SIGTERM, lambda: None)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, end)


async def _one(stage: Stage, name: str) -> list[Row]:
    began = time.monotonic()
    try:
        rows = await MEASURES[name](stage)
    except (TimeoutError, OSError) as error:
        # What the server cannot do is a result as well; the other measures still count.
        rows = [Row(work=name, measured=f"failed: {type(error).__name__} {error}", met=False)]
        print(stage.server.log[-2000:], file=sys.stderr)
        await stage.restart()
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    for row in rows:
        print(f"    {row.work}: {row.measured} {row.cpu}", file=sys.stderr)
    return rows


def main() -> None:
    """Run."""
    wanted = arguments()
    agents = wanted.agents or (QUICK_AGENTS if wanted.quick else AGENTS)
    machine, began = this_machine(), time.monotonic()
    rows: list[Row] = []
    try:
        names = [name for name in MEASURES if name in (wanted.only or MEASURES)]
        asyncio.run(measure(names, agents, rows, quick=wanted.quick))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Ended early; this is what was measured until then.", file=sys.stderr)
    results = Results(machine, agents, round(time.monotonic() - began, 1), rows)
    write(results, wanted.results)
    print(table(rows))
    print(f"\n{machine.line}.\n{results.seconds:.0f} s; kept in {wanted.results}")


if __name__ == "__main__":
    main()
