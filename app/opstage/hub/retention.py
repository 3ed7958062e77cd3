"""What has had its time is deleted, a small number of rows at a time.

Each batch is a write of its own with a pause behind it, so that a backlog of years neither holds back
commands nor keeps the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from opstage.hub.feeds import Feeds
from opstage.hub.policies import Policies
from opstage.hub.run_views import RunViews
from opstage.hub.tallies import Tallies
from opstage.store import Store, Tx, audit, retention, runs, statistics, tokens
from opstage.store.statistics import Ending

PAUSE_SECONDS = 0.02
"""Between two batches of one kind."""
DAY_SECONDS = 86_400

Prune = Callable[[Tx, float, int], Awaitable[int]]


def _nothing() -> None:
    """After a batch that nobody has in memory."""


class Swept(msgspec.Struct, kw_only=True, rename="camel"):
    """What one sweep did: how many of each kind."""

    expired_registration_tokens: int = 0
    expired_commands: int = 0
    offline_agents: int = 0
    offline_services: int = 0
    deleted_audit_events: int = 0
    deleted_sessions: int = 0
    deleted_tokens: int = 0
    deleted_command_secrets: int = 0
    deleted_health_reports: int = 0
    deleted_commands: int = 0
    deleted_command_outputs: int = 0
    deleted_bus_events: int = 0
    deleted_runs: int = 0


class Retention:
    """Deletes what is older than it is to be kept."""

    def __init__(
        self,
        policies: Policies,
        store: Store,
        feeds: Feeds,
        run_views: RunViews,
        tallies: Tallies,
        batch: int,
    ) -> None:
        self._policies = policies
        self._store = store
        self._feeds = feeds
        self._run_views = run_views
        self._tallies = tallies
        self._batch = batch

    async def expire_tokens(self, now: float) -> int:
        """Registration tokens past their end are EXPIRED; how many."""
        return await self._all(lambda tx: tokens.expire(tx, now, self._batch))

    async def apply(self, swept: Swept, now: float) -> None:
        """Delete everything that has had its time at ``now``, and count it in ``swept``."""
        kept = self._policies.current
        self._feeds.expire(now)
        swept.deleted_audit_events = await self._audits(kept.audit_retention_days, now)
        swept.deleted_sessions = await self._before(retention.sessions, now)
        swept.deleted_command_secrets = await self._before(retention.command_secrets, now)
        for prune in (retention.registration_tokens, retention.agent_tokens):
            swept.deleted_tokens += await self._aged(prune, kept.token_retention_days, now)
        swept.deleted_health_reports = await self._aged(
            retention.health_reports, kept.health_retention_days, now
        )
        swept.deleted_commands = await self._commands(kept.command_retention_days, now)
        swept.deleted_runs = await self._runs(kept.command_retention_days, now)
        swept.deleted_command_outputs = await self._aged(retention.outputs, kept.output_retention_days, now)
        swept.deleted_bus_events = await self._aged(retention.bus_events, kept.bus_event_retention_days, now)

    async def _commands(self, days: int, now: float) -> int:
        """As ``_aged``; they leave the view too, once that is committed."""
        gone: dict[str, Ending] = {}

        async def prune(tx: Tx, before: float, limit: int) -> int:
            gone.clear()
            gone.update(await retention.commands(tx, before, limit))
            return len(gone)

        def show() -> None:
            self._tallies.pruned_commands(gone.values())
            for command_id in gone:
                self._feeds.commands.remove(command_id)

        return await self._aged(prune, days, now, show)

    async def _runs(self, days: int, now: float) -> int:
        """As ``_aged``, their targets first; they leave the views too, once that is committed."""
        gone: list[str] = []

        async def prune(tx: Tx, before: float, limit: int) -> int:
            gone[:] = await runs.prune(tx, before, limit)
            return len(gone)

        await self._aged(runs.prune_targets, days, now)
        return await self._aged(prune, days, now, lambda: self._run_views.deleted(gone))

    async def _audits(self, days: int, now: float) -> int:
        """As ``_aged``; they are no longer counted, once that is committed."""
        gone: list[str] = []

        async def prune(tx: Tx, before: float, limit: int) -> int:
            oldest = await statistics.oldest_audit_actions(tx, limit)
            pruned = await audit.prune(tx, before, limit, now)
            gone[:] = oldest[:pruned]
            return pruned

        return await self._aged(prune, days, now, lambda: self._tallies.pruned_audits(gone))

    async def _aged(self, prune: Prune, days: int, now: float, then: Callable[[], None] = _nothing) -> int:
        """Everything that is ``days`` old; nothing at all with 0."""
        return await self._before(prune, max(0.0, now - days * DAY_SECONDS), then) if days else 0

    async def _before(self, prune: Prune, before: float, then: Callable[[], None] = _nothing) -> int:
        return await self._all(lambda tx: prune(tx, before, self._batch), then)

    async def _all(self, prune: Callable[[Tx], Awaitable[int]], then: Callable[[], None] = _nothing) -> int:
        """Prune again and again, and ``then``, until a batch is not full; how many rows that were."""
        total = 0
        while True:
            pruned = await self._store.write(prune)
            then()
            total += pruned
            if pruned < self._batch:
                return total
            await asyncio.sleep(PAUSE_SECONDS)
