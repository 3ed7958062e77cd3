"""Runs over kill -9 and over time: nothing is done twice, nothing is forgotten, old ones go."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest_asyncio
from tests.integration.test_crashes import healthy
from tests.integration.test_runs import RUNS, ended, start, targets, work_off
from tests.support.crew import crew
from tests.support.programs import Worker, worker
from tests.support.raw_operator import live
from tests.support.refusals import refused_with
from tests.support.server import Server
from tests.support.stored import rows as stored
from tests.support.upkeep import count, database, serving
from tests.support.waiting import until_true

WORKERS = 6


@pytest_asyncio.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[Server]:
    running = Server(tmp_path)
    await running.start()
    yield running
    await running.stop()


async def test_a_run_goes_on_after_a_kill_and_does_nothing_twice(own_server: Server, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        operator = await stack.enter_async_context(own_server.operator())
        codes = [f"rolling-{number}" for number in range(WORKERS)]
        workers = [
            await stack.enter_async_context(worker(own_server, operator, code, tmp_path)) for code in codes
        ]
        chosen = [(await healthy(operator, code))["id"] for code in codes]
        for each in workers[2:]:
            (each.folder / "held").touch()
        run = await start(operator, chosen, "work", payload={"seconds": 1.0}, concurrency=2)
        await until_true(lambda: executed(workers)["start"] > 2, "the first of them to be done")
        await own_server.kill()
        await own_server.start()
        again = await operator.get(f"{RUNS}/{run['id']}")
        assert (again["status"], again["payload"]) == ("RUNNING", {"seconds": 1.0})
        for each in workers[2:]:
            (each.folder / "held").unlink()
        over = await ended(operator, run["id"])
        assert (over["status"], over["counts"]) == ("SUCCEEDED", {"SUCCEEDED": WORKERS})
        assert executed(workers) == {"start": WORKERS, "end": WORKERS}
        assert all({what for _, _, what in each.ran} == {"start", "end"} for each in workers)
        found = await targets(operator, run["id"])
        assert [each["serviceId"] for each in found] == chosen
        made = stored(own_server, "SELECT COUNT(*) FROM commands WHERE run_id = ?", run["id"])
        assert made == [(WORKERS,)]
        async with live(own_server, operator) as browser:
            await browser.follow("runs")
            await browser.see("runs", lambda rows: rows[run["id"]] == over | {"kind": "run"})


def executed(workers: list[Worker]) -> Counter[str]:
    return Counter(what for each in workers for _, _, what in each.ran)


async def test_a_stop_outlasts_a_kill(own_server: Server) -> None:
    async with own_server.operator() as operator:
        async with crew(own_server, operator, "stopped-run", 3) as agent:
            run = await start(operator, agent.all, concurrency=1)
            frame = await agent.take()
            await operator.post(f"{RUNS}/{run['id']}/stop")
        await own_server.kill()
        await own_server.start()
        again = await operator.get(f"{RUNS}/{run['id']}")
        assert (again["status"], again["stopReason"]) == ("RUNNING", "OPERATOR")
        assert again["counts"] == {"RUNNING": 1, "SKIPPED": 2}
        running = [{"commandId": frame["commandId"], "attempt": frame["attempt"]}]
        async with crew(own_server, operator, "stopped-run", 3, running=running) as agent:
            await operator.post(f"{RUNS}/{run['id']}/stop", {"cancelRunning": True})
            assert (await agent.hear("cancel"))["commandId"] == frame["commandId"]
            await agent.finish(frame, success=False, error={"code": "CANCELLED", "message": "stopped"})
            over = await ended(operator, run["id"])
        assert (over["status"], over["counts"]) == ("STOPPED", {"CANCELLED": 1, "SKIPPED": 2})


async def test_after_a_start_it_waits_for_agents_to_come_back(own_server: Server) -> None:
    async with own_server.operator() as operator:
        async with crew(own_server, operator, "away-long", 3) as agent:
            run = await start(operator, agent.all, concurrency=1)
            frame = await agent.take()
            await own_server.kill()
        with closing(database(own_server)) as connection, connection:
            connection.execute("UPDATE agents SET last_heartbeat_at = '2001-01-01T00:00:00.000Z'")
            # So that the second one's turn is at the start.
            connection.execute("UPDATE runs SET concurrency = 2 WHERE id = ?", (run["id"],))
        await own_server.start()
        running = [{"commandId": frame["commandId"], "attempt": frame["attempt"]}]
        async with crew(own_server, operator, "away-long", 3, running=running) as agent:
            await agent.finish(frame)
            await work_off(agent, 2, 2)
            over = await ended(operator, run["id"])
        assert (over["status"], over["counts"]) == ("SUCCEEDED", {"SUCCEEDED": 3})


async def test_a_command_that_cannot_be_made_takes_no_other_with_it(own_server: Server) -> None:
    async with own_server.operator() as operator, crew(own_server, operator, "defective", 4) as agent:
        with closing(database(own_server)) as connection, connection:
            connection.execute(
                "CREATE TRIGGER defect BEFORE INSERT ON commands WHEN NEW.service_code = 'defective-01'"
                " BEGIN SELECT RAISE(ABORT, 'defect'); END"
            )
        run = await start(operator, agent.all, concurrency=3)
        await work_off(agent, 3, 3)
        over = await ended(operator, run["id"])
        assert (over["status"], over["counts"]) == ("FAILED", {"SUCCEEDED": 3, "FAILED": 1})
        (broken,) = await targets(operator, run["id"], status="FAILED")
        assert (broken["serviceCode"], broken["errorCode"]) == ("defective-01", "INTERNAL_ERROR")


async def test_runs_go_with_the_commands(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.operator() as operator, live(server, operator) as browser:
        async with crew(server, operator, "aged", 2) as agent:
            old = await start(operator, agent.all)
            await work_off(agent, 2, 2)
            await ended(operator, old["id"])
            going = await start(operator, agent.all)
        await browser.follow("runs")
        await browser.see("runs", lambda rows: {old["id"], going["id"]} <= rows.keys())
        with closing(database(server)) as connection, connection:
            connection.execute("UPDATE runs SET completed_at = '2001' WHERE id = ?", (old["id"],))
            connection.execute("UPDATE runs SET created_at = '2001' WHERE id = ?", (going["id"],))
        assert (await operator.post("/api/admin/maintenance/run"))["deletedRuns"] == 1
        await browser.see("runs", lambda rows: rows.keys() == {going["id"]})
        assert (await refused_with(operator.get(f"{RUNS}/{old['id']}"))).code == "RUN_NOT_FOUND"
        assert (await refused_with(operator.get(f"{RUNS}/{old['id']}/targets"))).code == "RUN_NOT_FOUND"
        assert count(server, f"SELECT COUNT(*) FROM run_targets WHERE run_id = '{old['id']}'") == 0
        assert count(server, f"SELECT COUNT(*) FROM run_targets WHERE run_id = '{going['id']}'") == 2
