"""A real server in a process of its own, and the client of an operator."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.support.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).parents[2]
USERNAME = "owner"
PASSWORD = "correct horse battery"
QUICK = {
    "OPSTAGE_ADMIN_PASSWORD": PASSWORD,
    "OPSTAGE_LOGIN_ATTEMPTS_PER_MINUTE": "0",
    "OPSTAGE_AGENT_HEARTBEAT_INTERVAL_SECONDS": "0.5",
    "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS": "6",
    "OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "1",
}
"""Settings under which a test need not wait long for time to pass; a stall of a second looks like a loss."""
PATIENT = QUICK | {
    "OPSTAGE_AGENT_HEARTBEAT_INTERVAL_SECONDS": "7",
    "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS": "60",
}
"""Settings under which nobody is given up for a silence, however slow the machine is: an agent without
heartbeats stays for 21 s, one that polls for 60 s, and one whose socket is lost is OFFLINE after 14 s."""


def reserved_port() -> socket.socket:
    """A socket that keeps a port of the loopback address for a server.

    The server can bind it all the same, again and again; nobody else is given it meanwhile.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    return keeper


def free_port() -> int:
    """A port of the loopback address that nobody uses at this moment."""
    with reserved_port() as keeper:
        port: int = keeper.getsockname()[1]
        return port


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without any setting of its own, and with the sources on the path."""
    base = {
        key: value for key, value in os.environ.items() if not key.startswith(("OPSTAGE_", "DATABASE_URL"))
    }
    base["PYTHONPATH"] = os.pathsep.join(str(ROOT / part) for part in ("app", "agent", "."))
    return base | dict(more)


class Server:
    """``opstage serve`` over a folder; it can be killed and started again on the same port."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        keeper = reserved_port()
        weakref.finalize(self, keeper.close)
        self.port: int = keeper.getsockname()[1]
        self.settings = dict(PATIENT if settings is None else settings)
        self.process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        """What it said so far."""
        return (self.folder / "server.log").read_text()

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        settings = self.settings | {"OPSTAGE_DATA_DIR": str(self.folder / "data")}
        with (self.folder / "server.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "opstage", "serve", "--host", "127.0.0.1", "--port", str(self.port)),
                env=environment(settings),
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        async with httpx.AsyncClient(base_url=self.url) as client:
            await until(lambda: self._ready(client), "the server to be ready", seconds=2 * PATIENCE_SECONDS)

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        assert self.process is not None and self.process.returncode is None, self.log
        try:
            return (await client.get("/api/system/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ctrl-C; the exit code."""
        return await self._end(signal.SIGINT)

    async def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 60)

    def client(self, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        """Somebody who calls without being signed in, and waits for an answer as long as it takes."""
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS)

    @asynccontextmanager
    async def operator(self, username: str = USERNAME, password: str = PASSWORD) -> AsyncIterator[Operator]:
        """Somebody signed in, the first owner unless another name is given."""
        async with self.client() as client:
            operator = Operator(client)
            await operator.sign_in(username, password)
            yield operator

    @asynccontextmanager
    async def bearing(self, key: str) -> AsyncIterator[Operator]:
        """A program that has nothing but an API key."""
        headers = {"Authorization": f"Bearer {key}"}
        async with self.client(headers) as client:
            yield Operator(client)


class Refused(AssertionError):
    """The server answered with an error envelope."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.code = error["code"]
        self.details: dict[str, Any] = error.get("details") or {}

    @property
    def issues(self) -> set[str]:
        """The paths that ``details.issues`` names."""
        return {issue["path"] for issue in self.details["issues"]}


class Operator:
    """The REST calls an operator makes, unwrapped from the envelope."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.csrf = ""

    @property
    def cookie(self) -> str:
        """The session cookie as a header value."""
        return "; ".join(f"{key}={value}" for key, value in self.client.cookies.items())

    async def sign_in(self, username: str = USERNAME, password: str = PASSWORD) -> None:
        """Sign in and keep the CSRF token."""
        session = await self.post("/api/admin/auth/login", {"username": username, "password": password})
        self.csrf = session["csrfToken"]

    async def get(self, path: str, **query: Any) -> Any:
        """``data`` of a GET."""
        return self.unwrap(await self.client.get(path, params=query))

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """``data`` of a POST with the CSRF token."""
        sent = {"X-CSRF-Token": self.csrf} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.unwrap(await self.client.post(path, json=body or {}, headers=sent))

    async def patch(self, path: str, body: Any = None) -> Any:
        """``data`` of a PATCH with the CSRF token."""
        return self.unwrap(
            await self.client.patch(path, json=body or {}, headers={"X-CSRF-Token": self.csrf})
        )

    async def delete(self, path: str) -> Any:
        """``data`` of a DELETE."""
        return self.unwrap(await self.client.delete(path, headers={"X-CSRF-Token": self.csrf}))

    @staticmethod
    def unwrap(response: httpx.Response) -> Any:
        """``data``, or Refused."""
        body = response.json()
        if not body["success"]:
            raise Refused(response.status_code, body["error"])
        return body.get("data")

    async def registration_token(self, name: str = "test") -> str:
        """A fresh raw registration token."""
        token: str = (await self.post("/api/admin/registration-tokens", {"name": name}))["token"]
        return token

    async def service(self, code: str) -> dict[str, Any] | None:
        """The service with this code, as the list shows it."""
        found = await self.get("/api/admin/capsule-services", q=code)
        return next((row for row in found if row["code"] == code), None)

    async def agent(self, code: str) -> dict[str, Any] | None:
        """The agent with this code, as the list shows it."""
        found = await self.get("/api/admin/agents", q=code)
        return next((row for row in found if row["code"] == code), None)

    async def execute(
        self, service_id: str, action: str, payload: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Run an action."""
        body = {"payload": payload or {}, **more}
        command: dict[str, Any] = await self.post(
            f"/api/admin/capsule-services/{service_id}/actions/{action}", body
        )
        return command

    async def command(self, command_id: str) -> dict[str, Any]:
        """A command as it stands."""
        found: dict[str, Any] = await self.get(f"/api/admin/commands/{command_id}")
        return found

    async def finished(self, command_id: str) -> dict[str, Any]:
        """The command once it is terminal."""

        async def look() -> dict[str, Any] | None:
            command = await self.command(command_id)
            return command if command["completedAt"] else None

        return await until(look, f"command {command_id} to end")
