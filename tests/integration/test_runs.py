"""One action on many services, as operators see it and as agents are asked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.support.crew import Crew, Frame, crew
from tests.support.payloads import CAREFUL, KEPT_INPUT, LOGIN, SECRET_INPUT
from tests.support.raw_agent import ECHO, service
from tests.support.raw_operator import Row, live
from tests.support.refusals import refused_with
from tests.support.server import Operator, Server
from tests.support.stored import rows as stored
from tests.support.trail import audited
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUNS = "/api/admin/runs"
ACTIVE = {"PENDING", "RUNNING"}


async def start(operator: Operator, chosen: list[str] | str, action: str = "echo", **more: Any) -> Row:
    """A new run of the services with these ids, or of those a selector picks."""
    which = {"selector": chosen} if isinstance(chosen, str) else {"serviceIds": chosen}
    headers = {key: more.pop(key) for key in ("Idempotency_Key",) if key in more}
    run: Row = await operator.post(RUNS, {"actionName": action, **which, **more}, **headers)
    return run


async def targets(operator: Operator, run_id: str, **query: Any) -> list[Row]:
    found: list[Row] = await operator.get(f"{RUNS}/{run_id}/targets", pageSize=100, **query)
    return found


async def ended(operator: Operator, run_id: str) -> Row:
    async def look() -> Row | None:
        run = await operator.get(f"{RUNS}/{run_id}")
        return run if run["completedAt"] else None

    return await until(look, f"run {run_id} to end")


def of(rows: dict[str, Row], kind: str) -> list[Row]:
    found = [row for row in rows.values() if row["kind"] == kind]
    return sorted(found, key=lambda row: row.get("position", 0))


async def work_off(agent: Crew, count: int, at_once: int, held: list[Frame] | None = None) -> None:
    """Take and end so many commands, some of which are held already, as many at once as there may be."""
    held = [] if held is None else held
    for left in range(count, 0, -1):
        while len(held) < min(at_once, left):
            held.append(await agent.take())
        await agent.finish(held.pop(0))


# --- as it goes ------------------------------------------------------------------------------------


async def test_each_service_gets_a_command_and_never_are_there_more_than_allowed(
    server: Server, operator: Operator
) -> None:
    async with crew(server, operator, "paced", 10) as agent, live(server, operator) as browser:
        await browser.follow("runs")
        run = await start(operator, agent.all, payload={"text": "hi"}, concurrency=3)
        assert (run["status"], run["total"], run["completedAt"]) == ("RUNNING", 10, None)
        await browser.follow(f"run:{run['id']}")
        most = 0

        def busy(rows: dict[str, Row]) -> int:
            nonlocal most
            active = sum(row["status"] in ACTIVE for row in of(rows, "runTarget"))
            most = max(most, active)
            return active

        held = [await agent.take() for _ in range(3)]
        await browser.see(f"run:{run['id']}", lambda rows: busy(rows) == 3)
        working = asyncio.create_task(work_off(agent, 10, 3, held))
        await browser.see(f"run:{run['id']}", lambda rows: not busy(rows) and rows[run["id"]]["completedAt"])
        await working
        await browser.see("runs", lambda rows: rows.get(run["id"], {}).get("completedAt"))
        assert most == 3

        shown = await operator.get(f"{RUNS}/{run['id']}")
        assert (shown["status"], shown["counts"], shown["stopReason"]) == (
            "SUCCEEDED",
            {"SUCCEEDED": 10},
            None,
        )
        found = await targets(operator, run["id"])
        assert [each["serviceId"] for each in found] == agent.all
        assert of(browser.rows[f"run:{run['id']}"], "runTarget") == [
            {**row, "kind": "runTarget"} for row in found
        ]
        assert browser.rows[f"run:{run['id']}"][run["id"]] == browser.rows["runs"][run["id"]]
        assert browser.rows["runs"][run["id"]] == shown | {"kind": "run"}
        assert shown in await operator.get(RUNS, status="SUCCEEDED", actionName="echo")
        assert shown not in await operator.get(RUNS, status="FAILED")


async def test_every_step_of_it_is_audited_under_its_id(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "told-run", 2) as agent:
        run = await start(operator, agent.all, concurrency=1)
        await agent.finish(await agent.take())
        await agent.fail(await agent.take())
        assert (await ended(operator, run["id"]))["status"] == "FAILED"
        done, broken = await targets(operator, run["id"])
        assert (broken["status"], broken["errorCode"], broken["errorMessage"]) == (
            "FAILED",
            "BROKEN",
            "it broke",
        )
        assert None not in (done["startedAt"], done["completedAt"], done["durationMs"])
        assert (await operator.command(done["commandId"]))["runId"] == run["id"]
        created, completed = audited(server, run["id"])
        assert created[:2] == ("run.created", "USER")
        assert (created[2]["total"], created[2]["concurrency"]) == (2, 1)
        assert completed == (
            *("run.completed", "SYSTEM"),
            {"status": "FAILED", "counts": {"SUCCEEDED": 1, "FAILED": 1}},
        )
        for target, outcome in ((done, "command.completed"), (broken, "command.failed")):
            events = audited(server, target["commandId"])
            assert [action for action, _, _ in events] == ["command.created", "command.dispatched", outcome]
            assert {metadata["runId"] for _, _, metadata in events} == {run["id"]}
            (asked,) = audited(server, target["serviceId"], "service.action.requested")
            assert asked[2]["runId"] == run["id"]


async def test_progress_of_a_command_is_seen_on_its_target(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "halfway", 1) as agent, live(server, operator) as browser:
        run = await start(operator, agent.all)
        await browser.follow(f"run:{run['id']}")
        frame = await agent.take()
        at = {"commandId": frame["commandId"], "attempt": frame["attempt"]}
        await agent.agent.say(type="progress", percent=50, message="half", **at)
        (half,) = await browser.see(
            f"run:{run['id']}",
            lambda rows: [row for row in of(rows, "runTarget") if row["percent"] == 50],
        )
        assert (half["status"], half["progressMessage"]) == ("RUNNING", "half")
        assert {**half} == {**(await targets(operator, run["id"], status="RUNNING"))[0], "kind": "runTarget"}
        await agent.finish(frame)
        await ended(operator, run["id"])


# --- stopping --------------------------------------------------------------------------------------


async def test_it_stops_after_so_many_failures(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "halting", 6) as agent:
        run = await start(operator, agent.all, concurrency=1, stopAfterFailures=2)
        await agent.finish(await agent.take())
        await agent.fail(await agent.take())
        await agent.fail(await agent.take())
        over = await ended(operator, run["id"])
        assert (over["status"], over["stopReason"]) == ("STOPPED", "FAILURES")
        assert over["counts"] == {"SUCCEEDED": 1, "FAILED": 2, "SKIPPED": 3}
        left = await targets(operator, run["id"], status="SKIPPED")
        assert [(each["position"], each["errorCode"], each["commandId"]) for each in left] == [
            (position, "RUN_STOPPED", None) for position in (3, 4, 5)
        ]
        ((_, actor, metadata),) = audited(server, run["id"], "run.stopped")
        assert (actor, metadata) == ("SYSTEM", {"reason": "FAILURES", "left": 3})


async def test_an_operator_stops_it_and_cancels_what_runs(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "cancelled-run", 5) as agent:
        run = await start(operator, agent.all, concurrency=2)
        first, second = await agent.take(), await agent.take()
        stop = f"{RUNS}/{run['id']}/stop"
        stopping = await operator.post(stop)
        assert (stopping["status"], stopping["stopReason"], stopping["completedAt"]) == (
            "RUNNING",
            "OPERATOR",
            None,
        )
        assert stopping["counts"]["SKIPPED"] == 3
        await agent.finish(first)
        await operator.post(stop, {"cancelRunning": True})
        assert (await agent.hear("cancel"))["commandId"] == second["commandId"]
        await agent.finish(second, success=False, error={"code": "CANCELLED", "message": "stopped"})
        over = await ended(operator, run["id"])
        assert over["status"] == "STOPPED"
        assert over["counts"] == {"SUCCEEDED": 1, "CANCELLED": 1, "SKIPPED": 3}
        assert len(audited(server, run["id"], "run.stopped")) == 1
        (cancelled,) = audited(server, second["commandId"], "command.cancelled")
        assert cancelled[2] == {"runId": run["id"]}
        assert (await refused_with(operator.post(stop))).code == "RUN_ALREADY_COMPLETED"
    assert (await refused_with(operator.post(f"{RUNS}/run_none/stop"))).code == "RUN_NOT_FOUND"


async def test_what_was_ready_and_is_not_when_its_turn_comes_has_failed(
    server: Server, operator: Operator
) -> None:
    async with crew(server, operator, "leaving", 3) as agent:
        run = await start(operator, agent.all, concurrency=1)
        first = await agent.take()
        await operator.post(f"/api/admin/capsule-services/{agent.all[1]}/retire")
        await operator.post(f"/api/admin/capsule-services/{agent.all[2]}/retire")
        await operator.delete(f"/api/admin/capsule-services/{agent.all[2]}")
        await agent.finish(first)
        over = await ended(operator, run["id"])
        assert (over["status"], over["counts"]) == ("FAILED", {"SUCCEEDED": 1, "FAILED": 2})
        found = await targets(operator, run["id"], status="FAILED")
        assert [(each["errorCode"], each["commandId"]) for each in found] == [
            ("CAPSULE_SERVICE_RETIRED", None),
            ("CAPSULE_SERVICE_NOT_FOUND", None),
        ]


async def test_a_service_deleted_while_it_runs_holds_nothing_up(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "deleted-run", 2) as agent:
        run = await start(operator, agent.all, concurrency=1)
        await agent.take()
        gone = f"/api/admin/capsule-services/{agent.all[0]}"
        await operator.post(f"{gone}/retire")
        await operator.delete(gone)
        await agent.finish(await agent.take())
        over = await ended(operator, run["id"])
        assert over["counts"] == {"CANCELLED": 1, "SUCCEEDED": 1}
        assert (await targets(operator, run["id"]))[0]["serviceCode"] == "deleted-run-00"


# --- who is meant ----------------------------------------------------------------------------------


async def test_what_is_not_ready_is_skipped_and_told_before(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "asleep", 1) as sleeper:
        asleep = sleeper.all[0]
        await sleeper.agent.say(type="bye", reason="shutdown")

    async def gone() -> bool:
        return bool((await operator.get(f"/api/admin/capsule-services/{asleep}"))["status"] == "OFFLINE")

    await until(gone, "the sleeper to be OFFLINE")
    mine = [service("awake-a"), service("awake-b", actions=[CAREFUL]), service("awake-c")]
    async with crew(server, operator, "awake", mine) as agent:
        ready, other, retired = agent.all
        await operator.post(f"/api/admin/capsule-services/{retired}/retire")
        chosen = [asleep, ready, other, retired, ready]
        preview = await operator.post(f"{RUNS}/preview", {"serviceIds": chosen, "actionName": "echo"})
        assert (preview["total"], preview["ready"], preview["sameForm"]) == (4, 1, True)
        assert preview["action"]["name"] == "echo"
        assert [(each["name"], each["targets"]) for each in preview["actions"]] == [
            ("careful", 1),
            ("echo", 3),
        ]
        problems = [
            (asleep, "AGENT_OFFLINE"),
            (ready, None),
            (other, "ACTION_NOT_FOUND"),
            (retired, "CAPSULE_SERVICE_RETIRED"),
        ]
        assert [(each["serviceId"], each["problem"]) for each in preview["targets"]] == problems
        assert audited(server, ready, "service.action.requested") == []

        run = await start(operator, chosen)
        assert run["counts"] == {"SKIPPED": 3, "WAITING": 1}
        await agent.finish(await agent.take())
        over = await ended(operator, run["id"])
        assert (over["status"], over["counts"]) == ("SUCCEEDED", {"SKIPPED": 3, "SUCCEEDED": 1})
        found = await targets(operator, run["id"])
        assert [(each["serviceId"], each["errorCode"]) for each in found] == problems
        refused = await refused_with(start(operator, [asleep, other]))
        assert (refused.status, refused.code) == (409, "RUN_WITHOUT_TARGETS")
        assert refused.details["problems"] == {"AGENT_OFFLINE": 1, "ACTION_NOT_FOUND": 1}


async def test_a_selector_picks_by_the_labels_of_the_moment(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "picked", 3, labels={"suite": "picked"}) as agent:
        run = await start(operator, " suite = picked ,!none", concurrency=3)
        assert (run["selector"], run["total"]) == ("!none,suite=picked", 3)
        await work_off(agent, 3, 3)
        await ended(operator, run["id"])
        assert [each["serviceId"] for each in await targets(operator, run["id"])] == agent.all
        refused = await refused_with(start(operator, "suite=nobody"))
        assert (refused.code, refused.details["problems"]) == ("RUN_WITHOUT_TARGETS", {})
        assert (await refused_with(start(operator, "a,,b"))).issues == {"selector"}


# --- what is refused -------------------------------------------------------------------------------


async def test_a_run_that_cannot_be_meant_is_refused_as_a_whole(server: Server, operator: Operator) -> None:
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    strict = ECHO | {"inputSchema": schema}
    mine = [service("strict-a", actions=[ECHO, CAREFUL]), service("strict-b", actions=[strict])]
    async with crew(server, operator, "strict", mine) as agent:
        before = (await operator.client.get(RUNS)).json()["pagination"]["total"]
        asked = await refused_with(start(operator, agent.all, "careful"))
        assert (asked.status, asked.code) == (409, "ACTION_REQUIRES_CONFIRMATION")
        unfit = await refused_with(start(operator, agent.all, payload={"text": 1}))
        assert (unfit.status, unfit.code, unfit.issues) == (422, "ACTION_PAYLOAD_INVALID", {"text"})
        assert unfit.details["serviceCode"] == "strict-a"
        unfit = await refused_with(start(operator, agent.all))
        assert (unfit.code, unfit.details["serviceCode"]) == ("ACTION_PAYLOAD_INVALID", "strict-b")
        preview = {"serviceIds": agent.all, "actionName": "echo", "payload": {}}
        shown = await operator.post(f"{RUNS}/preview", preview)
        assert [each["problem"] for each in shown["targets"]] == [None, "ACTION_PAYLOAD_INVALID"]
        assert (shown["ready"], shown["sameForm"]) == (1, False)
        choices: list[dict[str, Any]] = [{}, {"serviceIds": agent.all, "selector": "a"}, {"serviceIds": []}]
        for body in choices:
            assert (await refused_with(operator.post(RUNS, {"actionName": "echo", **body}))).issues == {
                "serviceIds"
            }
        many = [f"svc_{number}" for number in range(1001)]
        assert (await refused_with(start(operator, many))).issues == {"serviceIds"}
        assert (await refused_with(start(operator, ["svc_none"]))).code == "CAPSULE_SERVICE_NOT_FOUND"
        wrongs: list[dict[str, Any]] = [{"concurrency": 51}, {"concurrency": 0}, {"stopAfterFailures": 0}]
        for wrong in wrongs:
            assert (await refused_with(start(operator, agent.all, **wrong))).issues == set(wrong)
        assert (await operator.client.get(RUNS)).json()["pagination"]["total"] == before

        run = await start(operator, agent.all, "careful", confirmation=True)
        await agent.finish(await agent.take())
        assert (await ended(operator, run["id"]))["counts"] == {"SUCCEEDED": 1, "SKIPPED": 1}


async def test_a_large_payload_is_not_stored_for_each_of_many(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "heavy-run", 70) as agent:
        before = (await operator.client.get(RUNS)).json()["pagination"]["total"]
        body = {"serviceIds": agent.all, "actionName": "echo", "payload": {"text": "x" * 1_000_000}}
        for path in (RUNS, f"{RUNS}/preview"):
            refused = await refused_with(operator.post(path, body))
            assert (refused.status, refused.issues) == (422, {"payload"})
            (issue,) = refused.details["issues"]
            assert issue["message"] == "Expected at most 958698 bytes of JSON for 70 services, got 1000011."
        assert (await operator.client.get(RUNS)).json()["pagination"]["total"] == before
        few = await operator.post(f"{RUNS}/preview", body | {"serviceIds": agent.all[:60]})
        assert (few["ready"], few["sameForm"]) == (60, True)


async def test_a_repeated_call_makes_one_run(server: Server, operator: Operator) -> None:
    async with crew(server, operator, "repeated-run", 2) as agent:
        order: dict[str, Any] = {"payload": {"text": "a"}, "Idempotency_Key": "run-once"}
        first, second = await asyncio.gather(
            start(operator, agent.all, **order), start(operator, agent.all, **order)
        )
        assert first["id"] == second["id"]
        await work_off(agent, 2, 2)
        over = await ended(operator, first["id"])
        assert (await start(operator, agent.all, **order)) == over
        for other in (
            order | {"payload": {"text": "b"}},
            order | {"concurrency": 2},
        ):
            assert (await refused_with(start(operator, agent.all, **other))).issues == {"Idempotency-Key"}
        assert (await refused_with(start(operator, agent.all[:1], **order))).issues == {"Idempotency-Key"}


async def test_secrets_reach_the_services_and_nobody_else(server: Server, operator: Operator) -> None:
    mine = [service("vault-a", actions=[LOGIN]), service("vault-b", actions=[LOGIN])]
    async with crew(server, operator, "vault", mine) as agent:
        run = await start(operator, agent.all, "login", payload=SECRET_INPUT, Idempotency_Key="vault")
        assert run["payload"] == KEPT_INPUT
        held = [await agent.take(), await agent.take()]
        assert [frame["payload"] for frame in held] == [SECRET_INPUT, SECRET_INPUT]
        again = await start(operator, agent.all, "login", payload=SECRET_INPUT, Idempotency_Key="vault")
        assert again["id"] == run["id"]
        for frame in held:
            await agent.finish(frame)
        assert (await ended(operator, run["id"]))["payload"] == KEPT_INPUT
        ((payload, raw),) = stored(
            server, "SELECT payload_json, raw_payload_json FROM runs WHERE id = ?", run["id"]
        )
        assert (json.loads(payload), raw) == (KEPT_INPUT, None)


async def test_a_viewer_sees_runs_and_starts_none(server: Server, operator: Operator) -> None:
    key = await operator.post("/api/admin/api-keys", {"name": "run-viewer", "role": "viewer"})
    async with crew(server, operator, "watched-run", 1) as agent, server.bearing(key["key"]) as viewer:
        assert (await refused_with(start(viewer, agent.all))).status == 403
        run = await start(operator, agent.all)
        assert (await refused_with(viewer.post(f"{RUNS}/{run['id']}/stop"))).status == 403
        assert (await viewer.get(f"{RUNS}/{run['id']}"))["id"] == run["id"]
        await agent.finish(await agent.take())
        await ended(operator, run["id"])


async def test_a_run_of_a_key_that_is_deleted_meanwhile_goes_on(server: Server, operator: Operator) -> None:
    key = await operator.post("/api/admin/api-keys", {"name": "run-maker", "role": "operator"})
    async with crew(server, operator, "orphaned", 2) as agent, server.bearing(key["key"]) as maker:
        run = await start(maker, agent.all, concurrency=1)
        assert run["createdBy"] == "key:run-maker"
        first = await agent.take()
        await operator.post(f"/api/admin/api-keys/{key['id']}/revoke")
        await operator.delete(f"/api/admin/api-keys/{key['id']}")
        await agent.finish(first)
        await agent.finish(await agent.take())
        assert (await ended(operator, run["id"]))["status"] == "SUCCEEDED"
