"""Doing again what ended without success, and repeating a call without doing it twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.support.payloads import SECRET_INPUT, guarded
from tests.support.raw_agent import ECHO, service
from tests.support.server import Operator, Refused, Server
from tests.support.transports import REST, Carried, carried
from tests.support.upkeep import impatient
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def found(operator: Operator, code: str) -> dict[str, Any]:
    """The service once it is there."""
    return await until(lambda: operator.service(code), f"service {code}")


async def failed(
    agent: Carried, operator: Operator, service_id: str, action: str, payload: dict[str, Any], **more: Any
) -> str:
    """The id of a command that the agent let fail."""
    made = await operator.execute(service_id, action, payload, **more)
    given = await agent.take()
    error = {"code": "BROKEN", "message": "it broke"}
    assert await agent.finish(given.id, given.attempt, success=False, error=error) is None
    return str(made["id"])


async def retry(operator: Operator, command_id: str, body: Any = None, **headers: str) -> dict[str, Any]:
    """The new command."""
    new: dict[str, Any] = await operator.post(f"/api/admin/commands/{command_id}/retry", body, **headers)
    return new


async def refused(operator: Operator, command_id: str, body: Any = None) -> Refused:
    """Why it is not done again; nothing must come of it."""
    before = (await operator.client.get("/api/admin/commands")).json()["pagination"]["total"]
    with pytest.raises(Refused) as caught:
        await retry(operator, command_id, body)
    assert (await operator.client.get("/api/admin/commands")).json()["pagination"]["total"] == before
    return caught.value


async def test_a_retry_is_a_new_command_that_does_the_same(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "retried", [guarded("retried")]) as agent:
        service_id = (await found(operator, "retried"))["id"]
        source = await failed(agent, operator, service_id, "echo", {"text": "hi"})
        new = await retry(operator, source)
        assert new["id"] != source
        assert (new["status"], new["payload"], new["actionName"]) == ("PENDING", {"text": "hi"}, "echo")
        assert new["expiresAt"] > new["createdAt"]
        given = await agent.take()
        assert (given.id, given.payload) == (new["id"], {"text": "hi"})
        assert await agent.finish(given.id, 1, success=True) is None
        assert (await operator.command(source))["status"] == "FAILED"
        (event,) = await operator.get("/api/admin/audit-events", targetId=new["id"], action="command.retried")
        assert (event["metadata"], event["actorName"]) == ({"sourceCommandId": source}, "owner")
        cancelled = await operator.execute(service_id, "echo")
        await operator.post(f"/api/admin/commands/{cancelled['id']}/cancel")
        assert (await retry(operator, cancelled["id"]))["status"] == "PENDING"


async def test_only_an_execution_that_ended_without_success_is_retried(
    server: Server, operator: Operator
) -> None:
    async with carried(REST, server, operator, "unretried", [guarded("unretried")]) as agent:
        service_id = (await found(operator, "unretried"))["id"]
        made = await operator.execute(service_id, "echo")
        for status in ("PENDING", "RUNNING"):
            assert (await operator.command(made["id"]))["status"] == status
            error = await refused(operator, made["id"])
            assert (error.status, error.code) == (409, "COMMAND_NOT_RETRYABLE")
            await agent.quiet()
        await agent.finish(made["id"], 1, success=True)
        assert (await refused(operator, made["id"])).code == "COMMAND_NOT_RETRYABLE"
        asking = asyncio.create_task(operator.get(f"/api/admin/capsule-services/{service_id}/actions/echo"))
        form = await agent.take()
        await agent.finish(form.id, 1, success=False, error={"code": "NO", "message": "no"})
        with pytest.raises(Refused):
            await asking
        assert (await refused(operator, form.id)).code == "COMMAND_NOT_RETRYABLE"
        assert (await refused(operator, "cmd_nothing")).code == "COMMAND_NOT_FOUND"


async def test_a_retry_is_confirmed_again_and_checked_again(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "rechecked", [guarded("rechecked")]) as agent:
        service_id = (await found(operator, "rechecked"))["id"]
        source = await failed(agent, operator, service_id, "careful", {"text": "a"}, confirmation=True)
        error = await refused(operator, source)
        assert (error.status, error.code) == (409, "ACTION_REQUIRES_CONFIRMATION")
        error = await refused(operator, source, {"confirmation": True, "payload": {"text": 1}})
        assert (error.status, error.code, error.issues) == (422, "ACTION_PAYLOAD_INVALID", {"text"})
        error = await refused(operator, source, {"confirmation": "yes", "payload": []})
        assert (error.status, error.code, error.issues) == (
            *(422, "VALIDATION_FAILED"),
            {"confirmation", "payload"},
        )
        new = await retry(operator, source, {"confirmation": True, "payload": {"text": "b"}})
        assert new["payload"] == {"text": "b"}


async def test_dropped_secrets_have_to_be_sent_again(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "resent", [guarded("resent")]) as agent:
        service_id = (await found(operator, "resent"))["id"]
        source = await failed(agent, operator, service_id, "login", SECRET_INPUT)
        error = await refused(operator, source)
        assert (error.status, error.code) == (409, "COMMAND_NOT_RETRYABLE")
        assert error.details == {"reason": "secrets_dropped"}
        short = SECRET_INPUT | {"pin": "abc"}
        error = await refused(operator, source, {"payload": short})
        assert (error.code, error.issues) == ("ACTION_PAYLOAD_INVALID", {"pin"})
        assert "abc" not in str(error.details)
        await retry(operator, source, {"payload": SECRET_INPUT})
        assert (await agent.take()).payload == SECRET_INPUT


async def test_a_retry_needs_the_same_agent_but_not_at_this_moment(
    server: Server, operator: Operator
) -> None:
    async with carried(REST, server, operator, "away", [guarded("away")]) as agent:
        one = await found(operator, "away")
        source = await failed(agent, operator, one["id"], "echo", {})
        gone = await failed(agent, operator, one["id"], "login", {"user": "ada"})
        assert await agent.report([service("away", actions=[ECHO])]) is None
        error = await refused(operator, gone)
        assert (error.status, error.code) == (404, "ACTION_NOT_FOUND")
    path = f"/api/admin/agents/{one['agentId']}"

    async def offline() -> bool:
        return bool((await operator.get(path))["status"] == "OFFLINE")

    async with impatient(operator):
        await until(offline, "the agent to be OFFLINE")
        with pytest.raises(Refused) as not_now:
            await operator.execute(one["id"], "echo")
        assert not_now.value.code == "AGENT_OFFLINE"
        assert (await retry(operator, source))["status"] == "PENDING"
    for change, reason in (("disable", "disabled"), ("revoke", "revoked")):
        await operator.post(f"{path}/{change}")
        error = await refused(operator, source)
        assert (error.status, error.code) == (409, "AGENT_NOT_AVAILABLE")
        assert error.details == {"reason": reason}


async def test_a_retry_follows_no_service_to_another_agent(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "moves", [guarded("moves")]) as agent:
        one = await found(operator, "moves")
        source = await failed(agent, operator, one["id"], "echo", {})
    path = f"/api/admin/agents/{one['agentId']}"

    async def offline() -> bool:
        return bool((await operator.get(path))["status"] == "OFFLINE")

    async with impatient(operator):
        await until(offline, "the agent to be OFFLINE")
        async with carried(REST, server, operator, "takes-over", [guarded("moves")]):
            error = await refused(operator, source)
        assert (error.code, error.details) == ("AGENT_NOT_AVAILABLE", {"reason": "service_moved"})


# --- idempotency ---


async def test_a_repeated_retry_makes_one_command(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "repeated", [guarded("repeated")]) as agent:
        service_id = (await found(operator, "repeated"))["id"]
        source = await failed(agent, operator, service_id, "echo", {"text": "a"})
        new = await retry(operator, source, Idempotency_Key="retry-1")
        assert (await retry(operator, source, Idempotency_Key="retry-1"))["id"] == new["id"]
        assert await agent.take()
        assert await agent.quiet()


async def test_calls_at_once_with_one_key_make_one_command(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "at-once", [guarded("at-once")]) as agent:
        service_id = (await found(operator, "at-once"))["id"]
        path = f"/api/admin/capsule-services/{service_id}/actions/login"
        body = {"payload": SECRET_INPUT}
        made = await asyncio.gather(
            *(operator.post(path, body, Idempotency_Key="at-once") for _ in range(12))
        )
        assert len({each["id"] for each in made}) == 1
        given = await agent.take()
        assert await agent.quiet()
        await agent.finish(given.id, 1, success=True)
        # Its secrets are gone by now, so only the rest of the payload can be compared.
        again = await operator.post(path, body, Idempotency_Key="at-once")
        assert (again["id"], again["status"]) == (given.id, "SUCCEEDED")


async def test_a_key_that_was_used_for_something_else_is_refused(server: Server, operator: Operator) -> None:
    services = [guarded("reused"), guarded("reused-2")]
    async with carried(REST, server, operator, "reused", services):
        root = "/api/admin/capsule-services"
        one, two = (await found(operator, "reused"))["id"], (await found(operator, "reused-2"))["id"]
        body = {"payload": {"text": "a", "n": 1}}
        first = await operator.post(f"{root}/{one}/actions/echo", body, Idempotency_Key="reused")
        other_order = {"payload": {"n": 1, "text": "a"}}
        same = await operator.post(f"{root}/{one}/actions/echo", other_order, Idempotency_Key="reused")
        assert same["id"] == first["id"]
        for path, other in (
            (f"{root}/{two}/actions/echo", body),
            (f"{root}/{one}/actions/login", body),
            (f"{root}/{one}/actions/echo", {"payload": {"text": "b", "n": 1}}),
            (f"{root}/{one}/actions/echo", {"payload": {"text": "a", "n": True}}),
        ):
            with pytest.raises(Refused) as caught:
                await operator.post(path, other, Idempotency_Key="reused")
            assert (caught.value.status, caught.value.code) == (422, "VALIDATION_FAILED")
            assert caught.value.issues == {"Idempotency-Key"}


async def test_an_api_key_has_its_own_keys_and_its_name_stands_on_its_commands(
    server: Server, operator: Operator
) -> None:
    created = await operator.post("/api/admin/api-keys", {"name": "robot", "role": "operator"})
    headers = {"Authorization": f"Bearer {created['key']}", "Idempotency-Key": "shared"}
    async with (
        carried(REST, server, operator, "robotic", [guarded("robotic")]) as agent,
        server.client(headers) as robot,
    ):
        path = f"/api/admin/capsule-services/{(await found(operator, 'robotic'))['id']}/actions/echo"
        mine = await operator.post(path, {}, Idempotency_Key="shared")
        answers = await asyncio.gather(*(robot.post(path, json={}) for _ in range(6)))
        (command_id,) = {Operator.unwrap(each)["id"] for each in answers}
        assert command_id != mine["id"]
        await agent.take()
        await agent.take()
        await agent.finish(command_id, 1, success=True, data={"generatedKey": "canary"})
        shown = Operator.unwrap(await robot.get(f"/api/admin/commands/{command_id}"))
        assert (shown["createdBy"], shown["createdByUserId"]) == ("key:robot", None)
        assert shown["result"]["data"]["generatedKey"] == "canary"
        with pytest.raises(Refused) as caught:
            Operator.unwrap(await robot.post(path, json={"payload": {"text": "other"}}))
        assert caught.value.issues == {"Idempotency-Key"}
