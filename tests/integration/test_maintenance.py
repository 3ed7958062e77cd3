"""Settings that count at once and everywhere, the sweep, and the server in numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.support.raw_agent import RawAgent, register, welcomed
from tests.support.server import Operator, Refused, Server
from tests.support.upkeep import DEFAULTS, SETTINGS, audited, count, database, patch, polling, serving
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUN = "/api/admin/maintenance/run"
SOURCES = "/api/admin/settings/maintenance/sources"
LONG_AGO = "2001-01-01T00:00:00.000Z"


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


def fill_health(server: Server, service_id: str, agent_id: str, number: int, at: str = LONG_AGO) -> None:
    """Old entries of a service's health, put into the database from outside."""
    rows = [(f"hlr_{service_id}_{each:06}", service_id, agent_id, at, at) for each in range(number)]
    with closing(database(server)) as connection, connection:
        connection.executemany(
            "INSERT INTO health_reports (id, workspace_id, service_id, agent_id, status, details_json,"
            " reported_at, created_at) VALUES (?, 'wks_default', ?, ?, 'UP', '{}', ?, ?)",
            rows,
        )


async def service_status(operator: Operator, code: str) -> tuple[str, str]:
    found = await operator.service(code)
    assert found is not None
    return found["status"], found["statusReason"]


async def became(operator: Operator, code: str, status: str) -> None:
    async def look() -> bool:
        return (await service_status(operator, code))[0] == status

    await until(look, f"{code} to be {status}")


# --- settings --------------------------------------------------------------------------------------


async def test_the_environment_counts_until_something_is_saved(alone: Server) -> None:
    async with alone.operator() as operator:
        assert await operator.get(SETTINGS) == DEFAULTS

        changed = DEFAULTS | {"auditRetentionDays": 7, "healthRetentionDays": 0}
        assert await patch(operator, {"auditRetentionDays": 7, "healthRetentionDays": 0}) == changed
        assert await operator.get(SETTINGS) == changed
        assert await patch(operator, {}) == changed

        await alone.stop()
        alone.settings |= {"OPSTAGE_AUDIT_RETENTION_DAYS": "5", "OPSTAGE_OUTPUT_RETENTION_DAYS": "3"}
        await alone.start()
        assert await operator.get(SETTINGS) == changed | {"outputRetentionDays": 3}


async def test_a_value_can_follow_the_environment_again(owner: Operator) -> None:
    await patch(owner, dict.fromkeys(DEFAULTS))
    assert await owner.get(SOURCES) == {"environment": DEFAULTS, "saved": []}

    await patch(owner, {"auditRetentionDays": 7, "healthRetentionDays": 8})
    assert await patch(owner, {"auditRetentionDays": None}) == DEFAULTS | {"healthRetentionDays": 8}
    assert await owner.get(SOURCES) == {"environment": DEFAULTS, "saved": ["healthRetentionDays"]}


async def test_a_change_is_audited_with_what_was_before(owner: Operator) -> None:
    await patch(owner, {"commandRetentionDays": 1})
    await patch(owner, {})

    event = (await audited(owner, "settings.maintenance.updated"))[0]
    assert (event["actorName"], event["targetType"]) == ("owner", "Workspace")
    assert event["metadata"] == DEFAULTS | {"commandRetentionDays": 1, "before": DEFAULTS}


async def test_values_that_cannot_be_are_named_and_nothing_is_saved(owner: Operator) -> None:
    bad = {
        "agentOfflineThresholdSeconds": 0,
        "auditRetentionDays": -1,
        "maintenanceIntervalSeconds": "60",
        "commandRetentionDays": "",
        "outputRetentionDays": 1.5,
        "tokenRetentionDays": 1,
        "unknown": 1,
    }
    with pytest.raises(Refused) as refused:
        await patch(owner, bad)

    assert (refused.value.status, refused.value.code) == (422, "VALIDATION_FAILED")
    assert refused.value.issues == set(bad) - {"tokenRetentionDays", "unknown"}
    assert await owner.get(SETTINGS) == DEFAULTS


async def test_another_threshold_counts_for_status_readiness_and_metrics_at_once(
    own: Server, owner: Operator
) -> None:
    await polling(own, owner, "quiet")
    found = await owner.service("quiet")
    assert found is not None
    assert found["status"] == "HEALTHY"

    await patch(owner, {"agentOfflineThresholdSeconds": 1})
    await became(owner, "quiet", "STALE")
    with pytest.raises(Refused) as refused:
        await owner.execute(found["id"], "echo")
    assert refused.value.code == "AGENT_HEARTBEAT_STALE"
    assert (await owner.get("/api/admin/metrics"))["operational"]["staleOnlineAgents"] >= 1

    await patch(owner, {"agentOfflineThresholdSeconds": 3600})
    await became(owner, "quiet", "HEALTHY")
    assert (await owner.get("/api/admin/metrics"))["operational"]["staleOnlineAgents"] == 0
    assert (await owner.execute(found["id"], "echo"))["status"] == "PENDING"


