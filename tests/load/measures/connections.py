"""What a connection and a heartbeat cost."""

from __future__ import annotations

import asyncio

from tests.load import driver
from tests.load.processes import Usage, memory_kib
from tests.load.report import Row, us
from tests.load.stage import Stage

HEARTBEAT_SECONDS = 15.0
"""The interval of the target; from 3,000 agents on the server itself asks for a longer one."""
PING_SECONDS = 20.0
"""How often the agent library sends a WebSocket ping."""
TARGET_PERCENT = 8.0
TARGET_KIB = 25.0


async def memory(stage: Stage) -> list[Row]:
    """Growth of the server from the first to the last agent, after one round of heartbeats."""
    few = min(10, stage.agents // 2)
    await stage.connect(few)
    before, used = memory_kib(stage.server.pid), stage.usage()
    await stage.connect(stage.agents)
    came = stage.usage().since(used)
    await _beat_once(stage)
    total = memory_kib(stage.server.pid)
    count = stage.agents - few
    each, cpu = (total - before) / count, came.cpu / count
    return [
        Row(
            work=f"Memory per connection at {stage.agents:,}",
            measured=f"{each:.1f} KiB",
            target=f"≤ {TARGET_KIB:.0f} KiB",
            met=each <= TARGET_KIB,
            how=f"growth of the proportional set size; the whole server {total / 1024:.0f} MiB",
            values={"each_kib": each, "total_kib": total},
        ),
        Row(
            work="A connection: handshake, hello, welcome",
            measured=f"{count / came.at:.0f} per second",
            cpu=us(cpu),
            how="agents known before, one service each; 400 started per second",
            values={"cpu_us": 1e6 * cpu, "per_second": count / came.at},
        ),
    ]


async def heartbeats(stage: Stage) -> list[Row]:
    """CPU above that of the silent server, storing of contact times included."""
    await stage.connect(stage.agents)
    silent = await stage.during(stage.seconds(9))
    rate = stage.agents / HEARTBEAT_SECONDS
    beat, sent = await _during_beats(stage, driver.Beat(per_second=rate), stage.seconds(45))
    each = (beat.cpu - silent.share / 100 * beat.at) / sent
    loop = (beat.loop - silent.loop / silent.at * beat.at) / sent
    share = 100 * beat.cpu / beat.at
    pings = stage.agents / PING_SECONDS
    pinged, _ = await _during_beats(
        stage, driver.Beat(per_second=0, pings_per_second=pings), stage.seconds(15)
    )
    ping = (pinged.cpu - silent.share / 100 * pinged.at) / (pings * pinged.at)
    return [
        Row(
            work=f"{stage.agents:,} agents, a heartbeat every {HEARTBEAT_SECONDS:.0f} s",
            measured=f"{share:.1f} % of a core",
            target=f"≤ {TARGET_PERCENT:.0f} %",
            met=share <= TARGET_PERCENT,
            cpu=f"{us(each)} per heartbeat",
            how=f"{us(loop)} of it in the event loop, the rest in SQLite's threads; "
            f"the silent server takes {silent.share:.1f} %",
            values={"share_percent": share, "each_us": 1e6 * each, "loop_us": 1e6 * loop},
        ),
        Row(
            work=f"{stage.agents:,} agents, a WebSocket ping every {PING_SECONDS:.0f} s",
            measured=f"{pinged.share:.1f} % of a core",
            cpu=f"{us(ping)} per ping",
            how="what the agent library's keep-alive adds",
            values={"share_percent": pinged.share, "each_us": 1e6 * ping},
        ),
    ]


async def _beat_once(stage: Stage) -> None:
    seconds = stage.seconds(10)
    await _during_beats(stage, driver.Beat(per_second=stage.agents / seconds), seconds)


async def _during_beats(stage: Stage, beats: driver.Beat, seconds: float) -> tuple[Usage, int]:
    await stage.flock.tell(driver.Take())
    await stage.flock.tell(beats)
    used = await stage.during(seconds)
    sent = (await stage.flock.tell(driver.Rest())).sent
    await asyncio.sleep(0.5)
    return used, sent
