"""One scenario over each transport: what agents say means the same, however it came."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.support.gate import gate
from tests.support.programs import Worker
from tests.support.raw_agent import service
from tests.support.server import PATIENT, Operator, Refused, Server
from tests.support.transports import REST, SOCKET, TRANSPORTS, carried
from tests.support.upkeep import impatient
from tests.support.waiting import until

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("transport", TRANSPORTS),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hasty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server whose commands wait for one second."""
    running = Server(Path(tmp_path_factory.mktemp("hasty")), PATIENT | {"OPSTAGE_COMMAND_TTL_SECONDS": "1"})
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tight(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server that takes results of 1000 bytes."""
    limit = {"OPSTAGE_COMMAND_RESULT_MAX_BYTES": "1000"}
    running = Server(Path(tmp_path_factory.mktemp("tight")), PATIENT | limit)
    await running.start()
    yield running
    await running.stop()


async def shown(operator: Operator, code: str, status: str) -> dict[str, Any]:
    """The service once it has this status."""

    async def look() -> dict[str, Any] | None:
        found = await operator.service(code)
        return found if found and found["status"] == status else None

    return await until(look, f"{code} to be {status}")


async def test_status_and_readiness(server: Server, operator: Operator, transport: str) -> None:
    code = f"same-status-{transport}"
    async with carried(transport, server, operator, code, [service(code)]) as agent:
        found = await shown(operator, code, "HEALTHY")
        assert (found["connection"], found["healthStatus"]) == (agent.connection, "UP")
        await agent.heartbeat(code, {"status": "DEGRADED", "message": "slow", "details": {"token": "t"}})
        found = await shown(operator, code, "UNHEALTHY")
        assert (found["healthStatus"], found["healthMessage"]) == ("DEGRADED", "slow")
        detail = await operator.get(f"/api/admin/capsule-services/{found['id']}")
        assert detail["health"]["details"] == {"token": "[REDACTED]"}
        # One that says it is unwell can still be operated.
        command = await operator.execute(found["id"], "echo")
        assert (await agent.take()).id == command["id"]
    async with impatient(operator):
        await shown(operator, code, "OFFLINE")
        with pytest.raises(Refused) as refused:
            await operator.execute(found["id"], "echo")
        assert (refused.value.status, refused.value.code) == (409, "AGENT_OFFLINE")
    await operator.post(f"/api/admin/agents/{found['agentId']}/disable")
    with pytest.raises(Refused) as disabled:
        await operator.execute(found["id"], "echo")
    assert (disabled.value.status, disabled.value.code) == (409, "AGENT_DISABLED")


async def test_claims_and_results(server: Server, operator: Operator, transport: str) -> None:
    code = f"same-claims-{transport}"
    async with carried(transport, server, operator, code, [service(code)]) as agent:
        found = await shown(operator, code, "HEALTHY")
        made = [await operator.execute(found["id"], "echo", {"text": str(number)}) for number in range(2)]
        first, second = await agent.take(), await agent.take()
        assert [(each.id, each.attempt) for each in (first, second)] == [(each["id"], 1) for each in made]
        assert [each.payload for each in (first, second)] == [{"text": "0"}, {"text": "1"}]
        assert await agent.quiet()
        data = {"n": 1, "deep": {"password": "x"}}
        assert await agent.finish(first.id, 1, success=True, message="done", data=data) is None
        error = {"code": "BROKEN", "message": "it broke", "details": {"secret": "x", "at": 3}}
        assert await agent.finish(second.id, 1, success=False, error=error) is None
        done, failed = [await operator.command(each["id"]) for each in made]
        assert (done["status"], done["result"]["message"]) == ("SUCCEEDED", "done")
        assert done["result"]["data"] == {"n": 1, "deep": {"password": "[REDACTED]"}}
        assert (failed["status"], failed["errorCode"], failed["errorMessage"]) == (
            *("FAILED", "BROKEN", "it broke"),
        )
        assert failed["result"]["error"]["details"] == {"secret": "[REDACTED]", "at": 3}
        trail = await operator.get("/api/admin/audit-events", targetId=failed["id"])
        assert [each["action"] for each in reversed(trail)] == [
            *("command.created", "command.dispatched", "command.failed"),
        ]


async def test_late_and_strange_results(server: Server, operator: Operator, transport: str) -> None:
    code = f"same-late-{transport}"
    async with (
        carried(transport, server, operator, code, [service(code)]) as agent,
        carried(transport, server, operator, f"{code}-2", [service(f"{code}-2")]) as stranger,
    ):
        found = await shown(operator, code, "HEALTHY")
        given = await operator.execute(found["id"], "echo")
        await agent.take()
        assert await stranger.finish(given["id"], 1, success=True) == "COMMAND_NOT_FOUND"
        assert await stranger.finish("cmd_nothing", 1, success=True) == "COMMAND_NOT_FOUND"
        assert await agent.finish(given["id"], 1, success=True, data={"n": 1}) is None
        late = await agent.finish(given["id"], 1, success=False, data={"n": 2})
        # A socket has no answer but "stored"; what counts is that the agent forgets it.
        assert late == {SOCKET: None, REST: "COMMAND_ALREADY_COMPLETED"}[transport]
        done = await operator.command(given["id"])
        assert (done["status"], done["result"]["data"]) == ("SUCCEEDED", {"n": 1})


async def test_a_result_over_the_limit_is_never_stored(tight: Server, transport: str) -> None:
    code = f"same-large-{transport}"
    async with (
        tight.operator() as operator,
        carried(transport, tight, operator, code, [service(code)]) as agent,
    ):
        found = await shown(operator, code, "HEALTHY")
        given = await operator.execute(found["id"], "echo")
        await agent.take()
        refused = await agent.finish(given["id"], 1, success=True, data={"text": "x" * 1001})
        seen = await operator.command(given["id"])
        # A call can be refused, and told again in short; a frame cannot, so the refusal is the outcome.
        if transport == REST:
            assert (refused, seen["status"]) == ("COMMAND_RESULT_TOO_LARGE", "RUNNING")
            assert await agent.finish(given["id"], 1, success=True, data={"text": "short"}) is None
        else:
            assert (refused, seen["status"]) == (None, "FAILED")
            assert (seen["errorCode"], seen["result"]["data"]) == ("COMMAND_RESULT_TOO_LARGE", {})


async def test_cancel(server: Server, operator: Operator, transport: str) -> None:
    code = f"same-cancel-{transport}"
    async with carried(transport, server, operator, code, [service(code)]) as agent:
        found = await shown(operator, code, "HEALTHY")
        given = await operator.execute(found["id"], "echo")
        await agent.take()

        async def running() -> bool:
            return bool((await operator.command(given["id"]))["status"] == "RUNNING")

        await until(running, "the command to run")
        asked = await operator.post(f"/api/admin/commands/{given['id']}/cancel")
        # Only a socket can tell its agent to stop; over REST the command is over at once.
        assert asked["status"] == {SOCKET: "RUNNING", REST: "CANCELLED"}[transport]
        error = {"code": "CANCELLED", "message": "stopped"}
        late = await agent.finish(given["id"], 1, success=False, error=error)
        assert late == {SOCKET: None, REST: "COMMAND_ALREADY_COMPLETED"}[transport]
        assert (await operator.command(given["id"]))["status"] == "CANCELLED"
        with pytest.raises(Refused) as again:
            await operator.post(f"/api/admin/commands/{given['id']}/cancel")
        assert (again.value.status, again.value.code) == (409, "COMMAND_ALREADY_COMPLETED")


async def test_what_expired_is_given_to_nobody(hasty: Server, transport: str) -> None:
    code = f"same-expiry-{transport}"
    async with (
        hasty.operator() as operator,
        carried(transport, hasty, operator, code, [service(code)]) as agent,
    ):
        found = await shown(operator, code, "HEALTHY")
        given = await operator.execute(found["id"], "echo")
        done = await operator.finished(given["id"])
        assert (done["status"], done["errorCode"]) == ("EXPIRED", "COMMAND_EXPIRED")
        late = await agent.finish(given["id"], 1, success=True)
        assert late == {SOCKET: None, REST: "COMMAND_ALREADY_COMPLETED"}[transport]
        assert (await operator.command(given["id"]))["status"] == "EXPIRED"
        assert await agent.quiet()


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        ({"configs": [{"key": "a", "type": "string"}] * 2}, "configs.1.key"),
        ({"actions": [{"name": "go", "label": "Go"}] * 2}, "actions.1.name"),
        ({"name": ""}, "name"),
    ],
)
async def test_of_a_bad_service_nothing_is_taken(
    server: Server, operator: Operator, transport: str, fault: dict[str, Any], where: str
) -> None:
    code = f"same-bad-{where.replace('.', '-').lower()}-{transport}"
    async with carried(transport, server, operator, code, [service(code)]) as agent:
        before = await shown(operator, code, "HEALTHY")
        again = service(code, version="2", health={"status": "DOWN"}) | fault
        assert where in (await agent.report([again]) or "")
        assert await operator.service(code) == before
        new = service(f"{code}-new") | fault
        assert where in (await agent.report([new]) or "")
        assert await operator.service(f"{code}-new") is None


async def test_a_code_stands_once_in_a_report(server: Server, operator: Operator, transport: str) -> None:
    code = f"same-twice-{transport}"
    async with carried(transport, server, operator, code, [service(code)]) as agent:
        twice = [service(f"{code}-new", version="1"), service(f"{code}-new", version="2")]
        assert "once" in (await agent.report(twice) or "")
        found = await operator.service(f"{code}-new")
        # A frame has several services and names each that it does not take; a call is taken as a whole.
        assert (found and found["version"]) == {SOCKET: "1", REST: None}[transport]


async def test_the_agent_library(server: Server, operator: Operator, transport: str, tmp_path: Path) -> None:
    code = f"same-library-{transport}"
    async with gate(server.port) as between:
        between.blocks_sockets = transport == REST
        program = Worker(server, code, tmp_path, url=between.url)
        await program.start(await operator.registration_token(code))
        try:
            found = await shown(operator, code, "HEALTHY")
            assert found["connection"] == {SOCKET: "connected", REST: "polling"}[transport]
            made = [await operator.execute(found["id"], action) for action in ("work", "fail")]
            worked, failed = [await operator.finished(each["id"]) for each in made]
            assert (worked["status"], worked["result"]["data"]) == ("SUCCEEDED", {"did": worked["id"]})
            assert (failed["status"], failed["errorCode"]) == ("FAILED", "ACTION_FAILED")
            assert Counter(program.ran) == {
                (worked["id"], 1, "start"): 1,
                (worked["id"], 1, "end"): 1,
                (failed["id"], 1, "start"): 1,
            }
        finally:
            await program.end(signal.SIGKILL)
