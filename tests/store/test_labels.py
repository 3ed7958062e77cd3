"""Labels as they are stored: of manifests, of operators, of tokens; and lists narrowed by ids."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.store.world import NOW, enrolled, outside, reported, save, serving
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from opstage.store import Store, agents, audit, labels, services, tokens
from opstage.store.database import tortoise_config
from opstage.store.errors import RegistrationRefused
from opstage.store.labels import Labelled
from opstage.store.records import (
    SYSTEM,
    AgentFilter,
    AgentIdentity,
    AgentRecord,
    Paging,
    Registration,
    ServiceFilter,
    ServiceRecord,
    TokenRecord,
    TokenTerms,
)


async def service(store: Store, service_id: str) -> ServiceRecord:
    found = await services.get(store.reader, service_id)
    assert found is not None
    return found


async def label(
    store: Store, what: Labelled, key: str, wanted: dict[str, str], now: float = NOW
) -> dict[str, str] | None:
    return await store.write(lambda tx: labels.replace(tx, what, key, wanted, now))


async def test_a_manifest_gives_its_service_labels_and_takes_them_away(store: Store) -> None:
    owner, _ = await serving(store)
    (saved,) = await save(store, owner, [reported(manifest={"labels": {"env": "prod", "n": 1}})])
    assert saved.service.labels == {"env": "prod"}
    assert await service(store, saved.service.id) == saved.service
    (saved,) = await save(store, owner, [reported(manifest={"labels": "none"})])
    assert (await service(store, saved.service.id)).labels == {}


async def test_a_label_whose_key_looks_secret_is_stored_redacted(store: Store) -> None:
    owner = await enrolled(store)
    (saved,) = await save(store, owner, [reported(manifest={"labels": {"password": "hunter2"}})])
    assert saved.service.labels == {"password": "[REDACTED]"}


async def test_operators_labels_are_replaced_as_a_whole_and_survive_reports(store: Store) -> None:
    owner, known = await serving(store)
    assert await label(store, Labelled.SERVICE, known.id, {"tier": "db"}) == {}
    assert await label(store, Labelled.SERVICE, known.id, {"zone": "a"}) == {"tier": "db"}
    await save(store, owner, [reported(version="2")])
    assert (await service(store, known.id)).operator_labels == {"zone": "a"}
    assert await label(store, Labelled.AGENT, owner.agent.id, {"team": "mail"}, NOW + 5) == {}
    agent = await agents.get(store.reader, owner.agent.id)
    assert agent is not None
    assert (agent.operator_labels, agent.updated_at) == ({"team": "mail"}, NOW + 5)
    assert await label(store, Labelled.AGENT, "agt_nobody", {"a": "b"}) is None


async def test_labels_of_manifests_stored_before_labels_existed_are_taken_over(path: Path) -> None:
    path.parent.mkdir()
    await migrate_to_first(path)
    manifest = '{"labels": {"env": "prod", "replicas": 3, "": "x"}}'
    insert_old_service(path, "svc_1", "one", manifest)
    insert_old_service(path, "svc_2", "two", '{"labels": ["env"]}')
    insert_old_service(path, "svc_3", "three", "{}")
    async with Store(f"file:{path}") as store:
        found = {each.id: each.labels for each in await services.load_all(store.reader)}
    assert found == {"svc_1": {"env": "prod"}, "svc_2": {}, "svc_3": {}}


async def migrate_to_first(path: Path) -> None:
    config = tortoise_config(str(path))
    async with TortoiseContext() as context:
        await context.init(config=config)
        connection = context.connections.get("default")
        executor = MigrationExecutor(connection, config["apps"])
        await executor.migrate([MigrationTarget("opstage", "0001_initial")])


def insert_old_service(path: Path, service_id: str, code: str, manifest: str) -> None:
    moment = "2027-01-15T08:00:00.250Z"
    common = {"created_at": moment, "updated_at": moment, "workspace_id": "wks_default"}
    agent = common | {
        "id": f"agt_{code}",
        "code": code,
        "mode": "embedded",
        "status": "OFFLINE",
        "status_since": moment,
        "labels_json": "{}",
        "connection_generation": 0,
    }
    put(
        path, "workspaces", common | {"id": "wks_default", "code": "default", "name": "D", "status": "ACTIVE"}
    )
    put(path, "agents", agent)
    put(
        path,
        "capsule_services",
        common
        | {
            "id": service_id,
            "agent_id": f"agt_{code}",
            "code": code,
            "name": code,
            "status": "STALE",
            "status_since": moment,
            "health_status": "UNKNOWN",
            "manifest_json": manifest,
            "digest": "",
            "health_digest": "",
        },
    )


def put(path: Path, table: str, row: dict[str, Any]) -> None:
    columns = {column[1] for column in outside(path, f"PRAGMA table_info({table})")}
    kept = {name: value for name, value in row.items() if name in columns}
    marks = ", ".join("?" * len(kept))
    names = ", ".join(kept)
    outside_write(path, f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", list(kept.values()))


def outside_write(path: Path, sql: str, values: list[Any]) -> None:

    connection = sqlite3.connect(path)
    with connection:
        connection.execute(sql, values)
    connection.close()


# --- what a registration token is good for ---------------------------------------------------------------


async def issue(store: Store, **terms: Any) -> tuple[TokenRecord, str]:
    return await store.write(
        lambda tx: tokens.create(
            tx, name="many", expires_at=None, actor=SYSTEM, now=NOW, terms=TokenTerms(**terms)
        )
    )


async def register(store: Store, raw: str, code: str, mode: str = "embedded") -> Registration:
    identity = AgentIdentity(code=code, mode=mode)
    return await store.write(lambda tx: agents.register(tx, raw_token=raw, agent=identity, now=NOW + 1))


async def token(store: Store, token_id: str) -> TokenRecord:
    found = await tokens.get(store.reader, token_id)
    assert found is not None
    return found


async def test_a_token_opens_as_often_as_it_says_and_no_more(store: Store) -> None:
    made, raw = await issue(store, max_uses=3)
    outcomes = await asyncio.gather(
        *(register(store, raw, f"many-{number}") for number in range(8)), return_exceptions=True
    )
    taken = [outcome for outcome in outcomes if isinstance(outcome, Registration)]
    refused = [outcome.reason for outcome in outcomes if isinstance(outcome, RegistrationRefused)]
    assert (len(taken), refused) == (3, ["used"] * 5)
    used = await token(store, made.id)
    assert (used.status, used.uses, used.agent_id) == ("USED", 3, taken[-1].agent.id)
    assert len(await agents.load_all(store.reader)) == 3


async def test_a_token_with_uses_left_stays_active_and_names_its_newest_agent(store: Store) -> None:
    made, raw = await issue(store, max_uses=2)
    agent = (await register(store, raw, "first")).agent
    used = await token(store, made.id)
    assert (used.status, used.uses, used.agent_id, used.used_at) == ("ACTIVE", 1, agent.id, NOW + 1)


@pytest.mark.parametrize(
    ("pattern", "code", "fits"),
    [
        ("mail-*", "mail-1", True),
        ("mail-*", "mail-", True),
        ("mail-*", "e-mail-1", False),
        ("mail-?", "mail-12", False),
        ("mail-?", "mail-1", True),
        ("mail", "mail-1", False),
        ("*", "anything", True),
    ],
)
async def test_a_token_is_for_codes_that_fit_its_pattern(
    store: Store, pattern: str, code: str, fits: bool
) -> None:
    made, raw = await issue(store, code_pattern=pattern)
    if fits:
        assert (await register(store, raw, code)).created
        return
    with pytest.raises(RegistrationRefused) as refused:
        await register(store, raw, code)
    assert refused.value.reason == "code_not_allowed"
    assert await token(store, made.id) == made


async def test_a_token_is_for_one_mode_if_it_says_so(store: Store) -> None:
    made, raw = await issue(store, mode="sidecar")
    with pytest.raises(RegistrationRefused) as refused:
        await register(store, raw, "embedded-one")
    assert refused.value.reason == "mode_not_allowed"
    assert await token(store, made.id) == made
    assert (await register(store, raw, "beside", mode="sidecar")).agent.mode == "sidecar"


async def test_labels_of_a_token_are_laid_over_those_that_operators_gave(store: Store) -> None:
    agent = (await enrolled(store, "labelled")).agent
    await label(store, Labelled.AGENT, agent.id, {"team": "mail", "env": "test"})
    _, raw = await issue(store, labels={"env": "prod"})
    again = (await register(store, raw, "labelled")).agent
    assert again.operator_labels == {"team": "mail", "env": "prod"}
    assert (await loaded(store, agent.id)).operator_labels == again.operator_labels
    _, raw = await issue(store, labels={"env": "dev"})
    assert (await register(store, raw, "brand-new")).agent.operator_labels == {"env": "dev"}


async def loaded(store: Store, agent_id: str) -> AgentRecord:
    return next(each for each in await agents.load_all(store.reader) if each.id == agent_id)


async def test_the_trail_says_what_an_uncommon_token_is_good_for(store: Store) -> None:
    await issue(store, max_uses=5, code_pattern="a-*", mode="ophub", labels={"env": "prod"})
    await issue(store)
    plain, special = await audit.newest(store.reader)
    assert plain.metadata == {}
    assert special.metadata == {
        "maxUses": 5,
        "codePattern": "a-*",
        "mode": "ophub",
        "labels": {"env": "prod"},
    }


# --- lists -----------------------------------------------------------------------------------------------


async def test_lists_take_ids_none_of_them_and_any_number(store: Store) -> None:
    owner = await enrolled(store)
    saved = await save(store, owner, [reported(f"s{number}") for number in range(3)])
    ids = tuple(each.service.id for each in saved)
    many = tuple(f"svc_{number}" for number in range(40_000))

    async def count(wanted: tuple[str, ...] | None) -> int:
        return (await services.page(store.reader, ServiceFilter(ids=wanted), Paging()))[1]

    assert [await count(ids[:2]), await count(()), await count(None)] == [2, 0, 3]
    assert await count((*many, ids[0])) == 1
    assert (await agents.page(store.reader, AgentFilter(ids=(owner.agent.id,)), Paging()))[1] == 1
    assert (await agents.page(store.reader, AgentFilter(ids=()), Paging()))[1] == 0


async def test_the_effective_status_is_found_however_many_agents_are_away(store: Store) -> None:
    here, away = await enrolled(store, "here"), await enrolled(store, "away")
    await save(store, here, [reported("works")])
    await save(store, away, [reported("lost")])
    gone = (away.agent.id, *(f"agt_{number}" for number in range(40_000)))

    async def codes(*status: str, **agents_away: Any) -> set[str]:
        filters = ServiceFilter(status=status, **agents_away)
        found, _ = await services.page(store.reader, filters, Paging())
        return {each.code for each in await services.load_all(store.reader) if each.id in found}

    assert await codes("HEALTHY", gone_agents=gone) == {"works"}
    assert await codes("OFFLINE", gone_agents=gone) == {"lost"}
    assert await codes("OFFLINE", "HEALTHY", gone_agents=gone) == {"works", "lost"}
    assert await codes("STALE", silent_agents=gone) == {"lost"}
    assert await codes("OFFLINE", silent_agents=gone) == set()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ärger", True),
        ("ÄRGER", True),
        ("ärger im büro", True),
        ("STRASSE", False),
        ("straße", True),
        ("[*]?", True),
        ("ü[*", False),
        ("büro [*]? 100%", True),
        ("büro_", False),
    ],
)
async def test_q_is_literal_and_takes_letters_in_either_case(store: Store, q: str, found: bool) -> None:
    owner = await enrolled(store)
    await save(store, owner, [reported("one", name="Ärger im BÜRO [*]? 100% (Straße)")])
    _, total = await services.page(store.reader, ServiceFilter(q=q), Paging())
    assert (total == 1) == found
