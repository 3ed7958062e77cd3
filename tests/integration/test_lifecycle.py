"""Services and agents taken out of use, brought back, and deleted."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.labelling import having
from tests.support.raw_agent import RawAgent, connected, hello, register, service, welcomed
from tests.support.raw_operator import live
from tests.support.server import Operator, Refused, Server
from tests.support.trail import audited
from tests.support.upkeep import impatient
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICES = "/api/admin/capsule-services"
AGENTS = "/api/admin/agents"


async def found(operator: Operator, code: str) -> dict[str, Any]:
    row = await operator.service(code)
    assert row is not None, code
    return row


async def codes(operator: Operator, path: str, q: str, **query: Any) -> list[str]:
    return [row["code"] for row in await operator.get(path, q=q, **query)]


async def refusal(call: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.status, refused.value.code


async def gone(server: Server, operator: Operator, agent_id: str) -> None:
    """The agent's socket is closed, so far as the server knows."""

    async def look() -> bool:
        row = await operator.get(f"{AGENTS}/{agent_id}")
        return str(row["connection"]) != "connected"

    await until(look, "the socket to be gone")


async def test_a_retired_service_leaves_the_lists_and_the_fleet_until_it_is_reported_again(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "leaver")
    async with welcomed(server, token, "leaver") as agent, live(server, operator) as browser:
        row = await found(operator, "leaver")
        await browser.follow("fleet")
        await browser.see("fleet", lambda rows: row["id"] in rows)
        done = await operator.post(f"{SERVICES}/{row['id']}/retire")
        assert done["retiredAt"] is not None
        await browser.see("fleet", lambda rows: row["id"] not in rows)
        await browser.see("fleet", lambda rows: rows[agent_id]["serviceCount"] == 0)
        assert await codes(operator, SERVICES, "leaver") == []
        assert await codes(operator, SERVICES, "leaver", status="HEALTHY") == []
        assert await codes(operator, SERVICES, "leaver", retired="true") == ["leaver"]
        assert await codes(operator, AGENTS, "leaver", retired="true") == []
        detail = await operator.get(f"{SERVICES}/{row['id']}")
        assert detail["retiredAt"] == done["retiredAt"]
        assert await operator.post(f"{SERVICES}/{row['id']}/retire") == done
        assert (await operator.get(f"{AGENTS}/{agent_id}"))["services"] == []
        await agent.say(type="heartbeat", seq=1, running=[], health={"leaver": {"status": "DOWN"}})
        await agent.say(type="report", seq=2, services=[service("leaver")])
        assert (await agent.hear())["type"] == "reported", "health of a retired service is no error"
        back = await browser.see("fleet", lambda rows: rows.get(row["id"]))
        assert (back["retiredAt"], back["status"]) == (None, "HEALTHY")
        assert await codes(operator, SERVICES, "leaver") == ["leaver"]
        assert await codes(operator, SERVICES, "leaver", retired="true") == []
    assert [entry[:2] for entry in audited(server, row["id"])] == [
        ("service.reported", "AGENT"),
        ("service.retired", "USER"),
        ("service.restored", "AGENT"),
    ]


async def test_nothing_can_be_asked_of_a_retired_service(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "deaf")
    async with welcomed(server, token, "deaf"):
        url = f"{SERVICES}/{(await found(operator, 'deaf'))['id']}"
        await operator.post(f"{url}/retire")
        refused = (409, "CAPSULE_SERVICE_RETIRED")
        assert await refusal(operator.post(f"{url}/actions/echo")) == refused
        assert await refusal(operator.get(f"{url}/actions/echo")) == refused


async def test_unfinished_commands_are_called_off_and_the_agent_is_told(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "busy-leaver")
    async with welcomed(server, token, "busy-leaver") as agent:
        row = await found(operator, "busy-leaver")
        running = await operator.execute(row["id"], "echo")
        await agent.hear("command")
        await agent.say(type="accept", commandId=running["id"], attempt=1)

        async def accepted() -> bool:
            return str((await operator.command(running["id"]))["status"]) == "RUNNING"

        await until(accepted, "the command to run")
        waiting = await operator.execute(row["id"], "echo")
        await agent.hear("command")
        await operator.post(f"{SERVICES}/{row['id']}/retire")
        told = {(await agent.hear("cancel"))["commandId"] for _ in range(2)}
        assert told == {running["id"], waiting["id"]}
        ended = [await operator.command(each["id"]) for each in (running, waiting)]
        assert [(each["status"], each["errorCode"]) for each in ended] == [
            ("CANCELLED", "CANCEL_UNCONFIRMED"),
            ("CANCELLED", None),
        ]
        await agent.say(type="result", commandId=running["id"], attempt=1, success=True)
        assert (await agent.hear("stored"))["commandId"] == running["id"]
        assert (await operator.command(running["id"]))["status"] == "CANCELLED"


