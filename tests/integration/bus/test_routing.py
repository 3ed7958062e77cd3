"""Events become commands, over either transport, with every rule that can stop them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import raw_agent
from tests.support.publisher import (
    Connect,
    Publisher,
    audits,
    kind,
    route_body,
    unique,
)
from tests.support.raw_agent import ECHO
from tests.support.server import Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


# --- routing ---------------------------------------------------------------------------------------


async def test_an_event_becomes_a_command_for_the_target_at_once(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    agent = await connect(target)
    route = await owner.post("/api/admin/bus/routes", route_body(event, target))

    answer = await source.publish(
        event,
        payload={"city": "Ulm", "apiToken": "sesame"},
        metadata={"password": "sesame", "via": "test"},
        correlationId="cor-1",
        occurredAt="2026-05-01T12:00:00+02:00",
    )

    assert answer["experimental"] == "v0.4-experimental"
    (routed,) = answer["routedCommands"]
    assert routed == {
        "routeId": route["id"],
        "dryRun": False,
        "targetServiceCode": target,
        "actionName": "echo",
        "status": "CREATED",
        "commandId": routed["commandId"],
    }
    command = await agent.hear("command")
    told = command["payload"]["busEvent"]
    assert command["commandId"] == routed["commandId"]
    assert command["payload"] == {"busEvent": told, "payload": told["payload"]}
    assert told == {
        "id": answer["eventId"],
        "experimental": "v0.4-experimental",
        "eventType": event,
        "sourceServiceCode": source.code,
        "sourceServiceId": told["sourceServiceId"],
        "occurredAt": "2026-05-01T12:00:00+02:00",
        "correlationId": "cor-1",
        "payload": {"city": "Ulm", "apiToken": "[REDACTED]"},
        "metadata": {"password": "[REDACTED]", "via": "test"},
    }
    shown = await owner.command(routed["commandId"])
    assert (shown["status"], shown["createdByUserId"]) == ("PENDING", None)
    assert await audits(owner, eventId=answer["eventId"]) == [
        ("bus.route.matched", "SUCCESS"),
        ("bus.command.created", "SUCCESS"),
    ]


async def test_an_event_that_no_route_takes_is_stored_and_shown(owner: Operator, source: Publisher) -> None:
    answer = await source.publish("nobody.cares", payload={"secretKey": "sesame", "n": 1})

    assert answer["routedCommands"] == []
    listed = await owner.client.get("/api/admin/bus/events")
    assert listed.json()["experimental"] == "v0.4-experimental"
    row = next(each for each in listed.json()["data"] if each["id"] == answer["eventId"])
    assert (row["routeCount"], row["sourceServiceCode"], row["agentId"]) == (0, source.code, source.agent_id)
    assert row["payload"] == {"secretKey": "[REDACTED]", "n": 1}
    assert "correlationId" not in row and "causationId" not in row
    assert ("bus.route.unmatched", "SUCCESS") in await audits(owner, sourceServiceCode=source.code)
    detail = await owner.get(f"/api/admin/bus/events/{answer['eventId']}")
    assert detail == row | {"routedCommands": []}


async def test_only_the_routes_of_the_type_and_source_that_are_on_apply(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target = unique("target")
    await connect(target)
    event = kind()
    variants: dict[str, dict[str, Any]] = {
        "any source": {},
        "this source": {"match": {"eventType": event, "sourceServiceCode": source.code}},
        "another source": {"match": {"eventType": event, "sourceServiceCode": "somebody-else"}},
        "another type": {"match": {"eventType": f"{event}.too"}},
        "off": {"status": "DISABLED"},
        "dry": {"status": "DRY_RUN"},
    }
    for name, more in variants.items():
        await owner.post("/api/admin/bus/routes", route_body(event, target, **{"name": name, **more}))
    names = {each["id"]: each["name"] for each in await owner.get("/api/admin/bus/routes")}

    answer = await source.publish(event)

    assert [(names[each["routeId"]], each["status"]) for each in answer["routedCommands"]] == [
        ("any source", "CREATED"),
        ("this source", "CREATED"),
        ("dry", "DRY_RUN"),
    ]


async def test_at_most_the_ten_oldest_routes_apply(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    await connect(target)
    made = [
        await owner.post("/api/admin/bus/routes", route_body(event, target, status="DRY_RUN"))
        for _ in range(11)
    ]

    answer = await source.publish(event)

    assert [each["routeId"] for each in answer["routedCommands"]] == [each["id"] for each in made[:10]]
    assert (await owner.get(f"/api/admin/bus/events/{answer['eventId']}"))["routeCount"] == 10


async def test_a_route_without_a_target_or_with_one_that_is_away_fails_and_the_event_is_taken(
    bus: Server, owner: Operator, connect: Connect, source: Publisher
) -> None:
    there, away = unique("there"), unique("away")
    event = kind()
    await connect(there)
    away_id, token = await raw_agent.register(bus, owner, away)
    async with raw_agent.welcomed(bus, token, away):
        pass
    await owner.post(f"/api/admin/agents/{away_id}/disable")
    for service, action in ((unique("nowhere"), "echo"), (there, "nothing"), (away, "echo")):
        await owner.post("/api/admin/bus/routes", route_body(event, service, action))

    answer = await source.publish(event, routePolicy={"dryRun": True})

    assert [(each["status"], each["errorCode"]) for each in answer["routedCommands"]] == [
        ("FAILED", "BUS_TARGET_NOT_FOUND"),
        ("FAILED", "BUS_TARGET_NOT_FOUND"),
        ("FAILED", "AGENT_DISABLED"),
    ]
    assert (
        await audits(owner, eventId=answer["eventId"])
        == [
            ("bus.route.matched", "SUCCESS"),
            ("bus.route.failed", "FAILURE"),
        ]
        * 3
    )
    assert await audits(owner, eventId=answer["eventId"], reason="AGENT_DISABLED") == [
        ("bus.route.failed", "FAILURE")
    ]


async def test_a_dry_run_makes_nothing_and_says_what_would_stand_against_it(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    await connect(target, ECHO, ECHO | {"name": "wipe", "label": "Wipe", "dangerLevel": "HIGH"})
    await owner.post("/api/admin/bus/routes", route_body(event, target))
    await owner.post("/api/admin/bus/routes", route_body(event, target, "wipe"))

    answer = await source.publish(event, routePolicy={"dryRun": True})

    assert [
        (each["status"], each["dryRun"], each.get("errorCode"), each.get("commandId"))
        for each in answer["routedCommands"]
    ] == [("DRY_RUN", True, None, None), ("DRY_RUN", True, "BUS_CONFIRMATION_REQUIRED", None)]
    service = await owner.service(target)
    assert service is not None
    assert await owner.get("/api/admin/commands", serviceId=service["id"]) == []


# --- policy ----------------------------------------------------------------------------------------


async def test_what_people_are_asked_about_runs_only_if_the_route_says_so(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    await connect(
        target,
        ECHO | {"name": "wipe", "dangerLevel": "HIGH"},
        ECHO | {"name": "ask", "requiresConfirmation": True},
        ECHO | {"name": "change", "dangerLevel": "MEDIUM"},
    )
    for action in ("wipe", "ask", "change"):
        await owner.post("/api/admin/bus/routes", route_body(event, target, action))
    allowed = await owner.post(
        "/api/admin/bus/routes", route_body(event, target, "wipe", allowDangerous=True)
    )

    answer = await source.publish(event)

    assert [(each["status"], each.get("errorCode")) for each in answer["routedCommands"]] == [
        ("FAILED", "BUS_CONFIRMATION_REQUIRED"),
        ("FAILED", "BUS_CONFIRMATION_REQUIRED"),
        ("CREATED", None),
        ("CREATED", None),
    ]
    told = {"eventId": answer["eventId"]}
    assert (
        await audits(owner, **told, reason="BUS_CONFIRMATION_REQUIRED")
        == [("bus.route.failed", "FAILURE")] * 2
    )
    assert await audits(owner, **told, allowDangerous=True, routeId=allowed["id"]) == [
        ("bus.command.created", "SUCCESS")
    ]
    assert await audits(owner, eventType=event, allowDangerous=True) == [("bus.route.created", "SUCCESS")]


# --- mapping ---------------------------------------------------------------------------------------

NOTIFY = {
    "name": "notify",
    "label": "Notify",
    "inputSchema": {
        "type": "object",
        "properties": {"text": {"type": "string"}, "times": {"type": "integer"}},
        "required": ["text"],
        "additionalProperties": False,
    },
}


async def test_an_action_that_knows_nothing_of_the_bus_can_be_a_target(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    agent = await connect(target, NOTIFY)
    mapping = {"text": "join(' ', ['Hello', payload.name])", "times": 2}
    await owner.post("/api/admin/bus/routes", route_body(event, target, "notify", inputMapping=mapping))

    answer = await source.publish(event, payload={"name": "Ada"})

    assert answer["routedCommands"][0]["status"] == "CREATED"
    assert (await agent.hear("command"))["payload"] == {"text": "Hello Ada", "times": 2}


async def test_an_action_that_is_open_gets_the_event_and_the_mapping_beside_the_values(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    agent = await connect(target)
    mapping = {"text": "payload.name", "missing": "payload.nothing"}
    await owner.post("/api/admin/bus/routes", route_body(event, target, inputMapping=mapping))

    await source.publish(event, payload={"name": "Ada"})

    payload = (await agent.hear("command"))["payload"]
    assert payload.pop("busEvent")["payload"] == {"name": "Ada"}
    assert payload == {"payload": {"name": "Ada"}, "mapping": mapping, "text": "Ada"}


@pytest.mark.parametrize(
    ("mapping", "code", "said"),
    [
        ({"text": "sum(payload.name)"}, "BUS_MAPPING_FAILED", "text: "),
        ({"text": "payload.missing"}, "ACTION_PAYLOAD_INVALID", "text"),
        ({"text": 5}, "ACTION_PAYLOAD_INVALID", "text: "),
    ],
)
async def test_a_payload_the_action_cannot_take_fails_the_route(
    owner: Operator,
    connect: Connect,
    source: Publisher,
    mapping: dict[str, Any],
    code: str,
    said: str,
) -> None:
    target, event = unique("target"), kind()
    await connect(target, NOTIFY)
    await owner.post("/api/admin/bus/routes", route_body(event, target, "notify", inputMapping=mapping))

    (routed,) = (await source.publish(event, payload={"name": "Ada"}))["routedCommands"]

    assert (routed["status"], routed["errorCode"]) == ("FAILED", code)
    assert said in routed["errorMessage"]
