"""Saved values count before the environment's; what cannot be read harms nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from tests.store.world import NOW

from opstage.clock import Clock
from opstage.hub.policies import MaintenanceChange, Policies
from opstage.settings import Settings
from opstage.store import Store, audit, settings
from opstage.store.records import Actor

ANN = Actor(type="USER", id="usr_ann", name="ann")


class Still(Clock):
    """A clock that stands."""

    def now(self) -> float:
        return NOW


async def loaded(store: Store, **environment: Any) -> Policies:
    policies = Policies(Settings(**environment), store, Still())
    await policies.load()
    return policies


async def save(store: Store, value: Any) -> None:
    await store.write(lambda tx: settings.put(tx, "maintenance", value, NOW))


async def test_the_environment_counts_for_what_was_never_saved(store: Store) -> None:
    await (await loaded(store)).change(MaintenanceChange(audit_retention_days=7), ANN)

    found = (await loaded(store, audit_days=5, health_days=6)).current

    assert (found.audit_retention_days, found.health_retention_days) == (7, 6)


async def test_values_that_an_older_server_saved_are_taken(store: Store) -> None:
    saved = {
        "agentOfflineThresholdSeconds": 120,
        "auditRetentionDays": 30,
        "maintenanceIntervalSeconds": 0,
        "somethingElse": True,
    }
    await save(store, saved)

    found = msgspec.to_builtins((await loaded(store)).current)

    assert found.items() >= {name: value for name, value in saved.items() if name != "somethingElse"}.items()


async def test_a_saved_value_that_cannot_be_is_left_out_alone(store: Store) -> None:
    await save(store, {"agentOfflineThresholdSeconds": 0, "auditRetentionDays": 30})
    policies = await loaded(store)
    assert policies.current.agent_offline_threshold_seconds == 90
    assert policies.current.audit_retention_days == 30

    await policies.change(MaintenanceChange(health_retention_days=1), ANN)
    saved = await settings.get(store.reader, "maintenance")
    assert saved == {"auditRetentionDays": 30, "healthRetentionDays": 1}


async def test_rubbish_counts_as_nothing(store: Store) -> None:
    await save(store, ["rubbish"])
    assert (await loaded(store)).current == (await loaded(store, audit_days=90)).current


async def test_changes_that_come_together_are_all_kept(store: Store) -> None:
    policies = await loaded(store)
    told: list[int] = []
    policies.changed = lambda: told.append(policies.current.audit_retention_days)
    changes = [
        MaintenanceChange(audit_retention_days=1),
        MaintenanceChange(health_retention_days=2),
        MaintenanceChange(command_retention_days=3),
    ]

    await asyncio.gather(*(policies.change(each, ANN) for each in changes))

    found = (await loaded(store)).current
    assert found == policies.current
    assert (found.audit_retention_days, found.health_retention_days) == (1, 2)
    assert found.command_retention_days == 3
    assert told == [1, 1, 1]
    events = await audit.newest(store.reader)
    assert [event.action for event in events] == ["settings.maintenance.updated"] * 3


async def test_an_empty_change_changes_and_tells_nothing(store: Store) -> None:
    policies = await loaded(store)
    policies.changed = lambda: told.append(True)
    told: list[bool] = []

    assert await policies.change(MaintenanceChange(), ANN) == policies.current

    assert told == []
    assert await audit.newest(store.reader) == []
