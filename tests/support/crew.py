"""One agent with many services, which takes what it is sent and ends it when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.support.raw_agent import RawAgent, register, service, welcomed
from tests.support.server import Operator, Server
from tests.support.waiting import until
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]
BEAT_SECONDS = 0.3


class Crew:
    """The agent's end, and the ids of its services by their codes."""

    def __init__(self, agent: RawAgent, code: str, ids: dict[str, str]) -> None:
        self.agent = agent
        self.code = code
        self.ids = ids
        self._given: deque[Frame] = deque()
        self._running: set[str] = set()

    @property
    def all(self) -> list[str]:
        """The ids of its services, in the order of their codes."""
        return [self.ids[code] for code in sorted(self.ids)]

    async def take(self) -> Frame:
        """The next command, now running."""
        while not self._given:
            await self._hear()
        frame = self._given.popleft()
        self._running.add(frame["commandId"])
        await self.agent.say(type="accept", commandId=frame["commandId"], attempt=frame["attempt"])
        return frame

    async def finish(self, frame: Frame, *, success: bool = True, **result: Any) -> None:
        """Tell the outcome and wait until it is stored."""
        at = {"commandId": frame["commandId"], "attempt": frame["attempt"]}
        self._running.discard(frame["commandId"])
        await self.agent.say(type="result", success=success, **at, **result)
        await self.hear("stored")

    async def fail(self, frame: Frame, code: str = "BROKEN") -> None:
        """Tell that it failed."""
        await self.finish(frame, success=False, error={"code": code, "message": "it broke"})

    async def hear(self, kind: str) -> Frame:
        """The next frame of this kind; commands that come before it are kept."""
        while (frame := await self._hear())["type"] != kind:
            pass
        return frame

    async def beat(self) -> None:
        """Give signs of life, as a library would, until the socket is gone."""
        with contextlib.suppress(ConnectionClosed):
            for seq in itertools.count(1):
                await self.agent.say(type="heartbeat", seq=seq, running=list(self._running))
                await asyncio.sleep(BEAT_SECONDS)

    async def _hear(self) -> Frame:
        frame = await self.agent.hear()
        if frame["type"] == "command":
            self._given.append(frame)
        return frame


@asynccontextmanager
async def crew(
    server: Server, operator: Operator, code: str, services: Sequence[dict[str, Any]] | int, **more: Any
) -> AsyncIterator[Crew]:
    """A connected agent with these services, or so many that can echo: ``<code>-00`` and so on."""
    mine = (
        [service(f"{code}-{number:02}") for number in range(services)]
        if isinstance(services, int)
        else list(services)
    )
    _, token = await register(server, operator, code)
    async with welcomed(server, token, code, services=mine, **more) as agent:
        codes = {each["code"] for each in mine}

        async def found() -> dict[str, str] | None:
            rows = await operator.get("/api/admin/capsule-services", q=code, pageSize=100)
            ids = {row["code"]: row["id"] for row in rows if row["code"] in codes}
            return ids if ids.keys() == codes else None

        ready = Crew(agent, code, await until(found, f"the services of {code}"))
        beating = asyncio.create_task(ready.beat())
        try:
            yield ready
        finally:
            beating.cancel()
