"""A console of contract level 0.4: forms, redaction, derived states, roles, and the bus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.old_client import data, enrolled, old_service, prepared, refused
from tests.support.server import PASSWORD, PATIENT, Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

AGENTS, SERVICES = "/api/admin/agents", "/api/admin/capsule-services"
EXPERIMENTAL = "v0.4-experimental"
GONE = "[REDACTED]"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server of its own whose bus is on."""
    running = Server(
        Path(tmp_path_factory.mktemp("level04")),
        PATIENT
        | {
            "OPSTAGE_CAPSULE_BUS_ENABLED": " ON ",
            "OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "0",
            "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS": "60",
        },
    )
    await running.start()
    yield running
    assert await running.stop() == 0, running.log


@pytest_asyncio.fixture(loop_scope="session")
async def owner(bus: Server) -> AsyncIterator[Operator]:
    async with bus.operator() as signed_in:
        yield signed_in


# --- forms -----------------------------------------------------------------------------------------

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "share": {"type": "number"},
        "all": {"type": "boolean"},
        "names": {"type": "array"},
        "more": {"type": "object"},
        "days": {"type": "integer", "default": 7},
        "password": {"type": "string", "format": "password"},
    },
}
START = {"text": "", "count": 0, "share": 0, "all": False, "names": [], "more": {}, "days": 7, "password": ""}
FORM = {
    "name": "form",
    "label": "Form",
    "inputSchema": SCHEMA,
    "requiresConfirmation": True,
    "timeoutSeconds": 9,
}


async def test_a_form_is_the_catalogue_with_what_the_agent_lays_over_it(
    server: Server, operator: Operator
) -> None:
    agent = await enrolled(server, operator, "old-forms")
    (service,) = await agent.report(old_service("old-forms", actions=[FORM]))
    url = f"{SERVICES}/{service['id']}/actions/form"
    (action,) = (await operator.get(f"{SERVICES}/{service['id']}"))["actions"]

    plain = data(await prepared(agent, operator.client.get(url), {"success": True}))
    assert set(plain) == {"action", "initialPayload", "currentState", "prepareCommand"}
    assert (plain["action"], plain["initialPayload"], plain["currentState"]) == (action, START, {})
    command = plain["prepareCommand"]
    assert (command["type"], command["status"], command["result"]["success"]) == (
        *("ACTION_PREPARE", "SUCCEEDED", True),
    )

    overlay = {"label": "Now", "name": "other", "id": "x", "enabled": False, "serviceId": "y", "createdAt": 1}
    said = {"action": overlay, "initialPayload": {"days": 1}, "currentState": {"detail": {"data": {}}}}
    laid = data(await prepared(agent, operator.client.get(url), {"success": True, "data": said}))
    assert laid["action"] == action | {"label": "Now"}
    assert (laid["initialPayload"], laid["currentState"]) == ({"days": 1}, {"detail": {"data": {}}})

    for error, code in (({"code": "NO_CHOICES"}, "NO_CHOICES"), ({}, "ACTION_FAILED")):
        answer = await prepared(agent, operator.client.get(url), {"success": False, "error": error})
        assert refused(answer)[:2] == (424, code)
        details = answer.json()["error"]["details"]
        assert set(details) == {"commandId", "commandStatus", "actionName", "agentId", "serviceId"}
        assert (details["commandStatus"], details["serviceId"]) == ("FAILED", service["id"])

    execute = await operator.client.post(url, json={}, headers={"X-CSRF-Token": operator.csrf})
    assert refused(execute)[:2] == (409, "ACTION_REQUIRES_CONFIRMATION")


# --- redaction -------------------------------------------------------------------------------------

SECRETS = {
    **dict.fromkeys(("token", "clientSecret", "PASSWORD", "Set-Cookie", "authorization", "apiKey"), "x"),
    "X-Api-Key": 1,
    "generatedKeyHint": True,
    "rawKey": None,
    "plainTextKeys": [1],
    "access_token": {"a": 1},
}
KEPT = {"apiKeys": 3, "apiKeyId": "k", "key": "v", "secretRef": "env:X", "nested": [{"name": "n"}]}
SENT = {**SECRETS, **KEPT, "deep": [{"inner": {"sessionToken": "x", "plain": 1}}]}
SHOWN = {**dict.fromkeys(SECRETS, GONE), **KEPT, "deep": [{"inner": {"sessionToken": GONE, "plain": 1}}]}


async def test_everything_is_redacted_where_the_contract_says_so(bus: Server, owner: Operator) -> None:
    agent = await enrolled(bus, owner, "redacted")
    (service,) = await agent.report(
        old_service("redacted", "echo", manifest=SENT, health={"status": "UP", "details": SENT}),
    )
    detail = await owner.get(f"{SERVICES}/{service['id']}")
    assert (detail["manifest"], detail["health"]["details"]) == (SHOWN, SHOWN)

    command = await owner.execute(service["id"], "echo", SENT)
    assert command["payload"] == SHOWN
    (polled,) = await agent.poll()
    assert polled["payload"] == SENT
    open_text = "password=x opstage_agent_abc"
    said = {"success": False, "data": SENT, "message": open_text, "error": {"code": "NO", "details": SENT}}
    stored = data(await agent.result(command["id"], said))
    assert (stored["data"], stored["error"]["details"], stored["message"]) == (SHOWN, SHOWN, open_text)
    assert (await owner.command(command["id"]))["result"] == stored

    event = {"eventType": "order.created", "sourceServiceCode": "redacted", "payload": SENT, "metadata": SENT}
    made = data(await agent.post("/bus/events", event))
    (row,) = [each for each in await owner.get("/api/admin/bus/events") if each["id"] == made["eventId"]]
    assert (row["payload"], row["metadata"]) == (SHOWN, SHOWN)