async def test_a_new_interval_starts_the_timer_at_once(own: Server, owner: Operator) -> None:
    token = await owner.post("/api/admin/registration-tokens", {"expiresInSeconds": 60})
    with closing(database(own)) as connection, connection:
        sql = "UPDATE registration_tokens SET expires_at = ? WHERE id = ?"
        connection.execute(sql, (LONG_AGO, token["id"]))

    await patch(owner, {"maintenanceIntervalSeconds": 1})

    async def expired() -> bool:
        rows = await owner.get("/api/admin/registration-tokens", status="EXPIRED")
        return [row["id"] for row in rows] == [token["id"]]

    async def told() -> list[dict[str, Any]]:
        runs = await audited(owner, "maintenance.run")
        return [each for each in runs if each["metadata"]["expiredRegistrationTokens"] == 1]

    await until(expired, "the timer to sweep")
    # Written when the whole sweep is over.
    (event,) = await until(told, "the sweep to be audited")
    assert event["actorType"] == "SYSTEM"


# --- the sweep -------------------------------------------------------------------------------------


async def test_a_sweep_makes_overdue_things_happen_and_counts_them(alone: Server) -> None:
    async with alone.operator() as operator:
        await polling(alone, operator, "absent")
        await patch(operator, {"agentOfflineThresholdSeconds": 1})
        await became(operator, "absent", "STALE")

        async def swept() -> dict[str, Any] | None:
            done: dict[str, Any] = await operator.post(RUN)
            return done if done["offlineAgents"] else None

        # Nobody is given up before the server has been up for one threshold.
        done = await until(swept, "the sweep to give the agent up")
        assert (done["offlineAgents"], done["offlineServices"]) == (1, 1)
        assert done["ranAt"] > LONG_AGO
        assert await service_status(operator, "absent") == ("OFFLINE", "AGENT_OFFLINE")
        agent = await operator.agent("absent")
        assert agent is not None
        assert (agent["status"], agent["statusReason"]) == ("OFFLINE", "POLL_MISSED")

        assert len(await audited(operator, "system.agent.offline")) == 1
        (stale,) = await audited(operator, "system.service.stale")
        assert stale["metadata"] == {"count": 1}
        (run,) = await audited(operator, "maintenance.run")
        assert run["metadata"] == {name: value for name, value in done.items() if name != "ranAt"}
        triggered = (await audited(operator, "maintenance.triggered"))[0]
        assert triggered["metadata"] == {"result": done}
        assert triggered["actorName"] == "owner"

        again = await operator.post(RUN)
        assert (again["offlineAgents"], again["offlineServices"]) == (0, 0)
        assert len(await audited(operator, "maintenance.run")) == 1


async def test_an_agent_that_was_given_up_comes_back_with_its_next_call(own: Server, owner: Operator) -> None:
    agent = await polling(own, owner, "returning")
    await patch(owner, {"agentOfflineThresholdSeconds": 1})

    async def given_up() -> bool:
        await owner.post(RUN)
        found = await owner.agent("returning")
        return found is not None and found["status"] == "OFFLINE"

    await until(given_up, "the sweep to give the agent up")
    await patch(owner, {"agentOfflineThresholdSeconds": 60})
    Operator.unwrap(await agent.post("/heartbeat", {}))
    found = await owner.agent("returning")
    assert found is not None
    assert (found["status"], found["statusReason"]) == ("ONLINE", "POLLING")


async def test_what_is_older_than_its_retention_goes_and_0_keeps_it(own: Server, owner: Operator) -> None:
    agent_id, token = await register(own, owner, "pruned")
    async with welcomed(own, token, "pruned"):
        found = await owner.service("pruned")
        assert found is not None
    fill_health(own, found["id"], agent_id, 3)
    old = count(own, "SELECT COUNT(*) FROM health_reports WHERE reported_at < '2002'")
    assert old == 3

    await patch(owner, {"healthRetentionDays": 0})
    assert (await owner.post(RUN))["deletedHealthReports"] == 0
    await patch(owner, {"healthRetentionDays": 30})
    assert (await owner.post(RUN))["deletedHealthReports"] == 3
    assert count(own, f"SELECT COUNT(*) FROM health_reports WHERE service_id = '{found['id']}'") == 1