async def test_no_command_survives_a_retirement_that_it_races_with(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "race-retired")
    async with welcomed(server, token, "race-retired"):
        row = await found(operator, "race-retired")

        async def execute() -> str | None:
            try:
                return str((await operator.execute(row["id"], "echo"))["id"])
            except Refused as error:
                assert error.code == "CAPSULE_SERVICE_RETIRED"
                return None

        asked = [execute() for _ in range(6)]
        later = [execute() for _ in range(6)]
        outcomes = await asyncio.gather(*asked, operator.post(f"{SERVICES}/{row['id']}/retire"), *later)
        made = [outcome for outcome in outcomes if isinstance(outcome, str)]
        for command_id in made:
            assert (await operator.command(command_id))["status"] == "CANCELLED"
        stored = await operator.get("/api/admin/commands", serviceId=row["id"], pageSize=100)
        assert {each["id"] for each in stored} == set(made)


async def test_an_agent_can_say_that_a_service_is_retired(server: Server, operator: Operator) -> None:
    agent_id, token = await register(server, operator, "tidy")
    more = {"services": [service("tidy"), service("tidy-two")]}
    async with welcomed(server, token, "tidy", **more) as agent:
        row = await found(operator, "tidy-two")
        await agent.say(type="report", seq=1, services=[], retired=["tidy-two", "strangers"])
        answer = await agent.hear("reported")
        assert [each["code"] for each in answer["rejected"]] == ["strangers"]
        assert await codes(operator, SERVICES, "tidy") == ["tidy"]
        await agent.say(type="report", seq=2, services=[], retired=["tidy-two"])
        assert (await agent.hear("reported")).get("rejected") is None
    assert audited(server, row["id"], "service.retired") == [("service.retired", "AGENT", {})]
    assert (await operator.get(f"{AGENTS}/{agent_id}"))["serviceCount"] == 1


async def test_only_a_retired_service_can_be_deleted_and_its_trail_stays(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "erased")
    async with welcomed(server, token, "erased") as agent, live(server, operator) as browser:
        row = await found(operator, "erased")
        url, view = f"{SERVICES}/{row['id']}", f"service:{row['id']}"
        command = await operator.execute(row["id"], "echo")
        await agent.hear("command")
        await agent.say(type="result", commandId=command["id"], attempt=1, success=True)
        await operator.finished(command["id"])
        assert await refusal(operator.delete(url)) == (409, "CAPSULE_SERVICE_NOT_DELETABLE")
        await browser.follow(view)
        await browser.follow("commands")
        await operator.post(f"{url}/retire")
        await browser.see(view, lambda rows: rows[row["id"]]["retiredAt"])
        deleted = await operator.delete(url)
        assert (deleted["id"], deleted["code"]) == (row["id"], "erased")
        await browser.see(view, lambda rows: not rows)
        await browser.see("commands", lambda rows: command["id"] not in rows)
        assert await refusal(operator.get(url)) == (404, "CAPSULE_SERVICE_NOT_FOUND")
        assert await refusal(operator.delete(url)) == (404, "CAPSULE_SERVICE_NOT_FOUND")
        assert await refusal(operator.command(command["id"])) == (404, "COMMAND_NOT_FOUND")
        assert await codes(operator, SERVICES, "erased", retired="true") == []
        await browser.say(type="subscribe", id="again", view=view)
        while (frame := await browser.hear())["type"] != "gone":
            assert frame["id"] != "again", frame
        actions = [entry[0] for entry in audited(server, row["id"])]
        assert actions[-2:] == ["service.retired", "service.deleted"]
        await agent.say(type="report", seq=1, services=[service("erased")])
        await agent.hear("reported")
        assert (await found(operator, "erased"))["id"] != row["id"]


