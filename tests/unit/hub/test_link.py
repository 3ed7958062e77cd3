"""One agent's connection at the server: whose silence ends it."""

from __future__ import annotations

import asyncio
import time

from opstage.clock import SystemClock
from opstage.core.agent_session import SILENT_HEARTBEATS, AgentSession
from opstage.hub.link import Link
from opstage.hub.ports import Disconnected
from opstage_agent.wire import AgentUp, CloseCode, Heartbeat, Hello, Sdk, encode

BEAT = 0.1
LAYERS = 5
"""Turns of the loop from the kernel to the one who reads, as with a real server."""
HELLO = encode(
    Hello(instance="i", sdk=Sdk(name="test", version="1"), services=[], running=[], finished=[])
).decode()
SAID = encode(Heartbeat(seq=1, running=[])).decode()


class Socket:
    """What a test lays into ``said`` is received; None ends it."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[str | None] = asyncio.Queue()
        self.code = 0

    async def receive(self) -> str:
        message = await self.said.get()
        for _ in range(LAYERS):
            await asyncio.sleep(0)
        if message is None:
            raise Disconnected(1006)
        return message

    async def send(self, message: str | bytes) -> None:
        return None

    async def close(self, code: int, reason: str) -> None:
        self.code = code


def linked(socket: Socket) -> tuple[Link, asyncio.Event, asyncio.Task[None]]:
    """A running connection, and what is set once its agent was greeted."""
    clock, greeted = SystemClock(), asyncio.Event()
    link = Link("agt_1", "con_1", socket, AgentSession(clock.now(), heartbeat_seconds=BEAT), clock)

    async def handle(link: Link, frame: AgentUp) -> None:
        link.session.welcomed(clock.now(), BEAT)
        # The first look is not before the time that a hello may take.
        link._watch()
        greeted.set()

    return link, greeted, asyncio.create_task(link.run(handle))


def hold_up() -> None:
    """Blocks the loop on purpose: the agent spoke, and nobody reads it."""
    time.sleep(2 * SILENT_HEARTBEATS * BEAT)


async def test_silence_ends_the_connection() -> None:
    socket = Socket()
    link, _, running = linked(socket)
    socket.said.put_nowait(HELLO)
    await running
    assert (socket.code, link.silent) == (CloseCode.NO_HEARTBEAT, True)


async def test_a_server_that_was_held_up_does_not_take_it_for_silence() -> None:
    socket = Socket()
    link, greeted, running = linked(socket)
    socket.said.put_nowait(HELLO)
    await greeted.wait()
    for _ in range(3):
        socket.said.put_nowait(SAID)
        hold_up()
        await asyncio.sleep(0.01)
    socket.said.put_nowait(None)
    await running
    assert (socket.code, link.silent) == (0, False)
