"""An agent of contract level 0.4, word for word: what it sends and what it relies on."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support.old_client import JSON, REGISTRATION, data, enrolled, old_service, refused
from tests.support.server import Operator, Server
from tests.support.trail import audited

pytestmark = pytest.mark.asyncio(loop_scope="session")

ID = r"[A-Za-z0-9_-]{16}"
RAW = r"[A-Za-z0-9_-]{43}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
HINTS = {"heartbeatIntervalSeconds": 30, "commandPollIntervalSeconds": 5}


async def test_its_whole_round_goes_as_it_always_went(server: Server, operator: Operator) -> None:
    token = data(
        await operator.client.post("/api/admin/registration-tokens", headers={"X-CSRF-Token": operator.csrf})
    )
    assert re.fullmatch(f"opstage_reg_{RAW}", token["token"])
    registration = {
        "registrationToken": token["rawToken"],
        "agent": {"code": "old-round", "name": "Old", "runtime": "nodejs", "mode": "embedded", "pid": 7},
        "service": old_service("old-round", "echo"),
        "sdkVersion": "0.4.2",
    }
    async with server.client() as client:
        made = data(await client.post(REGISTRATION, json=registration))
        assert HINTS.items() <= made.items()
        assert re.fullmatch(f"agt_{ID}", made["agentId"])
        assert re.fullmatch(f"opstage_agent_{RAW}", made["agentToken"])
        own, bearer = f"/api/agents/{made['agentId']}", {"Authorization": f"Bearer {made['agentToken']}"}

        assert HINTS.items() <= data(await client.post(f"{own}/heartbeat", headers=bearer)).items()
        body = {"services": [old_service("old-round", "echo")], "reportedAt": "2026-05-01T12:00:00.000Z"}
        (service,) = data(await client.post(f"{own}/services/report", json=body, headers=bearer))["services"]
        beat = {"serviceId": service["id"], "health": {"status": "DEGRADED", "details": {"queue": 9}}}
        assert HINTS.items() <= data(await client.post(f"{own}/heartbeat", json=beat, headers=bearer)).items()

        execute = f"/api/admin/capsule-services/{service['id']}/actions/echo"
        command = data(await operator.client.post(execute, headers={"X-CSRF-Token": operator.csrf}))
        (polled,) = data(await client.get(f"{own}/commands?limit=0&agentVersion=0.4.2", headers=bearer))
        assert (polled["id"], polled["status"], polled["payload"]) == (command["id"], "RUNNING", {})
        assert re.fullmatch(TIME, polled["startedAt"])
        assert data(await client.get(f"{own}/commands", headers=bearer)) == []

        result = {
            "success": True,
            "message": "done",
            "data": {"echo": {}},
            "startedAt": "2001-01-01T00:00:00.000Z",
            "finishedAt": "2001-01-01T00:00:01.000Z",
            "worker": 3,
        }
        stored = data(
            await client.post(f"{own}/commands/{command['id']}/result", json=result, headers=bearer)
        )
        assert (stored["success"], stored["message"], stored["error"]) == (True, "done", {})
        ended = await operator.command(command["id"])
        assert (ended["status"], ended["result"]["id"]) == ("SUCCEEDED", stored["id"])
        assert ended["startedAt"] == polled["startedAt"], "the agent's own times do not count"
        assert ended["completedAt"] >= ended["startedAt"] and ended["durationMs"] >= 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (None, None),
        (b"", JSON),
        (b"{}", JSON),
        (b'{"uptime":1}', f"{JSON}; charset=utf-8"),
        (b"", None),
        (b"null", JSON),
    ],
)
async def test_a_heartbeat_needs_no_body(
    server: Server, operator: Operator, content: bytes | None, kind: str | None
) -> None:
    agent = await enrolled(server, operator, "old-bare-heartbeat")
    headers = agent.headers | ({} if kind is None else {"Content-Type": kind})
    url = f"/api/agents/{agent.id}/heartbeat"
    assert HINTS.items() <= data(await operator.client.post(url, content=content, headers=headers)).items()


async def test_a_poll_takes_the_oldest_and_its_limit_is_clamped(server: Server, operator: Operator) -> None:
    agent = await enrolled(server, operator, "old-limits")
    (service,) = await agent.report(old_service("old-limits", "echo"))
    made = [(await operator.execute(service["id"], "echo"))["id"] for _ in range(26)]
    taken = []
    for query, most in (
        *(("?limit=2", 2), ("?limit=-5", 1), ("?limit=1", 1), ("?limit=1&limit=9", 1)),
        *(("?limit=99", 10), ("?limit=many", 10), ("?limit=", 1)),
    ):
        polled = await agent.poll(query)
        assert len(polled) == most, query
        taken += [each["id"] for each in polled]
    assert taken == made


@pytest.mark.parametrize(
    ("health", "stored", "shown"),
    [
        ({"status": "UP"}, "HEALTHY", "UP"),
        ({"status": "DEGRADED"}, "UNHEALTHY", "DEGRADED"),
        ({"status": "DOWN"}, "UNHEALTHY", "DOWN"),
        ({"status": "UNKNOWN"}, "UNKNOWN", "UNKNOWN"),
        (None, "UNKNOWN", "UNKNOWN"),
    ],
)
async def test_the_health_of_a_report_becomes_the_stored_status(
    server: Server, operator: Operator, health: dict[str, str] | None, stored: str, shown: str
) -> None:
    agent = await enrolled(server, operator, "old-health")
    said = old_service("old-health") | {"health": health}
    if health is None:
        del said["health"]
    (service,) = await agent.report(said)
    assert (service["storedStatus"], service["status"], service["healthStatus"]) == (stored, stored, shown)


async def test_health_of_a_heartbeat_counts_for_ones_own_service_only(
    server: Server, operator: Operator
) -> None:
    agent = await enrolled(server, operator, "old-beats")
    other = await enrolled(server, operator, "old-beats-not")
    (service,) = await agent.report(old_service("old-beats"))
    bad = {"status": "DOWN", "message": "x"}
    for sender, body in (
        (other, {"serviceId": service["id"], "health": bad}),
        (agent, {"health": bad}),
        (agent, {"serviceId": "svc_unknown", "health": bad}),
        (agent, {"serviceId": service["id"]}),
    ):
        assert HINTS.items() <= data(await sender.post("/heartbeat", body)).items()
        shown = await operator.get(f"/api/admin/capsule-services/{service['id']}")
        assert (shown["healthStatus"], shown["health"]["message"]) == ("UP", "fine"), body
    status, code, _ = refused(await agent.post("/heartbeat", {"serviceId": "cmd_1", "health": bad}))
    assert (status, code) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (
            {"error": {"code": "DISK_FULL", "message": "no room"}, "message": "failed"},
            ("DISK_FULL", "no room"),
        ),
        ({"error": {"message": "no code"}}, ("ACTION_FAILED", "no code")),
        ({"error": {"code": 7}, "message": "outside"}, ("ACTION_FAILED", "outside")),
        ({"message": "outside"}, ("ACTION_FAILED", "outside")),
        ({}, ("ACTION_FAILED", None)),
        ({"error": {"code": "X" * 100, "message": "y" * 600}}, ("X" * 80, "y" * 500)),
    ],
)
async def test_why_a_command_failed_is_read_from_the_result(
    server: Server, operator: Operator, result: dict[str, Any], reason: tuple[str, str | None]
) -> None:
    agent = await enrolled(server, operator, "old-failing")
    (service,) = await agent.report(old_service("old-failing", "echo"))
    command = await operator.execute(service["id"], "echo")
    await agent.poll()
    stored = data(await agent.result(command["id"], {"success": False} | result))
    assert stored["success"] is False
    ended = await operator.command(command["id"])
    assert (ended["status"], ended["errorCode"], ended["errorMessage"]) == ("FAILED", *reason)


async def test_a_result_is_taken_of_a_command_that_was_never_polled(
    server: Server, operator: Operator
) -> None:
    agent = await enrolled(server, operator, "old-direct")
    (service,) = await agent.report(old_service("old-direct", "echo"))
    command = await operator.execute(service["id"], "echo")
    data(await agent.result(command["id"], {"success": True}))
    ended = await operator.command(command["id"])
    assert (ended["status"], ended["startedAt"], ended["durationMs"]) == ("SUCCEEDED", None, None)
    assert await agent.poll() == []


async def test_the_size_of_a_result_is_looked_at_before_its_command(
    server: Server, operator: Operator
) -> None:
    agent = await enrolled(server, operator, "old-large")
    large = {"success": True, "data": {"text": "ü" * 500_000}}
    status, code, _ = refused(await agent.result("cmd_unknown", large))
    assert (status, code) == (413, "COMMAND_RESULT_TOO_LARGE")
    status, code, _ = refused(await agent.result("cmd_unknown", {"success": True}))
    assert (status, code) == (404, "COMMAND_NOT_FOUND")


async def test_a_cancelled_command_refuses_its_result(server: Server, operator: Operator) -> None:
    agent = await enrolled(server, operator, "old-cancelled")
    (service,) = await agent.report(old_service("old-cancelled", "echo"))
    command = await operator.execute(service["id"], "echo")
    await agent.poll()
    cancelled = await operator.post(f"/api/admin/commands/{command['id']}/cancel")
    assert cancelled["status"] == "CANCELLED"
    status, code, _ = refused(await agent.result(command["id"], {"success": True}))
    assert (status, code) == (409, "COMMAND_ALREADY_COMPLETED")
    assert (await operator.command(command["id"]))["status"] == "CANCELLED"


async def test_modes_and_runtimes(server: Server, operator: Operator) -> None:
    for mode in (None, "embedded", "ophub", "sidecar", "external"):
        for runtime, shown in ((None, None), ("nodejs", "nodejs"), ("python", "python"), ("deno", "other")):
            said = {"mode": mode, "runtime": runtime}
            given = {name: value for name, value in said.items() if value is not None}
            await enrolled(server, operator, "old-modes", **given)
            found = await operator.agent("old-modes")
            assert found is not None
            assert (found["mode"], found["runtime"]) == (mode or "embedded", shown)
    bad = {"registrationToken": await operator.registration_token(), "agent": {"code": "x", "mode": "host"}}
    status, code, message = refused(await operator.client.post(REGISTRATION, json=bad))
    assert (status, code, message) == (422, "VALIDATION_FAILED", "Registration validation failed.")


async def test_its_code_may_be_any_text_on_one_line(server: Server, operator: Operator) -> None:
    for code in ("Warehouse.Agent 1", "é", "x" * 200):
        agent = await enrolled(server, operator, code)
        found = await operator.agent(code[:100])
        assert found is None or found["id"] == agent.id
        assert (await operator.get(f"/api/admin/agents/{agent.id}"))["code"] == code
    for bad in ("", "two\nlines", "x\n", "x" * 201, 5, None):
        body = {"registrationToken": await operator.registration_token(), "agent": {"code": bad}}
        status, error, _ = refused(await operator.client.post(REGISTRATION, json=body))
        assert (status, error) == (422, "VALIDATION_FAILED"), bad


async def test_a_report_replaces_what_it_names_and_leaves_the_rest(
    server: Server, operator: Operator
) -> None:
    agent = await enrolled(server, operator, "old-hub", mode="ophub")
    config = {"key": "interval", "type": "number", "valuePreview": "5"}
    first, second = await agent.report(
        old_service("old-hub-a", "echo", "wipe", configs=[config]), old_service("old-hub-b", "echo")
    )
    off = {"name": "later", "label": "Later", "enabled": False}
    (again,) = await agent.report(old_service("old-hub-a", actions=[off], configs=[]))
    assert again["id"] == first["id"]
    detail = await operator.get(f"/api/admin/capsule-services/{first['id']}")
    assert ([each["name"] for each in detail["actions"]], detail["configs"]) == (["later"], [])
    for gone in ("echo", "later"):
        execute = f"/api/admin/capsule-services/{first['id']}/actions/{gone}"
        answer = await operator.client.post(execute, headers={"X-CSRF-Token": operator.csrf})
        assert refused(answer)[:2] == (404, "ACTION_NOT_FOUND")
    untouched = await operator.get(f"/api/admin/capsule-services/{second['id']}")
    assert [each["name"] for each in untouched["actions"]] == ["echo"]
    found = await operator.agent("old-hub")
    assert found is not None
    assert found["serviceCount"] == 2


async def test_registering_again_keeps_the_id_and_is_the_rotation(server: Server, operator: Operator) -> None:
    first = await enrolled(server, operator, "old-again", runtime="nodejs", name="First")
    second = await enrolled(server, operator, "old-again", mode="ophub")
    assert second.id == first.id
    status, code, message = refused(await first.post("/heartbeat", {}))
    assert (status, code, message) == (401, "UNAUTHORIZED", "Invalid Agent token.")
    found = await operator.agent("old-again")
    assert found is not None
    assert (found["name"], found["mode"], found["runtime"], found["status"]) == (
        None,
        "ophub",
        None,
        "ONLINE",
    )
    ((_, actor, metadata),) = audited(server, first.id, "agent.token.rotated")
    assert (actor, metadata) == ("AGENT", {"revokedTokens": 1})
