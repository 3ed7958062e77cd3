"""The connection against a real server: coming back, staying away, polling where no socket goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from opstage_agent import connection as connection_module
from opstage_agent import polling as polling_module
from opstage_agent import wire
from opstage_agent.backoff import Backoff
from opstage_agent.connection import Connection, socket_url
from opstage_agent.context import Context
from opstage_agent.enrol import Credentials
from opstage_agent.errors import ConfigurationError, ConnectionEnded, CredentialRefused
from opstage_agent.journal import Journal
from opstage_agent.link import Link
from opstage_agent.registry import Service, declare_action
from opstage_agent.rest import Rest
from opstage_agent.runner import Runner
from opstage_agent.session import Identity, Session
from opstage_agent.survey import Survey
from opstage_agent.times import steady_clock
from opstage_agent.wire import CommandKind
from tests.support.stand_in import Answer, Call, Peer, StandIn, data, refusal, stand_in
from tests.support.waiting import until


class Delays(Backoff):
    """Notes what the connection asked for and lets it come back at once."""

    def __init__(self) -> None:
        super().__init__(random=lambda: 1.0)
        self.sessions: list[float | None] = []
        self.failures: list[float | None] = []

    def after_session(self, seconds: float, retry_after: float | None = None) -> float:
        self.sessions.append(retry_after)
        return 0.0

    def after_failure(self, retry_after: float | None = None) -> float:
        self.failures.append(retry_after)
        return 0.0


class Rig:
    """Everything between a service and the wire, as the agent builds it."""

    def __init__(self, server_url: str, journal: Journal, rest: Rest) -> None:
        self.service = Service("shop")
        self.service.add(declare_action(self.work))
        self.service.add(declare_action(self.hold))
        self.service.health_provider = lambda: "UP"
        self.go = asyncio.Event()
        clock = steady_clock()
        runner = Runner(
            {"shop": self.service},
            clock=clock,
            finished=lambda command_id, outcome: self.link.finished(command_id, outcome),
            said=lambda said: self.link.said(said),
            agent_id=lambda: "agt_1",
        )
        self.session = Session(
            journal, Identity("i", wire.Sdk(name="test", version="1")), [self.service.reported(None, None)]
        )
        self.link = Link(self.session, runner, Survey([self.service]), rest, clock)
        self.delays = Delays()
        credentials = Credentials("agt_1", "opstage_agent_secret")
        self.connection = Connection(server_url, credentials, self.link, rest, clock, backoff=self.delays)

    async def work(self, size: int = 1) -> dict[str, Any]:
        return {"text": "x" * size}

    async def hold(self, ctx: Context) -> None:
        await self.go.wait()


@asynccontextmanager
async def rig(server: StandIn, journal_file: Path | None = None) -> AsyncIterator[tuple[Rig, asyncio.Task[None]]]:
    journal = Journal.open(journal_file, 0.0)
    try:
        async with Rest(server.url) as rest:
            rest.sign_in("agt_1", "opstage_agent_secret")
            made = Rig(server.url, journal, rest)
            made.link.begin()
            task = asyncio.create_task(made.connection.run())
            try:
                yield made, task
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
                await made.link.end()
    finally:
        journal.close()


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        yield running


def command(command_id: str = "cmd_1", action: str = "work", **payload: Any) -> wire.Command:
    return wire.Command(
        command_id=command_id,
        attempt=1,
        kind=CommandKind.ACTION_EXECUTE,
        service_code="shop",
        action_name=action,
        payload=payload,
    )


async def welcomed(server: StandIn, **given: Any) -> Peer:
    peer = await server.peer()
    await peer.welcome(**given)
    return peer


async def test_the_handshake_carries_token_and_subprotocol_and_offers_no_compression(server: StandIn) -> None:
    async with rig(server):
        peer = await welcomed(server)
        assert peer.headers["Authorization"] == "Bearer opstage_agent_secret"
        assert peer.headers["Sec-WebSocket-Protocol"] == wire.AGENT_SUBPROTOCOL
        assert "Sec-WebSocket-Extensions" not in peer.headers


async def test_a_command_is_run_and_its_result_sent(server: StandIn) -> None:
    async with rig(server) as (made, _):
        peer = await welcomed(server)
        await peer.say(command())
        assert (await peer.frame(wire.Accept)).command_id == "cmd_1"
        result = await peer.frame(wire.Result)
        assert (result.success, result.data) == (True, {"text": "x"})
        await peer.say(wire.Stored(command_id="cmd_1", attempt=1))
        await until(lambda: made.session._journal.unstored() == [], "the result forgotten")


@pytest.mark.parametrize("code", [1000, 1001, 1012, 4000, 4001, 4002, 4003, 4004])
async def test_after_these_ends_it_comes_back(server: StandIn, code: int) -> None:
    async with rig(server) as (made, task):
        await (await welcomed(server)).close(code)
        await welcomed(server)
        assert not task.done()
        assert made.delays.sessions == [None]


@pytest.mark.parametrize("code", [4500, 4501, 4502, 4503, 4504, 4505, 4999])
async def test_after_these_ends_it_stays_away(server: StandIn, code: int) -> None:
    async with rig(server) as (_, task):
        await (await welcomed(server)).close(code, "go away")
        with pytest.raises(ConnectionEnded, match=f"{code} go away") as caught:
            await asyncio.wait_for(task, 10)
        assert caught.value.code == code


async def test_a_cut_connection_is_taken_up_again_with_what_runs(server: StandIn) -> None:
    async with rig(server) as (made, _):
        peer = await welcomed(server)
        await peer.say(command(action="hold"))
        await peer.frame(wire.Accept)
        peer.socket.transport.abort()
        second = await server.peer()
        hello = await second.welcome()
        assert hello.running == [wire.Attempt(command_id="cmd_1", attempt=1)]
        made.go.set()
        assert (await second.frame(wire.Result)).success


async def test_bye_of_the_server_sets_the_earliest_return(server: StandIn) -> None:
    async with rig(server) as (made, _):
        peer = await welcomed(server)
        await peer.say(wire.ServerBye(code=4002, message="draining", retry_after_seconds=9))
        await peer.close(4002)
        await welcomed(server)
        assert made.delays.sessions == [9]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again_when_it_says(server: StandIn, status: int) -> None:
    server.upgrade = refusal(status, "SERVICE_UNAVAILABLE", {"Retry-After": "11"})
    async with rig(server) as (made, _):
        await server.called("GET", "/ws/agent", times=5)
        server.upgrade = None
        await welcomed(server)
        assert set(made.delays.failures) == {11}


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "UNAUTHORIZED"), (403, "AGENT_DISABLED"), (403, "AGENT_REVOKED"), (404, "AGENT_NOT_FOUND")],
)
async def test_a_refused_credential_is_final(server: StandIn, status: int, code: str) -> None:
    server.upgrade = refusal(status, code)
    async with rig(server) as (_, task):
        with pytest.raises(CredentialRefused, match=code):
            await asyncio.wait_for(task, 10)
    assert len(server.calls) == 1


async def test_a_server_that_does_not_listen_is_tried_again(server: StandIn) -> None:
    async with rig(server) as (made, _):
        made.connection._url = "http://127.0.0.1:9"
        await (await welcomed(server)).close(1012)
        await until(lambda: len(made.delays.failures) >= 4, "failed tries")
        made.connection._url = server.url
        await welcomed(server)


async def test_a_result_too_large_for_a_frame_goes_over_rest(server: StandIn) -> None:
    server.answer("POST", "/commands/cmd_1/result$", data({}))
    async with rig(server) as (made, _):
        peer = await welcomed(server)
        await peer.say(command(size=300_000))
        (call,) = await server.called("POST", "/api/agents/agt_1/commands/cmd_1/result")
        assert call.headers["authorization"] == "Bearer opstage_agent_secret"
        assert call.body["success"] is True
        assert len(call.body["data"]["text"]) == 300_000
        await until(lambda: made.session._journal.unstored() == [], "the result forgotten")


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (refusal(409, "COMMAND_ALREADY_COMPLETED"), False),
        (refusal(404, "COMMAND_NOT_FOUND"), False),
        (refusal(413, "COMMAND_RESULT_TOO_LARGE"), False),
        (refusal(503, "SERVICE_UNAVAILABLE"), True),
        (refusal(401, "UNAUTHORIZED"), True),
    ],
)
async def test_an_upload_is_kept_unless_the_server_decided(server: StandIn, answer: Answer, kept: bool) -> None:
    server.answer("POST", "/result$", answer)
    async with rig(server) as (made, _):
        peer = await welcomed(server)
        await peer.say(command(size=300_000))
        await server.called("POST", "/result$")
        await until(lambda: not made.session._desk._uploading, "the end of the upload")
        assert bool(made.session._journal.unstored()) is kept


async def test_leaving_says_bye_and_closes(server: StandIn) -> None:
    async with rig(server) as (made, task):
        peer = await welcomed(server)
        await until(lambda: made.link.connected, "the welcome taken")
        made.connection.leave("The agent was stopped.")
        assert (await peer.frame(wire.AgentBye)).reason == "The agent was stopped."
        assert (await peer.closed())[0] == 1000
        await asyncio.wait_for(task, 10)


async def test_an_error_of_our_own_costs_one_connection_and_not_the_agent(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with rig(server) as (made, task):
        peer = await welcomed(server)
        broken = made.session.receive
        monkeypatch.setattr(made.session, "receive", lambda data, now: 1 / 0)
        await peer.say(wire.Want())
        second = await server.peer()
        monkeypatch.setattr(made.session, "receive", broken)
        await second.welcome()
        await until(lambda: made.link.connected, "the welcome taken")
        assert "ZeroDivisionError" in caplog.text
        assert not task.done()


# --- polling -------------------------------------------------------------------------------------


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
        assert set(fallback.limits) == {"limit=4&wait=20"}


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
            await asyncio.wait_for(task, 10)


async def test_a_refused_report_does_not_stop_polling(
    server: StandIn, fallback: Fallback, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer("POST", "/services/report$", refusal(422, "VALIDATION_FAILED"))
    async with rig(server):
        fallback.waiting = [fallback.command("cmd_1", serviceCode="shop")]
        (result,) = await server.called("POST", "/commands/cmd_1/result$")
        assert result.body["success"] is True
        assert "VALIDATION_FAILED" in caplog.text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a:1", "ws://a:1/ws/agent"),
        ("https://a", "wss://a/ws/agent"),
        ("https://a/opstage/", "wss://a/opstage/ws/agent"),
    ],
)
def test_socket_urls(url: str, expected: str) -> None:
    assert socket_url(url) == expected


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://a", "http://"])
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="http"):
        socket_url(url)
