"""Labels: which are in force, who sees a change of them, and where it is written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.labelling import AGENTS, SERVICES, having, label, labelled, put
from tests.support.raw_agent import register, welcomed
from tests.support.raw_operator import Row, live
from tests.support.server import Operator, Refused, Server
from tests.support.stored import rows
from tests.support.waiting import until_true

pytestmark = pytest.mark.asyncio(loop_scope="session")

AUDIT = "audit"


async def test_labels_lie_over_each_other_agent_service_operator(server: Server, operator: Operator) -> None:
    agent_id, token = await register(server, operator, "layers")
    said = {"env": "test", "host": "one", "tier": "web"}
    mine = [labelled("layers", tier="db", zone="a", replicas=3)]
    async with welcomed(server, token, "layers", labels=said, services=mine):
        known = await operator.service("layers")
        assert known is not None
        assert known["labels"] == said | {"tier": "db", "zone": "a"}
        assert known["operatorLabels"] == {}
        agent = await label(operator, f"{AGENTS}/{agent_id}", env="prod", tier="mail")
        assert agent["labels"] == {"env": "prod", "host": "one", "tier": "mail"}
        assert agent["operatorLabels"] == {"env": "prod", "tier": "mail"}
        row = await label(operator, f"{SERVICES}/{known['id']}", zone="b")
        assert row["labels"] == {"env": "prod", "host": "one", "tier": "db", "zone": "b"}
        assert row["operatorLabels"] == {"zone": "b"}
        detail = await operator.get(f"{SERVICES}/{known['id']}")
        assert detail["labels"] == row["labels"]
        again = await label(operator, f"{AGENTS}/{agent_id}")
        assert (again["labels"], again["operatorLabels"]) == (said, {})


async def test_new_labels_are_seen_at_once_in_the_fleet_and_in_details(
    server: Server, operator: Operator
) -> None:
    agent_id, token = await register(server, operator, "seen")
    async with welcomed(server, token, "seen"), live(server, operator) as browser:
        known = await operator.service("seen")
        assert known is not None
        await browser.follow("fleet")
        await browser.follow(f"service:{known['id']}")
        await label(operator, f"{AGENTS}/{agent_id}", env="prod")
        row = await browser.see("fleet", having("seen", "service", "labels", {"env": "prod"}))
        assert row["operatorLabels"] == {}
        assert await browser.see("fleet", having("seen", "agent", "operatorLabels", {"env": "prod"}))
        await browser.see(
            f"service:{known['id']}", having("seen", "serviceDetail", "labels", {"env": "prod"})
        )


async def test_operators_labels_survive_a_new_hello_and_a_restart(tmp_path: Path) -> None:
    own = Server(tmp_path)
    await own.start()
    try:
        async with own.operator() as owner:
            agent_id, token = await register(own, owner, "kept")
            async with welcomed(own, token, "kept", labels={"host": "one"}):
                known = await owner.service("kept")
                assert known is not None
                await label(owner, f"{AGENTS}/{agent_id}", env="prod")
                await label(owner, f"{SERVICES}/{known['id']}", tier="db")
            async with welcomed(own, token, "kept", labels={"host": "two"}):
                agent = await owner.agent("kept")
                assert agent is not None
                assert agent["labels"] == {"host": "two", "env": "prod"}
        # What a hello says is stored a moment later, and a stop does not wait for a slow disk.
        await until_true(
            lambda: "two" in str(rows(own, "SELECT labels_json FROM agents")), "the hello stored"
        )
        assert await own.stop() == 0
        await own.start()
        async with own.operator() as owner:
            known = await owner.service("kept")
            assert known is not None
            assert known["labels"] == {"host": "two", "env": "prod", "tier": "db"}
            assert known["operatorLabels"] == {"tier": "db"}
    finally:
        await own.stop()


async def test_a_change_of_labels_is_audited_and_no_change_is_not(server: Server, operator: Operator) -> None:
    agent_id, token = await register(server, operator, "trail")
    async with welcomed(server, token, "trail"), live(server, operator) as browser:
        known = await operator.service("trail")
        assert known is not None
        await browser.follow(AUDIT)
        await label(operator, f"{AGENTS}/{agent_id}", env="prod")
        await label(operator, f"{AGENTS}/{agent_id}", env="prod")
        await label(operator, f"{SERVICES}/{known['id']}", tier="db")
        event = await browser.see(AUDIT, event_of("service.labels.changed", known["id"]))
        assert event["metadata"] == {"before": {}, "after": {"tier": "db"}}
        assert (event["actorType"], event["targetType"], event["targetName"]) == (
            "USER",
            "CapsuleService",
            "trail",
        )
        told = browser.rows[AUDIT].values()
        changes = [
            row["metadata"] for row in told if row["targetId"] == agent_id and "labels" in row["action"]
        ]
        assert changes == [{"before": {}, "after": {"env": "prod"}}]


def event_of(action: str, target_id: str) -> Any:
    def look(rows: dict[str, Row]) -> Row | None:
        return next((r for r in rows.values() if (r["action"], r["targetId"]) == (action, target_id)), None)

    return look


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "labels"),
        ({"labels": ["env"]}, "labels"),
        ({"labels": {"env": 1}}, "labels"),
        ({"labels": {"": "x"}}, "labels"),
        ({"labels": {"k" * 64: "x"}}, "labels"),
        ({"labels": {"k": "v" * 256}}, "labels"),
        ({"labels": {f"k{number}": "v" for number in range(65)}}, "labels"),
    ],
)
async def test_labels_that_cannot_be_are_refused_and_nothing_changes(
    server: Server, operator: Operator, body: dict[str, Any], path: str
) -> None:
    agent = await operator.agent("bad-labels")
    if agent is None:
        await register(server, operator, "bad-labels")
        agent = await operator.agent("bad-labels")
    assert agent is not None
    with pytest.raises(Refused) as refused:
        await put(operator, f"{AGENTS}/{agent['id']}/labels", body)
    assert (refused.value.status, refused.value.code) == (422, "VALIDATION_FAILED")
    assert {issue.partition(".")[0] for issue in refused.value.issues} == {path}
    assert (await operator.get(f"{AGENTS}/{agent['id']}"))["operatorLabels"] == {}


async def test_labels_of_what_is_not_there_are_404(operator: Operator) -> None:
    for path, code in ((f"{AGENTS}/agt_no", "AGENT"), (f"{SERVICES}/svc_no", "CAPSULE_SERVICE")):
        with pytest.raises(Refused) as refused:
            await label(operator, path, env="prod")
        assert (refused.value.status, refused.value.code) == (404, f"{code}_NOT_FOUND")
