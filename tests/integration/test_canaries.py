"""Nothing secret reaches the log: a value of its own through every way into the server, at level debug."""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.support.raw_agent import RawAgent, connected, hello, register, service
from tests.support.raw_operator import live
from tests.support.server import PASSWORD, PATIENT, Operator, Refused, Server
from tests.support.waiting import until_true
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from opstage_agent.wire import AGENT_PATH

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACTION = {
    "name": "rotate",
    "label": "Rotate",
    "inputSchema": {"type": "object", "properties": {"password": {"type": "string"}}},
}


class Canaries:
    """Values that must not be found again, by the way they went."""

    def __init__(self) -> None:
        self.by_way: dict[str, str] = {"password": PASSWORD}

    def new(self, way: str) -> str:
        """A fresh value for this way."""
        assert way not in self.by_way
        self.by_way[way] = f"canary{secrets.token_hex(8)}"
        return self.by_way[way]

    def keep(self, way: str, value: str) -> str:
        """A value that the server made."""
        assert len(value) > 8
        self.by_way[way] = value
        return value

    def found_in(self, text: str) -> dict[str, str]:
        """Those that stand in a text."""
        return {way: value for way, value in self.by_way.items() if value in text}


async def sign_in_and_look(server: Server, operator: Operator, canaries: Canaries) -> None:
    with pytest.raises(Refused):
        await operator.sign_in(password=canaries.new("wrong password"))
    canaries.keep("cookie", operator.cookie.partition("=")[2])
    canaries.keep("csrf", operator.csrf)
    await operator.get("/api/admin/agents", q=canaries.new("query"))
    with pytest.raises(Refused):
        await operator.get("/api/admin/agents", status=canaries.new("refused query"))


async def send_rubbish(server: Server, canaries: Canaries) -> None:
    async with server.client() as client:
        for path in ("/api/admin/agents", "/api/agents/agt_x/heartbeat", "/metrics"):
            for scheme in ("Bearer", "Basic", "Digest", ""):
                value = canaries.new(f"{scheme} at {path}")
                await client.get(path, headers={"Authorization": f"{scheme} {value}".strip()})
        await client.get(
            "/api/admin/agents", headers={"Cookie": f"opstage_session={canaries.new('cookie 2')}"}
        )
        token = f"opstage_agent_{canaries.new('token as request id')}"
        await client.get("/api/system/live", headers={"X-Request-Id": token})
        for path in ("/api/admin/auth/login", "/api/agents/register"):
            body = f'{{"password": "{canaries.new(f"malformed body of {path}")}", '
            await client.post(path, content=body, headers={"Content-Type": "application/json"})
            wrong = {"username": 1, "password": {"x": canaries.new(f"misshapen body of {path}")}}
            await client.post(path, json=wrong)
        raw = f"opstage_reg_{canaries.new('unknown registration token')}"
        await client.post("/api/agents/register", json={"registrationToken": raw, "agent": {"code": "who"}})
    with pytest.raises(InvalidStatus):
        header = {"Authorization": f"Bearer opstage_agent_{canaries.new('unknown agent token')}"}
        await connect(f"ws://127.0.0.1:{server.port}{AGENT_PATH}", additional_headers=header, proxy=None)


async def break_a_frame(server: Server, token: str, canaries: Canaries) -> None:
    for number, text in enumerate(
        ('{{"type": "hello", "x": "{}"', '{{"type": "hello", "instance": {{"token": "{}"}}}}')
    ):
        async with connected(server, token) as agent:
            await agent.socket.send(text.format(canaries.new(f"bad frame {number}")))
            await agent.closed()


async def work(server: Server, operator: Operator, canaries: Canaries) -> str:
    raw = canaries.keep("registration token", await operator.registration_token("canary"))
    body = {"registrationToken": raw, "agent": {"code": "canary"}}
    data = Operator.unwrap(await operator.client.post("/api/agents/register", json=body))
    token = canaries.keep("agent token", data["agentToken"])
    await break_a_frame(server, token, canaries)
    config = {
        "key": "db",
        "label": "Db",
        "type": "string",
        "sensitive": True,
        "valuePreview": canaries.new("config"),
    }
    said = hello("canary", services=[service("canary", actions=[ACTION], configs=[config])])
    async with connected(server, token) as agent, live(server, operator) as browser:
        await agent.say(**said)
        await agent.hear("welcome")
        await browser.follow("fleet")
        await browser.say(type="subscribe", id=canaries.new("operator frame"), view="nothing:such")
        command_id = await run(operator, agent, canaries)
        await agent.say(type="nonsense", password=canaries.new("unknown frame"))
        event = {
            "sourceServiceCode": "canary",
            "eventType": "a.b",
            "payload": {"secret": canaries.new("bus event")},
        }
        await agent.say(type="event", eventRef="e1", occurredAt="2026-01-01T00:00:00Z", **event)
        await agent.hear("eventStored")
    return command_id


