"""The public face, against a real server: declaring, starting, stopping, in both flavours."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.stand_in import StandIn, data, refusal, stand_in
from tests.unit.agent.patience import until

from opstage_agent import (
    Agent,
    CapsuleAgent,
    ConfigItem,
    ConfigurationError,
    ConnectionEnded,
    Context,
    Health,
    OpstageError,
    RegistrationRefused,
    wire,
)
from opstage_agent.wire import CommandKind, HealthStatus

TOKEN = "opstage_agent_secret"


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        running.answer("POST", "/api/agents/register$", data({"agentId": "agt_1", "agentToken": TOKEN}))
        yield running


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OPSTAGE_")]:
        monkeypatch.delenv(name)


def agent_of(server: StandIn, tmp_path: Path, **given: Any) -> Agent:
    given.setdefault("registration_token", "opstage_reg_x")
    return Agent("shop", url=server.url, token_file=tmp_path / "token.json", **given)


def command(command_id: str, action: str, **payload: Any) -> wire.Command:
    return wire.Command(
        command_id=command_id,
        attempt=1,
        kind=CommandKind.ACTION_EXECUTE,
        service_code="shop",
        action_name=action,
        payload=payload,
    )


async def test_ten_lines_make_a_service_appear(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path, version="1.0", labels={"env": "test"}, manifest={"owner": "web"})

    @agent.health
    async def health() -> Health:
        return Health.up("12 links queued", {"queued": 12})

    @agent.config
    def config() -> list[ConfigItem]:
        return [ConfigItem("interval", 60, source="env")]

    @agent.action(danger="LOW", timeout=60)
    async def check_now(ctx: Context, url: str, depth: int = 1) -> dict[str, Any]:
        """Checks one address."""
        return {"url": url, "depth": depth}

    async with agent:
        peer = await server.peer()
        hello = await peer.welcome()
        await peer.say(command("cmd_1", "checkNow", url="u"))
        result = await peer.frame(wire.Result)
    (registered,) = server.calls
    assert registered.body["agent"] == {
        "code": "shop",
        "name": "Shop",
        "mode": "embedded",
        "runtime": "python",
    }
    assert hello.labels == {"env": "test"}
    (service,) = hello.services
    assert (service.code, service.version, service.manifest["owner"]) == ("shop", "1.0", "web")
    assert service.health == wire.HealthInput(
        status=HealthStatus.UP, message="12 links queued", details={"queued": 12}
    )
    assert [config.key for config in service.configs or []] == ["interval"]
    assert [action.name for action in service.actions or []] == ["checkNow"]
    assert result.data == {"url": "u", "depth": 1}


async def test_stop_says_bye_and_can_be_started_again(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path)
    for _ in range(2):
        await agent.start_async()
        with pytest.raises(OpstageError, match="already"):
            await agent.start_async()
        peer = await server.peer()
        await peer.welcome()
        await until(lambda: agent.connected, "the connection")
        await agent.stop_async()
        assert (await peer.frame(wire.AgentBye)).reason == "The agent was stopped."
        assert not agent.connected
    await agent.stop_async()
    assert len(server.calls) == 1, "the saved identity is used the second time"


async def test_stop_lets_a_handler_finish_and_its_result_out(server: StandIn, tmp_path: Path) -> None:
    agent, go = agent_of(server, tmp_path), asyncio.Event()

    @agent.action
    async def hold() -> str:
        await go.wait()
        return "done"

    await agent.start_async()
    peer = await server.peer()
    await peer.welcome()
    await peer.say(command("cmd_1", "hold"))
    await peer.frame(wire.Accept)
    stopping = asyncio.create_task(agent.stop_async())
    await peer.say(command("cmd_2", "hold"))
    assert (await peer.frame(wire.Reject)).code == "AGENT_STOPPING"
    go.set()
    assert (await peer.frame(wire.Result)).message == "done"
    await peer.frame(wire.AgentBye)
    await stopping


async def test_a_handler_beyond_the_grace_is_cancelled_and_its_result_kept(
    server: StandIn, tmp_path: Path
) -> None:
    agent = agent_of(server, tmp_path, stop_grace=0.05)

    @agent.action
    async def hold() -> None:
        await asyncio.sleep(60)

    await agent.start_async()
    peer = await server.peer()
    await peer.welcome()
    await peer.say(command("cmd_1", "hold"))
    await peer.frame(wire.Accept)
    server.upgrade = refusal(503, "SERVICE_UNAVAILABLE")
    peer.socket.transport.abort()
    await until(lambda: not agent.connected, "the end of the connection")
    await agent.stop_async()
    server.upgrade = None
    async with agent:
        again = await server.peer()
        hello = await again.welcome()
        result = await again.frame(wire.Result)
    assert [attempt.command_id for attempt in hello.finished] == ["cmd_1"]
    assert result.error is not None
    assert result.error.code == "AGENT_STOPPED"


async def test_changed_reports_soon(server: StandIn, tmp_path: Path) -> None:
    agent, state = agent_of(server, tmp_path), ["UP"]
    agent.health(lambda: state[0])
    agent.changed()
    async with agent:
        peer = await server.peer()
        await peer.welcome(heartbeat_seconds=3600.0)
        state[0] = "DOWN"
        await asyncio.to_thread(agent.changed)
        beat = await peer.frame(wire.Heartbeat)
        assert beat.health == {"shop": wire.HealthInput(status=HealthStatus.DOWN)}


async def test_providers_that_fail_harm_nothing(
    server: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agent, broken = agent_of(server, tmp_path), [False]

    @agent.health
    def health() -> str:
        if broken[0]:
            raise ValueError("no disk")
        return "UP"

    @agent.config
    def config() -> list[ConfigItem]:
        if broken[0]:
            raise ValueError("no file")
        return [ConfigItem("a", 1), ConfigItem("a", 2)]

    async with agent:
        peer = await server.peer()
        hello = await peer.welcome(heartbeat_seconds=3600.0)
        assert [item.value_preview for item in hello.services[0].configs or []] == ["2"]
        broken[0] = True
        agent.changed()
        beat = await peer.frame(wire.Heartbeat)
    assert beat.health is not None
    assert beat.health["shop"].status is HealthStatus.UNKNOWN
    assert "no disk" in (beat.health["shop"].message or "")
    warnings = [record.message for record in caplog.records if "provider" in record.message]
    assert len(warnings) == 2, "each failure is logged once, and the settings stay as they were"


async def test_a_refused_registration_leaves_the_service_alone(
    server: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer("POST", "register", refusal(401, "REGISTRATION_TOKEN_INVALID"))
    async with agent_of(server, tmp_path, registration_token="opstage_reg_abc-123") as agent:
        await until(lambda: agent.error, "the refusal")
        assert isinstance(agent.error, RegistrationRefused)
    assert "inactive" in caplog.text
    assert "abc-123" not in caplog.text


async def test_strict_raises_what_prevents_the_start(server: StandIn, tmp_path: Path) -> None:
    server.answer("POST", "register", refusal(401, "REGISTRATION_TOKEN_INVALID"))
    agent = agent_of(server, tmp_path, strict=True)
    with pytest.raises(RegistrationRefused):
        await agent.start_async()
    with pytest.raises(RegistrationRefused):
        await asyncio.to_thread(agent.start)
    server.answer("POST", "register", data({"agentId": "agt_1", "agentToken": TOKEN}))
    async with agent:
        await (await server.peer()).welcome()


@pytest.mark.parametrize("given", [{"registration_token": None}, {"url": "nonsense"}])
async def test_missing_options_are_said_and_not_raised(
    server: StandIn, tmp_path: Path, given: dict[str, Any]
) -> None:
    options = {"url": server.url, "registration_token": "opstage_reg_x", **given}
    async with Agent("shop", token_file=tmp_path / "token.json", **options) as agent:
        await until(lambda: agent.error, "the error")
        assert isinstance(agent.error, ConfigurationError)


async def test_being_closed_for_good_is_kept_as_the_error(server: StandIn, tmp_path: Path) -> None:
    async with agent_of(server, tmp_path) as agent:
        peer = await server.peer()
        await peer.welcome()
        await peer.close(4502, "revoked")
        await until(lambda: agent.error, "the error")
    assert isinstance(agent.error, ConnectionEnded)


async def test_builtin_actions(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path, builtin_actions=True)
    agent.health(lambda: "DEGRADED")
    async with agent:
        peer = await server.peer()
        await peer.welcome()
        await peer.say(command("cmd_1", "echo", message="hi", more=[1]))
        assert (await peer.frame(wire.Result)).data == {"payload": {"message": "hi", "more": [1]}}
        await peer.say(command("cmd_2", "runHealthCheck"))
        health = (await peer.frame(wire.Result)).data
    assert health is not None
    assert health["status"] == "DEGRADED"


async def test_the_environment_fills_in_what_the_code_leaves_open(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSTAGE_BACKEND_URL", server.url + "/")
    monkeypatch.setenv("OPSTAGE_REGISTRATION_TOKEN", "opstage_reg_env")
    monkeypatch.setenv("OPSTAGE_AGENT_TOKEN_FILE", str(tmp_path / "env.json"))
    monkeypatch.setenv("OPSTAGE_AGENT_CODE", "from-env")
    monkeypatch.setenv("OPSTAGE_AGENT_NAME", " ")
    async with CapsuleAgent.from_env(name="Given") as agent:
        hello = await (await server.peer()).welcome()
    assert agent.code == "from-env"
    assert hello.services[0].name == "Given"
    assert server.calls[0].body["registrationToken"] == "opstage_reg_env"
    assert (tmp_path / "env.json") in (files := _files(tmp_path))
    assert (tmp_path / "env.journal.db") in files


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def test_from_env_without_a_code_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="OPSTAGE_AGENT_CODE"):
        Agent.from_env()


async def test_the_thread_flavour(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path)

    @agent.action
    def where() -> str:
        return threading.current_thread().name

    await asyncio.to_thread(agent.start)
    with pytest.raises(OpstageError, match="already"):
        agent.start()
    peer = await server.peer()
    await peer.welcome()
    await peer.say(command("cmd_1", "where"))
    assert (await peer.frame(wire.Result)).message == "opstage-handler"
    await asyncio.to_thread(agent.stop)
    await peer.frame(wire.AgentBye)
    assert not [thread for thread in threading.enumerate() if thread.name == "opstage-agent"]
    agent.stop()


async def test_lifespan_of_a_web_application(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path)
    async with agent.lifespan(object()):
        peer = await server.peer()
        await peer.welcome()
        await until(lambda: agent.connected, "the connection")
    await peer.frame(wire.AgentBye)


async def test_run_ends_with_its_task(server: StandIn, tmp_path: Path) -> None:
    task = asyncio.create_task(agent_of(server, tmp_path).run())
    peer = await server.peer()
    await peer.welcome()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_tokens_never_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("opstage_agent")
    with caplog.at_level(logging.INFO, "opstage_agent"):
        log.info("token %s", "opstage_agent_abc-DEF_1")
        try:
            raise ValueError("opstage_reg_abc-DEF_1")
        except ValueError:
            log.exception("it failed")
    assert "abc-DEF_1" not in caplog.text
    assert "opstage_agent_***" in caplog.text
    assert "opstage_reg_***" in caplog.text


def test_a_token_file_is_json_as_documented(tmp_path: Path) -> None:
    from opstage_agent.enrol import Credentials, save

    save(tmp_path / "t.json", Credentials("agt_1", TOKEN, "2026-01-01T00:00:00.000Z"))
    assert json.loads((tmp_path / "t.json").read_text()) == {
        "agentId": "agt_1",
        "agentToken": TOKEN,
        "savedAt": "2026-01-01T00:00:00.000Z",
    }


@pytest.mark.parametrize("slots", [0, -1])
def test_an_agent_needs_a_slot(slots: int) -> None:
    with pytest.raises(ConfigurationError, match="slots"):
        Agent("shop", slots=slots)


@pytest.mark.parametrize(
    "labels", [{str(number): "x" for number in range(65)}, {"": "x"}, {"k": "x" * 256}, {"k" * 64: "x"}]
)
def test_labels_the_server_would_refuse_are_refused_at_once(labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="labels"):
        Agent("svc", labels=labels)
