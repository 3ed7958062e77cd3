"""Polling against a real server, where something on the way lets no WebSocket through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.stand_in import Answer, Call, StandIn, data, refusal, stand_in
from tests.unit.agent.patience import PATIENCE_SECONDS, until
from tests.unit.agent.rigging import command, rig, welcomed

from opstage_agent import connection as connection_module
from opstage_agent import polling as polling_module
from opstage_agent.errors import CredentialRefused
from opstage_agent.journal import Journal


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        yield running


class Fallback:
    """REST answers of a server whose sockets something on the way blocks."""

    def __init__(self, server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.waiting: list[dict[str, Any]] = []
        self.limits: list[str] = []
        monkeypatch.setattr(polling_module, "POLL_SECONDS", 0.02)
        server.upgrade = Answer(400, b"<html>no upgrades here</html>")
        server.answer("POST", "/heartbeat$", data({}))
        server.answer("POST", "/result$", data({}))
        services = {"services": [{"id": "svc_1", "code": "shop", "name": "Shop"}]}
        server.answer("POST", "/services/report$", data(services))
        server.answer("GET", "/commands", self._claim)

    def _claim(self, call: Call) -> Answer:
        self.limits.append(call.target.partition("?")[2])
        claimed, self.waiting = self.waiting, []
        return data(claimed)

    def command(self, command_id: str, **given: Any) -> dict[str, Any]:
        shape = {"id": command_id, "serviceId": "svc_1", "type": "ACTION_EXECUTE", "actionName": "work"}
        return {**shape, "payload": {}, "status": "RUNNING", "agentId": "agt_1", "expiresAt": None, **given}


@pytest.fixture
def fallback(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> Fallback:
    return Fallback(server, monkeypatch)


async def test_after_three_failed_upgrades_it_polls(server: StandIn, fallback: Fallback) -> None:
    async with rig(server) as (made, _):
        (report,) = await server.called("POST", "/api/agents/agt_1/services/report$")
        assert [service["code"] for service in report.body["services"]] == ["shop"]
        assert len([call for call in server.calls if call.target == "/ws/agent"]) == 3
        fallback.waiting = [fallback.command("cmd_1", payload={"size": 3})]
        (result,) = await server.called("POST", "/commands/cmd_1/result$")
        assert (result.body["success"], result.body["data"]) == (True, {"text": "xxx"})
        await until(lambda: made.session._journal.unstored() == [], "the result forgotten")
        assert fallback.limits[0] == "limit=4&wait=20"


async def test_upgrades_that_failed_long_ago_do_not_count(server: StandIn) -> None:
    blocked = Answer(400, b"<html>no upgrades here</html>")
    server.upgrades = [blocked, blocked, None, blocked, blocked, None]
    async with rig(server):
        await (await welcomed(server)).close(1012)
        await welcomed(server)
    assert {call.target for call in server.calls} == {"/ws/agent"}


async def test_it_asks_for_as_many_commands_as_it_has_slots(server: StandIn, fallback: Fallback) -> None:
    async with rig(server) as (made, _):
        fallback.waiting = [fallback.command(f"cmd_{n}", actionName="hold") for n in range(3)]
        await until(lambda: "limit=1&wait=20" in fallback.limits, "a poll for the last slot")
        made.go.set()
        await server.called("POST", "/result$", times=3)
        await until(lambda: fallback.limits[-1] == "limit=4&wait=20", "a poll for all slots")


async def test_polling_reports_health_with_the_service_id(server: StandIn, fallback: Fallback) -> None:
    async with rig(server) as (made, _):
        await server.called("GET", "/commands")
        made.service.health_provider = lambda: "DOWN"
        made.link.look_again()
        beats = await server.called("POST", "/heartbeat$")
        assert beats[0].body == {"serviceId": "svc_1", "health": {"status": "DOWN"}}


async def test_what_an_earlier_process_left_is_called_unknown(
    server: StandIn, fallback: Fallback, tmp_path: Path
) -> None:
    earlier = Journal.open(tmp_path / "journal.db", 0.0)
    earlier.accept(command("cmd_lost"), 0.0)
    earlier.close()
    async with rig(server, tmp_path / "journal.db"):
        (result,) = await server.called("POST", "/commands/cmd_lost/result$")
        assert result.body["error"]["code"] == "OUTCOME_UNKNOWN"


async def test_the_socket_is_tried_again_after_a_while(
    server: StandIn, fallback: Fallback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "SOCKET_AGAIN_SECONDS", 0.1)
    async with rig(server):
        await server.called("GET", "/commands")
        server.upgrade = None
        await welcomed(server)


async def test_a_poll_that_fails_goes_back_to_the_socket_first(server: StandIn, fallback: Fallback) -> None:
    server.answer("GET", "/commands", refusal(503, "SERVICE_UNAVAILABLE", {"Retry-After": "4"}))
    async with rig(server) as (made, _):
        await until(lambda: 4 in made.delays.failures, "the poll to fail")
        await server.called("GET", "/ws/agent", times=4)


async def test_a_credential_refused_while_polling_is_final(server: StandIn, fallback: Fallback) -> None:
    server.answer("GET", "/commands", refusal(403, "AGENT_DISABLED"))
    async with rig(server) as (_, task):
        with pytest.raises(CredentialRefused, match="AGENT_DISABLED"):
            await asyncio.wait_for(task, PATIENCE_SECONDS)


async def test_a_refused_report_does_not_stop_polling(
    server: StandIn, fallback: Fallback, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer("POST", "/services/report$", refusal(422, "VALIDATION_FAILED"))
    async with rig(server):
        fallback.waiting = [{"id": 5}, fallback.command("cmd_1", serviceCode="shop")]
        (result,) = await server.called("POST", "/commands/cmd_1/result$")
        assert result.body["success"] is True
        assert "VALIDATION_FAILED" in caplog.text
