"""Runs a server and the demo fleet beside it: one terminal, one Ctrl-C, nothing left behind.

The server is restarted when it dies; services are not, because watching them go is the point of the demo.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from opstage.demo.home import CHILD_VARIABLE
from opstage.demo.services import SERVICES, folder_of
from opstage.demo.tether import tethered

READY_PATH = "/api/system/ready"
READY_SECONDS = 60.0
"""How long the server may take to answer for the first time."""
RESTART_SECONDS = 1.0
DEATHS_ALLOWED = 5
DEATHS_WINDOW_SECONDS = 60.0
HEAD_START_SECONDS = 1.0
"""Services get this much time to say goodbye while the server still listens."""
STOP_SECONDS = 4.0
"""Who has not stopped after this time is killed."""
LOG_BYTES = 512 * 1024
"""A log larger than this is put aside at the next start; one old log is kept."""


@dataclass(frozen=True)
class Program:
    """A program to run; ``env`` is its whole environment, ``log`` None means the terminal."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    log: Path | None = None


COMMAND = sys.argv[0] if Path(sys.argv[0]).name == "opstage" else "opstage"
"""What to type to reach this program again: it need not be on the path."""

Child = asyncio.subprocess.Process


def run_demo(
    *,
    server_argv: list[str],
    server_env: dict[str, str],
    url: str,
    data_dir: Path,
    tokens: Mapping[str, str],
) -> int:
    """Runs server and fleet until Ctrl-C, SIGTERM or SIGHUP; returns the exit code.

    ``server_env`` is laid over this process's environment. ``tokens`` holds a registration token per
    service that has to enrol; the others have enrolled before. 1 means that the server could not be kept
    up.
    """
    server = Program("server", tethered(server_argv), os.environ | server_env)
    services = [service_program(name, url, data_dir, tokens.get(name)) for name in SERVICES]
    return asyncio.run(Fleet(server, services, url).run())


def service_program(name: str, url: str, data_dir: Path, token: str | None) -> Program:
    """How the supervisor runs one service of the demo; the token goes by the environment only."""
    argv = [sys.executable, "-m", "opstage.demo.services", name, "--url", url, "--data-dir", str(data_dir)]
    # The server's own settings and secrets are none of a service's business.
    env = {key: value for key, value in os.environ.items() if not key.startswith("OPSTAGE_")}
    env["PYTHONUNBUFFERED"] = "1"
    env[CHILD_VARIABLE] = "1"
    if token is not None:
        env["OPSTAGE_REGISTRATION_TOKEN"] = token
    return Program(name, argv, env, folder_of(data_dir, name) / "service.log")


