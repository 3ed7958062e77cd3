"""A server whose sweep runs only when asked for, and looks into its database from outside."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
from tests.support.raw_agent import register, service
from tests.support.server import PATIENT, Operator, Server
from tests.support.waiting import PATIENCE_SECONDS

SETTINGS = "/api/admin/settings/maintenance"
DEFAULTS = {
    "agentOfflineThresholdSeconds": 60,
    "auditRetentionDays": 90,
    "maintenanceIntervalSeconds": 0,
    "healthRetentionDays": 30,
    "commandRetentionDays": 90,
    "outputRetentionDays": 30,
    "busEventRetentionDays": 30,
    "tokenRetentionDays": 90,
}
OWN = {"OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "0", "OPSTAGE_COMMAND_RESULT_MAX_BYTES": "2000"}


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Server]:
    """A server without a timer, and with little room for results."""
    running = Server(folder, PATIENT | OWN)
    await running.start()
    yield running
    assert await running.stop() == 0, running.log


async def patch(operator: Operator, body: Any) -> Any:
    headers = {"X-CSRF-Token": operator.csrf}
    return operator.unwrap(await operator.client.patch(SETTINGS, json=body, headers=headers))


@asynccontextmanager
async def impatient(operator: Operator) -> AsyncIterator[None]:
    """As long as it lasts, an agent that polls is OFFLINE after a second, and a lost one after its grace.

    Who is OFFLINE by that may be ONLINE again afterwards, when everybody is waited for longer.
    """
    await patch(operator, {"agentOfflineThresholdSeconds": 1})
    try:
        yield
    finally:
        await patch(operator, {"agentOfflineThresholdSeconds": None})


async def audited(operator: Operator, action: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await operator.get("/api/admin/audit-events", action=action)
    return found


def database(server: Server) -> sqlite3.Connection:
    return sqlite3.connect(server.folder / "data" / "opstage.db", timeout=PATIENCE_SECONDS)


def count(server: Server, sql: str) -> int:
    with closing(database(server)) as connection:
        found: int = connection.execute(sql).fetchone()[0]
        return found


class Poller:
    """A registered agent without a socket."""

    def __init__(self, server: Server, agent_id: str, token: str) -> None:
        self._url = f"{server.url}/api/agents/{agent_id}"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any) -> httpx.Response:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            return await client.post(self._url + path, json=body, headers=self._headers)

    async def poll(self) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            found: list[dict[str, Any]] = Operator.unwrap(
                await client.get(f"{self._url}/commands", headers=self._headers)
            )
            return found


async def polling(server: Server, operator: Operator, code: str) -> Poller:
    """An agent that reported its service and polls no more."""
    agent = Poller(server, *await register(server, operator, code))
    Operator.unwrap(await agent.post("/services/report", {"services": [service(code)]}))
    return agent
