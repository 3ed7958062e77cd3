"""An agent as bare frames: what a test needs to say things the agent library never would."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.server import Operator, Server
from tests.support.waiting import PATIENCE_SECONDS
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from opstage_agent.wire import AGENT_PATH, AGENT_SUBPROTOCOL

ECHO = {
    "name": "echo",
    "label": "Echo",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
}


def service(code: str, **more: Any) -> dict[str, Any]:
    """A reported service that is well and can echo."""
    base = {"code": code, "name": code.title(), "manifest": {}, "health": {"status": "UP"}, "actions": [ECHO]}
    return base | more


def hello(code: str, **more: Any) -> dict[str, Any]:
    """A hello with one service."""
    return {
        "type": "hello",
        "instance": "one",
        "sdk": {"name": "raw", "version": "1"},
        "services": [service(code)],
        "running": [],
        "finished": [],
    } | more


class RawAgent:
    """One socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(frame))

    async def hear(self, kind: str | None = None) -> dict[str, Any]:
        """The next frame, or the next of ``kind``."""
        while True:
            frame: dict[str, Any] = json.loads(await self.socket.recv())
            if kind is None or frame["type"] == kind:
                return frame

    async def closed(self) -> tuple[int, str]:
        """Wait for the close; its code and reason."""
        with contextlib.suppress(ConnectionClosed):
            async for _ in self.socket:
                pass
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""


async def register(server: Server, operator: Operator, code: str) -> tuple[str, str]:
    """(agent id, agent token) of a new agent."""
    body = {"registrationToken": await operator.registration_token(), "agent": {"code": code}}
    async with server.client() as client:
        data = Operator.unwrap(await client.post("/api/agents/register", json=body))
    return data["agentId"], data["agentToken"]


@asynccontextmanager
async def connected(server: Server, token: str) -> AsyncIterator[RawAgent]:
    """An upgraded agent socket that has said nothing yet."""
    async with connect(
        f"ws://127.0.0.1:{server.port}{AGENT_PATH}",
        subprotocols=[Subprotocol(AGENT_SUBPROTOCOL)],
        additional_headers={"Authorization": f"Bearer {token}"},
        compression=None,
        proxy=None,
        open_timeout=PATIENCE_SECONDS,
        ping_interval=None,
        max_size=2**22,
    ) as socket:
        yield RawAgent(socket)


@asynccontextmanager
async def welcomed(server: Server, token: str, code: str, **more: Any) -> AsyncIterator[RawAgent]:
    """An agent that said hello and was welcomed."""
    async with connected(server, token) as agent:
        await agent.say(**hello(code, **more))
        await agent.hear("welcome")
        yield agent
