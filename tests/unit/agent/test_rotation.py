"""Exchanging the agent token: fetch, store, use, and at every failure the old one stays in use."""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.stand_in import Answer, StandIn, data, refusal, stand_in
from tests.unit.agent.driving import Driver
from tests.unit.agent.patience import until
from tests.unit.agent.rigging import rig, welcomed

from opstage_agent import polling as polling_module
from opstage_agent import wire
from opstage_agent.effects import RotateToken
from opstage_agent.enrol import Credentials, load, save
from opstage_agent.rest import Rest
from opstage_agent.rotation import Rotation

OLD, NEW = "opstage_agent_secret", "opstage_agent_newer"


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        running.answer("POST", "/heartbeat$", data({}))
        yield running


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token.json"
    save(path, Credentials("agt_1", OLD))
    return path


def saved(path: Path) -> str:
    found = load(path)
    assert found is not None
    return found.agent_token


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def bearer(headers: dict[str, str]) -> str:
    found = {name.lower(): value for name, value in headers.items()}
    return found["authorization"].removeprefix("Bearer ")


def test_the_session_asks_for_the_exchange_and_says_nothing() -> None:
    driver = Driver()
    driver.connect()
    driver.clear()
    assert driver.receive(wire.Rotate()) == [RotateToken()]
    assert driver.frames() == []


async def test_the_new_token_is_stored_used_once_and_opens_the_next_connection(
    server: StandIn, token_file: Path
) -> None:
    server.answer("POST", "/agt_1/token$", data({"agentToken": NEW, "overlapSeconds": 600}))
    async with rig(server, token_file=token_file):
        peer = await welcomed(server)
        await peer.say(wire.Rotate())
        (asked,) = await server.called("POST", "/agt_1/token$")
        (used,) = await server.called("POST", "/agt_1/heartbeat$")
        assert (bearer(asked.headers), bearer(used.headers)) == (OLD, NEW)
        assert saved(token_file) == NEW
        assert mode(token_file) == 0o600
        assert peer.socket.close_code is None
        await peer.close(1012)
        assert bearer((await welcomed(server)).headers) == NEW


@pytest.mark.parametrize(
    "answer", [refusal(503, "DATABASE_UNAVAILABLE"), refusal(404, "NOT_FOUND"), data({"agentToken": 7})]
)
async def test_without_a_usable_answer_the_old_token_stays(
    server: StandIn, token_file: Path, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer("POST", "/agt_1/token$", answer)
    async with rig(server, token_file=token_file):
        peer = await welcomed(server)
        await peer.say(wire.Rotate())
        await until(lambda: "was not rotated" in caplog.text, "the refusal to be logged")
        assert saved(token_file) == OLD
        await peer.close(1012)
        assert bearer((await welcomed(server)).headers) == OLD


async def test_a_token_that_cannot_be_stored_is_not_used(
    server: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer("POST", "/agt_1/token$", data({"agentToken": NEW, "overlapSeconds": 600}))
    (tmp_path / "file").write_text("no folder")
    async with Rest(server.url) as rest:
        rest.sign_in("agt_1", OLD)
        await Rotation(rest, tmp_path / "file" / "token.json").rotate()
        assert rest.agent_token == OLD
    assert "could not be saved" in caplog.text
    assert NEW not in caplog.text
    assert [call.target for call in server.calls] == ["/api/agents/agt_1/token"]


async def test_a_stored_token_counts_even_if_its_first_use_does_not_arrive(
    server: StandIn, token_file: Path
) -> None:
    server.answer("POST", "/agt_1/token$", data({"agentToken": NEW, "overlapSeconds": 600}))
    server.answer("POST", "/heartbeat$", refusal(503, "SERVICE_UNAVAILABLE"))
    async with Rest(server.url) as rest:
        rest.sign_in("agt_1", OLD)
        await Rotation(rest, token_file).rotate()
        assert (rest.agent_token, saved(token_file)) == (NEW, NEW)


async def test_two_requests_at_once_are_one_exchange(server: StandIn, token_file: Path) -> None:
    server.answer("POST", "/agt_1/token$", data({"agentToken": NEW, "overlapSeconds": 600}))
    async with Rest(server.url) as rest:
        rest.sign_in("agt_1", OLD)
        rotation = Rotation(rest, token_file)
        await asyncio.gather(rotation.rotate(), rotation.rotate())
        assert len(await server.called("POST", "/agt_1/token$")) == 1
        await rotation.rotate()
        assert len([call for call in server.calls if call.target.endswith("/token")]) == 2


async def test_a_polling_agent_is_asked_with_its_heartbeat(
    server: StandIn, token_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(polling_module, "POLL_SECONDS", 0.02)
    caplog.set_level(logging.INFO, "opstage_agent")
    server.upgrade = Answer(400, b"<html>no upgrades here</html>")
    server.answer("POST", "/services/report$", data({"services": [{"id": "svc_1", "code": "shop"}]}))
    server.answer("GET", "/commands", data([]))
    server.answer("POST", "/heartbeat$", data({"rotateToken": True}))
    server.answer("POST", "/agt_1/token$", data({"agentToken": NEW, "overlapSeconds": 600}))
    async with rig(server, token_file=token_file) as (made, _):
        await server.called("GET", "/commands")
        made.service.health_provider = lambda: "DOWN"
        made.link.look_again()
        await until(lambda: "was rotated" in caplog.text, "the exchange")
        assert saved(token_file) == NEW
        polls = len([call for call in server.calls if call.method == "GET" and "/commands" in call.target])
        later = (await server.called("GET", "/commands", times=polls + 2))[-1]
        assert bearer(later.headers) == NEW
