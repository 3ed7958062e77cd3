"""kill -9 of the server and of agents in the middle of commands, with the real agent library."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.support.programs import Worker, worker
from tests.support.raw_operator import live
from tests.support.server import Operator, Server
from tests.support.upkeep import impatient
from tests.support.waiting import until, until_true

AGENTS = 4
SECONDS = 3.0


@pytest_asyncio.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[Server]:
    running = Server(tmp_path)
    await running.start()
    yield running
    await running.stop()


async def healthy(operator: Operator, code: str) -> dict[str, Any]:
    """The service once it is HEALTHY and connected."""

    async def look() -> dict[str, Any] | None:
        found = await operator.service(code)
        good = found and (found["status"], found["connection"]) == ("HEALTHY", "connected")
        return found if good else None

    return await until(look, f"{code} to be HEALTHY")


async def test_a_killed_server_loses_no_command_and_shows_nobody_offline(
    own_server: Server, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        operator = await stack.enter_async_context(own_server.operator())
        codes = [f"worker-{number}" for number in range(AGENTS)]
        workers = [
            await stack.enter_async_context(worker(own_server, operator, code, tmp_path)) for code in codes
        ]
        services = [await healthy(operator, code) for code in codes]
        made = [
            (await operator.execute(service["id"], "work", {"seconds": SECONDS}))["id"]
            for service in services
            for _ in range(3)
        ]
        await until_true(lambda: all(each.ran for each in workers), "every worker to work")
        await own_server.kill()
        await own_server.start()
        statuses = await watch_until_back(own_server, operator, codes)
        assert "OFFLINE" not in statuses, statuses
        done = [await operator.finished(command_id) for command_id in made]
    assert [(each["status"], each["result"]["data"]) for each in done] == [
        ("SUCCEEDED", {"did": each["id"]}) for each in done
    ]
    assert_once(workers, made)


async def watch_until_back(server: Server, operator: Operator, codes: list[str]) -> set[str]:
    """Every status any of these agents was shown with until all were connected again."""
    seen: set[str] = set()
    async with live(server, operator) as browser:
        await browser.follow("fleet")
        while True:
            mine = [row for row in browser.rows["fleet"].values() if row["code"] in codes]
            seen |= {row["status"] for row in mine}
            if len(mine) == 2 * len(codes) and all(row["connection"] == "connected" for row in mine):
                return seen
            await browser.hear()


def assert_once(workers: list[Worker], made: list[str]) -> None:
    """Each command was executed exactly once, from start to end."""
    ran = Counter((command_id, what) for each in workers for command_id, _, what in each.ran)
    assert ran == Counter({(command_id, what): 1 for command_id in made for what in ("start", "end")})


async def test_a_killed_agent_goes_reconnecting_then_offline_and_comes_back(
    own_server: Server, tmp_path: Path
) -> None:
    async with (
        own_server.operator() as operator,
        worker(own_server, operator, "victim", tmp_path) as victim,
        live(own_server, operator) as browser,
    ):
        await browser.follow("fleet")
        service = await healthy(operator, "victim")
        command = await operator.execute(service["id"], "work", {"seconds": 300})
        await until_true(lambda: victim.ran, "the work to begin")
        await victim.end(signal.SIGKILL)
        await browser.see("fleet", lambda rows: by_connection(rows, "victim", "reconnecting"))
        async with impatient(operator):
            await browser.see("fleet", lambda rows: by_connection(rows, "victim", "none"))
            gone = await operator.service("victim")
            assert gone is not None
            assert (gone["status"], gone["statusReason"]) == ("OFFLINE", "AGENT_OFFLINE")
        await victim.start()
        await healthy(operator, "victim")
        done = await operator.finished(command["id"])
        assert (done["status"], done["errorCode"]) == ("FAILED", "OUTCOME_UNKNOWN")
        again = await operator.execute(service["id"], "work")
        assert (await operator.finished(again["id"]))["status"] == "SUCCEEDED"
    assert Counter(what for command_id, _, what in victim.ran if command_id == command["id"]) == {"start": 1}


def by_connection(rows: dict[str, dict[str, Any]], code: str, connection: str) -> bool:
    """True if agent and service of this code are shown with this connection."""
    mine = [row for row in rows.values() if row["code"] == code]
    return len(mine) == 2 and all(row["connection"] == connection for row in mine)


async def test_a_running_command_is_cancelled_and_a_failing_one_tells_why(
    own_server: Server, tmp_path: Path
) -> None:
    async with (
        own_server.operator() as operator,
        worker(own_server, operator, "slow", tmp_path) as slow,
    ):
        service = await healthy(operator, "slow")
        command = await operator.execute(service["id"], "work", {"seconds": 300})
        await until_true(lambda: slow.ran, "the work to begin")
        await operator.post(f"/api/admin/commands/{command['id']}/cancel")
        done = await operator.finished(command["id"])
        assert (done["status"], done["errorCode"]) == ("CANCELLED", "CANCELLED")
        failed = await operator.finished((await operator.execute(service["id"], "fail"))["id"])
        assert (failed["status"], failed["errorCode"]) == ("FAILED", "ACTION_FAILED")
        assert "told to fail" in failed["errorMessage"]


async def test_ctrl_c_ends_the_server_with_open_sockets_and_agents_come_back(
    own_server: Server, tmp_path: Path
) -> None:
    async with (
        own_server.operator() as operator,
        worker(own_server, operator, "stays", tmp_path),
        live(own_server, operator) as browser,
    ):
        await browser.follow("fleet")
        await healthy(operator, "stays")
        assert await own_server.stop() == 0
        code, _ = await browser.closed()
        assert code == 1012
        await own_server.start()
        assert await healthy(operator, "stays")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_agent_that_is_told_to_stop_says_bye(
    own_server: Server, tmp_path: Path, number: signal.Signals
) -> None:
    async with (
        own_server.operator() as operator,
        worker(own_server, operator, "leaves", tmp_path) as leaves,
    ):
        await healthy(operator, "leaves")
        await leaves.end(number)

        async def look() -> bool:
            found = await operator.agent("leaves")
            return found is not None and found["statusReason"] == "SAID_BYE"

        assert await until(look, "the agent to be gone for good")
