"""The configuration items and actions of services; each report replaces them as a set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from opstage.core.ids import new_id
from opstage.store.listing import Where, page
from opstage.store.mapping import Mapping, to_json
from opstage.store.records import DEFAULT_WORKSPACE, ActionRecord, ConfigRecord, Paging
from opstage.store.tx import Reader, Tx
from opstage_agent.wire import ActionInput, ConfigInput, DangerLevel, ReportedService

LARGEST = 2**31 - 1
"""The largest whole number that every database keeps in an integer column."""

_CONFIGS = Mapping(ConfigRecord, "config_items", names={"key": "config_key"})
_ACTIONS = Mapping(ActionRecord, "action_definitions", names={"order": "position"})
SORTS = {"label": "t.label", "name": "t.name"}
_INSERT_CONFIG = _CONFIGS.insert("workspace_id")
_INSERT_ACTION = _ACTIONS.insert("workspace_id")
_AMONG = "(SELECT value FROM json_each(?))"
_STARTABLE = "COALESCE(t.category, '') NOT IN ('page-action', 'row-action')"
"""Those others belong to a page of their service, or to a row on it."""
_DANGERS = [each.value for each in DangerLevel]
_RANK = " ".join(f"WHEN '{value}' THEN {rank}" for rank, value in enumerate(_DANGERS))
_OFFERED_BY = (
    f"SELECT name, MIN(label), MAX(CASE danger_level {_RANK} END), MAX(requires_confirmation),"  # noqa: S608
    " MIN(category), COUNT(*) FROM action_definitions AS t"
    f" WHERE service_id IN {_AMONG} AND enabled = 1 AND {_STARTABLE} GROUP BY name ORDER BY name"
)


class OfferedAction(msgspec.Struct, kw_only=True, frozen=True):
    """An action as several services offer it; ``services``: how many."""

    name: str
    label: str
    danger_level: str
    requires_confirmation: bool
    category: str | None
    services: int


async def replace_all(tx: Tx, reported: Sequence[tuple[str, ReportedService]], now: float) -> None:
    """Replaces the catalogue of these (service id, report); four statements, however many services."""
    ids = [(service_id,) for service_id, _ in reported]
    await tx.execute_many("DELETE FROM config_items WHERE service_id = ?", ids)
    await tx.execute_many("DELETE FROM action_definitions WHERE service_id = ?", ids)
    configs = (_config(service_id, item, now) for service_id, said in reported for item in said.configs or ())
    actions = (_action(service_id, item, now) for service_id, said in reported for item in said.actions or ())
    await tx.execute_many(
        _INSERT_CONFIG, [[*_CONFIGS.values(config), DEFAULT_WORKSPACE] for config in configs]
    )
    await tx.execute_many(
        _INSERT_ACTION, [[*_ACTIONS.values(action), DEFAULT_WORKSPACE] for action in actions]
    )


async def configs(reader: Reader, service_id: str) -> list[ConfigRecord]:
    """The service's configuration items, by key."""
    rows = await reader.rows(
        _CONFIGS.select("WHERE t.service_id = ? ORDER BY t.config_key"),
        service_id,
    )
    return _CONFIGS.read_all(rows)


async def actions(reader: Reader, service_id: str) -> list[ActionRecord]:
    """The service's actions, by name."""
    rows = await reader.rows(
        _ACTIONS.select("WHERE t.service_id = ? ORDER BY t.name"),
        service_id,
    )
    return _ACTIONS.read_all(rows)


async def offered(reader: Reader, q: str | None, paging: Paging) -> tuple[list[ActionRecord], int]:
    """Actions that can be started, of every service in use; ``q`` looks into names and labels."""
    where = Where().contains(("t.name", "t.label"), q).add("t.enabled = ?", True)
    where.add(_STARTABLE)
    where.add("t.service_id IN (SELECT id FROM capsule_services WHERE retired_at IS NULL)")
    return await page(reader, _ACTIONS, where, paging, SORTS)


async def action(reader: Reader, service_id: str, name: str) -> ActionRecord | None:
    """One action of a service, enabled or not."""
    row = await reader.row(
        _ACTIONS.select("WHERE t.service_id = ? AND t.name = ?"),
        service_id,
        name,
    )
    return None if row is None else _ACTIONS.read(row)


async def actions_named(reader: Reader, name: str, services: Sequence[str]) -> list[ActionRecord]:
    """The action of this name of each of the services that has it, enabled or not."""
    rows = await reader.rows(
        _ACTIONS.select(f"WHERE t.name = ? AND t.service_id IN {_AMONG}"), name, to_json(services)
    )
    return _ACTIONS.read_all(rows)


async def offered_by(reader: Reader, services: Sequence[str]) -> list[OfferedAction]:
    """What can be started on these services, by name: of several that differ the most dangerous is told."""
    rows = await reader.rows(_OFFERED_BY, to_json(services))
    return [
        OfferedAction(
            name=name,
            label=label,
            danger_level=_DANGERS[danger],
            requires_confirmation=bool(confirmed),
            category=category or None,
            services=count,
        )
        for name, label, danger, confirmed, category, count in rows
    ]


def without_secrets(configs: Iterable[ConfigInput] | None) -> list[ConfigInput] | None:
    """The items with no value of a sensitive one."""
    if configs is None:
        return None
    return [_hidden(config) if config.sensitive else config for config in configs]


def _hidden(config: ConfigInput) -> ConfigInput:
    return ConfigInput(
        key=config.key,
        type=config.type,
        label=config.label,
        source=config.source,
        editable=config.editable,
        sensitive=True,
        secret_ref=config.secret_ref,
    )


def _storable(number: int | None) -> int | None:
    # JSON numbers have no bounds, columns have: an absurd order must not spoil the whole report.
    return None if number is None else max(-LARGEST, min(number, LARGEST))


def _config(service_id: str, item: ConfigInput, now: float) -> ConfigRecord:
    return ConfigRecord(
        id=new_id("cfg"),
        service_id=service_id,
        key=item.key,
        label=item.label,
        type=item.type,
        source=item.source,
        editable=item.editable,
        sensitive=item.sensitive,
        value_preview=item.value_preview,
        default_value=item.default_value,
        secret_ref=item.secret_ref,
        metadata={},
        created_at=now,
        updated_at=now,
    )


def _action(service_id: str, item: ActionInput, now: float) -> ActionRecord:
    return ActionRecord(
        id=new_id("act"),
        service_id=service_id,
        name=item.name,
        label=item.label,
        description=item.description,
        danger_level=item.danger_level.value,
        requires_confirmation=item.requires_confirmation,
        category=item.category,
        order=_storable(item.order),
        input_schema=item.input_schema or {},
        timeout_seconds=_storable(item.timeout_seconds),
        enabled=item.enabled,
        retry_safe=item.retry_safe,
        created_at=now,
        updated_at=now,
    )
