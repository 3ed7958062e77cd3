"""One scripted agent over either transport, so that one scenario can be played over both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from tests.support.raw_agent import RawAgent, hello, register
from tests.support.raw_agent import connected as socket_of
from tests.support.server import Operator, Refused, Server
from tests.support.waiting import until

SOCKET, REST = "socket", "rest"
TRANSPORTS = (SOCKET, REST)


@dataclass(frozen=True)
class Given:
    """A command as the agent got it."""

    id: str
    attempt: int
    payload: dict[str, Any]


class Carried(Protocol):
    """What an agent can say and do. Refusals are answered as the code of the contract, None is consent."""

    connection: str

    async def report(self, services: Sequence[dict[str, Any]]) -> str | None:
        """Report services; what is wrong with them, as text that names the place."""

    async def heartbeat(self, code: str, health: dict[str, Any]) -> None:
        """A sign of life with the health of one service."""

    async def take(self) -> Given:
        """Wait for the next command and begin to run it."""

    async def finish(self, command_id: str, attempt: int, **result: Any) -> str | None:
        """Tell the outcome; the server has taken notice when this returns."""

    async def quiet(self) -> bool:
        """True if no command waits for this agent."""


class OverSocket:
    """By frames."""

    connection = "connected"

    def __init__(self, agent: RawAgent) -> None:
        self._agent = agent
        self._seq = 0

    async def report(self, services: Sequence[dict[str, Any]]) -> str | None:
        self._seq += 1
        await self._agent.say(type="report", seq=self._seq, services=list(services))
        rejected = (await self._agent.hear("reported")).get("rejected") or []
        return "; ".join(each["error"] for each in rejected) or None

    async def heartbeat(self, code: str, health: dict[str, Any]) -> None:
        self._seq += 1
        await self._agent.say(type="heartbeat", seq=self._seq, running=[], health={code: health})

    async def take(self) -> Given:
        frame = await self._agent.hear("command")
        await self._agent.say(type="accept", commandId=frame["commandId"], attempt=frame["attempt"])
        return Given(frame["commandId"], frame["attempt"], frame["payload"])

    async def finish(self, command_id: str, attempt: int, **result: Any) -> str | None:
        await self._agent.say(type="result", commandId=command_id, attempt=attempt, **result)
        while True:
            frame = await self._agent.hear()
            if frame["type"] == "error":
                return str(frame["code"])
            if frame["type"] == "stored" and frame["commandId"] == command_id:
                return None

    async def quiet(self) -> bool:
        self._seq += 1
        # Frames come in order, so a command that was sent stands before the answer to this.
        await self._agent.say(type="report", seq=self._seq, services=[])
        return bool((await self._agent.hear())["type"] == "reported")


class OverRest:
    """By calls."""

    connection = "polling"

    def __init__(self, client: httpx.AsyncClient, operator: Operator, agent_id: str, token: str) -> None:
        self._client = client
        self._operator = operator
        self._root = f"/api/agents/{agent_id}"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def _post(self, path: str, body: Any) -> Any:
        return Operator.unwrap(await self._client.post(self._root + path, json=body, headers=self._headers))

    async def _poll(self, **query: Any) -> list[dict[str, Any]]:
        response = await self._client.get(self._root + "/commands", params=query, headers=self._headers)
        found: list[dict[str, Any]] = Operator.unwrap(response)
        return found

    async def report(self, services: Sequence[dict[str, Any]]) -> str | None:
        try:
            await self._post("/services/report", {"services": list(services)})
        except Refused as refused:
            assert (refused.status, refused.code) == (422, "VALIDATION_FAILED")
            return "; ".join(f"{each['path']}: {each['message']}" for each in refused.details["issues"])
        return None

    async def heartbeat(self, code: str, health: dict[str, Any]) -> None:
        found = await self._operator.service(code)
        assert found is not None
        await self._post("/heartbeat", {"serviceId": found["id"], "health": health})

    async def take(self) -> Given:
        async def claim() -> list[dict[str, Any]]:
            return await self._poll(limit=1, wait=15)

        (claimed,) = await until(claim, "a command to claim")
        return Given(claimed["id"], claimed["attempt"], claimed["payload"])

    async def finish(self, command_id: str, attempt: int, **result: Any) -> str | None:
        try:
            await self._post(f"/commands/{command_id}/result", result)
        except Refused as refused:
            return str(refused.code)
        return None

    async def quiet(self) -> bool:
        return await self._poll() == []


@asynccontextmanager
async def carried(
    transport: str, server: Server, operator: Operator, code: str, services: Sequence[dict[str, Any]]
) -> AsyncIterator[Carried]:
    """A registered agent that introduced itself and its services, by ``SOCKET`` or ``REST``."""
    agent_id, token = await register(server, operator, code)
    if transport == SOCKET:
        async with socket_of(server, token) as raw:
            await raw.say(**hello(code, services=list(services)))
            await raw.hear("welcome")
            yield OverSocket(raw)
        return
    async with server.client() as client:
        agent = OverRest(client, operator, agent_id, token)
        assert await agent.report(services) is None
        yield agent
