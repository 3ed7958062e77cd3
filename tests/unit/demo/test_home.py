"""How a demo service is run and stopped, in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.unit.demo.programs import DEADLINE, environment

from opstage.demo.home import CHILD_VARIABLE, AlreadyRunning, Home

ASYNC = """
import asyncio
from opstage.demo.home import end_with_starter, run_async
async def serve():
    print("working", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        print("cleaned up", flush=True)
end_with_starter()
run_async(serve)
print("ended", flush=True)
"""
THREADS = """
import threading
from opstage.demo.home import end_with_starter, run_sync
stopping = threading.Event()
def serve():
    print("working", flush=True)
    stopping.wait()
    print("cleaned up", flush=True)
end_with_starter()
run_sync(serve, stopping.set)
print("ended", flush=True)
"""
STUCK = """
import threading
from opstage.demo import home
home.STOP_SECONDS = 0.1
def serve():
    print("working", flush=True)
    threading.Event().wait()
home.run_sync(serve, lambda: None)
"""

Child = asyncio.subprocess.Process
Begin = Callable[..., Awaitable[Child]]


@pytest.fixture
async def begin() -> AsyncIterator[Begin]:
    """Starts a program that says ``working``; ends it after the test."""
    begun: list[Child] = []

    async def start(source: str, **variables: str) -> Child:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", source, env=environment() | variables, stdin=pipe, stdout=pipe
        )
        begun.append(child)
        async with asyncio.timeout(DEADLINE):
            assert child.stdout is not None
            assert await child.stdout.readline() == b"working\n"
        return child

    yield start
    for child in begun:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def rest_of(child: Child) -> tuple[bytes, int | None]:
    async with asyncio.timeout(DEADLINE):
        assert child.stdout is not None
        said = await child.stdout.read()
        await child.wait()
    return said, child.returncode


@pytest.mark.parametrize("source", [ASYNC, THREADS], ids=["asyncio", "threads"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_the_service_clean_up(begin: Begin, source: str, number: signal.Signals) -> None:
    child = await begin(source)
    child.send_signal(number)
    assert await rest_of(child) == (b"cleaned up\nended\n", 0)


@pytest.mark.parametrize("source", [ASYNC, THREADS], ids=["asyncio", "threads"])
async def test_a_child_of_the_supervisor_ends_when_its_input_does(begin: Begin, source: str) -> None:
    child = await begin(source, **{CHILD_VARIABLE: "1"})
    assert child.stdin is not None
    child.stdin.close()
    assert await rest_of(child) == (b"cleaned up\nended\n", 0)


async def test_the_end_of_input_means_nothing_to_a_service_started_by_hand(begin: Begin) -> None:
    child = await begin(ASYNC)
    assert child.stdin is not None
    child.stdin.close()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await child.wait()


async def test_a_service_that_does_not_stop_ends_all_the_same(begin: Begin) -> None:
    child = await begin(STUCK)
    child.terminate()
    assert await rest_of(child) == (b"", 1)


def test_only_one_process_runs_a_service_from_a_folder(tmp_path: Path) -> None:
    home = Home("some-service", tmp_path / "some-service", "http://127.0.0.1:1")
    with home.claimed(), pytest.raises(AlreadyRunning, match=f"runs as process {os.getpid()}"):
        home.claimed().__enter__()
    with home.claimed():
        assert (tmp_path / "some-service").is_dir()


def test_what_an_operator_set_survives_a_restart_and_a_damaged_file(tmp_path: Path) -> None:
    home = Home("some-service", tmp_path, "http://127.0.0.1:1")
    home.preferences.keep("workers", 3)
    home.preferences.keep("accepted", ["/a", "/b"])
    assert home.preferences.names("accepted") == ["/a", "/b"]
    assert home.preferences.number("workers", 1) == 3
    (tmp_path / "preferences.json").write_text("{damaged")
    assert home.preferences.number("workers", 1) == 1
    assert home.preferences.names("accepted") is None


def test_a_registration_token_is_not_shown_in_a_home(tmp_path: Path) -> None:
    assert "opstage_reg_x" not in repr(Home("a", tmp_path, "http://x", "opstage_reg_x"))
