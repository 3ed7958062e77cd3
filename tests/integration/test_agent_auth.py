"""What an agent's credential opens and how each refusal reads; registering again; who owns a code."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.raw_agent import connected, register, service, welcomed
from tests.support.server import Operator, Refused, Server
from tests.support.trail import audited
from tests.support.waiting import until

from opstage.core.ids import sha256_hex

pytestmark = pytest.mark.asyncio(loop_scope="session")

AGENTS = "/api/admin/agents"
LONG_AGO = "2026-01-01T00:00:00.000Z"


async def post(server: Server, path: str, body: Any = None, **headers: str) -> Any:
    """``data`` of a POST with these headers only."""
    async with server.client() as client:
        return Operator.unwrap(await client.post(path, json=body or {}, headers=headers))


async def beat(server: Server, agent_id: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    await post(server, f"/api/agents/{agent_id}/heartbeat", **headers)


async def refusal(server: Server, agent_id: str, authorization: str | None) -> tuple[int, str, str | None]:
    """Status, code and ``details.reason`` of a refused heartbeat."""
    with pytest.raises(Refused) as refused:
        await beat(server, agent_id, authorization)
    return refused.value.status, refused.value.code, refused.value.details.get("reason")


def tamper(server: Server, sql: str, *values: Any) -> None:
    """Change the database behind the server's back, where the API leads to no such state."""
    with closing(sqlite3.connect(server.folder / "data" / "opstage.db", timeout=60)) as database, database:
        database.execute(sql, values)


async def test_a_token_opens_its_own_agent_by_the_bearer_scheme_only(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "bearer")
    other, _ = await register(server, operator, "bearer-other")
    await beat(server, agent_id, f"Bearer {token}")
    await beat(server, agent_id, f"bEARER {token}")
    unauthorized = (401, "UNAUTHORIZED")
    assert await refusal(server, agent_id, None) == (*unauthorized, None)
    assert (await refusal(server, agent_id, token))[:2] == unauthorized
    assert (await refusal(server, agent_id, f"Basic {token}"))[:2] == unauthorized
    assert await refusal(server, agent_id, "Bearer opstage_agent_made-up") == (*unauthorized, "unknown")
    assert await refusal(server, other, f"Bearer {token}") == (*unauthorized, "other_agent")
    assert await refusal(server, "agt_nobody", f"Bearer {token}") == (*unauthorized, "other_agent")
    _, fresh = await register(server, operator, "bearer")
    assert await refusal(server, agent_id, f"Bearer {token}") == (*unauthorized, "revoked")
    await beat(server, agent_id, f"Bearer {fresh}")


async def test_the_messages_are_those_of_the_contract(server: Server, operator: Operator) -> None:
    agent_id, _ = await register(server, operator, "worded")
    async with server.client() as client:
        url = f"/api/agents/{agent_id}/heartbeat"
        bare = await client.post(url, json={})
        wrong = await client.post(url, json={}, headers={"Authorization": "Bearer opstage_agent_x"})
    assert bare.json()["error"]["message"] == "Agent token required."
    assert wrong.json()["error"]["message"] == "Invalid Agent token."


async def test_disabled_and_revoked_agents_are_forbidden_and_a_missing_one_is_not_found(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "shut-out")
    await operator.post(f"{AGENTS}/{agent_id}/disable")
    assert await refusal(server, agent_id, f"Bearer {token}") == (403, "AGENT_DISABLED", None)
    await operator.post(f"{AGENTS}/{agent_id}/enable")
    await beat(server, agent_id, f"Bearer {token}")
    await operator.post(f"{AGENTS}/{agent_id}/revoke")
    assert await refusal(server, agent_id, f"Bearer {token}") == (401, "UNAUTHORIZED", "revoked")
    tamper(server, "UPDATE agent_tokens SET status = 'ACTIVE' WHERE agent_id = ?", agent_id)
    assert await refusal(server, agent_id, f"Bearer {token}") == (403, "AGENT_REVOKED", None)
    ghost = "opstage_agent_of-a-ghost"
    tamper(
        server,
        "INSERT INTO agent_tokens (id, agent_id, token_hash, name, status, created_at, updated_at)"
        " VALUES ('tok_ghost', 'agt_ghost', ?, 'ghost', 'ACTIVE', ?, ?)",
        *(sha256_hex(ghost), LONG_AGO, LONG_AGO),
    )
    try:
        assert await refusal(server, "agt_ghost", f"Bearer {ghost}") == (404, "AGENT_NOT_FOUND", None)
    finally:
        tamper(server, "DELETE FROM agent_tokens WHERE id = 'tok_ghost'")


