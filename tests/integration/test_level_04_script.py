"""A script against contract level 0.4: cookie and CSRF token, refusals word for word, lists, files."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from tests.support.old_client import JSON, data, raw, refused
from tests.support.server import PASSWORD, USERNAME, Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOGIN = "/api/admin/auth/login"
CSRF = "/api/admin/auth/csrf"
TOKENS = "/api/admin/registration-tokens"
AUDIT = "/api/admin/audit-events"
SIGN_IN = {"username": USERNAME, "password": PASSWORD}
SECRET = r"[A-Za-z0-9_-]{43}"

NOBODY = (401, "UNAUTHORIZED", "Authentication required.")
WRONG = (401, "UNAUTHORIZED", "Invalid username or password.")
NO_CSRF = (403, "CSRF_INVALID", "CSRF token missing or invalid.")
FORBIDDEN = (403, "FORBIDDEN", "Insufficient permissions.")
NO_ROUTE = (404, "NOT_FOUND", "Route not found.")


# --- signing in ------------------------------------------------------------------------------------


async def test_cookie_and_csrf_token_go_as_they_always_went(server: Server) -> None:
    async with server.client() as client:
        answer = await client.post(LOGIN, json=SIGN_IN | {"remember": True})
        session = data(answer)
        cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
        assert re.fullmatch(rf"opstage_session={SECRET}\.{SECRET}", cookie)
        wanted = {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=28800"}
        assert wanted <= set(attributes) and "Secure" not in attributes
        assert re.fullmatch(SECRET, session["csrfToken"])
        assert data(await client.get("/api/admin/auth/me")) == session

        rotated = data(await client.get(CSRF))
        assert set(rotated) == {"csrfToken", "expiresAt"}
        assert rotated["csrfToken"] != session["csrfToken"]
        assert rotated["expiresAt"] == session["expiresAt"]
        old, new = ({"X-CSRF-Token": each["csrfToken"]} for each in (session, rotated))
        for headers in (old, {}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "ü".encode()}):
            assert refused(await client.post(TOKENS, json={}, headers=headers)) == NO_CSRF  # type: ignore[arg-type]
        data(await client.post(TOKENS, json={}, headers=new))

        goodbye = await client.post("/api/admin/auth/logout", headers=new)
        assert (goodbye.status_code, goodbye.json()) == (200, {"success": True})
        assert re.match(r"opstage_session=\"?\"?; Expires=", goodbye.headers["Set-Cookie"])
        client.cookies.set("opstage_session", cookie.partition("=")[2])
        assert refused(await client.get("/api/admin/auth/me")) == NOBODY


async def test_every_failed_sign_in_reads_alike(server: Server, operator: Operator) -> None:
    await operator.post("/api/admin/users", {"username": "old-disabled", "password": PASSWORD})
    (user,) = await operator.get("/api/admin/users", q="old-disabled")
    await operator.patch(f"/api/admin/users/{user['id']}", {"status": "DISABLED"})
    async with server.client() as client:
        for username, password in (
            *((USERNAME, "wrong"), ("nobody at all", PASSWORD)),
            ("old-disabled", PASSWORD),
        ):
            answer = await client.post(LOGIN, json={"username": username, "password": password})
            assert refused(answer) == WRONG
            assert "Set-Cookie" not in answer.headers
            assert "details" not in answer.json()["error"]
    (noted,) = await operator.get(AUDIT, action="session.login.failed", pageSize=1)
    assert (noted["actorType"], noted["actorId"], noted["targetType"]) == ("USER", None, None)
    assert (noted["result"], noted["message"]) == ("FAILURE", "Invalid login attempt")
    assert noted["metadata"] == {"username": "old-disabled"}
    assert (noted["ipAddress"], noted["userAgent"][:12]) == ("127.0.0.1", "python-httpx")


# --- what comes first ------------------------------------------------------------------------------


async def test_a_change_is_refused_in_the_order_of_the_contract(server: Server, operator: Operator) -> None:
    await operator.post("/api/admin/users", {"username": "old-viewer", "password": PASSWORD})
    body, routes, kind = b'{"name": 5}', "/api/admin/bus/routes", {"Content-Type": JSON}
    async with (
        server.client() as nobody,
        server.operator("old-viewer", PASSWORD) as viewer,
    ):
        for path in (routes, TOKENS):
            broken = await nobody.post(path, content=b"{", headers=kind)
            assert refused(broken)[:2] == (400, "REQUEST_ERROR")
            assert refused(await nobody.post(path, content=body, headers=kind)) == NOBODY
            assert refused(await viewer.client.post(path, content=body, headers=kind)) == NO_CSRF
            proven = kind | {"X-CSRF-Token": viewer.csrf}
            assert refused(await viewer.client.post(path, content=body, headers=proven)) == FORBIDDEN
    proven = kind | {"X-CSRF-Token": operator.csrf}
    off = await operator.client.post(routes, content=body, headers=proven)
    assert refused(off)[:2] == (404, "CAPSULE_BUS_DISABLED")
    invalid = await operator.client.post(TOKENS, content=body, headers=proven)
    assert refused(invalid) == (422, "VALIDATION_FAILED", "Registration token validation failed.")
    assert [set(each) for each in invalid.json()["error"]["details"]["issues"]] == [{"path", "message"}]
    for path, sent in (("", {"role": "king"}), ("/reset-password", {"password": "short"})):
        call = operator.client.patch if path == "" else operator.client.post
        missing = await call(f"/api/admin/users/usr_none{path}", json=sent, headers=proven)
        assert refused(missing)[:2] == (404, "USER_NOT_FOUND")


async def test_unknown_routes_and_methods(server: Server, operator: Operator) -> None:
    async with server.client() as nobody:
        for method, path in (
            *(("GET", "/api/nothing"), ("GET", "/api/agents/x/y"), ("GET", LOGIN), ("OPTIONS", "/api/x")),
            *(("POST", "/api/system/health"), ("PUT", "/"), ("DELETE", "/health"), ("TRACE", "/api")),
            *(("OPTIONS", "/api/system/health"), ("PURGE", "/api/system/version"), ("POST", "/agents")),
        ):
            answer = await nobody.request(method, path)
            assert refused(answer) == NO_ROUTE, (method, path)
            assert not [name for name in answer.headers if name.startswith("access-control")]
        for method in ("GET", "POST", "OPTIONS"):
            assert refused(await nobody.request(method, "/api/admin/nothing")) == NOBODY
    for method, path in (("POST", "/api/admin/nothing"), ("PUT", TOKENS), ("DELETE", "/api/admin/agents")):
        assert refused(await operator.client.request(method, path)) == NO_CSRF
        proven = {"X-CSRF-Token": operator.csrf}
        assert refused(await operator.client.request(method, path, headers=proven)) == NO_ROUTE
    for method in ("GET", "OPTIONS"):
        assert refused(await operator.client.request(method, "/api/admin/nothing")) == NO_ROUTE


@pytest.mark.parametrize("path", ["/api/system/health", "/health", "/api/admin/agents?pageSize=1", "/"])
async def test_head_is_get_without_its_body(operator: Operator, path: str) -> None:
    full, head = await operator.client.get(path), await operator.client.head(path)
    assert (head.status_code, head.content) == (full.status_code, b"")
    assert head.headers["Content-Type"] == full.headers["Content-Type"]


@pytest.mark.parametrize(
    "target",
    [
        *("/api/admin/agents/%zz", "/api/%", "/api/system/health%", "/api/system/%ff", "/%c3%28", "/x/%2"),
        *("/api/admin/agents?q=%zz", "/api/system/version?x=%ff", "/api/system/version?100%", "/?%e4"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_url_that_is_encoded_badly_is_a_request_error(
    server: Server, method: str, target: str
) -> None:
    answer = await raw(server, f"{method} {target}", "Content-Length: 0")
    assert (answer.status, answer.headers["content-type"]) == (400, JSON)
    assert answer.error["code"] == "REQUEST_ERROR"


async def test_a_url_that_is_encoded_well_is_read(server: Server, operator: Operator) -> None:
    name = "old % name + ü"
    await operator.post("/api/admin/users", {"username": name, "password": PASSWORD})
    cookie = f"Cookie: {operator.cookie}"
    for query in ("old%20%25%20name%20%2B%20%C3%BC", "old+%25+name+%2b+%c3%bc"):
        answer = await raw(server, f"GET /api/admin/users?q={query}", cookie)
        assert [each["username"] for each in json.loads(answer.body)["data"]] == [name]


# --- lists -----------------------------------------------------------------------------------------


async def test_pages_are_clamped_and_what_is_no_whole_number_is_refused(operator: Operator) -> None:
    for query, shown in (
        *(("", (1, 20)), ("?page=0&pageSize=0", (1, 1)), ("?page=-3&pageSize=1000", (1, 100))),
        *(("?page=7&page=9", (7, 20)), ("?page=&pageSize=", (1, 20)), ("?pageSize=+5", (1, 5))),
        ("?page=99999999999999999999999", (10**9, 20)),
    ):
        body = (await operator.client.get(f"/api/admin/agents{query}")).json()
        assert set(body) == {"success", "data", "pagination"}
        page = body["pagination"]
        assert set(page) == {"page", "pageSize", "total"}
        assert (page["page"], page["pageSize"]) == shown, query
    for bad in ("1.5", "two", "1_0", "٣", "0x5", "NaN"):
        answer = await operator.client.get("/api/admin/agents", params={"pageSize": bad})
        assert refused(answer)[:2] == (422, "VALIDATION_FAILED"), bad


@pytest.mark.parametrize(
    ("path", "message", "bad"),
    [
        ("users", "User", [{"role": "admin"}, {"status": "GONE"}, {"q": "x" * 161}, {"q": " "}]),
        ("registration-tokens", "Registration token", [{"status": "active"}]),
        ("agents", "Agent", [{"status": "RETIRED"}, {"q": "x" * 121}, {"sort": "runtime"}]),
        (
            "capsule-services",
            "Capsule Service",
            [{"status": "UP"}, {"healthStatus": "HEALTHY"}, {"agentId": "svc_1"}, {"q": "\t"}],
        ),
        (
            "commands",
            "Command",
            [
                *({"status": "CANCELED"}, {"type": "ACTION"}, {"actionName": "x" * 129}),
                *({"agentId": "x"}, {"serviceId": "agt_1"}),
            ],
        ),
        ("audit-events", "Audit event", [{"actorType": "ROBOT"}, {"action": " "}, {"from": "soon"}]),
        ("audit-events/export", "Audit event", [{"format": "xml"}]),
    ],
)
async def test_bad_filters_are_refused_with_the_words_of_the_contract(
    operator: Operator, path: str, message: str, bad: list[dict[str, str]]
) -> None:
    for query in bad:
        answer = await operator.client.get(f"/api/admin/{path}", params=query)
        assert refused(answer) == (422, "VALIDATION_FAILED", f"{message} query validation failed."), query
        assert [each["path"] for each in answer.json()["error"]["details"]["issues"]] == list(query)
    unknown = await operator.client.get(f"/api/admin/{path}", params={"status": "", "colour": "blue"})
    assert unknown.status_code == 200


# --- files -----------------------------------------------------------------------------------------


async def test_an_export_is_the_file_it_always_was(operator: Operator) -> None:
    name = 'a "quoted", name\nof two lines = ü'
    token = await operator.post(TOKENS, {"name": name})
    await operator.post(f"{TOKENS}/{token['id']}/revoke")
    await operator.delete(f"{TOKENS}/{token['id']}")
    mine = {"targetId": token["id"], "action": "registration_token.deleted"}
    (event,) = await operator.get(AUDIT, **mine)
    answer = await operator.client.get(f"{AUDIT}/export", params=mine | {"format": "csv"})
    told = json.dumps(event["metadata"], ensure_ascii=False, separators=(",", ":"))
    cells = [
        *(event["id"], event["createdAt"], "USER", event["actorId"], "registration_token.deleted"),
        *("RegistrationToken", token["id"], "SUCCESS", "", told),
    ]
    line = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    head = "id,createdAt,actorType,actorId,action,targetType,targetId,result,message,metadata"
    assert answer.content == f"{head}\n{line}\n".encode()
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert _file_name(answer, r"opstage-audit-\d{13}\.csv")

    plain = await operator.client.get(f"{AUDIT}/export", params=mine)
    assert plain.json() == {"success": True, "data": [event]}
    assert plain.headers["Content-Type"] == JSON
    assert _file_name(plain, r"opstage-audit-\d{13}\.json")


async def test_a_backup_is_the_database_under_the_name_of_its_time(operator: Operator) -> None:
    answer = await operator.client.post("/api/admin/backup/sqlite", headers={"X-CSRF-Token": operator.csrf})
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert _file_name(answer, r"opstage-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.db")
    assert answer.content.startswith(b"SQLite format 3\x00")


def _file_name(answer: httpx.Response, pattern: str) -> bool:
    wanted = rf'attachment; filename="?{pattern}"?'
    return re.fullmatch(wanted, answer.headers["Content-Disposition"]) is not None


# --- registration tokens ---------------------------------------------------------------------------


async def test_a_token_is_made_without_a_body_and_lives_as_it_always_did(operator: Operator) -> None:
    proven = {"X-CSRF-Token": operator.csrf}

    async def call(method: str, path: str, **more: Any) -> httpx.Response:
        return await operator.client.request(method, TOKENS + path, headers=proven, **more)

    made = data(await call("POST", ""))
    assert (made["name"], made["status"], made["expiresAt"]) == ("Default registration token", "ACTIVE", None)
    assert refused(await call("DELETE", f"/{made['id']}"))[:2] == (409, "REGISTRATION_TOKEN_NOT_DELETABLE")
    first, second = [data(await call("POST", f"/{made['id']}/revoke")) for _ in range(2)]
    assert (first["status"], second["status"], second["revokedAt"]) == (
        "REVOKED",
        "REVOKED",
        first["revokedAt"],
    )
    assert data(await call("DELETE", f"/{made['id']}")) == second
    for method, path in (("DELETE", ""), ("POST", "/revoke")):
        answer = await call(method, f"/{made['id']}{path}")
        assert refused(answer)[:2] == (404, "REGISTRATION_TOKEN_NOT_FOUND")
    for seconds in (59, 60.5, "60", -1):
        answer = await call("POST", "", json={"expiresInSeconds": seconds})
        assert refused(answer)[:2] == (422, "VALIDATION_FAILED"), seconds
