"""Progress and output of commands by REST: read in pieces, waited for, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.raw_agent import RawAgent, register, welcomed
from tests.support.server import PATIENT, Operator, Refused, Server
from tests.support.stored import rows
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = 1024 * 1024
LONG = 55
"""Seconds: as long as a call may wait."""


@asynccontextmanager
async def running(server: Server, operator: Operator, code: str) -> AsyncIterator[tuple[RawAgent, str]]:
    """An agent that runs a command, and its id."""
    _, token = await register(server, operator, code)
    async with welcomed(server, token, code) as agent:
        found = await until(lambda: operator.service(code), "the service")
        command = await operator.execute(found["id"], "echo")
        await agent.hear("command")
        await agent.say(type="accept", commandId=command["id"], attempt=1)

        async def accepted() -> bool:
            return bool((await operator.command(command["id"]))["status"] == "RUNNING")

        await until(accepted, "the command to run")
        yield agent, command["id"]


async def write(agent: RawAgent, command_id: str, offset: int, *texts: str, attempt: int = 1) -> None:
    """Lines of output."""
    lines = [{"stream": "stdout", "text": text} for text in texts]
    await agent.say(type="output", commandId=command_id, attempt=attempt, offset=offset, lines=lines)


async def finish(agent: RawAgent, command_id: str) -> None:
    """The result; everything said before has been taken when this returns."""
    await agent.say(type="result", commandId=command_id, attempt=1, success=True)
    await agent.hear("stored")


async def output(operator: Operator, command_id: str, **query: Any) -> dict[str, Any]:
    """A stretch of the output."""
    found: dict[str, Any] = await operator.get(f"/api/admin/commands/{command_id}/output", **query)
    return found


def texts(found: dict[str, Any]) -> list[str]:
    return [line["text"] for line in found["lines"]]


async def total(operator: Operator, command_id: str, count: int) -> None:
    """Wait until so many lines were taken."""

    async def look() -> bool:
        return bool((await output(operator, command_id))["total"] == count)

    await until(look, f"{count} lines")


async def test_output_and_progress_are_read_while_it_runs_and_afterwards(
    server: Server, operator: Operator
) -> None:
    async with running(server, operator, "written") as (agent, command_id):
        await write(agent, command_id, 0, "one", "two", "three")
        await agent.say(type="progress", commandId=command_id, attempt=1, percent=40, message="m" * 600)
        await write(agent, command_id, 3, "four")
        await total(operator, command_id, 4)
        first = await output(operator, command_id, limit=2)
        assert (texts(first), first["offset"], first["nextOffset"]) == (["one", "two"], 0, 2)
        assert (first["status"], first["percent"], first["attempt"]) == ("RUNNING", 40.0, 1)
        assert first["progressMessage"] == "m" * 500
        assert (first["total"], first["dropped"], first["complete"]) == (4, 0, False)
        detail = await operator.command(command_id)
        assert (detail["percent"], detail["progressMessage"], detail["outputLines"]) == (40.0, "m" * 500, 4)
        rest = await output(operator, command_id, offset=2)
        assert (texts(rest), rest["nextOffset"], rest["complete"]) == (["three", "four"], 4, False)
        await finish(agent, command_id)
        done = await output(operator, command_id, offset=3)
        assert (texts(done), done["status"], done["complete"]) == (["four"], "SUCCEEDED", True)
        assert not (await output(operator, command_id, limit=1))["complete"]
        assert (await output(operator, command_id, offset=10**6))["nextOffset"] == 4


async def test_lines_that_are_missing_are_counted(server: Server, operator: Operator) -> None:
    async with running(server, operator, "missing-lines") as (agent, command_id):
        await write(agent, command_id, 0, "one")
        await write(agent, command_id, 5, "six")
        await total(operator, command_id, 6)
        assert texts(await output(operator, command_id)) == ["one"]
        after = await output(operator, command_id, offset=1)
        assert (texts(after), after["offset"], after["dropped"], after["nextOffset"]) == (["six"], 5, 4, 6)
        await finish(agent, command_id)
        assert (await output(operator, command_id, offset=1))["dropped"] == 4


async def test_a_call_waits_for_something_new(server: Server, operator: Operator) -> None:
    async with running(server, operator, "awaited") as (agent, command_id):
        await write(agent, command_id, 0, "one")
        await total(operator, command_id, 1)

        async def next_news(offset: int) -> asyncio.Task[dict[str, Any]]:
            waiting = asyncio.create_task(output(operator, command_id, offset=offset, wait=LONG))
            done, _ = await asyncio.wait({waiting}, timeout=0.5)
            assert not done
            return waiting

        assert texts(await at_last(output(operator, command_id, wait=LONG))) == ["one"]
        waiting = await next_news(1)
        await write(agent, command_id, 1, "two")
        assert texts(await at_last(waiting)) == ["two"]
        waiting = await next_news(2)
        await agent.say(type="progress", commandId=command_id, attempt=1, percent=70)
        assert (await at_last(waiting))["percent"] == 70.0
        waiting = await next_news(2)
        await finish(agent, command_id)
        assert (await at_last(waiting))["complete"]
        assert (await at_last(output(operator, command_id, offset=2, wait=LONG)))["complete"]


async def at_last(answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """The answer, which must come before its call has waited for nothing."""
    return await asyncio.wait_for(answer, LONG - 5)


async def test_a_stop_of_the_server_ends_the_waiting(tmp_path: Path) -> None:
    stopping = Server(tmp_path)
    await stopping.start()
    async with stopping.operator() as operator, running(stopping, operator, "stopped") as (_, command_id):
        waiting = asyncio.create_task(output(operator, command_id, wait=LONG))
        done, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not done
        assert await stopping.stop() == 0
        assert (await at_last(waiting))["lines"] == []


async def test_however_much_an_agent_writes_a_bounded_part_is_kept(tmp_path: Path) -> None:
    flooded = Server(tmp_path, PATIENT | {"OPSTAGE_AGENT_MESSAGES_BURST": "100000"})
    await flooded.start()
    async with (
        flooded.operator() as operator,
        running(flooded, operator, "floods") as (agent, command_id),
    ):
        for number in range(3000):
            await write(agent, command_id, number * 30, *[""] * 29, "x")
        line = {"stream": "stdout", "text": "y", "at": "z" * 200_000}
        await agent.say(type="output", commandId=command_id, attempt=1, offset=90_000, lines=[line])
        for number in range(12):
            await write(agent, command_id, 90_001 + number, "w" * 200_000)
        await finish(agent, command_id)
        ((size,),) = rows(flooded, "SELECT length(lines_json) FROM command_outputs")
        assert size < 2 * KEPT
        end = await output(operator, command_id, offset=90_000)
        assert (end["total"], end["complete"]) == (90_013, True)
        assert max(len(text) for text in texts(end)) <= 8192
        start = await output(operator, command_id, limit=10**6)
        assert len(start["lines"]) <= 5000
        assert "z" * 100 not in str(end)
    await flooded.stop()


async def test_output_of_nothing_and_bad_queries(server: Server, operator: Operator) -> None:
    with pytest.raises(Refused) as refused:
        await output(operator, "cmd_nothing")
    assert (refused.value.status, refused.value.code) == (404, "COMMAND_NOT_FOUND")
    with pytest.raises(Refused) as invalid:
        await output(operator, "cmd_nothing", offset="first", limit="all", wait="x")
    assert (invalid.value.status, invalid.value.issues) == (422, {"offset", "limit", "wait"})
    async with running(server, operator, "wordless") as (agent, command_id):
        nothing = await output(operator, command_id, offset=-5, limit=0)
        assert (nothing["lines"], nothing["total"], nothing["complete"]) == ([], 0, False)
        await finish(agent, command_id)
        assert (await output(operator, command_id))["complete"]
    async with server.client() as stranger:
        assert (await stranger.get(f"/api/admin/commands/{command_id}/output")).status_code == 401