async def run(operator: Operator, agent: RawAgent, canaries: Canaries) -> str:
    found = await operator.service("canary")
    assert found is not None
    for value in (5, canaries.new("payload")):
        with suppress(Refused):
            command = await operator.execute(
                found["id"], "rotate", {"password": value, "n": canaries.new(f"n {value}")}
            )
    frame = await agent.hear("command")
    at = {"commandId": frame["commandId"], "attempt": frame["attempt"]}
    await agent.say(type="accept", **at)
    await agent.say(
        type="output", **at, offset=0, lines=[{"stream": "stdout", "text": canaries.new("output")}]
    )
    data = {"generatedKey": canaries.new("generated key"), "note": canaries.new("result")}
    await agent.say(type="result", **at, success=True, message="done", data=data)
    await agent.hear("stored")
    await operator.finished(command["id"])
    return str(command["id"])


async def fail(server: Server, operator: Operator, command_id: str, canaries: Canaries) -> None:
    """A row that was damaged from outside is a failure that nobody foresaw."""
    with closing(sqlite3.connect(server.folder / "data" / "opstage.db", timeout=60)) as database:
        broken = f'{{"x": "{canaries.new("damaged row")}'
        database.execute("UPDATE commands SET payload_json = ? WHERE id = ?", (broken, command_id))
        database.commit()
    with pytest.raises(Refused) as failed:
        await operator.get(f"/api/admin/commands/{command_id}")
    assert (failed.value.status, failed.value.code) == (500, "INTERNAL_ERROR")


def lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.splitlines()]


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_secret_stands_in_the_log(form: str, tmp_path: Path) -> None:
    canaries = Canaries()
    settings = {
        "OPSTAGE_LOG_LEVEL": "debug",
        "OPSTAGE_LOG_FORMAT": form,
        "OPSTAGE_CAPSULE_BUS_ENABLED": "true",
    }
    server = Server(tmp_path, PATIENT | settings)
    await server.start()
    try:
        async with server.operator() as operator:
            await sign_in_and_look(server, operator, canaries)
            await send_rubbish(server, canaries)
            command_id = await work(server, operator, canaries)
            body = {"name": "canary", "role": "viewer"}
            key = canaries.keep("api key", (await operator.post("/api/admin/api-keys", body))["key"])
            async with server.client() as client:
                found = await client.get("/api/admin/agents", headers={"Authorization": f"Bearer {key}"})
                assert found.status_code == 200
            await fail(server, operator, command_id, canaries)
            await operator.post("/api/admin/auth/logout")
    finally:
        assert await server.stop() == 0

    said = server.log
    assert "GET /api/admin/agents 200" in said, "this was not the debug level"
    assert "Unexpected failure" in said
    assert "DecodeError" in said
    assert len(canaries.by_way) > 30
    assert canaries.found_in(said) == {}


async def test_every_line_is_json_and_names_call_and_caller(server: Server, operator: Operator) -> None:
    mine = f"mine-{secrets.token_hex(4)}"
    answer = await operator.client.post(
        "/api/admin/registration-tokens",
        json={"name": "logged"},
        headers={"X-CSRF-Token": operator.csrf, "X-Request-Id": mine},
    )
    assert answer.headers["X-Request-Id"] == mine
    await until_true(lambda: mine in server.log, "the line of the call")
    line = next(each for each in lines(server) if each.get("requestId") == mine)
    wanted = {
        "level": "info",
        "logger": "opstage.call",
        "actor": "user:owner",
        "method": "POST",
        "status": 200,
    }
    assert {key: line[key] for key in wanted} == wanted
    assert line["path"] == "/api/admin/registration-tokens"
    assert line["durationMs"] > 0


@pytest.mark.parametrize("path", ["/api/admin/agents", "/api/nothing", "/", "/assets/none.js", "/health"])
@pytest.mark.parametrize("given", ["a b", "", "x" * 65, "ä", None])
async def test_an_answer_has_a_request_id_even_if_the_given_one_is_none(
    server: Server, path: str, given: str | None
) -> None:
    headers = {} if given is None else {b"X-Request-Id": given.encode()}
    async with server.client() as client:
        answer = await client.get(path, headers=headers)
    assert answer.headers["X-Request-Id"].startswith("req_")


async def test_reads_are_detail_and_failures_are_told(server: Server, operator: Operator) -> None:
    read, failed = f"read-{secrets.token_hex(4)}", f"failed-{secrets.token_hex(4)}"
    await operator.client.get("/api/admin/agents", headers={"X-Request-Id": read})
    await operator.client.get("/api/admin/agents/agt_none", headers={"X-Request-Id": failed})
    await until_true(lambda: failed in server.log, "the failure")
    assert read not in server.log
    line = next(each for each in lines(server) if each.get("requestId") == failed)
    assert (line["status"], line["path"]) == (404, "/api/admin/agents/agt_none")


async def test_live_connections_are_told_with_their_end(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "log-live")
    async with connected(server, token) as agent:
        await agent.socket.send("{")
        await agent.closed()

    def told() -> list[str]:
        return [each["message"] for each in lines(server) if each.get("actor") == "agent:log-live"]

    await until_true(lambda: len(told()) >= 2, "both lines")
    assert told()[0] == "Live connection opened: /ws/agent"
    assert told()[1].startswith("Live connection closed (4500)")


async def test_a_refused_handshake_has_a_request_id_and_a_line(server: Server) -> None:
    mine = f"shake-{secrets.token_hex(4)}"
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            f"ws://127.0.0.1:{server.port}{AGENT_PATH}", additional_headers={"X-Request-Id": mine}, proxy=None
        )
    assert refused.value.response.headers["X-Request-Id"] == mine
    await until_true(lambda: mine in server.log, "the line of the refusal")
