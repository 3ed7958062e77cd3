"""The server in numbers: dashboard, metrics, diagnostics, and what everybody may know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.support.raw_agent import register, service, welcomed
from tests.support.server import Operator, Server
from tests.support.upkeep import DEFAULTS, patch, polling, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """For tests that do not mind what others left."""
    async with serving(Path(tmp_path_factory.mktemp("maintenance"))) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def alone(tmp_path: Path) -> AsyncIterator[Server]:
    """For a test that counts everything there is, or restarts the server."""
    async with serving(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def owner(own: Server) -> AsyncIterator[Operator]:
    """A signed-in owner; the settings are as the environment says."""
    async with own.operator() as signed_in:
        await patch(signed_in, DEFAULTS)
        yield signed_in


async def test_the_dashboard_says_what_there_is_and_what_happened_last(alone: Server) -> None:
    async with alone.operator() as operator:
        empty = await operator.get("/api/admin/dashboard/summary")
        assert empty["workspace"] == {
            "id": "wks_default",
            "code": "default",
            "name": "Default Workspace",
            "status": "ACTIVE",
        }
        assert (empty["agentCounts"], empty["serviceCounts"], empty["commandCounts"]) == ({}, {}, {})

        _, token = await register(alone, operator, "shown")
        two = [service("shown"), service("shown-too", health={"status": "DOWN"})]
        async with welcomed(alone, token, "shown", services=two):
            found = await operator.service("shown")
            assert found is not None
            commands = [await operator.execute(found["id"], "echo") for _ in range(12)]
            full = await operator.get("/api/admin/dashboard/summary")

        assert full["agentCounts"] == {"ONLINE": 1}
        assert full["serviceCounts"] == {"HEALTHY": 1, "UNHEALTHY": 1}
        assert full["commandCounts"] == {"PENDING": 12}
        newest = [command["id"] for command in reversed(commands)]
        assert [row["id"] for row in full["recentCommands"]] == newest[:10]
        assert len(full["recentAuditEvents"]) == 10
        assert full["recentAuditEvents"][0]["action"] in {"command.created", "command.dispatched"}
        assert full["auditEventCount"] > empty["auditEventCount"]


async def test_metrics_count_from_the_first_call_to_the_last(alone: Server) -> None:
    async with alone.operator() as operator:
        agent = await polling(alone, operator, "counted")
        found = await operator.service("counted")
        assert found is not None
        for success in (True, False):
            command = await operator.execute(found["id"], "echo")
            await agent.poll()
            body: dict[str, Any] = {"success": success}
            Operator.unwrap(await agent.post(f"/commands/{command['id']}/result", body))
        large = {"success": True, "data": {"text": "x" * 2000}}
        command = await operator.execute(found["id"], "echo")
        assert (await agent.post(f"/commands/{command['id']}/result", large)).status_code == 413

        numbers = await operator.get("/api/admin/metrics")
        assert set(numbers) == {
            *("workspace", "totals", "byStatus", "operational", "commandDurations", "topCommandErrors")
        }
        assert numbers["totals"] == {
            "users": 1,
            "agents": 1,
            "capsuleServices": 1,
            "registrationTokens": 1,
            "commands": 3,
            "auditEvents": numbers["totals"]["auditEvents"],
        }
        assert numbers["byStatus"] == {
            "agents": {"ONLINE": 1},
            "capsuleServices": {"HEALTHY": 1},
            "registrationTokens": {"USED": 1},
            "commands": {"PENDING": 1, "SUCCEEDED": 1, "FAILED": 1},
        }
        assert numbers["operational"] == {
            "agentCommandPolls": 2,
            "commandsDispatched": 2,
            "commandsCompleted": 1,
            "commandsFailed": 1,
            "actionPrepareRequested": 0,
            "actionPrepareTimeouts": 0,
            "actionPrepareFailures": 0,
            "oversizedCommandResultsRejected": 1,
            "staleOnlineAgents": 0,
        }
        assert numbers["topCommandErrors"] == [{"code": "ACTION_FAILED", "count": 1}]
        told = numbers["commandDurations"]
        assert told["sampleSize"] == 2
        assert 0 <= told["p50Ms"] <= told["p95Ms"] == told["maxMs"]


async def test_an_oversized_result_over_the_socket_counts_too(own: Server, owner: Operator) -> None:
    _, token = await register(own, owner, "large")
    async with welcomed(own, token, "large") as agent:
        found = await owner.service("large")
        assert found is not None
        command = await owner.execute(found["id"], "echo")
        sent = await agent.hear("command")
        result = {"commandId": command["id"], "attempt": sent["attempt"], "success": True}
        await agent.say(type="result", **result, data={"text": "x" * 2000})
        await agent.hear("stored")

    assert (await owner.command(command["id"]))["errorCode"] == "COMMAND_RESULT_TOO_LARGE"
    numbers = await owner.get("/api/admin/metrics")
    assert numbers["operational"]["oversizedCommandResultsRejected"] == 1


async def test_diagnostics_say_how_the_server_is_set_up_without_secrets(own: Server, owner: Operator) -> None:
    told = await owner.get("/api/admin/diagnostics/runtime")

    assert (told["edition"], told["runtime"], told["pid"]) == ("CE", "python", own.pid)
    assert told["node"] == f"v{told['python']}"
    assert set(told["memory"]) == {"rss", "heapTotal", "heapUsed", "external", "arrayBuffers"}
    assert told["memory"]["rss"] > 10_000_000
    config = told["config"]
    assert (config["port"], config["capsuleBusEnabled"]) == (own.port, False)
    assert config["maintenance"] == DEFAULTS
    assert config["databaseUrl"].endswith("opstage.db")
    assert set(config) == {
        *("host", "port", "databaseUrl", "staticDir", "maintenance", "capsuleBusEnabled"),
        *("backupDir", "backupIntervalSeconds", "backupKeep"),
    }


async def test_anybody_may_know_the_limits_that_hold_for_everybody(server: Server) -> None:
    async with server.client() as client:
        told = Operator.unwrap(await client.get("/api/system/settings"))

    assert told == {
        "edition": "ce",
        "capsuleBusEnabled": False,
        "passwordMinLength": 12,
        "sessionTtlSeconds": 28800,
        "requestMaxBytes": 1048576,
        "commandResultMaxBytes": 1000000,
    }