async def test_neither_credential_opens_the_other_side(server: Server, operator: Operator) -> None:
    agent_id, token = await register(server, operator, "two-worlds")
    async with server.client() as client:
        answer = await client.get(AGENTS, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    with pytest.raises(Refused) as refused:
        await operator.post(f"/api/agents/{agent_id}/heartbeat")
    assert (refused.value.status, refused.value.code) == (401, "UNAUTHORIZED")


async def test_pending_online_and_offline_agents_are_let_in_and_enabling_goes_by_the_last_contact(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator:
            known = {
                code: await register(server, operator, code) for code in ("fresh", "old", "waits", "off")
            }
            await operator.post(f"{AGENTS}/{known['fresh'][0]}/disable")
            row = await operator.post(f"{AGENTS}/{known['fresh'][0]}/enable")
            assert row["status"] == "ONLINE", "its last contact is a moment ago"
            await operator.post(f"{AGENTS}/{known['old'][0]}/disable")
        await server.kill()
        tamper(server, "UPDATE agents SET last_heartbeat_at = ? WHERE code IN ('old', 'off')", LONG_AGO)
        tamper(server, "UPDATE agents SET status = 'PENDING', last_heartbeat_at = NULL WHERE code = 'waits'")
        tamper(server, "UPDATE agents SET status = 'OFFLINE' WHERE code = 'off'")
        await server.start()
        async with server.operator() as operator:

            async def status(code: str) -> str:
                row = await operator.agent(code)
                assert row is not None
                return str(row["status"])

            assert [await status(code) for code in ("waits", "off", "old")] == [
                "PENDING",
                "OFFLINE",
                "DISABLED",
            ]
            untouched = await operator.post(f"{AGENTS}/{known['off'][0]}/enable")
            assert untouched["status"] == "OFFLINE", "it was not disabled"
            enabled = await operator.post(f"{AGENTS}/{known['old'][0]}/enable")
            assert enabled["status"] == "OFFLINE", "its last contact is long ago"
            for code, (agent_id, token) in known.items():
                await beat(server, agent_id, f"Bearer {token}")
                assert await status(code) == "ONLINE"
            for call in ("enable", "disable"):
                gone = known["fresh"][0]
                await operator.post(f"{AGENTS}/{gone}/revoke")
                with pytest.raises(Refused) as refused:
                    await operator.post(f"{AGENTS}/{gone}/{call}")
                assert (refused.value.status, refused.value.code) == (409, "AGENT_REVOKED")
    finally:
        assert await server.stop() == 0, server.log


async def registering(server: Server, raw: str, code: str, **more: Any) -> Any:
    return await post(
        server, "/api/agents/register", {"registrationToken": raw, "agent": {"code": code}, **more}
    )


async def test_a_refused_registration_says_why(server: Server, operator: Operator) -> None:
    async def reason(raw: str, code: str = "refused-one") -> str:
        with pytest.raises(Refused) as refused:
            await registering(server, raw, code)
        assert (refused.value.status, refused.value.code) == (401, "REGISTRATION_TOKEN_INVALID")
        return str(refused.value.details["reason"])

    assert await reason("opstage_reg_nobody") == "unknown"
    used = await operator.registration_token()
    await registering(server, used, "refused-user")
    assert await reason(used) == "used"
    created = await operator.post("/api/admin/registration-tokens", {"expiresInSeconds": 60})
    tamper(server, "UPDATE registration_tokens SET expires_at = ? WHERE id = ?", LONG_AGO, created["id"])
    assert await reason(created["token"]) == "expired"
    revoked = await operator.post("/api/admin/registration-tokens")
    await operator.post(f"/api/admin/registration-tokens/{revoked['id']}/revoke")
    assert await reason(revoked["token"]) == "revoked"
    early = await operator.registration_token()
    agent_id, _ = await register(server, operator, "refused-agent")
    await operator.post(f"{AGENTS}/{agent_id}/revoke")
    assert await reason(early, "refused-agent") == "agent_revoked"
    assert (await registering(server, early, "refused-nobody"))["agentId"] != agent_id, "it was not used up"


async def test_registering_again_keeps_the_agent_and_a_disabled_one_disabled(
    server: Server, operator: Operator
) -> None:
    agent_id, first = await register(server, operator, "auth-again")
    await operator.post(f"{AGENTS}/{agent_id}/disable")
    again, second = await register(server, operator, "auth-again")
    assert again == agent_id
    assert await refusal(server, agent_id, f"Bearer {first}") == (401, "UNAUTHORIZED", "revoked")
    assert await refusal(server, agent_id, f"Bearer {second}") == (403, "AGENT_DISABLED", None)
    actions = [entry[0] for entry in audited(server, agent_id)]
    assert actions == ["agent.registered", "agent.disabled", "agent.token.rotated", "agent.registered"]
    await operator.post(f"{AGENTS}/{agent_id}/revoke")
    back, third = await register(server, operator, "auth-again")
    assert back == agent_id
    await beat(server, agent_id, f"Bearer {third}")


async def test_a_service_code_moves_only_from_an_agent_that_is_not_online(
    server: Server, operator: Operator
) -> None:
    owner, owner_token = await register(server, operator, "code-owner")
    heir, heir_token = await register(server, operator, "code-heir")
    bearer = {"Authorization": f"Bearer {heir_token}"}
    report = {"services": [service("contested")]}
    async with welcomed(server, owner_token, "contested") as agent:
        with pytest.raises(Refused) as refused:
            await post(server, f"/api/agents/{heir}/services/report", report, **bearer)
        assert (refused.value.status, refused.value.code) == (409, "CAPSULE_SERVICE_CODE_TAKEN")
        async with connected(server, heir_token) as rival:
            await rival.say(
                type="hello",
                instance="heir",
                sdk={"name": "raw", "version": "1"},
                **report,
                running=[],
                finished=[],
            )
            answer = await rival.hear("reported")
            assert [each["code"] for each in answer["rejected"]] == ["contested"]
        raw = await operator.registration_token()
        with pytest.raises(Refused) as taken:
            await registering(server, raw, "code-third", service=service("contested"))
        assert (taken.value.status, taken.value.code) == (409, "CAPSULE_SERVICE_CODE_TAKEN")
        assert await operator.agent("code-third") is None
        await registering(server, raw, "code-third")
        await agent.say(type="bye")

    async def offline() -> bool:
        row = await operator.agent("code-owner")
        return row is not None and row["status"] == "OFFLINE"

    await until(offline, "the owner to be OFFLINE")
    before = await operator.service("contested")
    assert before is not None and before["agentId"] == owner
    (moved,) = (await post(server, f"/api/agents/{heir}/services/report", report, **bearer))["services"]
    assert (moved["id"], moved["agentId"]) == (before["id"], heir)
    assert audited(server, before["id"], "capsuleService.%") == [
        ("capsuleService.reassigned", "AGENT", {"previousAgentId": owner})
    ]


async def test_a_retired_service_of_an_absent_agent_may_be_taken_up_by_another(
    server: Server, operator: Operator
) -> None:
    owner, token = await register(server, operator, "estate")
    async with welcomed(server, token, "estate"):
        row = await operator.service("estate")
        assert row is not None
    await operator.post(f"{AGENTS}/{owner}/retire")
    heir, heir_token = await register(server, operator, "estate-heir")
    report = {"services": [service("estate")]}
    bearer = {"Authorization": f"Bearer {heir_token}"}
    (moved,) = (await post(server, f"/api/agents/{heir}/services/report", report, **bearer))["services"]
    assert (moved["id"], moved["retiredAt"]) == (row["id"], None)
    actions = [entry[0] for entry in audited(server, row["id"])]
    assert actions[-3:] == ["service.restored", "capsuleService.reassigned", "service.reported"]
    deleted = await operator.delete(f"{AGENTS}/{owner}")
    assert deleted["id"] == owner
    assert (await operator.service("estate") or {})["agentId"] == heir
