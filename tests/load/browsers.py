"""Simulated consoles: real operator sockets that follow the fleet, as the console asks for it."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable

import msgspec
from tests.load.sockets import BINARY, TEXT, ClientSocket, handshake

from opstage_agent.backoff import Backoff
from opstage_agent.wire import OPERATOR_PATH, OPERATOR_SUBPROTOCOL

PING_SECONDS = 25.0
_SUBSCRIBE = b'{"type":"subscribe","id":"fleet","view":"fleet","encoding":"deflate"}'


class _Row(msgspec.Struct, rename="camel"):
    health_message: str | None = None


class _Frame(msgspec.Struct):
    upsert: list[_Row] = []


class Browser(ClientSocket):
    """One console, ready after a snapshot of ``pages``; with ``reads`` it looks at every change."""

    __slots__ = (
        *("_again", "_backoff", "_came", "_pages", "_port", "_timer"),
        *("bytes", "frames", "lags", "losses", "reads", "ready"),
    )

    def __init__(self, port: int, cookie: str, *, pages: int, reads: bool) -> None:
        origin = f"Origin: http://127.0.0.1:{port}"
        super().__init__(handshake(port, OPERATOR_PATH, OPERATOR_SUBPROTOCOL, f"Cookie: {cookie}", origin))
        self.reads = reads
        self.ready = asyncio.Event()
        self.bytes = 0
        self.frames = 0
        self.losses = 0
        self.lags: list[float] = []
        self._port = port
        self._pages = pages
        self._came = 0
        self._backoff = Backoff()
        self._again: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Connect, and come back whenever the connection ends."""
        self._again = asyncio.create_task(self.dial(self._port))

    def stop(self) -> None:
        """Leave for good."""
        if self._timer is not None:
            self._timer.cancel()
        self._settled = True
        self.cut()

    def forget(self) -> None:
        """Count from here."""
        self.bytes = self.frames = 0
        self.lags = []

    def opened(self) -> None:
        self._came = 0
        self.say(TEXT, _SUBSCRIBE)
        self._later(PING_SECONDS, self._ping)

    def refused(self, status: int, retry_after: float | None) -> None:
        self._later(self._backoff.after_failure(retry_after), self.start)

    def lost(self, upgraded: bool) -> None:
        self.losses += 1
        self.ready.clear()
        self._later(self._backoff.after_session(0.0), self.start)

    def heard(self, opcode: int, payload: bytes) -> None:
        self.bytes += len(payload)
        self.frames += 1
        if self.ready.is_set():
            if self.reads:
                self._read(opcode, payload)
            return
        self._came += 1
        if self._came > self._pages:  # the first frame is the greeting
            self.ready.set()

    def _read(self, opcode: int, payload: bytes) -> None:
        text = zlib.decompress(payload, -zlib.MAX_WBITS) if opcode == BINARY else payload
        now = time.monotonic()
        for row in msgspec.json.decode(text, type=_Frame).upsert:
            said = row.health_message
            if said and " " not in said:
                self.lags.append(now - float(said))

    def _ping(self) -> None:
        self.say(TEXT, b'{"type":"ping"}')
        self._later(PING_SECONDS, self._ping)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, act)
