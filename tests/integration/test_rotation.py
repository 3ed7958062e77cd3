"""Agent tokens exchanged while the agent works: over a socket, by polling, and when it dies in between."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.support.gate import gate
from tests.support.programs import Worker, worker
from tests.support.raw_agent import connected, hello, register, welcomed
from tests.support.server import PATIENT, Operator, Refused, Server
from tests.support.trail import audited
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

OVERLAP = {"OPSTAGE_AGENT_TOKEN_OVERLAP_SECONDS": "1"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rotating(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server on which replaced tokens go on for a second."""
    running = Server(Path(tmp_path_factory.mktemp("rotating")), PATIENT | OVERLAP)
    await running.start()
    yield running
    assert await running.stop() == 0, running.log


@pytest_asyncio.fixture(loop_scope="session")
async def owner(rotating: Server) -> AsyncIterator[Operator]:
    async with rotating.operator() as signed_in:
        yield signed_in


async def call(server: Server, agent_id: str, token: str, path: str) -> Any:
    """``data`` of an agent's POST."""
    async with server.client() as client:
        headers = {"Authorization": f"Bearer {token}"}
        return Operator.unwrap(await client.post(f"/api/agents/{agent_id}{path}", headers=headers, json={}))


async def refused(server: Server, agent_id: str, token: str) -> str | None:
    """Why the token opens nothing, or None while it does."""
    try:
        await call(server, agent_id, token, "/heartbeat")
    except Refused as error:
        assert (error.status, error.code) == (401, "UNAUTHORIZED")
        return str(error.details["reason"])
    return None


async def request(owner: Operator, agent_id: str) -> dict[str, Any]:
    row: dict[str, Any] = await owner.post(f"/api/admin/agents/{agent_id}/rotate-token")
    return row


async def done(owner: Operator, code: str) -> dict[str, Any]:
    """The agent once nobody waits for its rotation any more."""

    async def look() -> dict[str, Any] | None:
        row = await owner.agent(code)
        return row if row is not None and row["rotationRequestedAt"] is None else None

    found = await until(look, f"the token of {code} to be rotated")
    assert found is not None
    return found


async def online(owner: Operator, code: str, connection: str = "connected") -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        row = await owner.agent(code)
        return row if row is not None and row["connection"] == connection else None

    found = await until(look, f"{code} to be {connection}")
    assert found is not None
    return found


def saved(program: Worker) -> str:
    """The token in the worker's file."""
    token: str = json.loads((program.folder / f"{program.code}.json").read_text())["agentToken"]
    return token


async def test_a_connected_agent_exchanges_its_token_and_stays(
    rotating: Server, owner: Operator, tmp_path: Path
) -> None:
    async with worker(rotating, owner, "turning", tmp_path) as program:
        before = await online(owner, "turning")
        old = saved(program)
        assert (await request(owner, before["id"]))["rotationRequestedAt"] is not None
        after = await done(owner, "turning")
        assert saved(program) != old
        assert after["statusSince"] == before["statusSince"]

        async def ended() -> bool:
            return await refused(rotating, before["id"], old) == "expired"

        await until(ended, "the old token to end")
        found = await owner.service("turning")
        assert found is not None
        command = await owner.execute(found["id"], "work")
        assert (await owner.finished(command["id"]))["status"] == "SUCCEEDED"
        await program.end(signal.SIGKILL)
        await program.start()

        async def again() -> bool:
            row = await owner.agent("turning")
            return (
                row is not None
                and row["connection"] == "connected"
                and row["statusSince"] > after["statusSince"]
            )

        await until(again, "the agent to come back with the new token")


async def test_a_polling_agent_exchanges_its_token(rotating: Server, owner: Operator, tmp_path: Path) -> None:
    async with gate(rotating.port) as between:
        between.blocks_sockets = True
        program = Worker(rotating, "polled-turn", tmp_path, url=between.url)
        await program.start(await owner.registration_token())
        try:
            row = await online(owner, "polled-turn", "polling")
            old = saved(program)
            await request(owner, row["id"])
            await until(lambda: _differs(program, old), "another token")
            await done(owner, "polled-turn")
            found = await owner.service("polled-turn")
            assert found is not None
            command = await owner.execute(found["id"], "work")
            assert (await owner.finished(command["id"]))["status"] == "SUCCEEDED"
        finally:
            await program.end(signal.SIGKILL)


async def _differs(program: Worker, old: str) -> bool:
    return saved(program) != old


async def test_an_agent_killed_before_it_stored_the_new_token_comes_back_with_the_old_one(
    rotating: Server, owner: Operator, tmp_path: Path
) -> None:
    async with gate(rotating.port) as between:
        program = Worker(rotating, "cut-off", tmp_path, url=between.url)
        await program.start(await owner.registration_token())
        try:
            row = await online(owner, "cut-off")
            old = saved(program)
            between.swallows = b"overlapSeconds"
            await request(owner, row["id"])
            await asyncio.wait_for(between.swallowed.wait(), PATIENCE_SECONDS)
            await program.end(signal.SIGKILL)
            assert saved(program) == old
            between.swallows = None
            await program.start()
            await done(owner, "cut-off")
            await online(owner, "cut-off")
            assert saved(program) != old
        finally:
            await program.end(signal.SIGKILL)


