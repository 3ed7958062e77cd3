"""The connection against a real server: coming back, staying away, results that do not fit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.support.stand_in import Answer, StandIn, data, refusal, stand_in
from tests.unit.agent.patience import PATIENCE_SECONDS, until
from tests.unit.agent.rigging import command, rig, welcomed

from opstage_agent import wire
from opstage_agent.connection import socket_url
from opstage_agent.errors import ConfigurationError, ConnectionEnded, CredentialRefused


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        yield running


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
            await asyncio.wait_for(task, PATIENCE_SECONDS)
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
            await asyncio.wait_for(task, PATIENCE_SECONDS)
    assert len(server.calls) == 1


async def test_a_server_that_does_not_listen_is_tried_again(server: StandIn) -> None:
    async with rig(server) as (made, _):
        made.connection._url = "http://127.0.0.1:9"
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
async def test_an_upload_is_kept_unless_the_server_decided(
    server: StandIn, answer: Answer, kept: bool
) -> None:
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
        await asyncio.wait_for(task, PATIENCE_SECONDS)


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
