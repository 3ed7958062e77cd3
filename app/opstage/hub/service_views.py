"""One service in full, as the ``service:<id>`` view and REST show it."""

from __future__ import annotations

import asyncio

from opstage.core.rows import ServiceDetailRow
from opstage.hub import rows
from opstage.hub.command_views import NEWEST_OF_SERVICE
from opstage.hub.derived import newest_health
from opstage.hub.feeds import Feed, Feeds
from opstage.hub.fleet import Fleet
from opstage.hub.supervisor import Supervisor
from opstage.store import Store, commands, services
from opstage.store.records import CommandFilter, HealthRecord, Paging

GATHER_SECONDS = 0.05
"""Changes of one service within this are read from the database once."""


class ServiceViews:
    """Fills and refreshes the details of services that somebody looks at."""

    def __init__(self, store: Store, feeds: Feeds, fleet: Fleet, supervisor: Supervisor) -> None:
        self._store = store
        self._feeds = feeds
        self._fleet = fleet
        self._supervisor = supervisor
        self._refreshing: set[str] = set()

    def changed(self, service_id: str) -> None:
        """Something that the service's detail shows changed."""
        if self._feeds.detail(f"service:{service_id}") is None or service_id in self._refreshing:
            return
        self._refreshing.add(service_id)
        self._supervisor.once("service view", self._refresh(service_id))

    async def detail(self, service_id: str) -> ServiceDetailRow | None:
        """The service with everything it reported, or None."""
        stored = await services.detail(self._store.reader, service_id)
        row, service = self._fleet.service_row(service_id), self._fleet.service(service_id)
        if stored is None or row is None or service is None:
            return None
        return rows.service_detail_row(row, stored, newest_health(service.health, stored.health))

    async def health(self, service_id: str) -> HealthRecord | None:
        """How the service was last; None if it never said, or does not exist."""
        stored = await services.newest_health(self._store.reader, service_id)
        service = self._fleet.service(service_id)
        return newest_health(None if service is None else service.health, stored)

    async def fill(self, feed: Feed, service_id: str) -> bool:
        """Fill a ``service:<id>`` feed: its detail and its newest commands; False if there is none."""
        if not await self._put_detail(feed, service_id):
            return False
        page = Paging(page_size=NEWEST_OF_SERVICE)
        newest, _ = await commands.page(
            self._store.reader, CommandFilter(service_id=(service_id,), type=("ACTION_EXECUTE",)), page
        )
        for record in reversed(newest):
            if record.id not in feed.view:
                feed.put_newest(record.id, rows.encode(rows.command_row(record)), NEWEST_OF_SERVICE)
        return True

    async def _put_detail(self, feed: Feed, service_id: str) -> bool:
        detail = await self.detail(service_id)
        if detail is not None:
            feed.put(service_id, rows.encode(detail))
        return detail is not None

    async def _refresh(self, service_id: str) -> None:
        try:
            await asyncio.sleep(GATHER_SECONDS)
        finally:
            self._refreshing.discard(service_id)
        feed = self._feeds.detail(f"service:{service_id}")
        if feed is not None:
            await self._put_detail(feed, service_id)
