"""Storing when agents were last heard of."""

from __future__ import annotations

import asyncio
import time

from tests.load.report import Row, ms
from tests.load.stage import Stage

from opstage.store import Store
from opstage.store.database import CONTACT_SECONDS

ROUNDS = 5
TARGET_PERCENT = 0.5


async def contacts(stage: Stage) -> list[Row]:
    """The batch of one interval, all agents heard, through the real store in this process."""
    async with Store(f"file:{stage.folder / 'data' / 'opstage.db'}", contact_seconds=3600) as store:
        spent = [await _round(store, stage) for _ in range(ROUNDS)]
    best = sorted(spent)[ROUNDS // 2]
    share = 100 * best / CONTACT_SECONDS
    return [
        Row(
            work=f"Contact times of {stage.agents:,} agents",
            measured=f"{share:.2f} % of a core",
            target=f"≤ {TARGET_PERCENT} %",
            met=share <= TARGET_PERCENT,
            cpu=f"{ms(best)} per batch",
            how=f"one batch every {CONTACT_SECONDS:.0f} s; median of {ROUNDS}, the store alone",
            values={"batch_cpu_ms": 1000 * best, "share_percent": share},
        )
    ]


async def _round(store: Store, stage: Stage) -> float:
    await asyncio.sleep(0.2)
    now = time.time()
    began = time.process_time()
    for member in stage.members:
        store.contact(member.agent_id, now)
    await store.flush_contacts()
    return time.process_time() - began
