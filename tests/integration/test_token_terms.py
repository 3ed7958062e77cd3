"""Registration tokens for several agents, for some codes or one mode, and with labels."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import httpx
import pytest
from tests.support.server import Operator, Refused, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKENS = "/api/admin/registration-tokens"


async def enrol(server: Server, raw: str, code: str, **more: Any) -> httpx.Response:
    body = {"registrationToken": raw, "agent": {"code": code, **more}}
    async with server.client() as client:
        return await client.post("/api/agents/register", json=body)


async def test_many_may_register_at_once_but_never_more_than_the_token_says(
    server: Server, operator: Operator
) -> None:
    made = await operator.post(TOKENS, {"name": "crowd", "maxUses": 5})
    assert (made["maxUses"], made["uses"], made["status"]) == (5, 0, "ACTIVE")
    answers = await asyncio.gather(*(enrol(server, made["token"], f"crowd-{n}") for n in range(12)))
    assert sorted(each.status_code for each in answers) == [200] * 5 + [401] * 7
    reasons = [each.json()["error"] for each in answers if each.status_code == 401]
    assert {(each["code"], each["details"]["reason"]) for each in reasons} == {
        ("REGISTRATION_TOKEN_INVALID", "used")
    }
    shown = await of_token(operator, made["id"])
    assert (shown["status"], shown["uses"], shown["maxUses"]) == ("USED", 5, 5)
    assert shown["agentId"] in {each.json()["data"]["agentId"] for each in answers if each.status_code == 200}


async def of_token(operator: Operator, token_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await operator.get(f"{TOKENS}/{token_id}")
    assert found in await operator.get(TOKENS, pageSize=100)
    return found


async def test_a_token_that_does_not_fit_refuses_and_is_not_used_up(
    server: Server, operator: Operator
) -> None:
    terms = {"codePattern": "fit-*", "mode": "sidecar", "labels": {"env": "prod"}}
    made = await operator.post(TOKENS, terms)
    assert {name: made[name] for name in terms} == terms
    for code, mode, reason in (
        ("other-1", "sidecar", "code_not_allowed"),
        ("fit-1", "embedded", "mode_not_allowed"),
    ):
        refused = await enrol(server, made["token"], code, mode=mode)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (401, "REGISTRATION_TOKEN_INVALID")
        assert error["details"] == {"reason": reason}
    assert (await of_token(operator, made["id"]))["uses"] == 0
    assert (await enrol(server, made["token"], "fit-1", mode="sidecar")).status_code == 200
    agent = await operator.agent("fit-1")
    assert agent is not None
    assert (agent["labels"], agent["operatorLabels"]) == ({"env": "prod"}, {"env": "prod"})


async def test_tokens_are_sorted_by_their_times(operator: Operator) -> None:
    made = [
        await operator.post(TOKENS, {"name": "sorted", "expiresInSeconds": seconds}) for seconds in (900, 300)
    ]
    wanted = [each["id"] for each in made]

    async def order(sort: str) -> list[str]:
        found: list[str] = []
        for page in itertools.count(1):
            rows = await operator.get(TOKENS, sort=sort, pageSize=100, page=page)
            found += [row["id"] for row in rows if row["id"] in wanted]
            if not rows:
                return found
        raise AssertionError("a list without an end")

    assert await order("createdAt") == wanted
    assert await order("-createdAt") == wanted[::-1]
    assert await order("expiresAt") == wanted[::-1]
    assert await order("-expiresAt") == wanted


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"maxUses": 0}, "maxUses"),
        ({"maxUses": 10_001}, "maxUses"),
        ({"codePattern": "Mail *"}, "codePattern"),
        ({"codePattern": ""}, "codePattern"),
        ({"codePattern": "mail-*\n"}, "codePattern"),
        ({"mode": "robot"}, "mode"),
        ({"labels": {"env": 1}}, "labels"),
    ],
)
async def test_a_token_with_terms_that_cannot_be_is_refused(
    operator: Operator, body: dict[str, Any], path: str
) -> None:
    with pytest.raises(Refused) as refused:
        await operator.post(TOKENS, body)
    assert (refused.value.status, refused.value.code) == (422, "VALIDATION_FAILED")
    assert {issue.partition(".")[0] for issue in refused.value.issues} == {path}


async def test_a_code_or_mode_with_a_line_end_behind_it_is_none(server: Server, operator: Operator) -> None:
    made = await operator.post(TOKENS, {"name": "line end"})
    refused = [
        await enrol(server, made["token"], "line-end\n"),
        await enrol(server, made["token"], "line-end", mode="embedded\n"),
    ]
    assert [(each.status_code, each.json()["error"]["code"]) for each in refused] == [
        (422, "VALIDATION_FAILED")
    ] * 2
