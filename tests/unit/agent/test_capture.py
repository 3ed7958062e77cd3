"""What handlers print becomes output of their run, bounded."""

from __future__ import annotations

import asyncio
import io
import sys
import threading

import pytest
from tests.unit.agent.patience import until
from tests.unit.agent.stage import Stage

from opstage_agent.context import Context
from opstage_agent.wire import OutputStream

DEADLINE = 60.0


async def test_print_and_log_become_output_and_reach_the_real_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def one(ctx: Context) -> None:
        print("first", 1)
        await asyncio.sleep(0)
        print("warned", file=sys.stderr)
        ctx.log("two\nlines")
        print("no end", end="")

    def two() -> None:
        print("from a thread")

    before = sys.stdout
    stage = Stage(one, two)
    stage.start("one")
    stage.start("two", command_id="cmd_2")
    await stage.outcome("cmd_1")
    await stage.outcome("cmd_2")
    assert sys.stdout is before
    by_run = {
        name: [
            (line.stream, line.text) for said in stage.said if said.command_id == name for line in said.lines
        ]
        for name in ("cmd_1", "cmd_2")
    }
    assert by_run["cmd_1"] == [
        (OutputStream.STDOUT, "first 1"),
        (OutputStream.STDERR, "warned"),
        (OutputStream.LOG, "two"),
        (OutputStream.LOG, "lines"),
        (OutputStream.STDOUT, "no end"),
    ]
    assert by_run["cmd_2"] == [(OutputStream.STDOUT, "from a thread")]
    printed = capsys.readouterr()
    assert "first 1\n" in printed.out
    assert printed.err == "warned\n"


async def test_print_outside_a_handler_is_not_captured() -> None:
    inside, go = asyncio.Event(), asyncio.Event()

    async def one() -> None:
        inside.set()
        await go.wait()

    stage = Stage(one)
    stage.start("one")
    await inside.wait()
    print("not of the run")
    go.set()
    await stage.outcome()
    assert stage.lines() == []


async def test_output_of_a_flood_is_bounded_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    began, go, ended = threading.Event(), threading.Event(), threading.Event()

    def one() -> None:
        began.set()
        go.wait(DEADLINE)
        for number in range(3_000):
            print(f"{number}".ljust(1000))
        ended.set()

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    stage = Stage(one)
    stage.start("one")
    await until(began.is_set, "the handler to begin")
    go.set()
    # Blocks the loop on purpose: it is to be slower than the handler.
    assert ended.wait(DEADLINE)
    await stage.outcome()
    texts = [text for _, text in stage.lines()]
    assert sum(map(len, texts)) < 1_200_000
    assert any("lines dropped here" in text for text in texts)
    assert texts[-1].strip() == "2999"
