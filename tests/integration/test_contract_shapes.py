"""Objects of contract level 0.4: every field that a client of that level reads is there, of its kind."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.raw_agent import ECHO, register, service, welcomed
from tests.support.raw_operator import live
from tests.support.server import Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT, MAYBE, NUMBER, SWITCH, OBJECT, LIST = "text", "text or null", "number", "switch", "object", "list"
MAYBE_NUMBER = "number or null"
KINDS: dict[str, tuple[type | None, ...]] = {
    TEXT: (str,),
    MAYBE: (str, None),
    NUMBER: (int,),
    MAYBE_NUMBER: (int, None),
    SWITCH: (bool,),
    OBJECT: (dict,),
    LIST: (list,),
}

USER = {
    "id": TEXT,
    "username": TEXT,
    "displayName": MAYBE,
    "role": TEXT,
    "status": TEXT,
    "lastLoginAt": MAYBE,
    "createdAt": TEXT,
    "updatedAt": TEXT,
}
SESSION = {"user": OBJECT, "csrfToken": TEXT, "expiresAt": TEXT}
TOKEN = {
    "id": TEXT,
    "name": TEXT,
    "status": TEXT,
    "agentId": MAYBE,
    "expiresAt": MAYBE,
    "usedAt": MAYBE,
    "revokedAt": MAYBE,
    "createdAt": TEXT,
    "updatedAt": TEXT,
}
AGENT = {
    "id": TEXT,
    "code": TEXT,
    "name": MAYBE,
    "mode": TEXT,
    "runtime": MAYBE,
    "status": TEXT,
    "lastHeartbeatAt": MAYBE,
    "createdAt": TEXT,
    "updatedAt": TEXT,
    "serviceCount": NUMBER,
}
SERVICE = {
    "id": TEXT,
    "agentId": TEXT,
    "code": TEXT,
    "name": TEXT,
    "description": MAYBE,
    "version": MAYBE,
    "runtime": MAYBE,
    "status": TEXT,
    "storedStatus": TEXT,
    "healthStatus": TEXT,
    "lastReportedAt": MAYBE,
    "lastHealthAt": MAYBE,
    "createdAt": TEXT,
    "updatedAt": TEXT,
}
DETAIL = SERVICE | {"manifest": OBJECT, "health": OBJECT, "configs": LIST, "actions": LIST}
HEALTH = {
    "id": TEXT,
    "workspaceId": TEXT,
    "serviceId": TEXT,
    "agentId": TEXT,
    "status": TEXT,
    "message": MAYBE,
    "detailsJson": TEXT,
    "reportedAt": TEXT,
    "createdAt": TEXT,
    "details": OBJECT,
}
CONFIG = {
    "id": TEXT,
    "workspaceId": TEXT,
    "serviceId": TEXT,
    "configKey": TEXT,
    "key": TEXT,
    "label": MAYBE,
    "type": TEXT,
    "source": MAYBE,
    "editable": SWITCH,
    "sensitive": SWITCH,
    "valuePreview": MAYBE,
    "defaultValue": MAYBE,
    "secretRef": MAYBE,
    "metadataJson": TEXT,
    "createdAt": TEXT,
    "updatedAt": TEXT,
}
ACTION = {
    "id": TEXT,
    "serviceId": TEXT,
    "name": TEXT,
    "label": TEXT,
    "description": MAYBE,
    "dangerLevel": TEXT,
    "requiresConfirmation": SWITCH,
    "inputSchema": OBJECT,
    "timeoutSeconds": MAYBE_NUMBER,
    "enabled": SWITCH,
    "createdAt": TEXT,
    "updatedAt": TEXT,
}
SORTED_ACTION = ACTION | {"category": TEXT, "order": NUMBER}
COMMAND = {
    "id": TEXT,
    "agentId": TEXT,
    "serviceId": TEXT,
    "type": TEXT,
    "actionName": TEXT,
    "status": TEXT,
    "payload": OBJECT,
    "createdByUserId": MAYBE,
    "errorCode": MAYBE,
    "errorMessage": MAYBE,
    "createdAt": TEXT,
    "updatedAt": TEXT,
    "startedAt": MAYBE,
    "completedAt": MAYBE,
    "expiresAt": MAYBE,
    "durationMs": MAYBE_NUMBER,
}
RESULT = {
    "id": TEXT,
    "commandId": TEXT,
    "agentId": TEXT,
    "success": SWITCH,
    "message": MAYBE,
    "data": OBJECT,
    "error": OBJECT,
    "reportedAt": TEXT,
    "createdAt": TEXT,
}
AUDIT_EVENT = {
    "id": TEXT,
    "actorType": TEXT,
    "actorId": MAYBE,
    "action": TEXT,
    "targetType": MAYBE,
    "targetId": MAYBE,
    "result": TEXT,
    "message": MAYBE,
    "ipAddress": MAYBE,
    "userAgent": MAYBE,
    "metadata": OBJECT,
    "createdAt": TEXT,
}

CONFIGS = [
    {"key": "z.limit", "type": "number", "valuePreview": "5", "editable": True},
    {
        "key": "a.password",
        "type": "string",
        "sensitive": True,
        "valuePreview": "hunter2",
        "secretRef": "env:P",
    },
]
PLACED = ECHO | {"name": "placed", "category": "diagnostic", "order": 7, "requiresConfirmation": True}


def require(found: dict[str, Any], fields: dict[str, str]) -> None:
    """The object has all these fields, each of its kind."""
    missing = set(fields) - set(found)
    assert not missing, missing
    wrong = {name: found[name] for name, kind in fields.items() if not _is(found[name], kind)}
    assert not wrong, wrong


def _is(value: Any, kind: str) -> bool:
    wanted = KINDS[kind]
    return None in wanted if value is None else type(value) in wanted


async def test_a_session_and_its_user_have_every_field(operator: Operator) -> None:
    session = await operator.get("/api/admin/auth/me")
    require(session, SESSION)
    require(session["user"], USER)


async def test_registration_tokens_have_every_field_unused_and_used(
    server: Server, operator: Operator
) -> None:
    made = await operator.post("/api/admin/registration-tokens")
    require(made, TOKEN | {"token": TEXT, "rawToken": TEXT})
    assert made["token"] == made["rawToken"]
    agent_id, _ = await register(server, operator, "shape-token")
    used = await operator.get("/api/admin/registration-tokens", status="USED", pageSize=100)
    (token,) = [each for each in used if each["agentId"] == agent_id]
    require(token, TOKEN)
    assert token["usedAt"] is not None


async def test_agents_and_services_have_every_field(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "shape")
    mine = [service("shape", configs=CONFIGS, actions=[PLACED, ECHO], health={"status": "UP"})]
    async with welcomed(server, token, "shape", services=mine):
        agent = await operator.agent("shape")
        assert agent is not None
        require(agent, AGENT)
        detail = await operator.get(f"/api/admin/agents/{agent['id']}")
        require(detail, AGENT | {"services": LIST})
        require(detail["services"][0], SERVICE)
        listed = await operator.service("shape")
        assert listed is not None
        require(listed, SERVICE)
        shown = await operator.get(f"/api/admin/capsule-services/{listed['id']}")
        require(shown, DETAIL)
        require(shown["health"], HEALTH)
        assert (shown["health"]["detailsJson"], shown["health"]["workspaceId"]) == ("{}", "wks_default")


async def test_settings_and_actions_have_every_field_and_come_in_order(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "catalogue")
    mine = [service("catalogue", configs=CONFIGS, actions=[PLACED, ECHO])]
    async with welcomed(server, token, "catalogue", services=mine):
        listed = await operator.service("catalogue")
        assert listed is not None
        path = f"/api/admin/capsule-services/{listed['id']}"
        shown = await operator.get(path)
        for config in shown["configs"]:
            require(config, CONFIG)
            assert config["key"] == config["configKey"]
            assert config["metadataJson"] == "{}"
        assert [config["key"] for config in shown["configs"]] == ["a.password", "z.limit"]
        secret = shown["configs"][0]
        assert (secret["valuePreview"], secret["secretRef"]) == (None, "env:P")
        plain, placed = shown["actions"]
        require(plain, ACTION)
        require(placed, SORTED_ACTION)
        assert not {"category", "order"} & set(plain), "what is empty is left out"
        assert (placed["category"], placed["order"]) == ("diagnostic", 7)


async def test_commands_and_results_have_every_field_for_admins_and_agents(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "shape-poller")
    calls, headers = f"/api/agents/{agent_id}", {"Authorization": f"Bearer {token}"}
    async with server.client(headers) as client:
        report = {"services": [service("shape-poller")]}
        reported = Operator.unwrap(await client.post(f"{calls}/services/report", json=report))
        require(reported["services"][0], SERVICE)
        command = await operator.execute(reported["services"][0]["id"], "echo", {"text": "hi"})
        require(command, COMMAND)
        (polled,) = Operator.unwrap(await client.get(f"{calls}/commands"))
        require(polled, COMMAND)
        assert polled["payload"] == {"text": "hi"}
        told = {"success": False, "message": "no", "error": {"code": "BROKEN"}}
        result = Operator.unwrap(await client.post(f"{calls}/commands/{polled['id']}/result", json=told))
        require(result, RESULT)
    ended = await operator.command(command["id"])
    require(ended, COMMAND | {"result": OBJECT})
    require(ended["result"], RESULT)
    assert (ended["errorCode"], ended["result"]["data"]) == ("BROKEN", {})
    for listed in await operator.get("/api/admin/commands"):
        require(listed, COMMAND)


async def test_audit_events_have_every_field(server: Server, operator: Operator) -> None:
    async with live(server, operator) as browser:
        await browser.follow("audit")
        assert browser.rows["audit"]
        for event in browser.rows["audit"].values():
            require(event, AUDIT_EVENT)
