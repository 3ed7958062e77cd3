"""What has to be tidied up now and then: expired tokens and sessions, old audit events, tombstones."""

from __future__ import annotations

import asyncio
import logging

from opstage.clock import Clock
from opstage.hub.command_views import OUTPUT_BATCH_SECONDS, CommandViews
from opstage.hub.feeds import Feeds
from opstage.settings import Settings
from opstage.store import Store, StoreUnavailable, Tx, sessions, tokens

log = logging.getLogger("opstage.hub")


class Sweeper:
    """Two loops: output to the database every few seconds, the sweep every minute."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, feeds: Feeds, views: CommandViews
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._feeds = feeds
        self._views = views

    async def keep_outputs(self) -> None:
        """Store output of running commands, until cancelled."""
        while True:
            await asyncio.sleep(OUTPUT_BATCH_SECONDS)
            await self._views.save_outputs()

    async def run(self) -> None:
        """Sweep at the set interval, until cancelled; not at all with an interval of 0."""
        while self._settings.maintenance_seconds:
            await asyncio.sleep(self._settings.maintenance_seconds)
            try:
                await self.sweep()
            except StoreUnavailable as error:
                log.warning("The sweep waits for the database: %s", error)

    async def sweep(self) -> None:
        """Sweep once."""
        self._feeds.expire(self._clock.now())
        await self._store.write(self._expire)

    async def _expire(self, tx: Tx) -> None:
        now = self._clock.now()
        await tokens.expire(tx, now)
        await sessions.purge(tx, now)
