"""The parts of a service one by one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from tests.support.raw_agent import register, service, welcomed
from tests.support.server import Operator, Refused, Server
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICES = "/api/admin/capsule-services"


async def known(operator: Operator, code: str) -> dict[str, Any]:
    found = await operator.service(code)
    assert found is not None
    return found


async def test_the_parts_of_a_service_are_what_its_detail_shows(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "parts")
    configs = [{"key": "limit", "type": "number", "valuePreview": "5"}]
    mine = [service("parts", manifest={"kind": "worker"}, configs=configs)]
    async with welcomed(server, token, "parts", services=mine):
        path = f"{SERVICES}/{(await known(operator, 'parts'))['id']}"
        detail = await operator.get(path)
        for part in ("manifest", "configs", "actions"):
            assert await operator.get(f"{path}/{part}") == detail[part]
        health = await operator.get(f"{path}/health")
        assert (health["status"], health["id"]) == ("UP", detail["health"]["id"])


async def test_the_history_of_a_services_health_is_paged_newest_first(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "moody")
    said = ["UP", "DEGRADED", "DOWN"]
    async with welcomed(server, token, "moody") as agent:
        path = f"{SERVICES}/{(await known(operator, 'moody'))['id']}/health"

        async def remembered(count: int) -> bool:
            return len(await operator.get(f"{path}/history")) == count

        for number, status in enumerate(said[1:], 2):
            health = {"moody": {"status": status, "details": {"n": number}}}
            await agent.say(type="heartbeat", seq=number, running=[], health=health)
            await until(partial(remembered, number), f"{status} to stand in the history")
    response = await operator.client.get(f"{path}/history", params={"pageSize": 2})
    assert [row["status"] for row in response.json()["data"]] == ["DOWN", "DEGRADED"]
    assert response.json()["pagination"] == {"page": 1, "pageSize": 2, "total": 3}
    oldest = await operator.get(f"{path}/history", sort="createdAt")
    assert [row["status"] for row in oldest] == said
    newest = await operator.get(path)
    assert (newest["status"], newest["id"]) == ("DOWN", oldest[-1]["id"])
    assert newest["details"] == {"n": 3}


async def test_a_manifest_with_gaps_is_taken_and_the_log_warns_of_it(
    server: Server, operator: Operator
) -> None:
    _, token = await register(server, operator, "gaps")
    said = {"kind": "CapsuleService", "code": "gaps", "name": "Gaps", "runtime": "go", "version": ""}
    whole = said | {"code": "no-gaps", "version": "1", "agentMode": "embedded"}
    mine = [service("gaps", manifest=said), service("no-gaps", manifest=whole)]
    async with welcomed(server, token, "gaps", services=mine):
        assert (await known(operator, "gaps"))["status"] == "HEALTHY"
        assert (await known(operator, "no-gaps"))["status"] == "HEALTHY"
    assert "The manifest of service gaps lacks version, agentMode." in server.log
    assert "The manifest of service no-gaps" not in server.log


@pytest.mark.parametrize("part", ["manifest", "health", "health/history", "configs", "actions"])
async def test_parts_of_what_is_not_there_are_404(operator: Operator, part: str) -> None:
    with pytest.raises(Refused) as refused:
        await operator.get(f"{SERVICES}/svc_nobody/{part}")
    assert (refused.value.status, refused.value.code) == (404, "CAPSULE_SERVICE_NOT_FOUND")


async def test_a_service_that_never_said_how_it_is_has_no_health(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "silent-one")
    mine = service("silent-one")
    del mine["health"]
    async with welcomed(server, token, "silent-one", services=[mine]):
        path = f"{SERVICES}/{(await known(operator, 'silent-one'))['id']}"
        assert await operator.get(f"{path}/health") is None
