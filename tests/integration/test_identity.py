"""Users, sessions and passwords: who may change them, and how soon a change holds."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.raw_operator import live
from tests.support.refusals import awaited, refused_with
from tests.support.server import PASSWORD, PATIENT, USERNAME, Operator, Refused, Server
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

USERS = "/api/admin/users"
SESSIONS = "/api/admin/sessions"
ME = "/api/admin/auth/me"
OWN_PASSWORD = "/api/admin/auth/password"
TOKENS = "/api/admin/registration-tokens"
SECRET = "a password of its own"


async def added(operator: Operator, username: str, role: str = "viewer", **more: Any) -> dict[str, Any]:
    """A new user with the password SECRET."""
    user: dict[str, Any] = await operator.post(
        USERS, {"username": username, "password": SECRET, "role": role, **more}
    )
    return user


# --- users -----------------------------------------------------------------------------------------


async def test_a_user_is_made_and_signs_in(server: Server, operator: Operator) -> None:
    body = {"username": "made", "password": SECRET, "displayName": "Made"}
    user = await operator.post(USERS, body)
    assert (user["role"], user["status"], user["displayName"]) == ("viewer", "ACTIVE", "Made")
    assert user["id"].startswith("usr_")
    assert "password" not in json.dumps(user)
    async with server.operator("made", SECRET) as made:
        assert (await made.get(ME))["user"]["id"] == user["id"]
    event = await awaited(server, operator, "user.created", targetId=user["id"])
    assert (event["actorName"], event["metadata"]) == (USERNAME, {"username": "made", "role": "viewer"})


async def test_a_name_is_taken_once(operator: Operator) -> None:
    await added(operator, "taken")
    refused = await refused_with(added(operator, "taken"))
    assert (refused.status, refused.code) == (409, "USER_ALREADY_EXISTS")


@pytest.mark.parametrize(
    ("body", "issues"),
    [
        ({}, {"username", "password"}),
        ({"username": "", "password": "short"}, {"username", "password"}),
        ({"username": "x" * 321, "password": SECRET, "role": "king"}, {"username", "role"}),
        ({"username": " ", "password": SECRET}, {"username"}),
        ({"username": "two\nlines", "password": SECRET}, {"username"}),
        ({"username": "end\n", "password": SECRET}, {"username"}),
    ],
)
async def test_every_bad_field_of_a_new_user_is_named(
    operator: Operator, body: dict[str, Any], issues: set[str]
) -> None:
    refused = await refused_with(operator.post(USERS, body))
    assert (refused.status, refused.issues) == (422, issues)


async def test_a_change_keeps_what_is_left_out(operator: Operator) -> None:
    user = await added(operator, "changing", "operator", displayName="Before")
    path = f"{USERS}/{user['id']}"
    assert (await operator.patch(path))["displayName"] == "Before"
    changed = await operator.patch(path, {"displayName": "After"})
    assert (changed["displayName"], changed["role"], changed["status"]) == ("After", "operator", "ACTIVE")
    assert (await operator.patch(path, {"displayName": None}))["displayName"] is None


async def test_a_change_is_audited_with_what_was_before(server: Server, operator: Operator) -> None:
    user = await added(operator, "told", "operator", displayName="Told")
    await operator.patch(f"{USERS}/{user['id']}", {"displayName": None, "role": "viewer"})
    event = await awaited(server, operator, "user.updated", targetId=user["id"])
    assert event["metadata"] == {
        "role": "viewer",
        "status": "ACTIVE",
        "before": {"role": "operator", "status": "ACTIVE", "displayName": "Told"},
    }


async def test_an_unknown_user_is_told_before_a_bad_body(operator: Operator) -> None:
    for call in (
        operator.patch(f"{USERS}/usr_nobody", {"role": "king"}),
        operator.post(f"{USERS}/usr_nobody/reset-password", {"password": 1}),
    ):
        refused = await refused_with(call)
        assert (refused.status, refused.code) == (404, "USER_NOT_FOUND")


async def test_users_are_listed_by_role_status_text_and_order(operator: Operator) -> None:
    await added(operator, "listed-b", "operator", displayName="50%_off")
    last = await added(operator, "listed-a")
    await operator.patch(f"{USERS}/{last['id']}", {"status": "DISABLED"})

    async def names(**query: Any) -> list[str]:
        return [user["username"] for user in await operator.get(USERS, **{"q": "LISTED", **query})]

    assert await names() == ["listed-a", "listed-b"]
    assert await names(sort="-username") == ["listed-b", "listed-a"]
    assert await names(status="DISABLED") == ["listed-a"]
    assert await names(role=["operator", "owner"]) == ["listed-b"]
    assert await names(q="0%_o") == ["listed-b"]
    refused = await refused_with(operator.get(USERS, role="king", sort="password", q="x" * 161))
    assert (refused.status, refused.issues) == (422, {"role", "sort", "q"})


async def test_a_disabled_user_is_out_at_once(server: Server, operator: Operator) -> None:
    user = await added(operator, "disabled")
    async with server.operator("disabled", SECRET) as out, live(server, out) as browser:
        await operator.patch(f"{USERS}/{user['id']}", {"status": "DISABLED"})
        assert (await refused_with(out.get(ME))).status == 401
        assert (await browser.closed())[0] == 4501
        assert (await refused_with(out.sign_in("disabled", SECRET))).status == 401
        await operator.patch(f"{USERS}/{user['id']}", {"status": "ACTIVE"})
        assert (await refused_with(out.get(ME))).status == 401, "the old session stays over"
        await out.sign_in("disabled", SECRET)


async def test_a_reset_password_ends_every_session(server: Server, operator: Operator) -> None:
    user = await added(operator, "reset")
    async with server.operator("reset", SECRET) as out, live(server, out) as browser:
        await operator.post(f"{USERS}/{user['id']}/reset-password", {"password": "another long one"})
        assert (await refused_with(out.get(ME))).status == 401
        assert (await browser.closed())[0] == 4501
        assert (await refused_with(out.sign_in("reset", SECRET))).status == 401
        await out.sign_in("reset", "another long one")
    event = await awaited(server, operator, "user.password.reset", targetId=user["id"])
    assert event["actorName"] == USERNAME


async def test_a_new_role_holds_for_the_next_call_and_the_live_connection(
    server: Server, operator: Operator
) -> None:
    user = await added(operator, "demoted", "operator")
    async with server.operator("demoted", SECRET) as demoted, live(server, demoted) as browser:
        await demoted.registration_token()
        await operator.patch(f"{USERS}/{user['id']}", {"role": "viewer"})
        assert (await refused_with(demoted.registration_token())).code == "FORBIDDEN"
        assert (await browser.closed())[0] == 1012
        async with live(server, demoted) as again:
            await again.follow("fleet")


async def test_an_active_owner_remains_whoever_else_is_changed_meanwhile(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator:
            key = (await operator.post("/api/admin/api-keys", {"name": "k", "role": "owner"}))["key"]
            first = (await operator.get(ME))["user"]["id"]
            others = [(await added(operator, f"owner-{n}", "owner"))["id"] for n in range(5)]
        ways: list[dict[str, str]] = [{"role": "viewer"}, {"status": "DISABLED"}]
        async with server.bearing(key) as program:
            changes = [
                program.patch(f"{USERS}/{user}", ways[number % 2])
                for number, user in enumerate([first, *others])
            ]
            outcomes = await asyncio.gather(*changes, return_exceptions=True)
            refused = [each for each in outcomes if isinstance(each, Refused)]
            assert [(each.status, each.code) for each in refused] == [(409, "LAST_OWNER_REQUIRED")]
            (left,) = await program.get(USERS, role="owner", status="ACTIVE")
            again = await refused_with(program.patch(f"{USERS}/{left['id']}", {"role": "operator"}))
            assert again.code == "LAST_OWNER_REQUIRED"
            assert (await program.patch(f"{USERS}/{left['id']}", {"displayName": "Last"}))["role"] == "owner"
    finally:
        await server.stop()


# --- sessions --------------------------------------------------------------------------------------


async def test_somebody_sees_and_ends_their_own_sessions_only(server: Server, operator: Operator) -> None:
    await added(operator, "twice")
    async with server.operator("twice", SECRET) as here, server.operator("twice", SECRET) as there:
        mine = await here.get(SESSIONS)
        assert [each["username"] for each in mine] == ["twice", "twice"]
        assert [each["current"] for each in mine].count(True) == 1
        cookie = here.client.cookies["opstage_session"]
        assert all(part not in json.dumps(mine) for part in cookie.split("."))
        other = next(each["id"] for each in mine if not each["current"])
        async with live(server, there) as browser:
            ended = await here.delete(f"{SESSIONS}/{other}")
            assert (ended["id"], ended["current"]) == (other, False)
            assert (await refused_with(there.get(ME))).status == 401
            assert (await browser.closed())[0] == 4501
        assert (await refused_with(here.delete(f"{SESSIONS}/{other}"))).code == "SESSION_NOT_FOUND"
        owners = await operator.get(SESSIONS)
        foreign = next(each["id"] for each in owners if each["current"])
        assert (await refused_with(here.delete(f"{SESSIONS}/{foreign}"))).status == 404
        assert (await operator.get(ME))["user"]["username"] == USERNAME
        for query in ({"scope": "all"}, {"userId": owners[0]["userId"]}):
            assert (await refused_with(here.get(SESSIONS, **query))).code == "FORBIDDEN"


async def test_owners_see_and_end_everybodys_sessions(server: Server, operator: Operator) -> None:
    user = await added(operator, "watched")
    async with server.operator("watched", SECRET) as watched:
        everybody = await operator.get(SESSIONS, scope="all", pageSize=100)
        assert {"watched", USERNAME} <= {each["username"] for each in everybody}
        (theirs,) = await operator.get(SESSIONS, userId=user["id"])
        await operator.delete(f"{SESSIONS}/{theirs['id']}")
        assert (await refused_with(watched.get(ME))).status == 401
    event = await awaited(server, operator, "session.revoked", targetId=user["id"])
    assert (event["actorName"], event["targetName"]) == (USERNAME, "watched")


async def test_ending_the_present_session_takes_the_cookie_away(server: Server, operator: Operator) -> None:
    await added(operator, "leaving")
    async with server.operator("leaving", SECRET) as leaving:
        (mine,) = await leaving.get(SESSIONS)
        await leaving.delete(f"{SESSIONS}/{mine['id']}")
        assert not leaving.client.cookies


async def test_signing_out_everywhere_ends_every_own_session(server: Server, operator: Operator) -> None:
    user = await added(operator, "everywhere")
    async with (
        server.operator("everywhere", SECRET) as here,
        server.operator("everywhere", SECRET) as there,
        live(server, there) as browser,
    ):
        assert await here.post("/api/admin/auth/logout-all") == {"sessions": 2}
        assert not here.client.cookies
        assert (await browser.closed())[0] == 4501
        assert (await refused_with(there.get(ME))).status == 401
    event = await awaited(server, operator, "session.logout_all", targetId=user["id"])
    assert (event["targetName"], event["metadata"]) == ("everywhere", {"sessions": 2})
    assert (await operator.get(ME))["user"]["username"] == USERNAME


async def test_the_last_use_of_a_session_is_noted_once_in_a_while(operator: Operator) -> None:
    async def noted() -> Any:
        return next(
            each["lastUsedAt"] for each in await operator.get(SESSIONS, pageSize=100) if each["current"]
        )

    first = await until(noted, "the use to be stored")
    for _ in range(5):
        await operator.get(ME)
    assert await noted() == first


async def test_sessions_survive_a_restart_and_keys_too(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator:
            key = (await operator.post("/api/admin/api-keys", {"name": "k"}))["key"]
            assert await server.stop() == 0, server.log
            await server.start()
            me = await operator.get(ME)
            assert (me["user"]["username"], me["csrfToken"]) == (USERNAME, operator.csrf)
            assert await operator.registration_token()
            async with server.bearing(key) as program:
                assert (await program.get(ME))["user"]["role"] == "viewer"
    finally:
        await server.stop()


# --- passwords -------------------------------------------------------------------------------------


async def test_ones_own_password_changes_for_who_knows_it(server: Server, operator: Operator) -> None:
    user = await added(operator, "self")
    new = "a much better password"
    async with server.operator("self", SECRET) as here, server.operator("self", SECRET) as there:
        wrong = await refused_with(here.post(OWN_PASSWORD, {"currentPassword": "no", "newPassword": new}))
        assert (wrong.status, wrong.issues) == (422, {"currentPassword"})
        short = await refused_with(here.post(OWN_PASSWORD, {"currentPassword": SECRET, "newPassword": "no"}))
        assert (short.status, short.issues) == (422, {"newPassword"})
        async with live(server, there) as browser:
            body = {"currentPassword": SECRET, "newPassword": new}
            assert (await here.post(OWN_PASSWORD, body))["username"] == "self"
            assert (await browser.closed())[0] == 4501
        assert (await here.get(ME))["user"]["username"] == "self"
        assert (await refused_with(there.get(ME))).status == 401
        assert (await refused_with(there.sign_in("self", SECRET))).status == 401
        await there.sign_in("self", new)
    await awaited(server, operator, "user.password.changed", targetId=user["id"])


async def test_guessing_the_present_password_is_bounded(tmp_path: Path) -> None:
    server = Server(tmp_path, PATIENT | {"OPSTAGE_LOGIN_ATTEMPTS_PER_MINUTE": "3"})
    await server.start()
    try:
        async with server.operator() as operator:
            body = {"currentPassword": "guessed", "newPassword": SECRET}
            csrf, statuses, began = {"X-CSRF-Token": operator.csrf}, list[int](), time.monotonic()
            while not statuses or statuses[-1] != 429:
                answer = await operator.client.post(OWN_PASSWORD, json=body, headers=csrf)
                statuses.append(answer.status_code)
            # One more is let through every 20 s, which a slow machine may take.
            later = (time.monotonic() - began) // 20
            assert statuses[:-1] == [422] * (len(statuses) - 1)
            assert 3 <= len(statuses) - 1 <= 3 + later
            assert answer.json()["error"]["code"] == "RATE_LIMITED"
            assert int(answer.headers["Retry-After"]) > 0
    finally:
        await server.stop()


async def test_an_unknown_user_takes_as_long_as_a_wrong_password(server: Server) -> None:
    async def seconds(client: httpx.AsyncClient, username: str) -> float:
        began = time.perf_counter()
        body = {"username": username, "password": "wrong wrong wrong"}
        assert (await client.post("/api/admin/auth/login", json=body)).status_code == 401
        return time.perf_counter() - began

    async with server.client() as client:
        known, unknown = list[float](), list[float]()

        async def alike() -> bool:
            """So far; the shortest times are those of an idle machine, which a busy one may hide for long."""
            known.append(await seconds(client, USERNAME))
            unknown.append(await seconds(client, "nobody at all"))
            return len(known) >= 5 and 0.5 < min(unknown) / min(known) < 2

        await until(alike, "both to take as long")


@pytest.mark.parametrize(
    ("environment", "secure"), [({}, True), ({"NODE_ENV": "Development"}, False), ({"NODE_ENV": "x"}, True)]
)
async def test_the_cookie_is_secure_over_tls_but_in_development(
    tmp_path: Path, environment: dict[str, str], secure: bool
) -> None:
    server = Server(tmp_path, PATIENT | {"OPSTAGE_TRUSTED_PROXIES": "127.0.0.1/32"} | environment)
    await server.start()
    try:
        async with server.client() as client:
            answer = await client.post(
                "/api/admin/auth/login",
                json={"username": USERNAME, "password": PASSWORD},
                headers={"X-Forwarded-Proto": "https"},
            )
            assert ("Secure" in answer.headers["Set-Cookie"]) is secure
    finally:
        await server.stop()
