"""The process that holds the simulated agents: orders come as lines on stdin, answers go to stdout."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import msgspec
from tests.load.crowd import Crowd, Tally
from tests.load.population import kept


class Order(msgspec.Struct, tag_field="do", tag=str.lower):
    """Something to do."""


class Gather(Order):
    """Have ``count`` agents connected."""

    count: int
    per_second: float
    seconds: float


class Beat(Order):
    """Send heartbeats and pings from now on."""

    per_second: float
    with_health: bool = False
    turning: bool = False
    """Every other time the health is DOWN, so that each heartbeat changes the state of a service."""
    pings_per_second: float = 0.0


class Rest(Order):
    """Send nothing any more."""


class Settle(Order):
    """Let all sessions count as long ones, so that the back-off begins anew."""


class Cut(Order):
    """Break all connections."""


class Await(Order):
    """Wait until all that were started are connected."""

    seconds: float


class Take(Order):
    """Only answer."""


AnyOrder = Gather | Beat | Rest | Settle | Cut | Await | Take


class Answer(msgspec.Struct):
    """What happened since the answer before."""

    tally: Tally
    in_time: bool = True


async def obey(crowd: Crowd, order: AnyOrder) -> bool:
    """Carry it out; False when its time was over."""
    try:
        match order:
            case Gather():
                await crowd.gather(order.count, order.per_second, order.seconds)
            case Await():
                await crowd.all_up(order.seconds)
            case Beat():
                crowd.rest()
                crowd.beat(order.per_second, order.with_health, order.turning)
                crowd.ping(order.pings_per_second)
            case Rest():
                crowd.rest()
            case Settle():
                crowd.settle()
            case Cut():
                crowd.cut()
            case Take():
                pass
    except TimeoutError:
        return False
    return True


async def drive(port: int, members: Path) -> None:
    """Obey until stdin ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    crowd = Crowd(port, kept(members))
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    while line := await lines.readline():
        in_time = await obey(crowd, msgspec.json.decode(line, type=AnyOrder))
        sys.stdout.buffer.write(msgspec.json.encode(Answer(crowd.take(), in_time)) + b"\n")
        sys.stdout.buffer.flush()
    crowd.rest()


if __name__ == "__main__":
    asyncio.run(drive(int(sys.argv[1]), Path(sys.argv[2])))
