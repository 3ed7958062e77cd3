"""What owners may change while the server runs: thresholds, the sweep's interval, retention.

A saved value counts before the environment's, and everywhere alike: for the fleet's states, for
readiness, for metrics and for the sweep. Values that were never saved follow the environment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from opstage.clock import Clock
from opstage.hub.whole import whole
from opstage.settings import Settings
from opstage.store import Store, Tx, audit
from opstage.store import settings as saved_settings
from opstage.store.records import DEFAULT_WORKSPACE, Actor, AuditDraft

log = logging.getLogger("opstage.hub")

KEY = "maintenance"
"""Under which the saved values are stored."""

Threshold = Annotated[int, Meta(ge=1, le=31_536_000)]
Interval = Annotated[int, Meta(ge=0, le=31_536_000)]
Days = Annotated[int, Meta(ge=0, le=36_500)]


class Maintenance(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """The values in force. Days are ages from which on things are deleted; 0 keeps them."""

    agent_offline_threshold_seconds: int
    audit_retention_days: int
    maintenance_interval_seconds: int
    """0 switches the timer of the sweep off."""
    health_retention_days: int
    command_retention_days: int
    output_retention_days: int
    bus_event_retention_days: int
    token_retention_days: int


class MaintenanceChange(msgspec.Struct, kw_only=True, frozen=True, rename="camel", omit_defaults=True):
    """Any of the values; what is left out stays as it is, None follows the environment again.

    Also the form in which they are saved, then without None.
    """

    agent_offline_threshold_seconds: Threshold | UnsetType | None = UNSET
    audit_retention_days: Days | UnsetType | None = UNSET
    maintenance_interval_seconds: Interval | UnsetType | None = UNSET
    health_retention_days: Days | UnsetType | None = UNSET
    command_retention_days: Days | UnsetType | None = UNSET
    output_retention_days: Days | UnsetType | None = UNSET
    bus_event_retention_days: Days | UnsetType | None = UNSET
    token_retention_days: Days | UnsetType | None = UNSET


class MaintenanceSources(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """Where the values in force come from."""

    environment: Maintenance
    """What would count if nothing were saved."""
    saved: list[str]
    """The fields, as they are called in JSON, that were saved."""


class Policies:
    """The values in force, always up to date in ``current``."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._environment = _from_environment(settings)
        self._changing = asyncio.Lock()
        self._saved: dict[str, int] = {}
        self.current = self._environment
        self.changed: Callable[[], None] = lambda: None
        """Told after each change."""

    async def load(self) -> None:
        """Take up what is saved; a value that cannot be is logged and left out."""
        self._take(_usable(await saved_settings.get(self._store.reader, KEY)))

    @property
    def sources(self) -> MaintenanceSources:
        """Which of the values were saved, and what the environment says."""
        return MaintenanceSources(environment=self._environment, saved=sorted(self._saved))

    @whole
    async def change(self, change: MaintenanceChange, actor: Actor) -> Maintenance:
        """Save the given values and let them count at once; audited. The values in force then."""
        given = msgspec.to_builtins(change)
        if not given:
            return self.current

        async def save(tx: Tx) -> dict[str, int]:
            merged = _usable(await saved_settings.get(tx, KEY)) | given
            kept = {name: value for name, value in merged.items() if value is not None}
            await saved_settings.put(tx, KEY, kept, self._clock.now())
            audit.record(tx, _changed(self.current, self._over(kept), actor), self._clock.now())
            return kept

        async with self._changing:
            self._take(await self._store.write(save))
        self.changed()
        return self.current

    def _take(self, saved: dict[str, int]) -> None:
        self._saved = saved
        self.current = self._over(saved)

    def _over(self, saved: dict[str, int]) -> Maintenance:
        """The saved values over those of the environment."""
        return msgspec.convert(msgspec.to_builtins(self._environment) | saved, Maintenance)


def _usable(saved: object) -> dict[str, int]:
    """The saved values without those that cannot be, which another version may have left."""
    usable: dict[str, int] = {}
    for name, value in saved.items() if isinstance(saved, dict) else ():
        try:
            usable |= msgspec.to_builtins(msgspec.convert({name: value}, MaintenanceChange))
        except msgspec.ValidationError as error:
            log.warning("The saved maintenance setting %s cannot be used: %s", name, error)
    return usable


def _from_environment(settings: Settings) -> Maintenance:
    return Maintenance(
        agent_offline_threshold_seconds=settings.offline_seconds,
        audit_retention_days=settings.audit_days,
        maintenance_interval_seconds=settings.maintenance_seconds,
        health_retention_days=settings.health_days,
        command_retention_days=settings.command_days,
        output_retention_days=settings.output_days,
        bus_event_retention_days=settings.bus_event_days,
        token_retention_days=settings.token_days,
    )


def _changed(before: Maintenance, after: Maintenance, actor: Actor) -> AuditDraft:
    return AuditDraft(
        action="settings.maintenance.updated",
        actor=actor,
        target_type="Workspace",
        target_id=DEFAULT_WORKSPACE,
        metadata={**msgspec.to_builtins(after), "before": msgspec.to_builtins(before)},
    )
