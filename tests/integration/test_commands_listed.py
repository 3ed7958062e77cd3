"""Lists of commands: what older ones can be asked for by, and where a complaint about input points to."""

from __future__ import annotations

import pytest
from tests.support.raw_agent import service
from tests.support.server import Operator, Refused, Server
from tests.support.transports import REST, carried
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

STRICT = {
    "name": "strict",
    "label": "Strict",
    "inputSchema": {
        "type": "object",
        "required": ["to"],
        "properties": {"to": {"type": "object", "required": ["mail"]}},
    },
}


async def test_commands_are_found_by_words_and_by_when_they_ended(server: Server, operator: Operator) -> None:
    async with carried(
        REST, server, operator, "searched", [service("searched", name="Zebra crossing")]
    ) as agent:
        found = await until(lambda: operator.service("searched"), "the service")

        async def listed(**query: str) -> list[str]:
            answer = await operator.get("/api/admin/commands", serviceId=found["id"], **query)
            return [each["id"] for each in answer]

        ended = []
        for _ in range(3):
            made = await operator.execute(found["id"], "echo")
            given = await agent.take()
            await agent.finish(given.id, given.attempt, success=True)
            ended.append(await operator.command(made["id"]))
        unfinished = await operator.execute(found["id"], "echo")
        everything = [unfinished["id"], *(each["id"] for each in reversed(ended))]
        for words in ("ECHO", "searched", "zebra CROSS", "owner"):
            assert await listed(q=words) == everything
        assert await listed(q="%") == []
        older = await listed(completedTo=ended[1]["completedAt"], sort="-completedAt")
        assert {ended[0]["id"], ended[1]["id"]} <= set(older) <= {each["id"] for each in ended}
        with pytest.raises(Refused) as refused:
            await listed(completedTo="yesterday")
        assert refused.value.issues == {"completedTo"}


async def test_a_missing_value_is_reported_where_it_should_be(server: Server, operator: Operator) -> None:
    async with carried(REST, server, operator, "lacking", [service("lacking", actions=[STRICT])]):
        found = await until(lambda: operator.service("lacking"), "the service")
        cases: list[tuple[dict[str, object], str]] = [({}, "to"), ({"to": {}}, "to.mail")]
        for payload, path in cases:
            with pytest.raises(Refused) as refused:
                await operator.execute(found["id"], "strict", payload)
            assert (refused.value.code, refused.value.issues) == ("ACTION_PAYLOAD_INVALID", {path})
