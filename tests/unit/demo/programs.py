"""Tiny real programs for the supervisor to run, and waiting for what they do."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from opstage.demo.supervisor import Program

ROOT = Path(__file__).parents[3]
DEADLINE = 60.0

SERVER = """
import http.server, os, signal, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/system/ready" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args): pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with open(sys.argv[2], "a") as pids: pids.write(f"{os.getpid()}\\n")
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever(0.05)
"""
SERVICE = """
import os, sys
with open(sys.argv[1], "a") as pids: pids.write(f"{os.getpid()}\\n")
print("working", flush=True)
sys.stdin.read()
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVICE
BROKEN = """
import os, sys
with open(sys.argv[2], "a") as pids: pids.write(f"{os.getpid()}\\n")
sys.exit(3)
"""


def environment() -> dict[str, str]:
    """This environment, with the sources on the path."""
    return os.environ | {"PYTHONPATH": f"{ROOT / 'app'}{os.pathsep}{ROOT / 'agent'}"}


def program(name: str, source: str, *arguments: str, log: Path | None = None) -> Program:
    """A Python program given as text."""
    return Program(name, [sys.executable, "-c", source, *arguments], environment(), log)


def pids(path: Path) -> list[int]:
    """The process ids that programs wrote to a file."""
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    """True while a process runs; one that has ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds; raises TimeoutError after the deadline."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(0.02)
