"""Agents in processes of their own: signals, and kill -9 in the middle of a command."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.stand_in import StandIn, data, stand_in
from tests.support.waiting import interruptible
from tests.unit.agent.patience import until

from opstage_agent import wire
from opstage_agent.wire import CommandKind

TOKEN = "opstage_agent_secret"
ROOT = Path(__file__).parents[3] / "agent"


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        running.answer("POST", "/api/agents/register$", data({"agentId": "agt_1", "agentToken": TOKEN}))
        yield running


class Programs:
    """Starts programs that get the server's address and a token file; none outlives its test."""

    def __init__(self, server: StandIn, folder: Path) -> None:
        self._arguments = [server.url, str(folder / "token.json"), str(folder / "paid")]
        self._started: list[asyncio.subprocess.Process] = []

    async def start(self, program: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, *self._arguments),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=interruptible,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._started.append(process)
        return process

    async def end(self) -> None:
        for process in self._started:
            if process.returncode is None:
                process.kill()
            await process.communicate()


@pytest.fixture
async def programs(server: StandIn, tmp_path: Path) -> AsyncIterator[Programs]:
    started = Programs(server, tmp_path)
    yield started
    await started.end()


def command(command_id: str, action: str, **payload: Any) -> wire.Command:
    return wire.Command(
        command_id=command_id,
        attempt=1,
        kind=CommandKind.ACTION_EXECUTE,
        service_code="shop",
        action_name=action,
        payload=payload,
    )


PROGRAM = """
import logging, sys
from opstage_agent import Agent
logging.basicConfig(level=logging.INFO)
Agent("shop", url=sys.argv[1], token_file=sys.argv[2], registration_token="opstage_reg_x").run_forever()
print("ended well")
"""


PAYING_PROGRAM = """
import sys, time
from opstage_agent import Agent
agent = Agent("shop", url=sys.argv[1], token_file=sys.argv[2], registration_token="opstage_reg_x")
@agent.action
def pay():
    with open(sys.argv[3], "a") as file:
        file.write("paid")
    time.sleep(60)
agent.run_forever()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_program_that_only_runs_the_agent_ends_on_a_signal(
    server: StandIn, programs: Programs, number: signal.Signals
) -> None:
    process = await programs.start(PROGRAM)
    peer = await server.peer()
    await peer.welcome()
    began = time.monotonic()
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (await peer.frame(wire.AgentBye)).reason == "The agent was stopped."
    assert (process.returncode, out) == (0, b"ended well\n"), err.decode()
    assert time.monotonic() - began < 30
    assert TOKEN not in err.decode()


async def test_a_process_killed_in_a_command_does_not_run_it_again(
    server: StandIn, programs: Programs, tmp_path: Path
) -> None:
    paid = tmp_path / "paid"

    process = await programs.start(PAYING_PROGRAM)
    peer = await server.peer()
    await peer.welcome()
    await peer.say(command("cmd_1", "pay"))
    await until(lambda: paid.exists() and paid.read_text() == "paid", "the payment")
    process.kill()
    await process.wait()
    await programs.start(PAYING_PROGRAM)
    peer = await server.peer()
    hello = await peer.welcome()
    assert hello.running == []
    await peer.say(wire.Command(**{**_fields(command("cmd_1", "pay")), "attempt": 2}))
    result = await peer.frame(wire.Result)
    assert result.error is not None
    assert (result.attempt, result.error.code) == (2, "OUTCOME_UNKNOWN")
    assert paid.read_text() == "paid"


def _fields(frame: wire.Command) -> dict[str, Any]:
    return {name: getattr(frame, name) for name in frame.__struct_fields__}


THREADED_PROGRAM = """
import sys, threading
from opstage_agent import Agent
agent = Agent("shop", url=sys.argv[1], token_file=sys.argv[2], registration_token="opstage_reg_x")
seen = threading.Event()
agent.action(seen.set, name="seen")
agent.start()
seen.wait(60)
"""


async def test_a_program_that_ends_without_stopping_its_agent_still_says_bye(
    server: StandIn, programs: Programs
) -> None:
    process = await programs.start(THREADED_PROGRAM)
    peer = await server.peer()
    await peer.welcome()
    await peer.say(command("cmd_1", "seen"))
    await peer.frame(wire.AgentBye)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, err) == (0, b"")
