"""Requests as clients of contract level 0.4 send them, to the byte where that matters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import httpx
from tests.support.server import Operator, Server
from tests.support.waiting import PATIENCE_SECONDS

JSON = "application/json"
REGISTRATION = "/api/agents/register"


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the line."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """``error`` of the envelope, which must be a refusal and hold nothing else."""
        envelope = json.loads(self.body)
        assert set(envelope) == {"success", "error"} and envelope["success"] is False, envelope
        found: dict[str, Any] = envelope["error"]
        return found


async def raw(server: Server, line: str, *headers: str, body: bytes = b"") -> Answer:
    """Send ``<method> <target>`` as it is, which HTTP libraries would tidy up first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = [f"{line} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    writer.write("\r\n".join([*head, "", ""]).encode("latin1") + body)
    answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
    writer.close()
    head_bytes, _, rest = answer.partition(b"\r\n\r\n")
    status, *lines = head_bytes.decode("latin1").split("\r\n")
    named = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
    return Answer(int(status.split()[1]), named, rest)


def refused(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of a refusal, whose envelope holds nothing else."""
    body = response.json()
    assert set(body) == {"success", "error"} and body["success"] is False, body
    error = body["error"]
    assert set(error) <= {"code", "message", "details"}, error
    return response.status_code, error["code"], error["message"]


def data(response: httpx.Response) -> Any:
    """``data`` of a success, which is always 200."""
    body = response.json()
    assert (response.status_code, body["success"]) == (200, True), body
    return body["data"]


class OldAgent:
    """A registered agent that knows HTTP and its token."""

    def __init__(self, client: httpx.AsyncClient, agent_id: str, token: str) -> None:
        self.client = client
        self.id = agent_id
        self.headers = {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any) -> httpx.Response:
        """A POST with a JSON body."""
        return await self.client.post(f"/api/agents/{self.id}{path}", json=body, headers=self.headers)

    async def report(self, *services: dict[str, Any]) -> list[dict[str, Any]]:
        """The services as the server shows them after a report."""
        found: list[dict[str, Any]] = data(await self.post("/services/report", {"services": services}))[
            "services"
        ]
        return found

    async def poll(self, query: str = "") -> list[dict[str, Any]]:
        """The commands that a poll answers."""
        path = f"/api/agents/{self.id}/commands{query}"
        found: list[dict[str, Any]] = data(await self.client.get(path, headers=self.headers))
        return found

    async def result(self, command_id: str, body: Any) -> httpx.Response:
        """Tell an outcome."""
        return await self.post(f"/commands/{command_id}/result", body)


async def prepared(agent: OldAgent, form: Awaitable[httpx.Response], result: Any) -> httpx.Response:
    """The answer to a call for a form whose command the agent ends with ``result``."""
    call = asyncio.ensure_future(form)
    (command,) = await agent.poll("?limit=1&wait=20")
    assert (command["type"], command["payload"]) == ("ACTION_PREPARE", {})
    data(await agent.result(command["id"], result))
    return await call


async def enrolled(server: Server, operator: Operator, code: str, **more: Any) -> OldAgent:
    """A new agent; ``more`` are further fields of ``agent``. Its client is closed with the operator's."""
    body = {"registrationToken": await operator.registration_token(), "agent": {"code": code, **more}}
    made = data(await operator.client.post(REGISTRATION, json=body))
    return OldAgent(operator.client, made["agentId"], made["agentToken"])


def old_service(code: str, *actions: str, **more: Any) -> dict[str, Any]:
    """A service as old agents report one, with fields that no server of today knows."""
    offered = [{"name": name, "label": name.title(), "outputSchema": {"type": "object"}} for name in actions]
    return {
        "code": code,
        "name": code.title(),
        "runtime": "nodejs",
        "manifest": {"kind": "CapsuleService", "schemaVersion": "1.0", "code": code, "agentMode": "embedded"},
        "health": {"status": "UP", "message": "fine", "checkedAt": "2026-05-01T12:00:00.000Z"},
        "configs": [],
        "actions": offered,
        "instanceId": "of no use",
    } | more
