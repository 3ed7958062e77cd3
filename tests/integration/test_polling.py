"""A plain HTTP agent beside the socket agents: the calls of level 0.4 and the long poll."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.raw_agent import register, service, welcomed
from tests.support.server import Operator, Refused, Server
from tests.support.upkeep import impatient, patch, serving
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Poller:
    """An agent that only knows HTTP."""

    def __init__(self, client: httpx.AsyncClient, agent_id: str, token: str) -> None:
        self._client = client
        self._root = f"/api/agents/{agent_id}"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any) -> Any:
        """``data`` of a POST."""
        response = await self._client.post(self._root + path, json=body, headers=self._headers)
        return Operator.unwrap(response)

    async def poll(self, **query: Any) -> list[dict[str, Any]]:
        """Claimed commands."""
        response = await self._client.get(self._root + "/commands", params=query, headers=self._headers)
        found: list[dict[str, Any]] = Operator.unwrap(response)
        return found


async def poller(server: Server, operator: Operator, client: httpx.AsyncClient, code: str) -> Poller:
    """A registered polling agent that reported its service."""
    agent_id, token = await register(server, operator, code)
    agent = Poller(client, agent_id, token)
    await agent.post("/services/report", {"services": [service(code)]})
    return agent


async def test_a_polling_agent_runs_a_command(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        agent = await poller(server, operator, client, "poller")
        found = await operator.service("poller")
        assert found is not None
        assert (found["status"], found["connection"]) == ("HEALTHY", "polling")
        command = await operator.execute(found["id"], "echo", {"text": "secret", "token": "raw"})
        claimed = await agent.poll(limit=1)
        assert [(each["id"], each["status"]) for each in claimed] == [(command["id"], "RUNNING")]
        assert claimed[0]["payload"] == {"text": "secret", "token": "raw"}
        assert await agent.poll() == []
        shown = await operator.command(command["id"])
        assert shown["payload"] == {"text": "secret", "token": "[REDACTED]"}
        result = await agent.post(f"/commands/{command['id']}/result", {"success": True, "data": {"n": 1}})
        assert (result["success"], result["data"]) == (True, {"n": 1})
        assert (await operator.command(command["id"]))["status"] == "SUCCEEDED"
        with pytest.raises(Refused) as again:
            await agent.post(f"/commands/{command['id']}/result", {"success": False})
        assert (again.value.status, again.value.code) == (409, "COMMAND_ALREADY_COMPLETED")


async def test_a_long_poll_returns_when_there_is_work(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        agent = await poller(server, operator, client, "longpoll")
        found = await operator.service("longpoll")
        assert found is not None
        waiting = asyncio.create_task(agent.poll(wait=55))
        done, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not done
        command = await operator.execute(found["id"], "echo")
        async with asyncio.timeout(50):
            assert [each["id"] for each in await waiting] == [command["id"]]


async def test_health_travels_with_the_heartbeat(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        agent = await poller(server, operator, client, "beats")
        found = await operator.service("beats")
        assert found is not None
        body = {"serviceId": found["id"], "health": {"status": "DEGRADED", "message": "slow"}}
        assert (await agent.post("/heartbeat", body))["heartbeatIntervalSeconds"] == 30
        changed = await operator.service("beats")
        assert changed is not None
        assert (changed["status"], changed["healthMessage"]) == ("UNHEALTHY", "slow")


async def test_a_silent_poller_goes_stale_and_then_offline(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.operator() as operator, server.client() as client:
        await poller(server, operator, client, "silent-poller")

        async def shown(status: str) -> bool:
            found = await operator.service("silent-poller")
            return found is not None and found["status"] == status

        async def listed(status: str) -> bool:
            found = await operator.get("/api/admin/capsule-services", status=status, q="silent-poller")
            return [row["status"] for row in found] == [status]

        # Without a timer it stays STALE.
        await patch(operator, {"agentOfflineThresholdSeconds": 1})
        await until(lambda: shown("STALE"), "the service to go STALE")
        assert await listed("STALE")
        await patch(operator, {"maintenanceIntervalSeconds": 1})
        await until(lambda: shown("OFFLINE"), "the service to go OFFLINE")
        await until(lambda: listed("OFFLINE"), "the list of OFFLINE services to hold it")
        assert not await listed("HEALTHY")


async def test_what_a_vanished_poller_took_is_said_to_be_unknown(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        agent = await poller(server, operator, client, "vanishing")
        found = await until(lambda: operator.service("vanishing"), "the service")
        command = await operator.execute(found["id"], "echo")
        assert [each["id"] for each in await agent.poll()] == [command["id"]]
    async with impatient(operator):
        done = await operator.finished(command["id"])
    assert (done["status"], done["errorCode"]) == ("FAILED", "OUTCOME_UNKNOWN")


async def test_a_report_is_all_or_nothing(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        agent = await poller(server, operator, client, "whole")
        twice = {"key": "a", "type": "string"}
        for services, path in (
            ([service("whole-1"), service("whole-2", configs=[twice, twice])], "services.1.configs.1.key"),
            ([service("whole-1"), service("whole-1")], "services.1.code"),
            ([], "services"),
        ):
            with pytest.raises(Refused) as refused:
                await agent.post("/services/report", {"services": services})
            assert refused.value.status == 422
            assert path in refused.value.issues
        assert await operator.service("whole-1") is None


async def test_an_agent_sees_only_its_own(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        await poller(server, operator, client, "mine")
        other_id, other_token = await register(server, operator, "other")
        other = Poller(client, other_id, other_token)
        found = await operator.service("mine")
        assert found is not None
        command = await operator.execute(found["id"], "echo")
        assert await other.poll() == []
        with pytest.raises(Refused) as refused:
            await other.post(f"/commands/{command['id']}/result", {"success": True})
        assert (refused.value.status, refused.value.code) == (404, "COMMAND_NOT_FOUND")
        stranger = Poller(client, found["agentId"], other_token)
        with pytest.raises(Refused) as wrong:
            await stranger.poll()
        assert (wrong.value.status, wrong.value.code) == (401, "UNAUTHORIZED")
        for credential in ("x", "opstage_agent_nonsense"):
            with pytest.raises(Refused) as unknown:
                await Poller(client, other_id, credential).poll()
            assert unknown.value.status == 401


async def test_a_result_over_the_limit_is_refused(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        agent = await poller(server, operator, client, "verbose")
        found = await operator.service("verbose")
        assert found is not None
        command = await operator.execute(found["id"], "echo")
        await agent.poll()
        with pytest.raises(Refused) as refused:
            body = {"success": True, "data": {"text": "x" * 1_010_000}}
            await agent.post(f"/commands/{command['id']}/result", body)
        assert (refused.value.status, refused.value.code) == (413, "COMMAND_RESULT_TOO_LARGE")
        assert (await operator.command(command["id"]))["status"] == "RUNNING"


async def test_prepare_asks_the_agent_for_the_form(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "former")
    async with welcomed(server, token, "former") as agent:
        found = await operator.service("former")
        assert found is not None
        url = f"/api/admin/capsule-services/{found['id']}/actions/echo"
        asking = asyncio.create_task(operator.get(url))
        frame = await agent.hear("command")
        assert frame["kind"] == "ACTION_PREPARE"
        data = {"action": {"label": "Echo now", "name": "hijacked"}, "initialPayload": {"text": "draft"}}
        await agent.say(type="result", commandId=frame["commandId"], attempt=1, success=True, data=data)
        form = await asking
        assert (form["action"]["label"], form["action"]["name"]) == ("Echo now", "echo")
        assert (form["initialPayload"], form["currentState"]) == ({"text": "draft"}, {})
        asking = asyncio.create_task(operator.get(url))
        frame = await agent.hear("command")
        failure = {"code": "NO_CHOICES", "message": "nothing to choose from"}
        await agent.say(type="result", commandId=frame["commandId"], attempt=1, success=False, error=failure)
        with pytest.raises(Refused) as refused:
            await asking
        assert (refused.value.status, refused.value.code) == (424, "NO_CHOICES")


async def test_a_client_that_goes_away_in_the_middle_changes_nothing_of_the_outcome(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "aborted")
    async with welcomed(server, token, "aborted") as agent:
        found = await until(lambda: operator.service("aborted"), "the service")
        url = f"/api/admin/capsule-services/{found['id']}/actions/echo"
        for patience in range(1, 16):
            with contextlib.suppress(httpx.TimeoutException):
                await operator.client.post(
                    url, json={}, headers={"X-CSRF-Token": operator.csrf}, timeout=patience / 1000
                )
        await operator.execute(found["id"], "echo")
        told: set[str] = set()

        async def answer() -> None:
            while True:
                frame = await agent.hear("command")
                told.add(frame["commandId"])
                await agent.say(type="result", commandId=frame["commandId"], attempt=1, success=True)

        async def over() -> bool:
            """A call that was given up may be served later than others that came after it."""
            stored = await operator.get("/api/admin/commands", serviceId=found["id"], pageSize=100)
            ended = all(command["status"] == "SUCCEEDED" for command in stored)
            return ended and told == {command["id"] for command in stored}

        answering = asyncio.create_task(answer())
        await until(over, "every command that was stored to be told and to end well")
        answering.cancel()
