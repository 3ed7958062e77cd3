"""One list of the actions of all services."""

from __future__ import annotations

import pytest
from tests.support.raw_agent import ECHO, register, service, welcomed
from tests.support.server import Operator, Refused, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACTIONS = "/api/admin/actions"


def action(name: str, label: str, **more: object) -> dict[str, object]:
    return {**ECHO, "name": name, "label": label, **more}


async def test_actions_are_found_by_name_and_label_with_their_services(
    server: Server, operator: Operator
) -> None:
    mine = [
        action("polishBrass", "Polish the brass", dangerLevel="HIGH"),
        action("polishRow", "Polish one", category="row-action"),
        action("polishLens", "Polieren der Linse Ä"),
        action("polishOff", "Polish nothing", enabled=False),
    ]
    _, token = await register(server, operator, "lighthouse")
    services = [service("lighthouse", actions=mine)]
    async with welcomed(server, token, "lighthouse", services=services):
        found = await operator.get(ACTIONS, q="polish")
        assert [(row["name"], row["serviceCode"], row["dangerLevel"]) for row in found] == [
            ("polishLens", "lighthouse", "LOW"),
            ("polishBrass", "lighthouse", "HIGH"),
        ]
        assert [row["name"] for row in await operator.get(ACTIONS, q="linse ä")] == ["polishLens"]
        assert await operator.get(ACTIONS, q="%") == []
        row = await operator.service("lighthouse")
        assert row is not None
        await operator.post(f"/api/admin/capsule-services/{row['id']}/retire")
        assert await operator.get(ACTIONS, q="polish") == []


async def test_a_search_that_is_too_long_is_refused(operator: Operator) -> None:
    with pytest.raises(Refused) as refused:
        await operator.get(ACTIONS, q="x" * 121)
    assert (refused.value.status, refused.value.issues) == (422, {"q"})
