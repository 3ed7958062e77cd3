"""The agent channel over a real socket: the loop, and everything an agent can do wrong."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from pathlib import Path
from typing import Any

import pytest
from tests.support.raw_agent import connected, hello, register, service, welcomed
from tests.support.server import QUICK, Operator, Refused, Server
from tests.support.waiting import until
from websockets.exceptions import ConnectionClosed, InvalidStatus

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ready(operator: Operator, code: str) -> dict[str, Any]:
    """The service once it is HEALTHY."""

    async def look() -> dict[str, Any] | None:
        found = await operator.service(code)
        return found if found and found["status"] == "HEALTHY" else None

    return await until(look, f"{code} to be HEALTHY")


async def test_a_command_goes_to_the_agent_and_its_result_comes_back(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "loop")
    async with welcomed(server, token, "loop") as agent:
        found = await ready(operator, "loop")
        command = await operator.execute(found["id"], "echo", {"text": "hi"})
        frame = await agent.hear("command")
        assert (frame["commandId"], frame["attempt"], frame["payload"]) == (command["id"], 1, {"text": "hi"})
        await agent.say(type="accept", commandId=command["id"], attempt=1)
        await agent.say(type="progress", commandId=command["id"], attempt=1, percent=50, message="half")
        await agent.say(
            type="result",
            commandId=command["id"],
            attempt=1,
            success=True,
            data={"text": "hi", "password": "x"},
        )
        assert (await agent.hear("stored"))["commandId"] == command["id"]
        done = await operator.command(command["id"])
        assert (done["status"], done["percent"], done["durationMs"] >= 0) == ("SUCCEEDED", 50.0, True)
        assert done["result"]["data"] == {"text": "hi", "password": "[REDACTED]"}


async def test_a_repeated_result_is_answered_stored_and_changes_nothing(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "repeat")
    async with welcomed(server, token, "repeat") as agent:
        found = await ready(operator, "repeat")
        command = await operator.execute(found["id"], "echo")
        await agent.hear("command")
        for success in (True, False):
            await agent.say(type="result", commandId=command["id"], attempt=1, success=success)
            await agent.hear("stored")
        assert (await operator.command(command["id"]))["status"] == "SUCCEEDED"


async def test_a_stale_attempt_changes_nothing(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "stale")
    async with welcomed(server, token, "stale") as agent:
        found = await ready(operator, "stale")
        command = await operator.execute(found["id"], "echo")
        await agent.hear("command")
        await agent.say(type="result", commandId=command["id"], attempt=7, success=True)
        await agent.hear("stored")
        assert (await operator.command(command["id"]))["status"] == "PENDING"


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ("{", "truncated"),
        ("[]", "Expected"),
        ('{"type":"heartbeat","seq":"one","running":[]}', "seq"),
        ('{"type":"report","seq":1,"services":[{"code":1}]}', "services"),
        (
            '{"type":"reject","commandId":"x","attempt":1,"code":"c","message":"m","retryAfterSeconds":1e300}',
            "retry",
        ),
        (b"{}", "binary"),
    ],
)
async def test_a_malformed_frame_closes_with_4500_and_says_where(
    server: Server, operator: Operator, message: str | bytes, where: str
) -> None:
    _, token = await register(server, operator, "malformed")
    async with welcomed(server, token, "malformed") as agent:
        await agent.socket.send(message)
        code, reason = await agent.closed()
        assert code == 4500
        assert where in reason


@pytest.mark.parametrize(
    "more",
    [{"labels": {str(number): "x" for number in range(65)}}, {"hostname": "x" * 256}, {"labels": {"": "x"}}],
)
async def test_an_introduction_without_measure_is_malformed(
    server: Server, operator: Operator, more: dict[str, Any]
) -> None:
    _, token = await register(server, operator, "immense")
    async with connected(server, token) as agent:
        await agent.say(**hello("immense", **more))
        code, reason = await agent.closed()
        assert (code, next(iter(more)) in reason) == (4500, True)


async def test_frames_before_hello_and_a_second_hello_are_malformed(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "order")
    async with connected(server, token) as agent:
        await agent.say(type="heartbeat", seq=1, running=[])
        assert (await agent.closed())[0] == 4500
    async with welcomed(server, token, "order") as agent:
        await agent.say(**hello("order"))
        assert (await agent.closed())[0] == 4500


async def test_an_unknown_type_is_an_error_and_the_connection_goes_on(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "unknown")
    async with welcomed(server, token, "unknown") as agent:
        await agent.say(type="selfdestruct")
        assert (await agent.hear("error"))["about"] == "selfdestruct"
        await agent.say(type="report", seq=1, services=[service("unknown")])
        assert (await agent.hear("reported"))["services"][0]["code"] == "unknown"


async def test_a_gap_in_seq_asks_for_a_full_report(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "gap")
    async with welcomed(server, token, "gap") as agent:
        await agent.say(type="heartbeat", seq=1, running=[])
        await agent.say(type="heartbeat", seq=3, running=[])
        assert (await agent.hear())["type"] == "want"


async def test_a_frame_over_the_limit_closes_with_1009(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "big")
    async with welcomed(server, token, "big") as agent:
        await agent.socket.send('{"type":"x","pad":"' + "x" * 300_000 + '"}')
        assert (await agent.closed())[0] == 1009


async def test_too_many_messages_close_with_4003(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "chatty")
    async with welcomed(server, token, "chatty") as agent:
        with contextlib.suppress(ConnectionClosed):
            for number in itertools.count(1):
                await agent.say(type="heartbeat", seq=number, running=[])
                await asyncio.sleep(0)
        assert (await agent.closed())[0] == 4003


async def test_silence_closes_with_4001(tmp_path: Path) -> None:
    server = Server(tmp_path, QUICK)
    await server.start()
    async with server.operator() as operator:
        _, token = await register(server, operator, "silent")
        async with welcomed(server, token, "silent") as agent:
            assert (await agent.closed())[0] == 4001

        async def missed() -> bool:
            found = await operator.agent("silent")
            return found is not None and found["statusReason"] == "HEARTBEAT_MISSED"

        await until(missed, "the silence to be shown")
    assert await server.stop() == 0, server.log


async def test_no_hello_closes_with_4004(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "mute")
    async with connected(server, token) as agent:
        assert (await agent.closed())[0] == 4004


async def test_the_newest_connection_wins(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "newest")
    async with welcomed(server, token, "newest") as old, welcomed(server, token, "newest") as new:
        assert (await old.closed())[0] == 4504
        await new.say(type="report", seq=1, services=[service("newest")])
        await new.hear("reported")
        assert (await ready(operator, "newest"))["connection"] == "connected"


async def test_two_instances_that_replace_each_other_are_both_closed(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "duel")
    async with (
        welcomed(server, token, "duel", instance="a") as first,
        welcomed(server, token, "duel", instance="b") as second,
        welcomed(server, token, "duel", instance="a") as third,
        connected(server, token) as fourth,
    ):
        assert (await first.closed())[0] == 4504
        assert (await second.closed())[0] == 4504
        await fourth.say(**hello("duel", instance="b"))
        assert (await third.closed())[0] == 4505
        assert (await fourth.closed())[0] == 4505


async def test_an_agent_cannot_act_on_what_is_not_its_own(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "victim")
    _, other = await register(server, operator, "thief")
    async with welcomed(server, token, "victim") as victim, welcomed(server, other, "thief") as thief:
        found = await ready(operator, "victim")
        command = await operator.execute(found["id"], "echo")
        await victim.hear("command")
        await thief.say(type="result", commandId=command["id"], attempt=1, success=True)
        assert (await thief.hear("error"))["code"] == "COMMAND_NOT_FOUND"
        await thief.say(type="heartbeat", seq=1, running=[], health={"victim": {"status": "DOWN"}})
        assert (await thief.hear("error"))["code"] == "CAPSULE_SERVICE_NOT_FOUND"
        await thief.say(type="report", seq=2, services=[service("victim")])
        assert (await thief.hear("reported"))["rejected"][0]["code"] == "victim"
        assert (await operator.command(command["id"]))["status"] == "PENDING"
        assert (await ready(operator, "victim"))["agentCode"] == "victim"


async def test_bye_is_offline_at_once(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "polite")
    async with welcomed(server, token, "polite") as agent:
        await ready(operator, "polite")
        await agent.say(type="bye", reason="done")

    async def look() -> dict[str, Any] | None:
        found = await operator.agent("polite")
        return found if found and found["status"] == "OFFLINE" else None

    found = await until(look, "polite to be OFFLINE")
    assert found["statusReason"] == "SAID_BYE"
    gone = await operator.service("polite")
    assert gone is not None
    with pytest.raises(Refused) as refused:
        await operator.execute(gone["id"], "echo")
    assert refused.value.code == "AGENT_OFFLINE"


async def test_handshakes_are_refused_before_the_upgrade(server: Server, operator: Operator) -> None:
    agent_id, token = await register(server, operator, "refused")
    for credential, status in (("opstage_agent_wrong", 401), (token, 403)):
        if status == 403:
            await operator.post(f"/api/admin/agents/{agent_id}/disable")
        with pytest.raises(InvalidStatus) as refused:
            async with connected(server, credential):
                pass
        assert refused.value.response.status_code == status


async def test_disable_closes_with_4503_and_revoke_with_4502(server: Server, operator: Operator) -> None:
    agent_id, token = await register(server, operator, "governed")
    async with welcomed(server, token, "governed") as agent:
        await operator.post(f"/api/admin/agents/{agent_id}/disable")
        assert (await agent.closed())[0] == 4503
    await operator.post(f"/api/admin/agents/{agent_id}/enable")
    async with welcomed(server, token, "governed") as agent:
        await operator.post(f"/api/admin/agents/{agent_id}/revoke")
        assert (await agent.closed())[0] == 4502


async def test_cancel_reaches_the_agent_and_its_answer_ends_the_command(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "cancel")
    async with welcomed(server, token, "cancel") as agent:
        found = await ready(operator, "cancel")
        command = await operator.execute(found["id"], "echo")
        await agent.hear("command")
        await agent.say(type="accept", commandId=command["id"], attempt=1)
        await until(lambda: _running(operator, command["id"]), "the command to run")
        await operator.post(f"/api/admin/commands/{command['id']}/cancel")
        assert (await agent.hear("cancel"))["commandId"] == command["id"]
        await agent.say(
            type="result",
            commandId=command["id"],
            attempt=1,
            success=False,
            error={"code": "CANCELLED", "message": "stopped"},
        )
        await agent.hear("stored")
        assert (await operator.command(command["id"]))["status"] == "CANCELLED"


async def _running(operator: Operator, command_id: str) -> bool:
    return bool((await operator.command(command_id))["status"] == "RUNNING")


async def test_what_an_agent_lost_is_said_to_be_unknown(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "amnesia")
    async with welcomed(server, token, "amnesia") as agent:
        found = await ready(operator, "amnesia")
        command = await operator.execute(found["id"], "echo")
        await agent.hear("command")
        await agent.say(type="accept", commandId=command["id"], attempt=1)
        await until(lambda: _running(operator, command["id"]), "the command to run")
    async with welcomed(server, token, "amnesia"):
        done = await operator.finished(command["id"])
    assert (done["status"], done["errorCode"]) == ("FAILED", "OUTCOME_UNKNOWN")


async def test_what_was_sent_but_never_accepted_is_sent_again(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "again")
    async with welcomed(server, token, "again") as agent:
        found = await ready(operator, "again")
        command = await operator.execute(found["id"], "echo")
        await agent.hear("command")
    async with welcomed(server, token, "again") as agent:
        frame = await agent.hear("command")
        assert (frame["commandId"], frame["attempt"]) == (command["id"], 2)


async def test_commands_wait_for_an_agent_that_reconnects(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "patient")
    async with welcomed(server, token, "patient"):
        found = await ready(operator, "patient")
    command = await operator.execute(found["id"], "echo")
    assert command["status"] == "PENDING"
    async with welcomed(server, token, "patient") as agent:
        assert (await agent.hear("command"))["commandId"] == command["id"]


async def test_no_more_than_eight_commands_are_at_an_agent(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "busy")
    async with welcomed(server, token, "busy") as agent:
        found = await ready(operator, "busy")
        made = [(await operator.execute(found["id"], "echo"))["id"] for _ in range(10)]
        sent = [(await agent.hear("command"))["commandId"] for _ in range(8)]
        assert sent == made[:8]
        await agent.say(type="result", commandId=sent[0], attempt=1, success=True)
        assert (await agent.hear("command"))["commandId"] == made[8]


async def test_many_agents_at_once_are_all_welcomed(server: Server, operator: Operator) -> None:
    tokens = [(await register(server, operator, f"crowd{number}"))[1] for number in range(20)]

    async def come(number: int) -> None:
        async with welcomed(server, tokens[number], f"crowd{number}"):
            await ready(operator, f"crowd{number}")

    await asyncio.gather(*(come(number) for number in range(20)))


async def test_commands_made_at_once_are_counted_too(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "flooded")
    async with welcomed(server, token, "flooded") as agent:
        found = await ready(operator, "flooded")
        await asyncio.gather(*(operator.execute(found["id"], "echo") for _ in range(30)))
        sent = [(await agent.hear("command"))["commandId"] for _ in range(8)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await agent.hear("command")
        await agent.say(type="result", commandId=sent[0], attempt=1, success=True)
        assert (await agent.hear("command"))["commandId"] not in sent