async def test_a_token_whose_successor_nobody_used_never_ends(rotating: Server, owner: Operator) -> None:
    agent_id, token = await register(rotating, owner, "forgetful")
    lost = await call(rotating, agent_id, token, "/token")
    assert lost["overlapSeconds"] == 1
    used, used_token = await register(rotating, owner, "attentive")
    fresh = (await call(rotating, used, used_token, "/token"))["agentToken"]
    assert await refused(rotating, used, fresh) is None

    async def ended() -> bool:
        return await refused(rotating, used, used_token) == "expired"

    await until(ended, "a replaced token to end")
    assert await refused(rotating, agent_id, token) is None
    assert audited(rotating, agent_id, "agent.token.%") == [
        ("agent.token.issued", "AGENT", {"requested": False})
    ]


async def test_both_tokens_open_during_the_overlap_and_only_the_new_one_after(tmp_path: Path) -> None:
    # Long enough for a slow machine to find both open.
    server = Server(tmp_path, PATIENT | {"OPSTAGE_AGENT_TOKEN_OVERLAP_SECONDS": "8"})
    await server.start()
    async with server.operator() as owner:
        agent_id, token = await register(server, owner, "overlapping")
        fresh = (await call(server, agent_id, token, "/token"))["agentToken"]
        async with welcomed(server, token, "overlapping") as agent:
            both = await asyncio.gather(*(refused(server, agent_id, raw) for raw in (fresh, token)))
            assert both == [None, None]

            async def ended() -> bool:
                return await refused(server, agent_id, token) == "expired"

            await until(ended, "the old token to end")
            assert await refused(server, agent_id, fresh) is None
            await agent.say(type="heartbeat", seq=1, running=[])
            row = await owner.agent("overlapping")
            assert row is not None and row["connection"] == "connected"
        assert audited(server, agent_id, "agent.token.rotated") == [
            ("agent.token.rotated", "AGENT", {"replacedTokens": 1, "overlapSeconds": 8})
        ]
    assert await server.stop() == 0, server.log


async def test_registering_anew_ends_every_token_of_a_rotation(server: Server, operator: Operator) -> None:
    agent_id, token = await register(server, operator, "anew")
    fresh = (await call(server, agent_id, token, "/token"))["agentToken"]
    assert await refused(server, agent_id, fresh) is None
    assert await refused(server, agent_id, token) is None
    again, newest = await register(server, operator, "anew")
    assert again == agent_id
    assert [await refused(server, agent_id, raw) for raw in (token, fresh, newest)] == [
        "revoked",
        "revoked",
        None,
    ]


async def test_the_request_is_told_after_every_welcome_and_with_heartbeats_until_it_is_done(
    rotating: Server, owner: Operator
) -> None:
    agent_id, token = await register(rotating, owner, "reminded")
    assert (await call(rotating, agent_id, token, "/heartbeat"))["rotateToken"] is False
    await request(owner, agent_id)
    assert (await call(rotating, agent_id, token, "/heartbeat"))["rotateToken"] is True
    for _ in range(2):
        async with connected(rotating, token) as agent:
            await agent.say(**hello("reminded"))
            await agent.hear("welcome")
            await agent.hear("rotate")
    fresh = (await call(rotating, agent_id, token, "/token"))["agentToken"]
    assert (await call(rotating, agent_id, token, "/heartbeat"))["rotateToken"] is True
    assert (await call(rotating, agent_id, fresh, "/heartbeat"))["rotateToken"] is False
    assert [(action, actor) for action, actor, _ in audited(rotating, agent_id, "agent.token.%")] == [
        ("agent.token.rotation_requested", "USER"),
        ("agent.token.issued", "AGENT"),
        ("agent.token.rotated", "AGENT"),
    ]


async def test_an_agent_that_does_not_know_the_frame_works_on(rotating: Server, owner: Operator) -> None:
    agent_id, token = await register(rotating, owner, "elder")
    async with welcomed(rotating, token, "elder") as agent:
        await request(owner, agent_id)
        await agent.hear("rotate")
        await agent.say(type="error", code="UNKNOWN_TYPE", message="what is rotate", about="rotate")
        found = await owner.service("elder")
        assert found is not None
        command = await owner.execute(found["id"], "echo")
        frame = await agent.hear("command")
        await agent.say(type="result", commandId=frame["commandId"], attempt=1, success=True)
        assert (await owner.finished(command["id"]))["status"] == "SUCCEEDED"
    assert await refused(rotating, agent_id, token) is None


async def test_no_rotation_of_an_unknown_or_a_revoked_agent(rotating: Server, owner: Operator) -> None:
    with pytest.raises(Refused) as unknown:
        await request(owner, "agt_nobody")
    assert (unknown.value.status, unknown.value.code) == (404, "AGENT_NOT_FOUND")
    agent_id, _ = await register(rotating, owner, "gone-for-good")
    await owner.post(f"/api/admin/agents/{agent_id}/revoke")
    with pytest.raises(Refused) as revoked:
        await request(owner, agent_id)
    assert (revoked.value.status, revoked.value.code) == (409, "AGENT_REVOKED")


async def test_new_tokens_reach_neither_the_log_nor_the_database(rotating: Server, owner: Operator) -> None:
    agent_id, token = await register(rotating, owner, "secretive")
    fresh = (await call(rotating, agent_id, token, "/token"))["agentToken"]
    assert await refused(rotating, agent_id, fresh) is None
    stored = b"".join(file.read_bytes() for file in (rotating.folder / "data").iterdir() if file.is_file())
    assert fresh.encode() not in stored and fresh not in rotating.log
