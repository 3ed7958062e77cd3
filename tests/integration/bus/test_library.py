"""The agent library on a real bus: chains by themselves, and events that survive a server that goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.publisher import SETTINGS, kind, route_body, unique
from tests.support.server import Operator, Server
from tests.support.waiting import PATIENCE_SECONDS

from opstage_agent import Agent, BusDisabled, Context, EventRefused

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def library_agent(server: Server, operator: Operator, code: str, folder: Path) -> Agent:
    token = await operator.registration_token(code)
    return Agent(code, url=server.url, registration_token=token, token_file=folder / f"{code}.json")


async def test_a_reaction_names_its_cause_and_so_cannot_go_round_for_ever(
    bus: Server, owner: Operator, tmp_path: Path
) -> None:
    code, event = unique("library"), kind()
    agent = await library_agent(bus, owner, code, tmp_path)
    ends: asyncio.Queue[str] = asyncio.Queue()

    @agent.action
    async def react(ctx: Context, number: int) -> str:
        try:
            await agent.publish(event, {"number": number + 1})
        except EventRefused as error:
            ends.put_nowait(error.code)
        return str(number)

    body = route_body(event, code, "react", inputMapping={"number": "payload.number"})
    await owner.post("/api/admin/bus/routes", body)
    async with agent:
        first = await agent.publish(event, {"number": 1}, correlation_id="run-7")
        assert await asyncio.wait_for(ends.get(), PATIENCE_SECONDS) == "BUS_DEPTH_EXCEEDED"

    found = await owner.get("/api/admin/bus/events", pageSize=100)
    chain = [each for each in found if each["eventType"] == event]
    assert [(each["payload"]["number"], each.get("causationId")) for each in chain] == [
        (2, first.event_id),
        (1, None),
    ]
    assert {each["correlationId"] for each in chain} == {"run-7"}


async def test_an_event_published_while_the_server_is_away_arrives_once(tmp_path: Path) -> None:
    server = Server(tmp_path, SETTINGS)
    await server.start()
    async with server.operator() as operator:
        agent = await library_agent(server, operator, "shop", tmp_path)
    async with agent:
        published = [(await agent.publish("a.b")).event_id]
        await server.kill()
        publishing = [asyncio.create_task(agent.publish("a.b", {"n": n}, timeout=60)) for n in range(3)]
        await server.start()
        published += [(await each).event_id for each in publishing]
    async with server.operator() as operator:
        found = await operator.get("/api/admin/bus/events")
    assert [each["id"] for each in reversed(found)] == published
    assert await server.stop() == 0


async def test_with_the_bus_off_publishing_says_so(
    server: Server, operator: Operator, tmp_path: Path
) -> None:
    async with await library_agent(server, operator, unique("library"), tmp_path) as agent:
        with pytest.raises(BusDisabled):
            await agent.publish("a.b")
