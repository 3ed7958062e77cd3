"""The REST calls: the envelope, sign-in, CSRF, tokens, lists, and bad input of every kind."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support.raw_agent import register, service, welcomed
from tests.support.server import PASSWORD, USERNAME, Operator, Refused, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKENS = "/api/admin/registration-tokens"


async def test_health_live_ready_and_version_are_public(server: Server) -> None:
    async with server.client() as client:
        health = (await client.get("/api/system/health")).json()["data"]
        assert (health["status"], health["edition"], health["database"]["kind"]) == ("UP", "ce", "sqlite")
        assert (await client.get("/api/system/live")).status_code == 200
        assert (await client.get("/api/system/ready")).status_code == 200
        assert (await client.get("/api/system/version")).json()["data"]["version"]
        assert (await client.get("/health")).json() == {"status": "UP"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/admin/agents", 401, "UNAUTHORIZED"),
        ("POST", "/api/admin/nowhere", 401, "UNAUTHORIZED"),
        ("GET", "/api/nowhere", 404, "NOT_FOUND"),
        ("POST", "/nowhere", 404, "NOT_FOUND"),
        ("PUT", "/api/system/health", 404, "NOT_FOUND"),
    ],
)
async def test_every_refusal_is_in_the_envelope(
    server: Server, method: str, path: str, status: int, code: str
) -> None:
    async with server.client() as client:
        response = await client.request(method, path)
        assert response.status_code == status
        assert response.json()["success"] is False
        assert response.json()["error"]["code"] == code


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "REQUEST_ERROR"),
        (b"\xff", "application/json", 400, "REQUEST_ERROR"),
        (b"[" * 100_000, "application/json", 400, "REQUEST_ERROR"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "REQUEST_ERROR"),
        (b" " * 1_100_000, "application/json", 413, "REQUEST_ERROR"),
        (b"{}", "application/json", 422, "VALIDATION_FAILED"),
        (b'{"username": 1, "password": "x"}', "application/json", 422, "VALIDATION_FAILED"),
        (b'{"username": "", "password": "x"}', "application/json", 422, "VALIDATION_FAILED"),
    ],
)
async def test_bad_bodies_are_told_apart(
    server: Server, content: bytes, content_type: str, status: int, code: str
) -> None:
    async with server.client() as client:
        response = await client.post(
            "/api/admin/auth/login", content=content, headers={"Content-Type": content_type}
        )
        assert (response.status_code, response.json()["error"]["code"]) == (status, code)
        if status == 422:
            assert response.json()["error"]["details"]["issues"][0]["message"]


async def test_sign_in_refuses_unknown_users_and_wrong_passwords_alike(server: Server) -> None:
    answers = []
    async with server.client() as client:
        for username, password in ((USERNAME, "wrong wrong wrong"), ("nobody", PASSWORD)):
            body = {"username": username, "password": password}
            answers.append(await client.post("/api/admin/auth/login", json=body))
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


async def test_the_session_survives_csrf_rotation_and_ends_with_logout(operator: Operator) -> None:
    me = await operator.get("/api/admin/auth/me")
    assert (me["user"]["username"], me["user"]["role"], me["csrfToken"]) == (USERNAME, "owner", operator.csrf)
    rotated = (await operator.get("/api/admin/auth/csrf"))["csrfToken"]
    with pytest.raises(Refused) as refused:
        await operator.post(TOKENS)
    assert (refused.value.status, refused.value.code) == (403, "CSRF_INVALID")
    operator.csrf = rotated
    await operator.post("/api/admin/auth/logout")
    with pytest.raises(Refused) as ended:
        await operator.get("/api/admin/auth/me")
    assert ended.value.status == 401


async def test_a_forged_cookie_is_nobody(operator: Operator) -> None:
    cookie = operator.client.cookies["opstage_session"]
    operator.client.cookies.clear()
    operator.client.cookies["opstage_session"] = cookie[:-2] + ("aa" if not cookie.endswith("aa") else "bb")
    with pytest.raises(Refused) as refused:
        await operator.get("/api/admin/agents")
    assert refused.value.status == 401


async def test_registration_tokens_live_and_die(operator: Operator) -> None:
    made = await operator.post(TOKENS, {"name": "mortal", "expiresInSeconds": 60})
    assert made["rawToken"] == made["token"]
    assert made["token"].startswith("opstage_reg_")
    with pytest.raises(Refused) as refused:
        await operator.delete(f"{TOKENS}/{made['id']}")
    assert (refused.value.status, refused.value.code) == (409, "REGISTRATION_TOKEN_NOT_DELETABLE")
    assert (await operator.post(f"{TOKENS}/{made['id']}/revoke"))["status"] == "REVOKED"
    revoked = await operator.get(TOKENS, status="REVOKED", pageSize=100)
    assert made["id"] in {token["id"] for token in revoked}
    assert all("token" not in token and "rawToken" not in token for token in revoked)
    await operator.delete(f"{TOKENS}/{made['id']}")
    with pytest.raises(Refused) as gone:
        await operator.post(f"{TOKENS}/{made['id']}/revoke")
    assert (gone.value.status, gone.value.code) == (404, "REGISTRATION_TOKEN_NOT_FOUND")


@pytest.mark.parametrize("body", [{"expiresInSeconds": 5}, {"name": ""}, {"expiresInSeconds": "soon"}])
async def test_a_bad_token_request_names_the_field(operator: Operator, body: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        await operator.post(TOKENS, body)
    assert refused.value.status == 422
    assert refused.value.issues == {next(iter(body))}


async def test_every_bad_field_is_told_in_plain_words(operator: Operator) -> None:
    with pytest.raises(Refused) as refused:
        await operator.post(
            TOKENS,
            {
                "name": "",
                "expiresInSeconds": "soon",
                "maxUses": 0,
                "codePattern": "A!",
                "mode": "x",
                "labels": {"env": 3, "k" * 64: "v", "fits": "v"},
            },
        )
    assert {issue["path"]: issue["message"] for issue in refused.value.details["issues"]} == {
        "name": "Expected at least 1 character.",
        "expiresInSeconds": "Expected a whole number or null, got text.",
        "maxUses": "Expected at least 1.",
        "codePattern": "Expected text that fits ^[a-z0-9_*?-]+$",
        "mode": "Expected one of embedded, ophub, sidecar, external.",
        "labels.env": "Expected text, got a whole number.",
        f"labels.{'k' * 64}": "Expected at most 63 characters.",
    }


async def test_a_registration_token_works_once(server: Server, operator: Operator) -> None:
    token = await operator.registration_token()
    body = {"registrationToken": token, "agent": {"code": "once"}, "service": service("once")}
    async with server.client() as client:
        first = await client.post("/api/agents/register", json=body)
        second = await client.post("/api/agents/register", json=body)
    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]["code"]) == (401, "REGISTRATION_TOKEN_INVALID")
    assert second.json()["error"]["details"] == {"reason": "used"}
    assert (await operator.service("once")) is not None


async def test_a_registration_that_cannot_be_keeps_the_token(server: Server, operator: Operator) -> None:
    token = await operator.registration_token()
    bad = service("Bad Code", actions=[{"name": "exec", "label": "Shell"}])
    async with server.client() as client:
        body = {"registrationToken": token, "agent": {"code": "kept"}, "service": bad}
        refused = await client.post("/api/agents/register", json=body)
        assert refused.status_code == 422
        paths = {issue["path"] for issue in refused.json()["error"]["details"]["issues"]}
        assert paths == {"service.code", "service.actions.0.name"}
        body["service"] = service("kept")
        assert (await client.post("/api/agents/register", json=body)).status_code == 200


async def test_lists_page_and_refuse_bad_filters(server: Server, operator: Operator) -> None:
    for number in range(3):
        await register(server, operator, f"paged-{number}")
    response = await operator.client.get("/api/admin/agents", params={"q": "paged-", "pageSize": 2})
    body = response.json()
    assert [row["code"] for row in body["data"]] == ["paged-2", "paged-1"]
    assert body["pagination"] == {"page": 1, "pageSize": 2, "total": 3}
    for query in ({"status": "ASLEEP"}, {"page": "two"}, {"q": "x" * 200}):
        with pytest.raises(Refused) as refused:
            await operator.get("/api/admin/agents", **query)
        assert refused.value.status == 422
        assert refused.value.issues == {next(iter(query))}


async def test_an_action_is_checked_before_it_becomes_a_command(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "checked")
    risky = {"name": "wipe", "label": "Wipe", "dangerLevel": "HIGH", "requiresConfirmation": True}
    typed = {
        "name": "count",
        "label": "Count",
        "inputSchema": {
            "type": "object",
            "properties": {"to": {"type": "integer", "minimum": 1}},
            "required": ["to"],
        },
    }
    async with welcomed(server, token, "checked", services=[service("checked", actions=[risky, typed])]):
        found = await operator.service("checked")
        assert found is not None
        for action, payload, status, code in (
            ("nothing", {}, 404, "ACTION_NOT_FOUND"),
            ("wipe", {}, 409, "ACTION_REQUIRES_CONFIRMATION"),
            ("count", {"to": 0}, 422, "ACTION_PAYLOAD_INVALID"),
            ("count", {}, 422, "ACTION_PAYLOAD_INVALID"),
        ):
            with pytest.raises(Refused) as refused:
                await operator.execute(found["id"], action, payload)
            assert (refused.value.status, refused.value.code) == (status, code)
        confirmed = await operator.execute(found["id"], "wipe", confirmation=True)
        assert confirmed["status"] == "PENDING"
        with pytest.raises(Refused) as unknown:
            await operator.execute("svc_none", "wipe")
        assert unknown.value.code == "CAPSULE_SERVICE_NOT_FOUND"


async def test_the_same_idempotency_key_makes_one_command(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "twice")
    async with welcomed(server, token, "twice"):
        found = await operator.service("twice")
        assert found is not None
        url = f"/api/admin/capsule-services/{found['id']}/actions/echo"
        made = [await operator.post(url, {}, Idempotency_Key="k1") for _ in range(2)]
        assert made[0]["id"] == made[1]["id"]
        assert (await operator.post(url, {}, Idempotency_Key="k2"))["id"] != made[0]["id"]


async def test_a_command_at_its_end_cannot_be_cancelled(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "ended")
    async with welcomed(server, token, "ended") as agent:
        found = await operator.service("ended")
        assert found is not None
        command = await operator.execute(found["id"], "echo")
        await agent.hear("command")
        await agent.say(type="result", commandId=command["id"], attempt=1, success=True)
        await agent.hear("stored")
        for command_id, status, code in (
            (command["id"], 409, "COMMAND_ALREADY_COMPLETED"),
            ("cmd_none", 404, "COMMAND_NOT_FOUND"),
        ):
            with pytest.raises(Refused) as refused:
                await operator.post(f"/api/admin/commands/{command_id}/cancel")
            assert (refused.value.status, refused.value.code) == (status, code)
        listed = await operator.get("/api/admin/commands", serviceId=found["id"], status="SUCCEEDED")
        assert [row["id"] for row in listed] == [command["id"]]


async def test_secrets_of_a_report_are_not_stored(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "secretive")
    configs = [
        {
            "key": "api.key",
            "type": "string",
            "sensitive": True,
            "valuePreview": "hush",
            "secretRef": "env:KEY",
        },
        {"key": "interval", "type": "number", "valuePreview": "5"},
    ]
    said = service("secretive", configs=configs, manifest={"apiToken": "hush", "kept": 1})
    async with welcomed(server, token, "secretive", services=[said]):
        found = await operator.service("secretive")
        assert found is not None
        detail = await operator.get(f"/api/admin/capsule-services/{found['id']}")
    assert detail["manifest"] == {"apiToken": "[REDACTED]", "kept": 1}
    by_key = {config["key"]: config for config in detail["configs"]}
    assert (by_key["api.key"]["valuePreview"], by_key["api.key"]["secretRef"]) == (None, "env:KEY")
    assert by_key["interval"]["valuePreview"] == "5"


async def test_the_console_is_served_with_a_strict_policy(server: Server) -> None:
    async with server.client() as client:
        for path in (
            "/",
            "/services/svc_x",
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/" + "x" * 3000,
        ):
            response = await client.get(path)
            assert response.status_code in {200, 404}
            assert "root:" not in response.text
            assert "script-src 'self';" in response.headers["Content-Security-Policy"]


async def test_console_files_come_compressed_and_missing_ones_are_missing(server: Server) -> None:
    async with server.client() as client:
        page = await client.get("/")
        if page.status_code == 404:
            pytest.skip("needs the built console: make console")
        assert (page.headers["Content-Encoding"], page.headers["Cache-Control"]) == ("gzip", "no-cache")
        script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
        assert script is not None
        found = await client.get(script[1])
        assert found.headers["Content-Encoding"] == "gzip"
        assert found.headers["Content-Type"].startswith("text/javascript")
        plain = await client.get(script[1], headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert plain.text == found.text
        missing = await client.get("/assets/gone-12345678.js")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "STATIC_NOT_FOUND")
