"""A server of contract level 0.4 as it is set up, watched and audited."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.old_client import OldAgent, data, enrolled, old_service, prepared, refused
from tests.support.server import PASSWORD, PATIENT, Operator, Server
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

AGENTS, SERVICES = "/api/admin/agents", "/api/admin/capsule-services"


@asynccontextmanager
async def serving(folder: Path, **settings: str) -> AsyncIterator[Server]:
    """A server of its own, without a timer."""
    running = Server(folder, PATIENT | {"OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "0"} | settings)
    await running.start()
    try:
        yield running
    finally:
        assert await running.stop() == 0, running.log


# --- settings --------------------------------------------------------------------------------------

KINDS = {
    "html": {"text/html"},
    "js": {"text/javascript", "application/javascript"},
    "mjs": {"text/javascript", "application/javascript"},
    "css": {"text/css"},
    "json": {"application/json"},
    "svg": {"image/svg+xml"},
    "png": {"image/png"},
    "jpg": {"image/jpeg"},
    "jpeg": {"image/jpeg"},
    "ico": {"image/x-icon", "image/vnd.microsoft.icon"},
    "txt": {"text/plain"},
    "unheard": {"application/octet-stream"},
}
BUILD = {"version": "9.9.9", "edition": "ce", "commit": "abc", "buildTime": "2026-05-01T12:00:00.000Z"}


def chosen(folder: Path) -> dict[str, str]:
    """Variables of the contract that are not at their defaults, below a folder."""
    return {
        "DATABASE_URL": f"file:{folder}/new folder/own.db",
        "OPSTAGE_ADMIN_USERNAME": "somebody else",
        "OPSTAGE_SESSION_SECRET": "s" * 32,
        "OPSTAGE_SESSION_TTL_SECONDS": "77",
        "OPSTAGE_STATIC_DIR": f"{folder}/console",
        "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS": "61",
        "OPSTAGE_AUDIT_RETENTION_DAYS": "0",
        "OPSTAGE_BACKUP_DIR": f"{folder}/copies",
        "OPSTAGE_COMMAND_RESULT_MAX_BYTES": "60",
        "OPSTAGE_CAPSULE_BUS_ENABLED": "enabled",
        "OPSTAGE_VERSION": BUILD["version"],
        "OPSTAGE_COMMIT": BUILD["commit"],
        "OPSTAGE_BUILD_TIME": BUILD["buildTime"],
    }


async def test_the_variables_of_the_contract_do_what_they_say(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, **chosen(tmp_path)) as server,
        server.operator("somebody else") as owner,
    ):
        assert (tmp_path / "new folder" / "own.db").exists()
        assert data(await owner.client.get("/api/system/version")) == BUILD
        assert data(await owner.client.get("/api/system/health"))["version"] == "9.9.9"
        login = {"username": "somebody else", "password": PASSWORD}
        answer = await owner.client.post("/api/admin/auth/login", json=login)
        assert "Max-Age=77;" in answer.headers["Set-Cookie"]
        owner.csrf = data(answer)["csrfToken"]
        settings = await owner.get("/api/admin/settings/maintenance")
        assert [
            settings[name]
            for name in ("agentOfflineThresholdSeconds", "auditRetentionDays", "maintenanceIntervalSeconds")
        ] == [61, 0, 0]
        proven = {"X-CSRF-Token": owner.csrf}
        assert (await owner.client.post("/api/admin/backup/sqlite", headers=proven)).status_code == 200
        assert len(list((tmp_path / "copies").iterdir())) == 1
        told = (await owner.get("/api/admin/diagnostics/runtime"))["config"]
        assert (told["capsuleBusEnabled"], told["staticDir"]) == (False, f"{tmp_path}/console")
        await results_are_measured(server, owner)


async def results_are_measured(server: Server, owner: Operator) -> None:
    """To the byte: what counts is ``{"message":…,"data":…,"error":…}``, absent ones as null and {}."""
    agent = await enrolled(server, owner, "measured")
    (service,) = await agent.report(old_service("measured", "echo"))
    empty = len('{"message":null,"data":{},"error":{}}')
    for room, status in ((61 - empty, 413), (60 - empty, 200)):
        command = await owner.execute(service["id"], "echo")
        text = "ü" + "x" * (room - len('"":""') - 1 - len("üü"))
        body = {"success": True, "data": {"n": text}}
        answer = await agent.result(command["id"], body)
        assert answer.status_code == status, (room, answer.text)


async def test_files_of_the_console_have_their_types_and_none_lie_outside(tmp_path: Path) -> None:
    folder = tmp_path / "console"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("outside")
    own = {"OPSTAGE_STATIC_DIR": str(folder)}
    async with serving(tmp_path, **own) as server, server.client() as client:
        for path in ("/", "/agents", "/file.js"):
            assert refused(await client.get(path))[:2] == (404, "STATIC_NOT_FOUND")
        for suffix in KINDS:
            (folder / f"file.{suffix}").write_bytes(b"{}")
        (folder / "index.html").write_text("<p>own</p>")
        for suffix, kinds in KINDS.items():
            answer = await client.get(f"/file.{suffix}")
            assert answer.headers["Content-Type"].split(";")[0] in kinds, suffix
            assert answer.content == b"{}"
        for path in ("/", "/agents/agt_1", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/file.js/x"):
            answer = await client.get(path)
            assert (answer.status_code, answer.text) == (200, "<p>own</p>"), path


async def test_health_is_answered_200_when_the_database_is_down(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client() as client:

        def rename(old: str, new: str) -> None:
            with closing(sqlite3.connect(tmp_path / "data" / "opstage.db", timeout=60)) as database:
                database.execute(f"ALTER TABLE {old} RENAME TO {new}")

        rename("workspaces", "elsewhere")
        down = data(await client.get("/api/system/health"))
        assert (down["status"], down["database"]["status"], down["database"]["latencyMs"]) == (
            "DOWN",
            "DOWN",
            None,
        )
        assert (await client.get("/api/system/ready")).status_code == 503
        assert (await client.get("/health")).json() == {"status": "UP"}
        rename("elsewhere", "workspaces")
        assert data(await client.get("/api/system/health"))["status"] == "UP"


# --- the trail -------------------------------------------------------------------------------------

TRAIL: dict[str, tuple[str, str | None, set[str]]] = {
    "session.login.succeeded": ("USER", None, set()),
    "session.logout": ("USER", "User", set()),
    "session.csrf.refreshed": ("USER", "User", set()),
    "user.created": ("USER", "User", {"username", "role"}),
    "user.updated": ("USER", "User", {"role", "status"}),
    "user.password.reset": ("USER", "User", set()),
    "settings.maintenance.updated": (
        *("USER", "Workspace"),
        {"agentOfflineThresholdSeconds", "auditRetentionDays", "maintenanceIntervalSeconds"},
    ),
    "maintenance.triggered": ("USER", "Workspace", {"result"}),
    "system.bootstrap.completed": ("SYSTEM", "User", set()),
    "registration_token.created": ("USER", "RegistrationToken", set()),
    "registration_token.revoked": ("USER", "RegistrationToken", set()),
    "registration_token.deleted": ("USER", "RegistrationToken", {"name", "status"}),
    "registration_token.consumed": ("AGENT", "RegistrationToken", set()),
    "agent.registered": ("AGENT", "Agent", set()),
    "agent.token.rotated": ("AGENT", "Agent", {"revokedTokens"}),
    "agent.heartbeat.received": ("AGENT", "Agent", set()),
    "agent.disabled": ("USER", "Agent", set()),
    "agent.enabled": ("USER", "Agent", set()),
    "agent.revoked": ("USER", "Agent", set()),
    "service.reported": ("AGENT", "CapsuleService", set()),
    "service.action.prepare_requested": ("USER", "CapsuleService", {"actionName", "commandId"}),
    "service.action.requested": ("USER", "CapsuleService", {"actionName"}),
    "command.created": ("USER", "Command", {"serviceId", "actionName"}),
    "command.dispatched": ("AGENT", "Command", set()),
    "command.completed": ("AGENT", "Command", set()),
    "command.failed": ("AGENT", "Command", set()),
    "command.cancelled": ("USER", "Command", set()),
    "command.retried": ("USER", "Command", {"sourceCommandId"}),
    "backup.sqlite.created": ("USER", "Backup", set()),
    "bus.event.received": ("AGENT", "BusEvent", {"eventType", "sourceServiceCode"}),
    "bus.route.matched": ("SYSTEM", "BusRoute", {"eventId", "dryRun"}),
    "bus.route.failed": ("SYSTEM", "BusRoute", {"eventId", "reason"}),
    "bus.command.created": ("SYSTEM", "Command", {"eventId", "routeId", "targetServiceCode", "actionName"}),
    "bus.route.unmatched": ("SYSTEM", "BusEvent", {"eventType", "sourceServiceCode"}),
    "bus.route.created": ("USER", "BusRoute", {"eventType", "targetServiceCode", "actionName", "status"}),
    "bus.route.updated": ("USER", "BusRoute", {"eventType", "targetServiceCode", "actionName", "status"}),
    "bus.route.deleted": ("USER", "BusRoute", {"name", "eventType"}),
}
"""Who, on what, and the least that the metadata say."""


async def people_and_settings(owner: Operator, server: Server) -> None:
    user = await owner.post("/api/admin/users", {"username": "audited", "password": PASSWORD})
    await owner.patch(f"/api/admin/users/{user['id']}", {"displayName": "A"})
    await owner.post(f"/api/admin/users/{user['id']}/reset-password", {"password": PASSWORD})
    async with server.operator("audited", PASSWORD) as other:
        other.csrf = (await other.get("/api/admin/auth/csrf"))["csrfToken"]
        await other.post("/api/admin/auth/logout")
    await owner.patch("/api/admin/settings/maintenance", {"auditRetentionDays": 90})
    await owner.post("/api/admin/maintenance/run")
    made = await owner.client.post("/api/admin/backup/sqlite", headers={"X-CSRF-Token": owner.csrf})
    assert made.status_code == 200
    token = await owner.post("/api/admin/registration-tokens", {"name": "audited"})
    await owner.post(f"/api/admin/registration-tokens/{token['id']}/revoke")
    await owner.delete(f"/api/admin/registration-tokens/{token['id']}")


async def agents_and_commands(owner: Operator, server: Server) -> OldAgent:
    await enrolled(server, owner, "trail")
    agent = await enrolled(server, owner, "trail")
    (service,) = await agent.report(old_service("trail", "echo"))
    await agent.post("/heartbeat", {})
    form = owner.client.get(f"{SERVICES}/{service['id']}/actions/echo")
    data(await prepared(agent, form, {"success": True}))
    for success in (True, False):
        command = await owner.execute(service["id"], "echo")
        await agent.poll()
        data(await agent.result(command["id"], {"success": success}))
    again = await owner.post(f"/api/admin/commands/{command['id']}/retry")
    await owner.post(f"/api/admin/commands/{again['id']}/cancel")
    return agent


async def events_and_routes(owner: Operator, agent: OldAgent) -> None:
    event = {"eventType": "trail.told", "sourceServiceCode": "trail", "payload": {}}
    data(await agent.post("/bus/events", event))
    for target in ("trail", "nobody"):
        body = {
            "name": target,
            "status": "ENABLED",
            "match": {"eventType": "trail.told"},
            "target": {"serviceCode": target, "actionName": "echo"},
        }
        route = await owner.post("/api/admin/bus/routes", body)
    made = data(await agent.post("/bus/events", event))
    assert [each["status"] for each in made["routedCommands"]] == ["CREATED", "FAILED"]
    assert made["routedCommands"][1]["errorCode"] == "BUS_TARGET_NOT_FOUND"
    url, proven = f"/api/admin/bus/routes/{route['id']}", {"X-CSRF-Token": owner.csrf}
    data(await owner.client.put(url, json=body, headers=proven))
    await owner.delete(url)


async def test_every_action_of_the_trail_names_its_actor_and_target(tmp_path: Path) -> None:
    async with serving(tmp_path, OPSTAGE_CAPSULE_BUS_ENABLED="yes") as server, server.operator() as owner:
        await people_and_settings(owner, server)
        agent = await agents_and_commands(owner, server)
        await events_and_routes(owner, agent)
        for change in ("disable", "enable", "revoke"):
            await owner.post(f"{AGENTS}/{agent.id}/{change}")

        async def whole() -> dict[str, Any] | None:
            answer = await owner.client.get("/api/admin/audit-events/export")
            newest = {each["action"]: each for each in reversed(answer.json()["data"])}
            return newest if set(TRAIL) <= set(newest) else None

        for action, event in (await until(whole, "all actions to stand in the trail")).items():
            if action in TRAIL:
                check(event, *TRAIL[action])


def check(event: dict[str, Any], actor: str, target: str | None, metadata: set[str]) -> None:
    action = event["action"]
    assert (event["actorType"], event["targetType"]) == (actor, target), action
    assert (event["targetId"] is None) == (target is None), action
    assert metadata <= set(event["metadata"]), (action, event["metadata"])
    assert None not in event["metadata"].values(), action
    failed = action in {"command.failed", "bus.route.failed"}
    assert event["result"] == ("FAILURE" if failed else "SUCCESS"), action
    assert (event["userAgent"] is None) == (action != "session.login.succeeded"), action
