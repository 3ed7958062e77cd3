"""What tests of the bus share: routes, the trail, and an agent that publishes over either transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.support.raw_agent import RawAgent
from tests.support.server import PATIENT, Operator, Refused, Server

SETTINGS = PATIENT | {
    "OPSTAGE_CAPSULE_BUS_ENABLED": " Yes ",
    "OPSTAGE_CAPSULE_BUS_INGEST_PER_MIN": "1000",
    "OPSTAGE_AGENT_CALLS_PER_MINUTE": "0",
}
Connect = Callable[..., Awaitable[RawAgent]]
"""Connects an agent with one service of the code, and with these actions."""

_numbers = count()


def unique(word: str) -> str:
    """A service code nobody uses yet."""
    return f"{word}-{next(_numbers)}"


def kind() -> str:
    """An event type nobody uses yet."""
    return f"test{next(_numbers)}.happened"


async def put(operator: Operator, path: str, body: Any) -> Any:
    """``data`` of a PUT."""
    headers = {"X-CSRF-Token": operator.csrf}
    return operator.unwrap(await operator.client.put(path, json=body, headers=headers))


def route_body(event_type: str, service: str, action: str = "echo", **more: Any) -> dict[str, Any]:
    """A route that is on."""
    return {
        "name": f"{event_type} to {service}",
        "status": "ENABLED",
        "match": {"eventType": event_type},
        "target": {"serviceCode": service, "actionName": action},
    } | more


async def audits(operator: Operator, **metadata: Any) -> list[tuple[str, str]]:
    """(action, result) of the bus's audit events whose metadata has these, oldest first."""
    found = await operator.get("/api/admin/bus/audit", pageSize=100)
    return [
        (each["action"], each["result"])
        for each in reversed(found)
        if metadata.items() <= each["metadata"].items()
    ]


class Rejected(Exception):
    """The event was not taken."""

    def __init__(self, code: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.details = details or {}


@dataclass
class Publisher:
    """An agent with one service, and the two ways in which it can publish."""

    server: Server
    code: str
    agent_id: str
    token: str
    socket: RawAgent
    way: str
    references: Any = field(default_factory=count)

    async def publish(self, event_type: str, **more: Any) -> dict[str, Any]:
        """The answer, or Rejected."""
        said = {"eventType": event_type, "sourceServiceCode": self.code, "payload": {}} | more
        return await (self._by_socket(said) if self.way == "socket" else self._by_rest(said))

    async def _by_socket(self, said: dict[str, Any]) -> dict[str, Any]:
        said = {"eventRef": f"ref-{next(self.references)}"} | said
        await self.socket.say(type="event", **said)
        answer = await self.socket.hear("eventStored")
        assert answer.pop("eventRef") == said["eventRef"]
        if "error" in answer:
            raise Rejected(answer["error"]["code"], answer["error"].get("details"))
        del answer["type"]
        return answer

    async def _by_rest(self, said: dict[str, Any]) -> dict[str, Any]:
        async with self.server.client() as client:
            answer = await client.post(
                f"/api/agents/{self.agent_id}/bus/events",
                json=said,
                headers={"Authorization": f"Bearer {self.token}"},
            )
        try:
            data: dict[str, Any] = Operator.unwrap(answer)
        except Refused as error:
            wait = answer.headers.get("Retry-After")
            told = {} if wait is None else {"retryAfterSeconds": float(wait)}
            raise Rejected(error.code, error.details | told) from error
        return data
