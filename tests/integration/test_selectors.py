"""Selectors: lists and live views of the agents and services whose labels fulfil them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.support.labelling import AGENTS, SERVICES, having, label, labelled, only
from tests.support.raw_agent import RawAgent, register, service, welcomed
from tests.support.raw_operator import RawOperator, live
from tests.support.server import Operator, Refused, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


def codes(rows: list[dict[str, Any]]) -> set[str]:
    return {row["code"] for row in rows}


async def test_lists_take_a_selector_with_other_filters_and_pages(server: Server, operator: Operator) -> None:
    tokens = {code: (await register(server, operator, code))[1] for code in ("sel-a", "sel-b", "sel-c")}
    tiers = {"sel-a": "web", "sel-b": "db", "sel-c": "web"}
    for code, token in tokens.items():
        mine = [labelled(f"{code}-x", tier=tiers[code]), service(f"{code}-y")]
        async with welcomed(server, token, code, labels={"suite": "sel", "host": code}, services=mine):
            pass

    async def found(path: str, **query: Any) -> set[str]:
        return codes(await operator.get(path, **query))

    assert await found(AGENTS, selector="suite=sel") == {"sel-a", "sel-b", "sel-c"}
    assert await found(AGENTS, selector="suite=sel,host in (sel-a, sel-b)") == {"sel-a", "sel-b"}
    assert await found(AGENTS, selector="suite=sel,tier") == set()
    assert await found(SERVICES, selector="suite=sel,tier=web") == {"sel-a-x", "sel-c-x"}
    assert await found(SERVICES, selector="suite=sel,tier!=web", q="sel-b") == {"sel-b-x", "sel-b-y"}
    assert await found(SERVICES, selector="suite=sel,!tier") == {f"{code}-y" for code in tokens}
    assert await found(SERVICES, selector="") >= {"sel-a-x"}
    response = await operator.client.get(
        SERVICES, params={"selector": "suite=sel", "sort": "code", "pageSize": 2, "page": 2}
    )
    assert [row["code"] for row in response.json()["data"]] == ["sel-b-x", "sel-b-y"]
    assert response.json()["pagination"] == {"page": 2, "pageSize": 2, "total": 6}


@pytest.mark.parametrize("path", [AGENTS, SERVICES])
async def test_a_bad_selector_is_422_and_says_what_was_expected(operator: Operator, path: str) -> None:
    with pytest.raises(Refused) as refused:
        await operator.get(path, selector="env=prod,,tier")
    assert (refused.value.status, refused.value.code) == (422, "VALIDATION_FAILED")
    assert refused.value.details["issues"] == [
        {"path": "selector", "message": "Expected a key at character 10, got ','."}
    ]
    with pytest.raises(Refused) as refused:
        await operator.get(path, selector="k" * 1001)
    assert refused.value.issues == {"selector"}


# --- live ------------------------------------------------------------


async def test_a_live_selection_holds_what_matches_and_lets_go_of_what_no_longer_does(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "pick")
    view = "fleet:pick=yes,tier!=db"
    async with live(server, operator) as browser:
        await browser.follow(view)
        assert browser.rows[view] == {}
        mine = [labelled("pick-web", tier="web"), labelled("pick-db", tier="db")]
        async with welcomed(server, token, "pick", labels={"pick": "yes"}, services=mine) as agent:
            await browser.see(view, only("agent pick", "service pick-web"))
            await say_health(agent, "pick-web", "DOWN")
            await browser.see(view, having("pick-web", "service", "status", "UNHEALTHY"))
            web = await operator.service("pick-web")
            assert web is not None
            await label(operator, f"{SERVICES}/{web['id']}", tier="db")
            await browser.see(view, only("agent pick"))
            await label(operator, f"{SERVICES}/{web['id']}")
            await browser.see(view, only("agent pick", "service pick-web"))
            await label(operator, f"{AGENTS}/{agent_id}", pick="no")
            await browser.see(view, only())


async def say_health(agent: RawAgent, code: str, status: str) -> None:
    await agent.say(type="heartbeat", seq=1, running=[], health={code: {"status": status}})


async def test_a_selection_begins_with_what_is_there_and_is_shared_by_all_spellings(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "there")
    labels = {"at": "there", "x": "1"}
    async with (
        welcomed(server, token, "there", labels=labels),
        live(server, operator) as one,
        live(server, operator) as other,
    ):
        await one.follow("fleet:at=there,x=1")
        await other.follow("fleet: x == 1 , at in (there)")
        assert only("agent there", "service there")(one.rows["fleet:at=there,x=1"])
        assert one.cursors.popitem()[1] == other.cursors.popitem()[1], "one epoch, one revision line"


async def test_a_selection_is_dropped_when_nobody_follows_and_begins_anew(
    server: Server, operator: Operator
) -> None:
    view = "fleet:nobody=here"
    async with live(server, operator) as browser:
        await browser.follow(view)
        first, _ = browser.cursors.pop(view)
        await browser.say(type="unsubscribe", id=view)
        await browser.follow(view)
        assert browser.cursors[view][0] != first
        epoch, revision = browser.cursors[view]
        async with live(server, operator) as other:
            await other.follow(view)
            assert other.cursors[view][0] == epoch
            await other.say(
                type="subscribe", id="again", view=view, since={"epoch": epoch, "revision": revision}
            )
            assert await heard(other, "delta") == "again"


async def heard(browser: RawOperator, kind: str) -> str:
    while True:
        message = await browser.socket.recv()
        frame = json.loads(message)
        if frame["type"] == kind:
            return str(frame["id"])


@pytest.mark.parametrize("selector", ["", "env in (prod", "=prod", "a=b c", "k" * 1000])
async def test_a_bad_selection_is_explained_and_gone_and_the_connection_goes_on(
    server: Server, operator: Operator, selector: str
) -> None:
    async with live(server, operator) as browser:
        await browser.say(type="subscribe", id="bad", view=f"fleet:{selector}")
        error = await browser.hear()
        assert (error["type"], error["code"], error["about"]) == ("error", "VALIDATION_FAILED", "subscribe")
        assert error["message"].startswith("Expected ")
        gone = await browser.hear()
        assert (gone["type"], gone["id"], gone["reason"]) == ("gone", "bad", "not-found")
        await browser.follow("fleet:env=prod")


async def test_selections_converge_with_the_lists_under_many_changes(
    server: Server, operator: Operator
) -> None:
    selectors = ["herd=yes,env=prod", "herd=yes,env!=prod", "herd=yes,!env", "herd=yes,env in (prod,test)"]
    names = [f"herd-{number}" for number in range(6)]
    known = {code: await register(server, operator, code) for code in names}
    async with live(server, operator) as browser:
        for selector in selectors:
            await browser.follow(f"fleet:{selector}", encoding="deflate")
        for turn in range(4):
            envs = ["prod", "test", None]
            await asyncio.gather(
                *(
                    relabel(operator, agent_id, envs[(turn + number) % 3])
                    for number, (agent_id, _) in enumerate(known.values())
                )
            )
        for selector in selectors:
            listed = await operator.get(AGENTS, selector=selector, pageSize=100)
            await browser.see(f"fleet:{selector}", only(*(f"agent {row['code']}" for row in listed)))


async def relabel(operator: Operator, agent_id: str, env: str | None) -> None:
    more = {} if env is None else {"env": env}
    await label(operator, f"{AGENTS}/{agent_id}", herd="yes", **more)
