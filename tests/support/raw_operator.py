"""A browser's live channel as bare frames, with the folding of views a console does."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.support.server import Operator, Server
from tests.support.waiting import PATIENCE_SECONDS
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from opstage_agent.wire import OPERATOR_PATH, OPERATOR_SUBPROTOCOL

Row = dict[str, Any]


class RawOperator:
    """One socket, and the rows of the views it follows."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.rows: dict[str, dict[str, Row]] = {}
        self.cursors: dict[str, tuple[str, int]] = {}
        self.lines: list[str] = []
        self.dropped = 0

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        """The next frame, already folded into ``rows``."""
        message = await self.socket.recv()
        if isinstance(message, bytes):
            message = zlib.decompress(message, -zlib.MAX_WBITS).decode()
        frame: dict[str, Any] = json.loads(message)
        self._fold(frame)
        return frame

    async def follow(self, view: str, **more: Any) -> None:
        """Subscribe and wait for the first whole state."""
        await self.say(type="subscribe", id=view, view=view, **more)
        while view not in self.cursors:
            frame = await self.hear()
            assert frame["type"] != "gone", frame

    async def see(self, view: str, look: Callable[[dict[str, Row]], Any]) -> Any:
        """The first true answer of ``look`` over the view's rows."""
        while True:
            found = look(self.rows.get(view, {}))
            if found:
                return found
            await self.hear()

    async def closed(self) -> tuple[int, str]:
        """Wait for the close; its code and reason."""
        with contextlib.suppress(ConnectionClosed):
            async for _ in self.socket:
                pass
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""

    def _fold(self, frame: dict[str, Any]) -> None:
        kind, view = frame["type"], frame.get("id", "")
        if kind == "snapshot":
            if view not in self.cursors or self.cursors[view][1] != frame["revision"]:
                self.rows[view] = {} if view in self.cursors or view not in self.rows else self.rows[view]
            self.rows.setdefault(view, {}).update({row["id"]: row for row in frame["rows"]})
            if frame["done"]:
                self.cursors[view] = (frame["epoch"], frame["revision"])
        elif kind == "delta":
            epoch, revision = self.cursors.get(view, ("", frame["from"]))
            assert frame["from"] == revision, f"expected a delta from {revision}, got {frame['from']}"
            self.cursors[view] = (epoch, frame["revision"])
            for row in frame["upsert"]:
                self.rows.setdefault(view, {})[row["id"]] = row
            for key in frame["remove"]:
                self.rows[view].pop(key, None)
        elif kind == "output":
            self.lines += [line["text"] for line in frame["lines"]]
            self.dropped += frame.get("dropped", 0)


@asynccontextmanager
async def live(server: Server, operator: Operator, **headers: str) -> AsyncIterator[RawOperator]:
    """A signed-in operator's socket, greeted."""
    origin = headers.pop("origin", server.url)
    async with connect(
        f"ws://127.0.0.1:{server.port}{OPERATOR_PATH}",
        subprotocols=[Subprotocol(OPERATOR_SUBPROTOCOL)],
        additional_headers={"Cookie": operator.cookie},
        origin=Origin(origin),
        proxy=None,
        open_timeout=PATIENCE_SECONDS,
        ping_interval=None,
        max_size=2**24,
    ) as socket:
        browser = RawOperator(socket)
        greeting = await browser.hear()
        assert greeting["type"] == "hello"
        yield browser
