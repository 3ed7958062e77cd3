"""Payloads of commands that ended under a release that kept their secrets: gone through once."""

from __future__ import annotations

from functools import partial

from opstage.clock import Clock
from opstage.store import Store, command_secrets, settings

DONE = "payload_secrets_dropped"
"""The setting that says it was done."""
BATCH = 200


class OldPayloads:
    """Goes through the history in the background, some commands per transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Go through all ended commands, unless that was done before."""
        if await settings.get(self._store.reader, DONE):
            return
        last: str | None = ""
        while last is not None:
            last = await self._store.write(partial(command_secrets.drop_older, after=last, limit=BATCH))
        await self._store.write(partial(settings.put, key=DONE, value=True, now=self._clock.now()))