async def test_a_retired_agent_is_shut_out_until_it_registers_anew(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "pensioner")
    async with welcomed(server, token, "pensioner") as agent, live(server, operator) as browser:
        row = await found(operator, "pensioner")
        await browser.follow("fleet")
        await operator.execute(row["id"], "echo")
        await agent.hear("command")
        done = await operator.post(f"{AGENTS}/{agent_id}/retire")
        assert (done["status"], done["serviceCount"]) == ("REVOKED", 0)
        assert done["retiredAt"] is not None
        assert (await agent.hear("cancel"))["type"] == "cancel"
        assert (await agent.closed())[0] == 4502
        await browser.see("fleet", lambda rows: agent_id not in rows and row["id"] not in rows)
        assert await codes(operator, AGENTS, "pensioner") == []
        assert await codes(operator, AGENTS, "pensioner", status="REVOKED") == []
        assert await codes(operator, AGENTS, "pensioner", retired="true") == ["pensioner"]
        assert await codes(operator, SERVICES, "pensioner") == []
        assert await codes(operator, SERVICES, "pensioner", retired="true") == ["pensioner"]
        url = f"{SERVICES}/{row['id']}/actions/echo"
        assert await refusal(operator.post(url)) == (409, "CAPSULE_SERVICE_RETIRED")
        assert (await operator.post(f"{AGENTS}/{agent_id}/retire"))["retiredAt"] == done["retiredAt"]
        async with server.client() as client:
            answer = await client.post(
                f"/api/agents/{agent_id}/heartbeat", headers={"Authorization": f"Bearer {token}"}, json={}
            )
        assert (answer.status_code, answer.json()["error"]["details"]) == (401, {"reason": "revoked"})
        again, fresh = await register(server, operator, "pensioner")
        assert again == agent_id
        back = await browser.see("fleet", lambda rows: rows.get(agent_id))
        assert (back["status"], back["retiredAt"]) == ("ONLINE", None)
        assert await codes(operator, SERVICES, "pensioner") == []
        async with welcomed(server, fresh, "pensioner"):
            assert (await found(operator, "pensioner"))["id"] == row["id"]
    retired = audited(server, agent_id, "agent.retired")
    assert retired == [("agent.retired", "USER", {"revokedTokens": 1, "services": 1})]
    assert [
        entry[:2] for entry in audited(server, row["id"], "service.re%d") if "reported" not in entry[0]
    ] == [
        ("service.retired", "USER"),
        ("service.restored", "AGENT"),
    ]


async def test_an_agent_that_was_lost_counts_as_registered_once_it_registers_anew(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "prodigal")
    async with welcomed(server, token, "prodigal"):
        pass
    async with live(server, operator) as browser, impatient(operator):
        await browser.follow("fleet")
        await browser.see("fleet", lambda rows: rows[agent_id]["status"] == "OFFLINE")
        again, _ = await register(server, operator, "prodigal")
        row = await browser.see("fleet", having("prodigal", "agent", "status", "ONLINE"))
        assert (again, row["statusReason"]) == (agent_id, "REGISTERED")


async def test_only_an_agent_that_is_shut_out_and_gone_can_be_deleted(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "agent-dropped")
    url = f"{AGENTS}/{agent_id}"
    async with welcomed(server, token, "agent-dropped"), live(server, operator) as browser:
        row = await found(operator, "agent-dropped")
        command = await operator.execute(row["id"], "echo")
        assert await refusal(operator.delete(url)) == (409, "AGENT_NOT_DELETABLE")
        await browser.follow("fleet")
        await operator.post(f"{url}/revoke")
        await gone(server, operator, agent_id)
        await browser.see("fleet", lambda rows: rows[agent_id]["status"] == "REVOKED")

        async def delete() -> dict[str, Any] | None:
            try:
                return dict(await operator.delete(url))
            except Refused as error:
                assert error.code == "AGENT_NOT_DELETABLE"
                return None

        deleted = await until(delete, "the agent to be deleted once its connection is gone")
        assert deleted is not None and deleted["code"] == "agent-dropped"
        await browser.see("fleet", lambda rows: agent_id not in rows and row["id"] not in rows)
    assert await refusal(operator.get(url)) == (404, "AGENT_NOT_FOUND")
    assert await refusal(operator.delete(url)) == (404, "AGENT_NOT_FOUND")
    assert await refusal(operator.get(f"{SERVICES}/{row['id']}")) == (404, "CAPSULE_SERVICE_NOT_FOUND")
    assert await refusal(operator.command(command["id"])) == (404, "COMMAND_NOT_FOUND")
    assert audited(server, agent_id, "agent.deleted") == [
        ("agent.deleted", "USER", {"services": 1, "commands": 1})
    ]
    assert audited(server, command["id"], "command.cancelled")[0][1] == "USER"
    async with server.client() as client:
        answer = await client.post(
            f"/api/agents/{agent_id}/heartbeat", headers={"Authorization": f"Bearer {token}"}, json={}
        )
    assert (answer.status_code, answer.json()["error"]["details"]) == (401, {"reason": "unknown"})
    again, _ = await register(server, operator, "agent-dropped")
    assert again != agent_id


