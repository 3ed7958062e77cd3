"""Backups while the server runs: on request and by the clock."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from opstage.clock import Clock
from opstage.hub.whole import whole
from opstage.settings import Settings
from opstage.store import Store, StoreUnavailable, Tx, audit, copies
from opstage.store.copies import Backup
from opstage.store.records import SYSTEM, Actor, AuditDraft

log = logging.getLogger("opstage.backup")

RETRY_SECONDS = 60.0
"""When a scheduled backup that failed is tried again, at the latest."""


class Backups:
    """The folder of the backups. One is made at a time."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._making = asyncio.Lock()
        self.newest: float | None = None
        """When the newest backup was made, as far as this process looked."""
        self.failures = 0
        """Backups that could not be made."""

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._settings.backups

    async def listed(self) -> list[Backup]:
        """All backups in the folder, newest first."""
        return await asyncio.to_thread(copies.listed, self.folder)

    @whole
    async def make(self, actor: Actor) -> Backup:
        """Make one, delete those beyond the number to keep. StoreUnavailable: there is none."""
        async with self._making:
            try:
                made = await self._copy()
            except OSError as error:
                self.failures += 1
                text = f"The backup cannot be written: {error.strerror or error}."
                raise StoreUnavailable(text) from error
            except StoreUnavailable:
                self.failures += 1
                raise
            self.newest = made.made_at
            await self._store.write(lambda tx: self._audit(tx, actor, made))
            await asyncio.to_thread(copies.tidy, self.folder, self._settings.backups_kept, made.path)
        log.info("Backup %s made, %d bytes", made.path.name, made.size)
        return made

    async def run(self) -> None:
        """Make one whenever the newest is as old as the set interval, until cancelled."""
        seconds = self._settings.backup_seconds
        await self._look()
        while seconds:
            await asyncio.sleep(self._until_due(seconds))
            try:
                await self.make(SYSTEM)
            except StoreUnavailable as error:
                log.error("The scheduled backup was not made: %s", error)
                await asyncio.sleep(min(seconds, RETRY_SECONDS))

    async def _look(self) -> None:
        found = await self.listed()
        self.newest = found[0].made_at if found else None

    def _until_due(self, seconds: float) -> float:
        if self.newest is None:
            return 0.0
        # A clock that went back must not put it off for longer than the interval.
        return min(seconds, max(0.0, self.newest + seconds - self._clock.now()))

    async def _copy(self) -> Backup:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        now = self._clock.now()
        path = self.folder / copies.backup_name(now)
        while path.exists():
            now += 0.001
            path = self.folder / copies.backup_name(now)
        await self._store.backup(path)
        return Backup(path, path.stat().st_size, now)

    async def _audit(self, tx: Tx, actor: Actor, made: Backup) -> None:
        event = AuditDraft(
            action="backup.sqlite.created",
            actor=actor,
            target_type="Backup",
            target_id=made.path.name,
            metadata={"sizeBytes": made.size},
        )
        audit.record(tx, event, self._clock.now())