async def test_deleted_commands_leave_the_counts_and_the_live_view(alone: Server) -> None:
    async with alone.operator() as operator:
        agent = await polling(alone, operator, "forgotten")
        found = await operator.service("forgotten")
        assert found is not None
        for _ in range(2):
            command = await operator.execute(found["id"], "echo")
            assert [each["id"] for each in await agent.poll()] == [command["id"]]
            body = {"success": False, "error": {"code": "NO_LUCK", "message": "none"}}
            Operator.unwrap(await agent.post(f"/commands/{command['id']}/result", body))
        numbers = await operator.get("/api/admin/metrics")
        assert numbers["byStatus"]["commands"] == {"FAILED": 2}
        assert numbers["topCommandErrors"] == [{"code": "NO_LUCK", "count": 2}]

        with closing(database(alone)) as connection, connection:
            sql = "UPDATE commands SET completed_at = ?, started_at = ? WHERE id = ?"
            connection.execute(sql, (LONG_AGO, LONG_AGO, command["id"]))
        assert (await operator.post(RUN))["deletedCommands"] == 1

        numbers = await operator.get("/api/admin/metrics")
        assert numbers["byStatus"]["commands"] == {"FAILED": 1}
        assert numbers["totals"]["commands"] == 1
        summary = await operator.get("/api/admin/dashboard/summary")
        assert summary["commandCounts"] == {"FAILED": 1}
        assert command["id"] not in [row["id"] for row in summary["recentCommands"]]


async def test_audit_events_go_and_the_counts_of_them_shrink(alone: Server) -> None:
    async with alone.operator() as operator:
        _, token = await register(alone, operator, "told")
        async with welcomed(alone, token, "told") as agent:
            found = await until(lambda: operator.service("told"), "the service")
            await operator.execute(found["id"], "echo")
            await agent.hear("command")
        before = await operator.get("/api/admin/metrics")
        assert before["operational"]["commandsDispatched"] == 1

        with closing(database(alone)) as connection, connection:
            connection.execute("UPDATE audit_events SET created_at = ?", (LONG_AGO,))
        done = await operator.post(RUN)
        assert done["deletedAuditEvents"] == before["totals"]["auditEvents"]

        after = await operator.get("/api/admin/metrics")
        assert after["operational"]["commandsDispatched"] == 0
        assert after["totals"]["auditEvents"] < before["totals"]["auditEvents"]
        assert after["totals"]["auditEvents"] == count(alone, "SELECT COUNT(*) FROM audit_events")


BACKLOG = 50_000
HEALTH = "SELECT COUNT(*) FROM health_reports"


async def test_a_large_backlog_is_deleted_while_commands_go_on(alone: Server) -> None:
    """Commands that are run one after the other all end before the sweep, which began first.

    A machine that leaves this process standing for a while leaves the server time for its whole sweep, but
    not again and again.
    """
    async with alone.operator() as operator, alone.operator() as other:
        agent_id, token = await register(alone, operator, "busy")
        async with welcomed(alone, token, "busy") as agent:
            found = await operator.service("busy")
            assert found is not None
            other.client.timeout = httpx.Timeout(120)
            for _ in range(4):
                fill_health(alone, found["id"], agent_id, BACKLOG)
                sweep = asyncio.create_task(other.post(RUN))
                beside = await commands_beside(alone, operator, agent, found["id"])
                ended_first = not sweep.done() and count(alone, HEALTH) < beside
                assert (await sweep)["deletedHealthReports"] == BACKLOG
                if ended_first:
                    return
    raise AssertionError("five commands took longer than the whole sweep, each time")


async def commands_beside(alone: Server, operator: Operator, agent: RawAgent, service_id: str) -> int:
    """Run five commands while a sweep is under way; how many entries were left when they began."""

    async def under_way() -> bool:
        return count(alone, HEALTH) < BACKLOG

    await until(under_way, "the sweep to begin")
    left = count(alone, HEALTH)
    for _ in range(5):
        command = await operator.execute(service_id, "echo", {"text": "quick"})
        sent = await agent.hear("command")
        assert sent["commandId"] == command["id"]
        await agent.say(type="accept", commandId=command["id"], attempt=sent["attempt"])
        done = {"commandId": command["id"], "attempt": sent["attempt"], "success": True}
        await agent.say(type="result", **done)
        await agent.hear("stored")
    return left


async def test_two_sweeps_do_not_run_at_once(own: Server, owner: Operator) -> None:
    agent_id, token = await register(own, owner, "twice")
    async with welcomed(own, token, "twice"):
        found = await owner.service("twice")
        assert found is not None
    fill_health(own, found["id"], agent_id, 3000)

    both = await asyncio.gather(owner.post(RUN), owner.post(RUN))

    assert sorted(each["deletedHealthReports"] for each in both) == [0, 3000]