async def test_what_does_not_exist_cannot_be_taken_out_of_use(server: Server, operator: Operator) -> None:
    assert await refusal(operator.post(f"{SERVICES}/svc_no/retire")) == (404, "CAPSULE_SERVICE_NOT_FOUND")
    assert await refusal(operator.delete(f"{SERVICES}/svc_no")) == (404, "CAPSULE_SERVICE_NOT_FOUND")
    assert await refusal(operator.post(f"{AGENTS}/agt_no/retire")) == (404, "AGENT_NOT_FOUND")
    assert await refusal(operator.delete(f"{AGENTS}/agt_no")) == (404, "AGENT_NOT_FOUND")
    for path in (SERVICES, AGENTS):
        assert await refusal(operator.get(path, retired="perhaps")) == (422, "VALIDATION_FAILED")


async def test_what_is_retired_stays_so_over_a_restart(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator:
            whole, _ = await register(server, operator, "retired-agent")
            part, token = await register(server, operator, "part-time")
            more = {"services": [service("part-time"), service("part-time-two")]}
            async with welcomed(server, token, "part-time", **more):
                row = await found(operator, "part-time-two")
                await operator.post(f"{SERVICES}/{row['id']}/retire")
                await operator.post(f"{AGENTS}/{whole}/retire")
        await server.kill()
        await server.start()
        async with server.operator() as operator, live(server, operator) as browser:
            assert await codes(operator, SERVICES, "part-time") == ["part-time"]
            assert await codes(operator, SERVICES, "part-time", retired="true") == ["part-time-two"]
            assert await codes(operator, AGENTS, "") == ["part-time"]
            await browser.follow("fleet")
            assert {each["code"] for each in browser.rows["fleet"].values()} == {"part-time"}
            assert browser.rows["fleet"][part]["serviceCount"] == 1
            async with connected(server, token) as agent:
                await back(agent)
                assert await codes(operator, SERVICES, "part-time-two") == ["part-time-two"]
    finally:
        assert await server.stop() == 0, server.log


async def back(agent: RawAgent) -> None:
    """It says all it has, as after every loss of the connection."""
    await agent.say(**hello("part-time", services=[service("part-time"), service("part-time-two")]))
    await agent.hear("welcome")


async def test_a_command_that_is_gone_from_the_database_is_given_up_once(tmp_path: Path) -> None:
    own = Server(tmp_path)
    await own.start()
    try:
        async with own.operator() as operator, live(own, operator) as browser:
            agent_id, token = await register(own, operator, "robbed")
            path, headers = f"{own.url}/api/agents/{agent_id}", {"Authorization": f"Bearer {token}"}
            async with own.client(headers) as calls:
                await calls.post(f"{path}/services/report", json={"services": [service("robbed")]})
                made = await operator.execute((await found(operator, "robbed"))["id"], "echo")
                await browser.follow("commands")
                await browser.see("commands", lambda rows: made["id"] in rows)
                delete_outside(tmp_path / "data" / "opstage.db", made["id"])
                polled = await calls.get(f"{path}/commands", params={"wait": 1})
            assert polled.json()["data"] == []
            await browser.see("commands", lambda rows: made["id"] not in rows)
            metrics = (await operator.client.get("/metrics")).text
        assert 'opstage_commands_open{status="PENDING"} 0.0' in metrics
        assert own.log.count("it is left as it is") == 1
    finally:
        assert await own.stop() == 0, own.log


def delete_outside(path: Path, command_id: str) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as database, database:
        database.execute("DELETE FROM commands WHERE id = ?", (command_id,))
