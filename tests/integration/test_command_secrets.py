"""Secrets of commands: gone from payloads at every end, and keys that one person reads once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.payloads import KEPT_INPUT, SECRET_INPUT, guarded
from tests.support.raw_agent import register, welcomed
from tests.support.raw_operator import live
from tests.support.server import PATIENT, QUICK, Operator, Server
from tests.support.stored import rows
from tests.support.transports import REST, TRANSPORTS, Carried, carried
from tests.support.upkeep import database, impatient
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIEWER = {"username": "looks-only", "password": "a long enough word", "role": "viewer"}
KEY = "canary-generated-key"
REDACTED = "[REDACTED]"


@asynccontextmanager
async def person(server: Server, owner: Operator, account: dict[str, str]) -> AsyncIterator[Operator]:
    """Somebody else, signed in."""
    if not await owner.get("/api/admin/users", q=account["username"]):
        await owner.post("/api/admin/users", account)
    async with server.client() as client:
        other = Operator(client)
        await other.sign_in(account["username"], account["password"])
        yield other


async def found(operator: Operator, code: str) -> str:
    """The id of the service once it is there."""
    service = await until(lambda: operator.service(code), f"service {code}")
    return str(service["id"])


def assert_dropped(server: Server, command: dict[str, Any]) -> None:
    """Nothing of the secrets is left, in the answer or on the disk."""
    assert command["completedAt"] is not None
    assert (command["payload"], command["secretsDropped"]) == (KEPT_INPUT, True)
    stored = rows(server, "SELECT payload_json, secrets_dropped FROM commands WHERE id = ?", command["id"])
    assert "canary" not in str(stored)
    assert stored[0][1] == 1


# --- payloads ---


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("success", [True, False])
async def test_a_result_ends_the_secrets_of_the_payload(
    server: Server, operator: Operator, transport: str, success: bool
) -> None:
    code = f"dropped-{transport}-{success}".lower()
    async with carried(transport, server, operator, code, [guarded(code)]) as agent:
        service_id = await found(operator, code)
        made = await operator.execute(service_id, "login", SECRET_INPUT)
        given = await agent.take()
        assert given.payload == SECRET_INPUT
        before = await operator.command(made["id"])
        assert (before["payload"], before["secretsDropped"]) == (KEPT_INPUT, False)
        listed = await operator.get("/api/admin/commands", serviceId=service_id)
        assert [each["payload"] for each in listed] == [KEPT_INPUT]
        assert await agent.finish(given.id, given.attempt, success=success) is None
        assert_dropped(server, await operator.command(made["id"]))


async def test_a_payload_without_secrets_stays_as_it_is(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "undropped", [guarded("undropped")]) as agent:
        made = await operator.execute(await found(operator, "undropped"), "echo", {"text": "hi"})
        await agent.take()
        await agent.finish(made["id"], 1, success=True)
        done = await operator.command(made["id"])
        assert (done["payload"], done["secretsDropped"]) == ({"text": "hi"}, False)


async def test_a_cancel_ends_the_secrets_of_the_payload(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "withdrawn", [guarded("withdrawn")]):
        made = await operator.execute(await found(operator, "withdrawn"), "login", SECRET_INPUT)
        cancelled = await operator.post(f"/api/admin/commands/{made['id']}/cancel")
        assert cancelled["status"] == "CANCELLED"
        assert_dropped(server, cancelled)


async def test_an_expiry_ends_the_secrets_of_the_payload(tmp_path: Path) -> None:
    hasty = Server(tmp_path, PATIENT | {"OPSTAGE_COMMAND_TTL_SECONDS": "1"})
    await hasty.start()
    async with hasty.operator() as operator:
        async with carried(REST, hasty, operator, "expiring", [guarded("expiring")]):
            made = await operator.execute(await found(operator, "expiring"), "login", SECRET_INPUT)
            expired = await operator.finished(made["id"])
        assert expired["status"] == "EXPIRED"
        assert_dropped(hasty, expired)
    await hasty.stop()


async def test_an_unknown_outcome_ends_the_secrets_of_the_payload(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "forgets")
    async with welcomed(server, token, "forgets", services=[guarded("forgets")]) as agent:
        made = await operator.execute(await found(operator, "forgets"), "login", SECRET_INPUT)
        frame = await agent.hear("command")
        await agent.say(type="accept", commandId=frame["commandId"], attempt=1)

        async def running() -> bool:
            return bool((await operator.command(made["id"]))["status"] == "RUNNING")

        await until(running, "the command to run")
    async with welcomed(server, token, "forgets", services=[guarded("forgets")]):
        done = await operator.finished(made["id"])
    assert done["errorCode"] == "OUTCOME_UNKNOWN"
    assert_dropped(server, done)


async def test_a_lost_poller_ends_the_secrets_of_the_payload(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "vanishes", [guarded("vanishes")]) as agent:
        made = await operator.execute(await found(operator, "vanishes"), "login", SECRET_INPUT)
        await agent.take()
    async with impatient(operator):
        done = await operator.finished(made["id"])
    assert done["errorCode"] == "OUTCOME_UNKNOWN"
    assert_dropped(server, done)


async def test_a_command_that_ends_after_a_crash_keeps_no_secret_even_without_its_action(
    tmp_path: Path,
) -> None:
    crashing = Server(tmp_path, QUICK)
    await crashing.start()

    async def crash() -> None:
        """kill -9, and so long a time until the next start that every command has had its time."""
        await crashing.kill()
        with closing(database(crashing)) as connection, connection:
            connection.execute("UPDATE commands SET expires_at = '2001-01-01T00:00:00.000Z'")
        await crashing.start()

    async with crashing.operator() as operator:
        async with carried(REST, crashing, operator, "crashing", [guarded("crashing")]) as agent:
            service_id = await found(operator, "crashing")
            known = await operator.execute(service_id, "login", SECRET_INPUT)
            await crash()
            assert (await operator.command(known["id"]))["payload"] == KEPT_INPUT
            assert_dropped(crashing, await operator.finished(known["id"]))
            assert await agent.quiet()
            orphan = await operator.execute(service_id, "login", SECRET_INPUT)
            assert await agent.report([guarded("crashing") | {"actions": []}]) is None
            await crash()
            done = await operator.finished(orphan["id"])
        assert (done["status"], set(done["payload"].values())) == ("EXPIRED", {REDACTED})
        assert "canary" not in str(rows(crashing, "SELECT payload_json FROM commands"))
    await crashing.stop()


async def test_what_an_older_release_left_is_gone_through_once(tmp_path: Path) -> None:
    upgraded = Server(tmp_path)
    await upgraded.start()
    async with (
        upgraded.operator() as operator,
        carried(REST, upgraded, operator, "older", [guarded("older")]) as agent,
    ):
        made = await operator.execute(await found(operator, "older"), "login", SECRET_INPUT)
        await agent.take()
        await agent.finish(made["id"], 1, success=True)
    await upgraded.stop()
    with closing(database(upgraded)) as connection, connection:
        raw = json.dumps(SECRET_INPUT)
        connection.execute("UPDATE commands SET payload_json = ?, secrets_dropped = 0", [raw])
        connection.execute("DELETE FROM system_settings WHERE key = 'payload_secrets_dropped'")
    await upgraded.start()

    async def gone_through() -> bool:
        return rows(upgraded, "SELECT 1 FROM system_settings WHERE key = 'payload_secrets_dropped'") != []

    await until(gone_through, "the old payloads to be gone through")
    async with upgraded.operator() as operator:
        assert_dropped(upgraded, await operator.command(made["id"]))
    await upgraded.stop()


# --- keys that are handed over once ---


async def handed_over(agent: Carried, operator: Operator, service_id: str) -> str:
    """The id of a command whose result carried a key."""
    made = await operator.execute(service_id, "echo")
    given = await agent.take()
    data = {"generatedKey": KEY, "deep": {"generatedKey": KEY}, "name": "for ada"}
    assert await agent.finish(given.id, given.attempt, success=True, data=data) is None
    return str(made["id"])


def key_of(command: dict[str, Any]) -> str:
    """The key that this answer shows; the nested one is always hidden."""
    data = command["result"]["data"]
    assert (data["deep"], data["name"]) == ({"generatedKey": REDACTED}, "for ada")
    return str(data["generatedKey"])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_generated_key_is_read_once(server: Server, operator: Operator, transport: str) -> None:
    code = f"keys-{transport}"
    async with carried(transport, server, operator, code, [guarded(code)]) as agent:
        command_id = await handed_over(agent, operator, await found(operator, code))
        listed = await operator.get("/api/admin/commands", serviceId=await found(operator, code))
        assert KEY not in str(listed)
        assert KEY not in str(rows(server, "SELECT data_json FROM command_results"))
        ((sealed,),) = rows(server, "SELECT ciphertext FROM command_secrets WHERE command_id = ?", command_id)
        assert KEY not in sealed
        await operator.client.head(f"/api/admin/commands/{command_id}")
        assert key_of(await operator.command(command_id)) == KEY
        assert key_of(await operator.command(command_id)) == REDACTED
        assert rows(server, "SELECT * FROM command_secrets WHERE command_id = ?", command_id) == []
        trail = await operator.get("/api/admin/audit-events", targetId=command_id)
        assert [each["action"] for each in trail].count("command.secret.read") == 1
        assert KEY not in str(trail)
        assert KEY not in server.log


async def test_of_many_reads_at_once_exactly_one_gets_the_key(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "raced", [guarded("raced")]) as agent:
        command_id = await handed_over(agent, operator, await found(operator, "raced"))
        answers = await asyncio.gather(*(operator.command(command_id) for _ in range(12)))
    assert sorted(map(key_of, answers)) == sorted([KEY] + 11 * [REDACTED])


async def test_views_and_viewers_never_get_the_key(server: Server, operator: Operator) -> None:
    async with (
        carried(REST, server, operator, "peeked", [guarded("peeked")]) as agent,
        person(server, operator, VIEWER) as viewer,
        live(server, operator) as browser,
    ):
        service_id = await found(operator, "peeked")
        made = await operator.execute(service_id, "echo")
        view = f"command:{made['id']}"
        await browser.follow(view)
        given = await agent.take()
        data = {"generatedKey": KEY, "deep": {"generatedKey": KEY}, "name": "for ada"}
        await agent.finish(given.id, given.attempt, success=True, data=data)
        await browser.see(view, lambda shown: bool(shown[made["id"]]["completedAt"]))
        assert key_of(browser.rows[view][made["id"]]) == REDACTED
        assert key_of(await viewer.command(made["id"])) == REDACTED
        assert key_of(await operator.command(made["id"])) == KEY


async def test_everybody_sees_that_a_key_waits_until_it_was_read(server: Server, operator: Operator) -> None:
    async with (
        carried(REST, server, operator, "waiting", [guarded("waiting")]) as agent,
        person(server, operator, VIEWER) as viewer,
        live(server, operator) as browser,
    ):
        service_id = await found(operator, "waiting")
        command_id = await handed_over(agent, operator, service_id)
        view = f"command:{command_id}"
        await browser.follow(view)
        shown = browser.rows[view][command_id]["oneTimeKeyUntil"]
        seen = await viewer.command(command_id)
        assert shown == seen["oneTimeKeyUntil"] > seen["completedAt"]
        assert (await operator.command(command_id))["oneTimeKeyUntil"] is None
        await browser.see(view, lambda rows: rows[command_id]["oneTimeKeyUntil"] is None)
        assert (await viewer.command(command_id))["oneTimeKeyUntil"] is None


async def test_the_key_outlives_kill_9_of_the_server_between_result_and_read(tmp_path: Path) -> None:
    crashing = Server(tmp_path)
    await crashing.start()
    async with crashing.operator() as operator:
        async with carried(REST, crashing, operator, "surviving", [guarded("surviving")]) as agent:
            command_id = await handed_over(agent, operator, await found(operator, "surviving"))
        await crashing.kill()
        await crashing.start()
        assert key_of(await operator.command(command_id)) == KEY
        await crashing.kill()
        await crashing.start()
        assert key_of(await operator.command(command_id)) == REDACTED
    await crashing.stop()
    assert KEY not in crashing.log


async def test_the_key_opens_under_the_secret_it_was_sealed_with_only(tmp_path: Path) -> None:
    moved = Server(tmp_path)
    await moved.start()
    async with (
        moved.operator() as operator,
        carried(REST, moved, operator, "moving", [guarded("moving")]) as agent,
    ):
        command_id = await handed_over(agent, operator, await found(operator, "moving"))
    await moved.stop()
    moved.settings["OPSTAGE_SESSION_SECRET"] = "another secret of the server, long enough"
    await moved.start()
    async with moved.operator() as operator:
        assert key_of(await operator.command(command_id)) == REDACTED
        trail = await operator.get("/api/admin/audit-events", action="command.secret.read")
        assert trail == []
    await moved.stop()


async def test_a_key_that_nobody_reads_in_time_is_gone(tmp_path: Path) -> None:
    hasty = Server(tmp_path, PATIENT | {"OPSTAGE_ONE_TIME_SECRET_SECONDS": "1"})
    await hasty.start()
    async with hasty.operator() as operator:
        async with carried(REST, hasty, operator, "unread", [guarded("unread")]) as agent:
            command_id = await handed_over(agent, operator, await found(operator, "unread"))

        async def swept() -> bool:
            return rows(hasty, "SELECT * FROM command_secrets") == []

        await until(swept, "the sweep to delete the key")
        assert key_of(await operator.command(command_id)) == REDACTED
    await hasty.stop()