class Fleet:
    """One server and its services, from start to stop. ``say`` takes one line for the terminal."""

    def __init__(
        self,
        server: Program,
        services: Sequence[Program],
        url: str,
        say: Callable[[str], None] = lambda line: print(line, flush=True),
    ) -> None:
        self._server = server
        self._services = services
        self._url = url
        self._say = say
        self._stopping = asyncio.Event()
        self._running: dict[str, Child] = {}
        self._deaths: deque[float] = deque()

    async def run(self) -> int:
        """Starts everything, keeps the server up, stops everything; returns the exit code."""
        if await self._taken():
            self._say(f"Something else listens at {self._url} already; stop it or choose another port.")
            return 1
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, self._stopping.set)
        try:
            return await self._run()
        finally:
            self._stopping.set()
            await self._stop_all()

    async def _run(self) -> int:
        server = await self._start(self._server)
        if not await self._ready(server):
            return self._never_ready(server)
        services = [await self._start(program) for program in self._services]
        self._say(overview(self._url, server.pid, self._running))
        programs = zip(self._services, services, strict=True)
        watchers = [asyncio.create_task(self._watch(program, child)) for program, child in programs]
        try:
            return await self._keep_up(server)
        finally:
            for watcher in watchers:
                watcher.cancel()

    async def _taken(self) -> bool:
        parts = urlsplit(self._url)
        try:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        except OSError:
            return False
        writer.close()
        return True

    async def _start(self, program: Program) -> Child:
        log = None if program.log is None else _open_log(program.log)
        try:
            child = await asyncio.create_subprocess_exec(
                *program.argv,
                env=program.env,
                # Services end when this pipe does; see opstage.demo.home.
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C goes to the terminal's foreground group: only this process shall get it.
                start_new_session=True,
            )
        finally:
            if log is not None:
                os.close(log)
        self._running[program.name] = child
        return child

    async def _ready(self, server: Child) -> bool:
        """True once the server answers; False when it ends, takes too long, or all is to stop."""
        asking = asyncio.create_task(_until_ready(self._url))
        await self._first(asking, server.wait(), seconds=READY_SECONDS)
        answered = asking.done() and not asking.cancelled() and asking.exception() is None
        return answered and server.returncode is None and not self._stopping.is_set()

    def _never_ready(self, server: Child) -> int:
        if self._stopping.is_set():
            return 0
        slow = f"did not get ready in {READY_SECONDS:.0f} s"
        self._say(f"The server {slow if server.returncode is None else manner(server)}.")
        return 1

    async def _keep_up(self, server: Child) -> int:
        while True:
            await self._first(server.wait())
            if self._stopping.is_set():
                return 0
            if self._too_many_deaths():
                self._say(f"The server {manner(server)}: {DEATHS_ALLOWED} times in a minute. Giving up.")
                return 1
            self._say(f"The server {manner(server)}; starting it again in {RESTART_SECONDS:.0f} s.")
            await self._first(seconds=RESTART_SECONDS)
            if self._stopping.is_set():
                return 0
            server = await self._start(self._server)
            self._say(f"The server runs again as process {server.pid}.")

    def _too_many_deaths(self) -> bool:
        now = time.monotonic()
        self._deaths.append(now)
        while self._deaths[0] < now - DEATHS_WINDOW_SECONDS:
            self._deaths.popleft()
        return len(self._deaths) >= DEATHS_ALLOWED

    async def _watch(self, program: Program, child: Child) -> None:
        await child.wait()
        if not self._stopping.is_set():
            self._say(f"{program.name} {manner(child)}; start it again: {COMMAND} demo start {program.name}")

    async def _first(self, *events: Awaitable[object], seconds: float | None = None) -> None:
        """Returns when one of the events has happened, all is to stop, or the time is up."""
        tasks = [asyncio.ensure_future(event) for event in (*events, self._stopping.wait())]
        try:
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop_all(self) -> None:
        """Services first, the server a moment later so that it hears their goodbye; then by force."""
        deadline = time.monotonic() + STOP_SECONDS
        server = self._running.pop(self._server.name, None)
        services = list(self._running.values())
        _signal(services, signal.SIGTERM)
        await _ended(services, HEAD_START_SECONDS)
        everybody = services if server is None else [*services, server]
        _signal([] if server is None else [server], signal.SIGTERM)
        await _ended(everybody, deadline - time.monotonic())
        _signal(everybody, signal.SIGKILL)
        await _ended(everybody, None)


def overview(url: str, server_pid: int, running: Mapping[str, Child]) -> str:
    """What runs, and what to try first, in a few lines."""
    lines = ["", f"  Opstage runs at {url} (process {server_pid}) with the demo fleet:", ""]
    for name, service in SERVICES.items():
        if name in running:
            lines.append(f"    {name:<16} {running[name].pid:>7}   {service.summary}")
    first = next((name for name in SERVICES if name in running), None)
    if first is not None:
        lines += [
            "",
            f"  Try: kill -9 {running[first].pid}   and watch {first} go; then, in another terminal,",
            f"       {COMMAND} demo start {first}   and watch it come back.",
            f"       kill -9 {server_pid}   and watch the fleet survive the loss of its server.",
        ]
    return "\n".join([*lines, "", "  Ctrl-C stops everything.", ""])


def manner(child: Child) -> str:
    """How an ended process ended, in words that follow its name."""
    code = child.returncode
    if code is None:
        return f"still runs as process {child.pid}"
    if code >= 0:
        return f"(process {child.pid}) ended with exit code {code}"
    return f"(process {child.pid}) was ended by {signal.Signals(-code).name}"


async def _until_ready(url: str) -> None:
    # Never through a proxy: the server is on this machine.
    async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(url.rstrip("/") + READY_PATH)).status_code == 200:
                    return
            await asyncio.sleep(0.1)


def _open_log(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _signal(children: Sequence[Child], number: signal.Signals) -> None:
    for child in children:
        if child.returncode is None:
            # The whole group: what a child started goes with it.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, number)


async def _ended(children: Sequence[Child], seconds: float | None) -> None:
    """Returns when all have ended, or after that time."""
    waits = [asyncio.ensure_future(child.wait()) for child in children]
    if waits:
        _, late = await asyncio.wait(waits, timeout=None if seconds is None else max(0.0, seconds))
        for each in late:
            each.cancel()
