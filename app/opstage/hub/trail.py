"""The audit trail as a whole, while the server runs: checked, and told of when it is exported."""

from __future__ import annotations

import asyncio
from typing import Any

from opstage.clock import Clock
from opstage.store import Store, Tx, audit
from opstage.store.records import Actor, AuditDraft
from opstage.store.verification import Verification, verify


class Trail:
    """One check at a time: who asks while one runs gets its outcome."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._running: asyncio.Task[Verification] | None = None

    async def verify(self) -> Verification:
        """What is wrong with the trail. StoreUnavailable when it cannot be read."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(asyncio.to_thread(verify, self._store.path))
        # Those who hang up must not end it for the others.
        return await asyncio.shield(self._running)

    async def exported(self, actor: Actor, form: str, filters: dict[str, Any]) -> None:
        """Somebody takes the events that match away, in a file."""
        metadata = {"format": form, "filters": filters}
        event = AuditDraft(action="audit.exported", actor=actor, metadata=metadata)

        async def work(tx: Tx) -> None:
            audit.record(tx, event, self._clock.now())

        await self._store.write(work)