async def test_the_trail_masks_raw_tokens_and_keeps_its_keys(server: Server) -> None:
    raw = "opstage_agent_abc_def-ghi"
    async with server.client() as client:
        body = {"username": f"say {raw}!", "password": "wrong"}
        assert (await client.post("/api/admin/auth/login", json=body)).status_code == 401
    async with server.operator() as operator:
        (noted,) = await operator.get("/api/admin/audit-events", action="session.login.failed", pageSize=1)
    assert noted["metadata"] == {"username": f"say opstage_agent_{GONE}!"}


# --- states ----------------------------------------------------------------------------------------


async def test_a_service_is_offline_with_its_agent_whatever_is_stored(owner: Operator, bus: Server) -> None:
    agent = await enrolled(bus, owner, "derived")
    (service,) = await agent.report(old_service("derived", "echo"))

    async def shown() -> tuple[str, str]:
        found = await owner.get(f"{SERVICES}/{service['id']}")
        return found["status"], found["storedStatus"]

    assert await shown() == ("HEALTHY", "HEALTHY")
    for change, status, refusal in (
        ("disable", ("OFFLINE", "HEALTHY"), "AGENT_DISABLED"),
        ("enable", ("HEALTHY", "HEALTHY"), None),
        ("revoke", ("OFFLINE", "HEALTHY"), "AGENT_REVOKED"),
        ("revoke", ("OFFLINE", "HEALTHY"), "AGENT_REVOKED"),
    ):
        await owner.post(f"{AGENTS}/{agent.id}/{change}")
        assert await shown() == status, change
        url, proven = f"{SERVICES}/{service['id']}/actions/echo", {"X-CSRF-Token": owner.csrf}
        for call in (owner.client.post(url, headers=proven), owner.client.get(url) if refusal else None):
            if refusal and call is not None:
                assert refused(await call)[:2] == (409, refusal)
            elif call is not None:
                data(await call)
    for change in ("disable", "enable"):
        answer = await owner.client.post(f"{AGENTS}/{agent.id}/{change}", headers=proven)
        assert refused(answer)[:2] == (409, "AGENT_REVOKED")
    for filtered, codes in (("OFFLINE", ["derived"]), ("HEALTHY", [])):
        rows = await owner.get(SERVICES, status=filtered, agentId=agent.id)
        assert [each["code"] for each in rows] == codes


async def test_health_and_version_say_what_they_always_said(server: Server) -> None:
    async with server.client() as client:
        health = data(await client.get("/api/system/health"))
        assert set(health) == {"status", "timestamp", "version", "edition", "database", "uptimeSeconds"}
        assert (health["status"], health["edition"]) == ("UP", "ce")
        assert set(health["database"]) == {"status", "kind", "latencyMs"}
        assert health["database"]["kind"] == "sqlite"
        version = data(await client.get("/api/system/version"))
        assert (set(version), version["edition"]) == ({"version", "edition"}, "ce")
        assert (await client.get("/health")).json() == {"status": "UP"}


# --- roles -----------------------------------------------------------------------------------------


async def test_a_viewer_reads_everything_but_what_is_kept_from_viewers(owner: Operator, bus: Server) -> None:
    await owner.post("/api/admin/users", {"username": "reader", "password": PASSWORD})
    forbidden = {"users", "audit-events/export", "diagnostics/runtime"}
    async with bus.operator("reader", PASSWORD) as viewer:
        for path in (
            *("agents", "capsule-services", "registration-tokens", "commands", "audit-events"),
            *("dashboard/summary", "metrics", "settings/maintenance", "auth/me", "auth/csrf"),
            *("bus/events", "bus/audit", "bus/routes", *forbidden),
        ):
            answer = await viewer.client.get(f"/api/admin/{path}")
            if path in forbidden:
                assert refused(answer) == (403, "FORBIDDEN", "Insufficient permissions."), path
            else:
                data(answer)


# --- the bus ---------------------------------------------------------------------------------------


async def test_every_list_of_the_bus_says_that_it_is_an_experiment(bus: Server, owner: Operator) -> None:
    agent = await enrolled(bus, owner, "announcer")
    await agent.report(old_service("announcer"))
    moment = "2026-05-01T14:00:00.123456+02:00"
    event = {"eventType": "order.created", "sourceServiceCode": "announcer", "occurredAt": moment, "v": 1}
    made = data(await agent.post("/bus/events", event))
    assert made == {"eventId": made["eventId"], "experimental": EXPERIMENTAL, "routedCommands": []}
    for path, fields in (("events", {"pagination"}), ("audit", {"pagination"}), ("routes", set[str]())):
        body = (await owner.client.get(f"/api/admin/bus/{path}")).json()
        assert set(body) == {"success", "data", "experimental"} | fields
        assert body["experimental"] == EXPERIMENTAL
    row = next(each for each in await owner.get("/api/admin/bus/events") if each["id"] == made["eventId"])
    assert (row["occurredAt"], row["experimental"], row["routeCount"]) == (moment, EXPERIMENTAL, 0)
    assert not {"correlationId", "causationId"} & set(row)
    for body, status, code in (
        (event | {"sourceServiceCode": "nobody"}, 404, "BUS_SOURCE_SERVICE_NOT_FOUND"),
        (event | {"eventType": "Order"}, 422, "VALIDATION_FAILED"),
    ):
        assert refused(await agent.post("/bus/events", body))[:2] == (status, code)
