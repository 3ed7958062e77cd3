"""Calls that were denied or failed leave a trace, and the trace costs the caller nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.refusals import audited, awaited, refused_with
from tests.support.server import Operator, Server
from tests.support.waiting import until, until_true

pytestmark = pytest.mark.asyncio(loop_scope="session")

USERS = "/api/admin/users"
KEYS = "/api/admin/api-keys"
TOKENS = "/api/admin/registration-tokens"
SECRET = "a password of its own"


async def test_what_was_denied_is_audited(server: Server, operator: Operator) -> None:
    body = {"username": "denied", "password": SECRET}
    user = await operator.post(USERS, body)
    async with server.operator("denied", SECRET) as denied:
        await refused_with(denied.registration_token())
        csrf, denied.csrf = denied.csrf, "forged"
        await refused_with(denied.post("/api/admin/auth/logout"))
        denied.csrf = csrf

    async def both() -> list[dict[str, Any]] | None:
        found = await audited(server, operator, "permission.denied", actorId=user["id"])
        return found if len(found) == 2 else None

    events = await until(both, "both refusals to be audited")
    assert {(each["metadata"]["code"], each["metadata"]["path"]) for each in events} == {
        ("FORBIDDEN", TOKENS),
        ("CSRF_INVALID", "/api/admin/auth/logout"),
    }
    assert {(each["result"], each["actorName"], each["metadata"]["status"]) for each in events} == {
        ("FAILURE", "denied", 403)
    }


@pytest.mark.parametrize(
    ("content", "media", "path", "status"),
    [
        (b"{", "application/json", TOKENS, 400),
        (b"a=b", "text/plain", TOKENS, 415),
        (b'{"name": ""}', "application/json", TOKENS, 422),
        (b"{}", "application/json", f"{TOKENS}/tok_none/revoke", 404),
        (b"{}", "application/json", "/api/admin/nowhere", 404),
    ],
)
async def test_a_change_that_failed_is_audited_with_the_name_of_the_key(
    server: Server, operator: Operator, content: bytes, media: str, path: str, status: int
) -> None:
    key = await operator.post(KEYS, {"name": f"failing {status}", "role": "operator"})
    async with server.bearing(key["key"]) as program:
        answer = await program.client.post(path, content=content, headers={"Content-Type": media})
        assert answer.status_code == status
    event = await awaited(server, operator, "request.failed", actorId=key["id"])
    assert (event["actorName"], event["result"]) == (f"key:failing {status}", "FAILURE")
    told = event["metadata"]
    assert (told["method"], told["path"], told["status"]) == ("POST", path, status)
    assert told["code"] == answer.json()["error"]["code"]


async def test_a_key_that_opens_nothing_any_more_leaves_a_trace(server: Server, operator: Operator) -> None:
    key = await operator.post(KEYS, {"name": "lost", "role": "operator"})
    await operator.post(f"{KEYS}/{key['id']}/revoke")
    async with server.bearing(key["key"]) as program:
        assert (await refused_with(program.registration_token())).status == 401
    event = await awaited(server, operator, "request.failed", actorId=key["id"])
    assert (event["actorName"], event["metadata"]["status"]) == ("key:lost", 401)


async def test_an_agent_that_is_not_let_in_is_told_of_with_its_token(
    server: Server, operator: Operator
) -> None:
    token = await operator.post(TOKENS, {"name": "for a few", "codePattern": "few-*"})
    assert (await refused_with(enrol(server, token["token"], "many-1"))).status == 401
    event = await awaited(server, operator, "registration_token.refused", targetId=token["id"])
    assert (event["actorType"], event["actorName"], event["result"]) == ("AGENT", "many-1", "FAILURE")
    assert (event["targetType"], event["targetName"]) == ("RegistrationToken", "for a few")
    assert event["metadata"] == {"reason": "code_not_allowed"}


async def test_guesses_at_tokens_do_not_fill_the_trail(server: Server, operator: Operator) -> None:
    for number in range(40):
        assert (await refused_with(enrol(server, f"opstage_reg_{number:040}", "guesser"))).status == 401
    told = await until(
        lambda: audited(server, operator, "registration_token.refused", actorName="guesser"), "some of them"
    )
    assert len(told) < 40
    assert {(each["targetId"], each["metadata"]["reason"]) for each in told} == {(None, "unknown")}


async def enrol(server: Server, raw: str, code: str) -> Any:
    async with server.client() as client:
        body = {"registrationToken": raw, "agent": {"code": code}}
        return Operator.unwrap(await client.post("/api/agents/register", json=body))


async def test_reads_that_fail_and_changes_that_work_are_not_told_as_failures(
    server: Server, operator: Operator
) -> None:
    key = await operator.post(KEYS, {"name": "quiet", "role": "operator"})
    async with server.bearing(key["key"]) as program:
        assert (await refused_with(program.get("/api/admin/agents/agt_none"))).status == 404
        assert (await refused_with(program.get("/api/admin/agents", page="x"))).status == 422
        await program.registration_token()
        await refused_with(program.post(f"{TOKENS}/tok_none/revoke"))
    event = await awaited(server, operator, "request.failed", actorId=key["id"])
    assert event["metadata"]["method"] == "POST"


async def test_who_is_refused_all_the_time_does_not_fill_the_trail(
    server: Server, operator: Operator
) -> None:
    key = await operator.post(KEYS, {"name": "noisy", "role": "viewer"})
    async with server.bearing(key["key"]) as program:
        for _ in range(60):
            assert (await refused_with(program.post(TOKENS))).status == 403

        async def told() -> dict[str, Any] | None:
            await refused_with(program.post(TOKENS))
            found = await audited(server, operator, "permission.denied", actorId=key["id"])
            return next((each for each in found if "leftOut" in each["metadata"]), None)

        event = await until(told, "an event that counts those left out")
        assert event["metadata"]["leftOut"] > 0
        assert len(await audited(server, operator, "permission.denied", actorId=key["id"])) < 60


async def test_a_failed_sign_in_is_told_as_such_only(server: Server, operator: Operator) -> None:
    async with server.client() as client:
        body = {"username": "stranger", "password": "wrong wrong wrong"}
        assert (await client.post("/api/admin/auth/login", json=body)).status_code == 401
        assert (await client.post("/api/admin/auth/login", content=b"{")).status_code == 415
    event = await awaited(server, operator, "session.login.failed", actorName="stranger")
    assert event["actorId"] is None
    assert await audited(server, operator, "request.failed", actorName="stranger") == []


async def test_a_database_that_takes_nothing_changes_no_answer(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator:
            key = (await operator.post(KEYS, {"name": "patient", "role": "viewer"}))["key"]
            async with server.bearing(key) as program:
                assert (await refused_with(program.post(TOKENS))).status == 403
                with closing(sqlite3.connect(tmp_path / "data" / "opstage.db", timeout=60)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    calls = (
                        program.post(TOKENS, X_Request_Id="while-locked-1"),
                        operator.post(f"{TOKENS}/x/nowhere", X_Request_Id="while-locked-2"),
                    )
                    refused = await asyncio.gather(*(refused_with(call) for call in calls))
                    assert [each.status for each in refused] == [403, 404]
                    await until_true(lambda: server.log.count("while-locked-") >= 2, "the lines of the calls")
                    before = server.log.partition("missing from the audit trail")[0]
                    assert before.count("while-locked-") == 2, "nobody waits for the trail"
                assert (await refused_with(program.post(TOKENS))).status == 403
    finally:
        await server.stop()
