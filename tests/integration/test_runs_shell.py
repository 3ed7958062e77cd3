"""``opstage runs`` against a real server and raw agents: what it prints and how it ends."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.command_line import Said, Shell
from tests.support.crew import Crew, crew
from tests.support.payloads import CAREFUL
from tests.support.raw_agent import ECHO, service
from tests.support.server import Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def followed(shell: Shell, agent: Crew, *outcomes: bool, options: tuple[str, ...] = ()) -> Said:
    """A followed run whose commands end so, one after the other."""
    chosen = ("--selector", f"crew={agent.code}", "--concurrency", "1")
    telling = asyncio.create_task(
        shell.run("runs", "start", "echo", *chosen, "--input", "text=1", "--follow", *options)
    )
    for outcome in outcomes:
        frame = await agent.take()
        assert frame["payload"] == {"text": "1"}
        await (agent.finish(frame) if outcome else agent.fail(frame))
    return await telling


async def test_a_followed_run_tells_each_service_and_the_outcome(
    server: Server, operator: Operator, shell: Shell
) -> None:
    async with crew(server, operator, "shell-run", 3, labels={"crew": "shell-run"}) as agent:
        said = await followed(shell, agent, True, True, True)
        assert (said.code, said.out) == (0, "")
        lines = said.err.splitlines()
        assert [line.split(" after ")[0] for line in lines[:-1]] == [
            f"shell-run-{number:02}: SUCCEEDED" for number in range(3)
        ]
        assert lines[-1] == "echo on 3 services: SUCCEEDED (3 succeeded)"
        said = await followed(shell, agent, True, False, True, options=("--json",))
        assert (said.code, said.json["status"]) == (1, "FAILED")
        assert "shell-run-01: FAILED" in said.err
        assert "(BROKEN): it broke" in said.err
        said = await followed(shell, agent, False, options=("--stop-after", "1"))
        assert (said.code, "STOPPED (1 failed, 2 skipped)" in said.err) == (4, True)
        listed = await shell.run("runs", "list", "--action", "echo", "--status", "stopped")
        assert "failed=" not in listed.out
        assert "FAILED=1,SKIPPED=2" in listed.out


async def test_a_run_is_looked_at_and_stopped(server: Server, operator: Operator, shell: Shell) -> None:
    async with crew(server, operator, "shell-stop", 3) as agent:
        named = [option for code in sorted(agent.ids) for option in ("--service", code)]
        started = await shell.run("runs", "start", "echo", *named, "--concurrency", "1")
        run_id = started.out.strip()
        frame = await agent.take()
        shown = await shell.run("runs", "show", run_id)
        assert [line.split()[:2] for line in shown.out.splitlines()[-3:]] == [
            ["shell-stop-00", "RUNNING"],
            ["shell-stop-01", "WAITING"],
            ["shell-stop-02", "WAITING"],
        ]
        stopped = await shell.run("runs", "stop", run_id, "--cancel")
        assert stopped.out == "It starts no more; 1 still run.\n"
        await agent.hear("cancel")
        await agent.finish(frame, success=False, error={"code": "CANCELLED", "message": "stopped"})
        over = await shell.run("runs", "show", run_id, "--follow", "--json")
        assert (over.code, over.json["counts"]) == (4, {"CANCELLED": 1, "SKIPPED": 2})


async def test_a_dry_run_starts_nothing_and_a_confirmation_is_asked_for(
    server: Server, operator: Operator, shell: Shell
) -> None:
    mine = [service("shell-dry-a", actions=[ECHO, CAREFUL]), service("shell-dry-b")]
    async with crew(server, operator, "shell-dry", mine, labels={"crew": "shell-dry"}) as agent:
        chosen = ("--selector", "crew=shell-dry")
        dry = await shell.run("runs", "start", "careful", *chosen, "--dry-run")
        assert (dry.code, "It would run on 1 of 2 services." in dry.err) == (0, True)
        assert "ACTION_NOT_FOUND" in dry.out
        asked = await shell.run("runs", "start", "careful", *chosen)
        assert (asked.code, "asks for a confirmation: give --yes" in asked.err) == (1, True)
        assert "on 1 of 2 services (danger: LOW)" in asked.err
        none = await shell.run("runs", "start", "nothing", *chosen)
        assert (none.code, "Of the services: 2 ACTION_NOT_FOUND." in none.err) == (2, True)
        both = await shell.run("runs", "start", "echo", *chosen, "--service", "shell-dry-a")
        assert (both.code, "either --selector or --service" in both.err) == (2, True)
        made = await operator.get("/api/admin/runs", pageSize=100)
        assert "crew=shell-dry" not in [run["selector"] for run in made]
        meant = await shell.run("runs", "start", "careful", *chosen, "--yes", "--json")
        assert meant.json["counts"] == {"SKIPPED": 1, "WAITING": 1}
        await agent.finish(await agent.take())
