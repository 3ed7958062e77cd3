"""Reports and health: what is redacted, what counts as a change, who may say it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.world import NOW, enrolled, everything, outside, reported, save, serving

from opstage.store import Store, audit, services
from opstage.store.errors import ServiceTaken
from opstage.store.records import Paging, SavedHealth, ServiceDetail
from opstage.store.reports import digest_of
from opstage_agent.wire import ActionInput, ConfigInput, DangerLevel, HealthInput, HealthStatus


async def detail(store: Store, service_id: str) -> ServiceDetail:
    found = await services.detail(store.reader, service_id)
    assert found is not None
    return found


async def reports_audited(store: Store) -> int:
    return sum(event.action == "service.reported" for event in await audit.newest(store.reader))


async def test_a_first_report_is_stored_whole(store: Store) -> None:
    owner = await enrolled(store)
    action = ActionInput(
        name="drain",
        label="Drain",
        danger_level=DangerLevel.HIGH,
        requires_confirmation=True,
        category="traffic",
        order=2,
        input_schema={"type": "object"},
        timeout_seconds=30,
        enabled=False,
        retry_safe=True,
    )
    said = reported(version="2.1", description="Bills", runtime="python", actions=[action])
    (saved,) = await save(store, owner, [said])
    assert (saved.created, saved.changed, saved.previous_agent_id) == (True, True, None)
    whole = await detail(store, saved.service.id)
    assert whole.service == saved.service
    assert (whole.service.status, whole.service.health_status) == ("HEALTHY", "UP")
    assert whole.manifest == {"kind": "worker"}
    assert whole.health is not None
    assert (whole.health.status, whole.health.message, whole.health.reported_at) == ("UP", "fine", NOW)
    assert [(config.key, config.value_preview) for config in whole.configs] == [("interval", "60")]
    (stored,) = whole.actions
    assert (stored.danger_level, stored.category, stored.order) == ("HIGH", "traffic", 2)
    assert (stored.timeout_seconds, stored.enabled, stored.retry_safe) == (30, False, True)
    assert stored.requires_confirmation is True
    assert stored.input_schema == {"type": "object"}
    assert await services.action(store.reader, saved.service.id, "drain") == stored
    assert await services.action(store.reader, saved.service.id, "other") is None


async def test_the_same_report_again_changes_only_contact_times(store: Store) -> None:
    owner, service = await serving(store)
    before = await detail(store, service.id)
    (saved,) = await save(store, owner, [reported()], now=NOW + 5)
    assert (saved.created, saved.changed) == (False, False)
    after = await detail(store, service.id)
    assert after.configs == before.configs
    assert after.actions == before.actions
    assert after.health == before.health
    assert (after.service.last_reported_at, after.service.updated_at) == (NOW + 5, NOW)
    assert await reports_audited(store) == 1


async def test_a_changed_report_replaces_the_catalogue_as_a_set(store: Store) -> None:
    owner, service = await serving(store)
    changed = reported(configs=[ConfigInput(key="other", type="string")], actions=[])
    (saved,) = await save(store, owner, [changed], now=NOW + 5)
    assert (saved.changed, saved.service.id) == (True, service.id)
    after = await detail(store, service.id)
    assert [config.key for config in after.configs] == ["other"]
    assert after.actions == []
    assert after.service.updated_at == NOW + 5
    assert await reports_audited(store) == 2


async def test_the_digest_tells_everything_but_health(store: Store) -> None:
    _, service = await serving(store)
    assert service.digest == digest_of(reported(status=HealthStatus.DOWN))
    assert service.digest != digest_of(reported(version="2"))


async def test_secrets_never_reach_the_database(store: Store, path: Path) -> None:
    owner = await enrolled(store)
    secret = "hunter2-hunter2"
    said = reported(
        manifest={"db": {"password": secret}},
        health=HealthInput(status=HealthStatus.UP, details={"apiKey": secret}),
        configs=[
            ConfigInput(
                key="db.url",
                type="string",
                sensitive=True,
                value_preview=secret,
                default_value=secret,
                secret_ref="env:DB_URL",
            )
        ],
    )
    (saved,) = await save(store, owner, [said])
    whole = await detail(store, saved.service.id)
    assert whole.manifest == {"db": {"password": "[REDACTED]"}}
    assert whole.health is not None
    assert whole.health.details == {"apiKey": "[REDACTED]"}
    (config,) = whole.configs
    assert (config.value_preview, config.default_value, config.secret_ref) == (None, None, "env:DB_URL")
    assert secret.encode() not in everything(path)


async def test_a_code_of_another_agent_is_refused_and_nothing_is_stored(store: Store) -> None:
    owner, _ = await serving(store)
    other = await enrolled(store, "other")
    with pytest.raises(ServiceTaken) as taken:
        await save(store, other, [reported("fresh"), reported("billing")])
    assert (taken.value.code, taken.value.agent_id) == ("billing", owner.agent.id)
    assert [each.code for each in await services.load_all(store.reader)] == ["billing"]


async def test_a_takeover_that_is_allowed_moves_the_service_and_is_audited(store: Store) -> None:
    owner, service = await serving(store)
    other = await enrolled(store, "other")
    (saved,) = await save(
        store, other, [reported()], allow_takeover=lambda agent_id: agent_id == owner.agent.id
    )
    assert (saved.changed, saved.service.id, saved.service.agent_id) == (True, service.id, other.agent.id)
    assert saved.previous_agent_id == owner.agent.id
    events = {event.action: event for event in await audit.newest(store.reader)}
    assert events["capsuleService.reassigned"].metadata == {"previousAgentId": owner.agent.id}
    assert events["capsuleService.reassigned"].actor_id == other.agent.id


async def test_a_report_without_health_makes_it_unknown(store: Store) -> None:
    owner, _ = await serving(store)
    (saved,) = await save(store, owner, [reported(status=None)], now=NOW + 1)
    assert saved.changed
    assert (saved.service.status, saved.service.health_status) == ("UNKNOWN", "UNKNOWN")
    assert saved.service.last_health_at == NOW
    assert saved.service.status_since == NOW + 1


@pytest.mark.parametrize(
    ("said", "status"),
    [("UP", "HEALTHY"), ("DEGRADED", "UNHEALTHY"), ("DOWN", "UNHEALTHY"), ("UNKNOWN", "UNKNOWN")],
)
async def test_health_sets_the_stored_status(store: Store, said: str, status: str) -> None:
    owner, service = await serving(store)
    (saved,) = await say(store, owner.agent.id, {service.id: HealthInput(status=HealthStatus(said))}, NOW + 1)
    assert (saved.service.status, saved.service.health_status) == (status, said)
    assert await services.get(store.reader, service.id) == saved.service


async def say(store: Store, agent_id: str, health: dict[str, HealthInput], now: float) -> list[SavedHealth]:
    return await store.write(lambda tx: services.save_healths(tx, {agent_id: health}, now))


async def test_health_of_somebody_elses_service_is_left_alone(store: Store) -> None:
    _, service = await serving(store)
    other = await enrolled(store, "other")
    down = HealthInput(status=HealthStatus.DOWN)
    assert await say(store, other.agent.id, {service.id: down, "svc_no": down}, NOW + 1) == []
    assert await services.get(store.reader, service.id) == service


async def test_unchanged_health_is_noted_once_a_minute_and_changes_at_once(store: Store) -> None:
    owner, service = await serving(store)
    up = HealthInput(status=HealthStatus.UP, message="fine")
    slow = HealthInput(status=HealthStatus.UP, message="slow")
    changes = []
    for after, health in [(20, up), (59, up), (60, up), (61, slow), (62, slow), (63, up)]:
        (saved,) = await say(store, owner.agent.id, {service.id: health}, NOW + after)
        changes.append(saved.changed)
    assert changes == [False, False, False, True, False, True]
    entries, total = await services.health_history(store.reader, service.id, Paging(sort="createdAt"))
    noted = [(entry.reported_at - NOW, entry.message) for entry in entries]
    assert noted == [(0, "fine"), (60, "fine"), (61, "slow"), (63, "fine")]
    assert total == 4


async def test_the_history_can_be_cut_down_to_changes_of_status(store: Store) -> None:
    owner, service = await serving(store)
    other, bystander = await serving(store, "other")
    up = HealthInput(status=HealthStatus.UP, message="fine")
    down = HealthInput(status=HealthStatus.DOWN, message="broken")
    worse = HealthInput(status=HealthStatus.DOWN, message="worse")
    for after, health in [(1, down), (2, worse), (3, up), (90, up), (91, down)]:
        await say(store, owner.agent.id, {service.id: health}, NOW + after)
    await say(store, other.agent.id, {bystander.id: down}, NOW + 92)
    page = Paging(page_size=3)
    entries, total = await services.health_history(store.reader, service.id, page, changes=True)
    assert [(entry.reported_at - NOW, entry.message) for entry in entries] == [
        (91, "broken"),
        (3, "fine"),
        (1, "broken"),
    ]
    assert total == 4


async def test_health_of_many_agents_is_stored_by_a_few_statements(store: Store, path: Path) -> None:
    said = {}
    for number in range(6):
        owner, service = await serving(store, f"svc-{number}")
        said[owner.agent.id] = {service.id: HealthInput(status=HealthStatus.DOWN)}
    saved = await store.write(lambda tx: services.save_healths(tx, said, NOW + 1))
    assert {each.service.status for each in saved} == {"UNHEALTHY"}
    rows = outside(path, "SELECT COUNT(*) FROM capsule_services WHERE status = 'UNHEALTHY'")
    assert rows == [(6,)]


async def test_services_of_lost_agents_turn_stale_until_their_next_health(store: Store) -> None:
    owner, service = await serving(store)
    (stale,) = await store.write(lambda tx: services.mark_stale(tx, [owner.agent.id], NOW + 9))
    assert (stale.status, stale.health_status, stale.status_since) == ("STALE", "UNKNOWN", NOW + 9)
    assert await services.get(store.reader, service.id) == stale
    assert await store.write(lambda tx: services.mark_stale(tx, [owner.agent.id], NOW + 10)) == []
    assert await store.write(lambda tx: services.mark_stale(tx, [], NOW + 10)) == []
    (saved,) = await save(store, owner, [reported()], now=NOW + 20)
    assert saved.changed
    assert (saved.service.status, saved.service.status_since) == ("HEALTHY", NOW + 20)


async def test_absurd_numbers_are_cut_to_what_can_be_stored(store: Store) -> None:
    owner = await enrolled(store)
    action = ActionInput(name="go", label="Go", order=-(10**30), timeout_seconds=10**30)
    (saved,) = await save(store, owner, [reported(actions=[action])])
    (stored,) = await services.actions(store.reader, saved.service.id)
    assert (stored.order, stored.timeout_seconds) == (-(2**31 - 1), 2**31 - 1)
