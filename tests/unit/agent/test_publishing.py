"""Bus events of the agent: sent until they are answered, over sockets that come and go, and over REST."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.stand_in import Answer, Peer, StandIn, data, refusal, stand_in
from tests.unit.agent.patience import until
from tests.unit.agent.rigging import rig

from opstage_agent import Agent, BusDisabled, ConfigurationError, Context, EventRefused, OpstageError, wire
from opstage_agent.errors import ServerUnreachable
from opstage_agent.publications import PENDING, Publications
from opstage_agent.wire import CommandKind, Event, EventStored, Failure, RoutedCommand


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        registered = {"agentId": "agt_1", "agentToken": "opstage_agent_secret"}
        running.answer("POST", "/api/agents/register$", data(registered))
        yield running


def agent_of(server: StandIn, tmp_path: Path) -> Agent:
    token = "opstage_reg_x"
    return Agent("shop", url=server.url, registration_token=token, token_file=tmp_path / "token.json")


async def welcomed(server: StandIn) -> Peer:
    peer = await server.peer()
    await peer.welcome()
    return peer


def event(ref: str, **more: Any) -> Event:
    return Event(event_ref=ref, event_type="a.b", source_service_code="shop", **more)


async def test_a_publication_carries_everything_and_gives_what_the_routes_made(
    server: StandIn, tmp_path: Path
) -> None:
    async with agent_of(server, tmp_path) as agent:
        peer = await welcomed(server)
        publishing = asyncio.create_task(
            agent.publish(
                "order.created",
                {"city": "Ulm", "at": datetime(2026, 5, 1, tzinfo=UTC)},
                metadata={"via": "test"},
                correlation_id="cor",
                causation_id="bev_0",
                occurred_at=datetime(2026, 5, 1, tzinfo=UTC),
                dry_run=True,
            )
        )
        said = await peer.frame(Event)
        routed = RoutedCommand(
            route_id="brt_1", dry_run=True, target_service_code="t", action_name="a", status="DRY_RUN"
        )
        await peer.say(EventStored(event_ref=said.event_ref, event_id="bev_1", routed_commands=[routed]))
        published = await publishing

    assert (published.event_id, published.routed) == ("bev_1", (routed,))
    assert said == Event(
        event_ref=said.event_ref,
        event_type="order.created",
        source_service_code="shop",
        payload={"city": "Ulm", "at": "2026-05-01T00:00:00Z"},
        metadata={"via": "test"},
        correlation_id="cor",
        causation_id="bev_0",
        occurred_at="2026-05-01T00:00:00.000Z",
        route_policy=wire.RoutePolicy(dry_run=True),
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [("CAPSULE_BUS_DISABLED", BusDisabled), ("BUS_RATE_LIMITED", EventRefused)],
)
async def test_a_refusal_says_why_and_when_to_come_back(
    server: StandIn, tmp_path: Path, code: str, kind: type[EventRefused]
) -> None:
    async with agent_of(server, tmp_path) as agent:
        peer = await welcomed(server)
        publishing = asyncio.create_task(agent.publish("a.b"))
        said = await peer.frame(Event)
        failure = Failure(code=code, message="no", details={"retryAfterSeconds": 7})
        await peer.say(EventStored(event_ref=said.event_ref, error=failure))
        with pytest.raises(kind) as refused:
            await publishing

    assert refused.value.code == code
    assert refused.value.retry_after == (None if kind is BusDisabled else 7.0)


async def test_plain_functions_publish_from_their_threads(server: StandIn, tmp_path: Path) -> None:
    async with agent_of(server, tmp_path) as agent:
        peer = await welcomed(server)
        publishing = asyncio.create_task(asyncio.to_thread(agent.publish_sync, "a.b", {"n": 1}))
        said = await peer.frame(Event)
        await peer.say(EventStored(event_ref=said.event_ref, event_id="bev_1"))

        assert (await publishing).event_id == "bev_1"
        with pytest.raises(OpstageError, match=r"await agent\.publish"):
            agent.publish_sync("a.b")


async def test_an_agent_with_a_thread_of_its_own_publishes(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path)
    answers: list[Any] = []
    publisher = threading.Thread(target=lambda: answers.append(agent.publish_sync("a.b")))
    await asyncio.to_thread(agent.start)
    try:
        peer = await welcomed(server)
        publisher.start()
        said = await peer.frame(Event)
        await peer.say(EventStored(event_ref=said.event_ref, event_id="bev_1"))
        await until(lambda: bool(answers), "the answer")
    finally:
        await asyncio.to_thread(agent.stop)

    assert answers[0].event_id == "bev_1"


async def test_what_is_published_for_an_event_names_it_as_the_cause(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path)

    @agent.action
    async def react(ctx: Context) -> None:
        assert ctx.event is not None and ctx.event["eventType"] == "a.b"
        await agent.publish("a.c")

    @agent.action
    def react_plainly() -> None:
        agent.publish_sync("a.c")

    cause = {"id": "bev_1", "eventType": "a.b", "correlationId": "cor", "payload": {}}
    async with agent:
        peer = await welcomed(server)
        for number, action in enumerate(("react", "reactPlainly")):
            await peer.say(
                wire.Command(
                    command_id=f"cmd_{number}",
                    attempt=1,
                    kind=CommandKind.ACTION_EXECUTE,
                    service_code="shop",
                    action_name=action,
                    payload={"busEvent": cause, "payload": {}},
                )
            )
            said = await peer.frame(Event)
            await peer.say(EventStored(event_ref=said.event_ref, event_id="bev_2"))
            assert (said.causation_id, said.correlation_id) == ("bev_1", "cor")
            assert (await peer.frame(wire.Result)).success


async def test_an_event_without_an_answer_goes_again_on_the_next_connection_under_its_name(
    server: StandIn, tmp_path: Path
) -> None:
    async with rig(server) as (made, _):
        peer = await welcomed(server)
        first = asyncio.create_task(made.link.publish(event("one")))
        assert (await peer.frame(Event)).event_ref == "one"
        await peer.close(4000)
        second = asyncio.create_task(made.link.publish(event("two")))
        peer = await welcomed(server)
        assert [(await peer.frame(Event)).event_ref for _ in range(2)] == ["one", "two"]
        for ref in ("two", "one"):
            await peer.say(EventStored(event_ref=ref, event_id=f"bev_{ref}"))

        assert [(await each).event_id for each in (first, second)] == ["bev_one", "bev_two"]
        await peer.close(4000)
        peer = await welcomed(server)
        third = asyncio.create_task(made.link.publish(event("three")))
        assert (await peer.frame(Event)).event_ref == "three"
        third.cancel()


async def test_a_late_answer_is_given_up_and_its_event_not_sent_again(
    server: StandIn, tmp_path: Path
) -> None:
    async with agent_of(server, tmp_path) as agent:
        peer = await welcomed(server)
        await until(lambda: agent.connected, "the welcome taken")
        publishing = asyncio.create_task(agent.publish("a.b", event_ref="late", timeout=0.5))
        said = await peer.frame(Event)
        with pytest.raises(ServerUnreachable, match="may have taken"):
            await publishing
        await peer.say(EventStored(event_ref=said.event_ref, event_id="bev_1"))
        publishing = asyncio.create_task(agent.publish("a.b", event_ref="late"))
        assert (await peer.frame(Event)).event_ref == "late"
        await peer.say(EventStored(event_ref="late", event_id="bev_1"))

        assert (await publishing).event_id == "bev_1"


async def test_a_stop_tells_those_who_wait(server: StandIn, tmp_path: Path) -> None:
    agent = agent_of(server, tmp_path)
    await agent.start_async()
    peer = await welcomed(server)
    publishing = asyncio.create_task(agent.publish("a.b"))
    await peer.frame(Event)
    await agent.stop_async()

    with pytest.raises(ServerUnreachable):
        await publishing
    with pytest.raises(OpstageError, match="does not run"):
        await agent.publish("a.b")


async def test_an_event_that_fits_no_frame_is_refused_here_and_the_connection_stays(
    server: StandIn, tmp_path: Path
) -> None:
    async with agent_of(server, tmp_path) as agent:
        peer = await welcomed(server)
        with pytest.raises(EventRefused, match="VALIDATION_FAILED"):
            await agent.publish("a.b", {"text": "x" * wire.AGENT_FRAME_BYTES})
        publishing = asyncio.create_task(agent.publish("a.b"))
        said = await peer.frame(Event)
        await peer.say(EventStored(event_ref=said.event_ref, event_id="bev_1"))
        assert (await publishing).event_id == "bev_1"


async def test_what_cannot_be_said_is_refused_before_it_is_sent(server: StandIn, tmp_path: Path) -> None:
    async with agent_of(server, tmp_path) as agent:
        loop: dict[str, Any] = {}
        loop["self"] = loop
        for wrong in ({"payload": loop}, {"occurred_at": datetime(2026, 5, 1)}):  # noqa: DTZ001
            with pytest.raises(ConfigurationError):
                await agent.publish("a.b", **wrong)


def test_events_that_wait_are_bounded_and_keep_their_order() -> None:
    events = Publications()
    for number in range(PENDING):
        assert not events.full
        events.add(event(str(number)))
    assert events.full
    assert [events.take().event_ref for _ in range(3)] == ["0", "1", "2"]
    events.drop("1")
    assert not events.full
    events.closed()
    assert [events.take().event_ref for _ in range(3)] == ["0", "2", "3"]


async def test_while_polling_events_go_over_rest(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opstage_agent.polling.POLL_SECONDS", 0.02)
    server.upgrade = Answer(400, b"<html>no upgrades here</html>")
    server.answer("POST", "/heartbeat$", data({}))
    server.answer("POST", "/services/report$", data({"services": [{"id": "svc_1", "code": "shop"}]}))
    server.answer("GET", "/commands", data([]))
    answers = [
        data({"eventId": "bev_1", "experimental": "x", "routedCommands": []}),
        refusal(429, "BUS_RATE_LIMITED", {"Retry-After": "7"}),
        refusal(404, "CAPSULE_BUS_DISABLED"),
    ]
    server.answer("POST", "/bus/events$", lambda call: answers.pop(0))
    async with rig(server) as (made, _):
        taken = await made.link.publish(event("one", payload={"n": 1}))
        limited = await made.link.publish(event("two"))
        off = await made.link.publish(event("three"))

        assert (taken.event_ref, taken.event_id) == ("one", "bev_1")
        assert limited.error is not None and limited.error.details == {"retryAfterSeconds": 7.0}
        assert off.error is not None and off.error.code == "CAPSULE_BUS_DISABLED"
        first, *_ = await server.called("POST", "/bus/events$", times=3)
        assert first.body == {
            "eventRef": "one",
            "eventType": "a.b",
            "sourceServiceCode": "shop",
            "payload": {"n": 1},
        }
