"""Which events are taken, over either transport."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.support import raw_agent
from tests.support.publisher import (
    SETTINGS,
    Connect,
    Publisher,
    Rejected,
    kind,
    route_body,
    unique,
)
from tests.support.server import Operator, Refused, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


# --- intake ----------------------------------------------------------------------------------------


async def test_a_repeated_reference_gets_the_first_answer_and_makes_nothing_new(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    await connect(target)
    await owner.post("/api/admin/bus/routes", route_body(event, target))

    first = await source.publish(event, eventRef="mine")
    second = await source.publish(event, eventRef="mine", payload={"other": 1})
    source.way = "rest" if source.way == "socket" else "socket"
    third = await source.publish(event, eventRef="mine")

    assert first == second == third
    service = await owner.service(target)
    assert service is not None
    assert len(await owner.get("/api/admin/commands", serviceId=service["id"])) == 1


async def test_the_same_reference_said_at_once_makes_one_event(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    target, event = unique("target"), kind()
    await connect(target)
    await owner.post("/api/admin/bus/routes", route_body(event, target))
    source.way = "rest"

    answers = await asyncio.gather(*(source.publish(event, eventRef="one") for _ in range(8)))

    assert all(each == answers[0] for each in answers)


async def test_only_the_agent_of_a_service_publishes_for_it(
    owner: Operator, connect: Connect, source: Publisher
) -> None:
    other = unique("other")
    await connect(other)

    with pytest.raises(Rejected, match="BUS_SOURCE_SERVICE_NOT_FOUND"):
        await source.publish("a.b", sourceServiceCode="nobody-at-all")
    with pytest.raises(Rejected, match="BUS_SOURCE_SERVICE_FORBIDDEN"):
        await source.publish("a.b", sourceServiceCode=other)


async def test_a_third_generation_is_refused_and_an_unknown_cause_is_none(source: Publisher) -> None:
    root = await source.publish("chain.root")
    caused = await source.publish("chain.caused", causationId=root["eventId"])
    orphan = await source.publish("chain.orphan", causationId="bev_gone")

    for cause in (caused, orphan):
        with pytest.raises(Rejected, match="BUS_DEPTH_EXCEEDED"):
            await source.publish("chain.third", causationId=cause["eventId"])


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"eventType": "NotAType"}, "eventType"),
        ({"eventType": "a.b\n"}, "eventType"),
        ({"eventType": "a." + "b" * 160}, "eventType"),
        ({"sourceServiceCode": ""}, "sourceServiceCode"),
        ({"correlationId": "x" * 201}, "correlationId"),
        ({"occurredAt": "yesterday"}, "occurredAt"),
        ({"payload": {"x": "y" * 70_000}}, "payload"),
        ({"metadata": {"x": "y" * 17_000}}, "metadata"),
    ],
)
async def test_bad_values_are_refused_on_either_way(
    source: Publisher, more: dict[str, Any], path: str
) -> None:
    with pytest.raises(Rejected, match="VALIDATION_FAILED") as refused:
        await source.publish("a.b", **more)

    if source.way == "rest":
        assert [issue["path"] for issue in refused.value.details["issues"]] == [path]
    assert (await source.publish("a.b"))["routedCommands"] == []


async def test_rest_names_every_bad_field_of_an_event(bus: Server, source: Publisher) -> None:
    source.way = "rest"

    with pytest.raises(Rejected) as refused:
        await source.publish("BAD", sourceServiceCode=5, payload=[], routePolicy={"dryRun": "yes"})

    assert {issue["path"] for issue in refused.value.details["issues"]} == {
        *("eventType", "sourceServiceCode", "payload", "routePolicy.dryRun")
    }


# --- settings --------------------------------------------------------------------------------------


async def test_with_the_bus_off_nothing_of_it_answers(server: Server, operator: Operator) -> None:
    code = unique("off")
    agent_id, token = await raw_agent.register(server, operator, code)
    async with raw_agent.welcomed(server, token, code) as socket, server.client() as stranger:
        publisher = Publisher(server, code, agent_id, token, socket, "socket")
        for way in ("socket", "rest"):
            publisher.way = way
            with pytest.raises(Rejected, match="CAPSULE_BUS_DISABLED"):
                await publisher.publish("a.b")
        for path in ("events", "audit", "routes", "routes/brt_x", "events/bev_x"):
            with pytest.raises(Refused, match=r"404 .*CAPSULE_BUS_DISABLED"):
                await operator.get(f"/api/admin/bus/{path}")
            assert (await stranger.get(f"{server.url}/api/admin/bus/{path}")).status_code == 401
        with pytest.raises(Refused, match=r"404 .*CAPSULE_BUS_DISABLED"):
            await operator.post("/api/admin/bus/routes", {})


async def test_rate_and_depth_follow_their_settings(tmp_path: Path) -> None:
    chosen = {"OPSTAGE_CAPSULE_BUS_INGEST_PER_MIN": "5", "OPSTAGE_CAPSULE_BUS_MAX_DEPTH": "3"}
    server = Server(tmp_path, SETTINGS | chosen)
    await server.start()
    async with server.operator() as operator:
        agent_id, token = await raw_agent.register(server, operator, "shop")
        async with raw_agent.welcomed(server, token, "shop") as socket:
            publisher = Publisher(server, "shop", agent_id, token, socket, "rest")
            last = await publisher.publish("a.b", eventRef="first")
            for _ in range(3):
                last = await publisher.publish("a.b", causationId=last["eventId"])
            with pytest.raises(Rejected, match="BUS_DEPTH_EXCEEDED"):
                await publisher.publish("a.b", causationId=last["eventId"])
            await publisher.publish("a.b")

            for way in ("rest", "socket"):
                publisher.way = way
                with pytest.raises(Rejected, match="BUS_RATE_LIMITED") as refused:
                    # One more is taken every 12 s.
                    while await publisher.publish("a.b"):
                        pass
                assert 0 < refused.value.details["retryAfterSeconds"] <= 60
                assert (await publisher.publish("a.b", eventRef="first"))["eventId"]
    assert await server.stop() == 0


async def test_what_was_answered_survives_kill_9_and_is_not_made_again(tmp_path: Path) -> None:
    server = Server(tmp_path, SETTINGS)
    await server.start()
    async with server.operator() as operator:
        agent_id, token = await raw_agent.register(server, operator, "shop")
        await operator.post("/api/admin/bus/routes", route_body("a.b", "shop"))
        async with raw_agent.welcomed(server, token, "shop") as socket:
            publisher = Publisher(server, "shop", agent_id, token, socket, "socket")
            first = await publisher.publish("a.b", eventRef="one")
            await server.kill()
    await server.start()
    async with server.operator() as operator, raw_agent.welcomed(server, token, "shop") as socket:
        publisher = Publisher(server, "shop", agent_id, token, socket, "socket")
        assert await publisher.publish("a.b", eventRef="one") == first
        commands = await operator.get("/api/admin/commands")
        assert [each["id"] for each in commands] == [first["routedCommands"][0]["commandId"]]
    assert await server.stop() == 0
