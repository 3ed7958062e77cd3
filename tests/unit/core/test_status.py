"""Each row of the status table, and of ``docs/protocol.md``, Presence."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opstage.core.status import (
    AgentFacts,
    AgentState,
    AgentStatus,
    Connection,
    Policy,
    Reason,
    ServiceFacts,
    ServiceState,
    ServiceStatus,
    Transport,
    agent_state,
    heartbeat_seconds,
    readiness,
    service_state,
    status_when_enabled,
    stored_status,
)
from opstage_agent.wire import HealthStatus

START = 10_000.0
NOW = START + 5_000.0
"""Long after the start: the restart grace is over."""
POLICY = Policy(started_at=START, heartbeat_seconds=15.0, offline_seconds=90.0, sweep_seconds=60.0)
ONLINE = AgentFacts(status=AgentStatus.ONLINE, status_since=NOW - 1000.0, last_contact=NOW - 10.0)


def facts(**changes: Any) -> AgentFacts:
    return replace(ONLINE, **changes)


def seen(state: AgentState) -> tuple[str, str, str, float]:
    return state.status, state.connection, state.reason, state.since


def test_a_disabled_agent_is_disabled_even_while_its_socket_is_up() -> None:
    state = agent_state(facts(status=AgentStatus.DISABLED, connected=True), NOW, POLICY)
    assert seen(state) == ("DISABLED", "none", "DISABLED", NOW - 1000.0)
    assert state.changes_at is None


def test_a_revoked_agent_is_revoked_even_while_it_polls() -> None:
    state = agent_state(facts(status=AgentStatus.REVOKED, transport=Transport.POLL), NOW, POLICY)
    assert seen(state) == ("REVOKED", "none", "REVOKED", NOW - 1000.0)


@pytest.mark.parametrize("stored", [AgentStatus.PENDING, AgentStatus.ONLINE, AgentStatus.OFFLINE])
def test_a_socket_that_is_up_is_online_since_it_connected(stored: AgentStatus) -> None:
    connected = facts(status=stored, connected=True, connected_at=NOW - 7.0, said_bye=True)
    state = agent_state(connected, NOW, POLICY)
    assert seen(state) == ("ONLINE", "connected", "CONNECTED", NOW - 7.0)
    assert state.changes_at is None


def test_bye_is_offline_at_once() -> None:
    state = agent_state(facts(said_bye=True, disconnected_at=NOW, transport=Transport.SOCKET), NOW, POLICY)
    assert seen(state) == ("OFFLINE", "none", "SAID_BYE", NOW)


@pytest.mark.parametrize(
    ("silent", "reason"), [(False, Reason.CONNECTION_LOST), (True, Reason.HEARTBEAT_MISSED)]
)
def test_a_lost_socket_reconnects_for_two_heartbeats_then_is_offline(silent: bool, reason: Reason) -> None:
    lost = facts(disconnected_at=NOW, transport=Transport.SOCKET, silent=silent)
    before = agent_state(lost, NOW + 29.9, POLICY)
    assert seen(before) == ("ONLINE", "reconnecting", reason, NOW)
    assert before.changes_at == NOW + 30.0
    after = agent_state(lost, NOW + 30.0, POLICY)
    assert seen(after) == ("OFFLINE", "none", reason, NOW + 30.0)
    assert after.changes_at is None


def test_a_lost_socket_is_not_offline_before_one_threshold_after_the_start() -> None:
    lost = facts(disconnected_at=START + 1.0, last_contact=START + 1.0, transport=Transport.SOCKET)
    assert agent_state(lost, START + 89.9, POLICY).connection is Connection.RECONNECTING
    assert agent_state(lost, START + 90.0, POLICY).status is AgentStatus.OFFLINE


def test_an_agent_not_seen_since_the_start_is_reconnecting_for_one_threshold() -> None:
    unseen = facts(last_contact=START - 500.0)
    before = agent_state(unseen, START + 89.9, POLICY)
    assert seen(before) == ("ONLINE", "reconnecting", "SERVER_RESTARTED", START)
    assert before.changes_at == START + 90.0
    after = agent_state(unseen, START + 90.0, POLICY)
    assert seen(after) == ("OFFLINE", "none", "NOT_BACK", START + 90.0)


def test_an_agent_stored_offline_stays_so_after_a_restart_with_its_reason() -> None:
    stored = facts(status=AgentStatus.OFFLINE, status_reason=Reason.SAID_BYE, last_contact=START - 500.0)
    assert seen(agent_state(stored, START + 1.0, POLICY)) == ("OFFLINE", "none", "SAID_BYE", NOW - 1000.0)


def test_an_agent_that_polls_is_online_while_its_last_contact_is_within_the_threshold() -> None:
    polls = facts(transport=Transport.POLL, last_contact=NOW)
    fresh = agent_state(polls, NOW + 90.0, POLICY)
    assert seen(fresh) == ("ONLINE", "polling", "POLLING", NOW - 1000.0)
    late = agent_state(polls, math.nextafter(NOW + 90.0, math.inf), POLICY)
    assert seen(late) == ("ONLINE", "polling", "POLL_MISSED", NOW + 90.0)
    assert late.changes_at == NOW + 150.0
    assert seen(agent_state(polls, NOW + 150.0, POLICY)) == ("OFFLINE", "none", "POLL_MISSED", NOW + 150.0)


def test_an_agent_that_polls_is_not_offline_before_one_threshold_after_the_start() -> None:
    polls = facts(transport=Transport.POLL, last_contact=START - 200.0)
    assert agent_state(polls, START + 89.9, POLICY).status is AgentStatus.ONLINE
    assert agent_state(polls, START + 90.0, POLICY).status is AgentStatus.OFFLINE


def test_an_agent_stored_offline_that_polls_again_is_online() -> None:
    back = facts(status=AgentStatus.OFFLINE, transport=Transport.POLL, last_contact=NOW)
    assert seen(agent_state(back, NOW + 1.0, POLICY)) == ("ONLINE", "polling", "POLLING", NOW)


def test_an_agent_that_never_made_contact_is_pending() -> None:
    pending = facts(status=AgentStatus.PENDING, last_contact=None)
    assert seen(agent_state(pending, NOW, POLICY)) == ("PENDING", "none", "NEVER_CONNECTED", NOW - 1000.0)


def test_a_registered_agent_has_one_threshold_to_connect() -> None:
    registered = facts(last_contact=NOW)
    assert seen(agent_state(registered, NOW + 89.0, POLICY)) == ("ONLINE", "none", "REGISTERED", NOW)
    assert seen(agent_state(registered, NOW + 90.0, POLICY))[::2] == ("OFFLINE", "NEVER_CONNECTED")


HEALTHY = ServiceFacts(status=ServiceStatus.HEALTHY, status_since=NOW - 300.0, health=HealthStatus.UP)


def effective(agent: AgentFacts | None, service: ServiceFacts = HEALTHY, now: float = NOW) -> ServiceState:
    state = None if agent is None else agent_state(agent, now, POLICY)
    return service_state(state, service, now, POLICY)


def test_rule_1_a_service_without_agent_is_offline() -> None:
    assert effective(None) == ServiceState(
        status=ServiceStatus.OFFLINE, reason=Reason.AGENT_MISSING, since=NOW - 300.0
    )


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (AgentStatus.OFFLINE, Reason.AGENT_OFFLINE),
        (AgentStatus.DISABLED, Reason.AGENT_DISABLED),
        (AgentStatus.REVOKED, Reason.AGENT_REVOKED),
    ],
)
def test_rule_2_a_service_of_an_agent_out_of_service_is_offline(stored: AgentStatus, reason: Reason) -> None:
    agent = facts(status=stored, last_contact=NOW - 500.0)
    assert effective(agent) == ServiceState(status=ServiceStatus.OFFLINE, reason=reason, since=NOW - 1000.0)


def test_rule_3_a_service_of_a_silent_agent_is_stale_since_the_threshold() -> None:
    agent = facts(transport=Transport.POLL, last_contact=NOW - 90.5)
    assert effective(agent) == ServiceState(
        status=ServiceStatus.STALE, reason=Reason.AGENT_SILENT, since=NOW - 0.5
    )
    assert effective(facts(transport=Transport.POLL, last_contact=NOW - 90.0)).status == ServiceStatus.HEALTHY


def test_rule_3_a_service_of_an_agent_without_contact_is_stale() -> None:
    agent = facts(status=AgentStatus.PENDING, last_contact=None)
    assert effective(agent).status == ServiceStatus.STALE


def test_rule_3_holds_while_an_agent_is_awaited_after_a_long_downtime() -> None:
    agent = facts(last_contact=START - 500.0)
    assert effective(agent, now=START + 1.0).status == ServiceStatus.STALE


@pytest.mark.parametrize(
    ("stored", "health", "reason"),
    [
        (ServiceStatus.HEALTHY, HealthStatus.UP, Reason.HEALTH_UP),
        (ServiceStatus.UNHEALTHY, HealthStatus.DEGRADED, Reason.HEALTH_DEGRADED),
        (ServiceStatus.UNHEALTHY, HealthStatus.DOWN, Reason.HEALTH_DOWN),
        (ServiceStatus.UNKNOWN, HealthStatus.UNKNOWN, Reason.HEALTH_UNKNOWN),
        (ServiceStatus.STALE, HealthStatus.UNKNOWN, Reason.HEALTH_OUTDATED),
    ],
)
def test_rule_4_otherwise_the_stored_status_holds(
    stored: ServiceStatus, health: HealthStatus, reason: Reason
) -> None:
    service = ServiceFacts(status=stored, status_since=NOW - 3.0, health=health)
    state = effective(facts(connected=True), service)
    assert state == ServiceState(status=stored, reason=reason, since=NOW - 3.0)


def test_a_reconnecting_agent_keeps_its_services_while_its_word_is_fresh() -> None:
    agent = facts(disconnected_at=NOW, transport=Transport.SOCKET, last_contact=NOW - 5.0)
    assert effective(agent, now=NOW + 20.0).status == ServiceStatus.HEALTHY
    assert effective(agent, now=NOW + 30.0).status == ServiceStatus.OFFLINE


def test_in_a_big_fleet_services_are_stale_before_their_agent_is_offline() -> None:
    big = replace(POLICY, heartbeat_seconds=50.0)
    agent = facts(disconnected_at=NOW, transport=Transport.SOCKET, last_contact=NOW - 5.0)
    state = agent_state(agent, NOW + 80.0, big)
    assert state.changes_at == math.nextafter(NOW + 85.0, math.inf)
    late = agent_state(agent, NOW + 86.0, big)
    assert late.status == AgentStatus.ONLINE
    assert late.changes_at == NOW + 100.0
    assert service_state(late, HEALTHY, NOW + 86.0, big).status == ServiceStatus.STALE


@pytest.mark.parametrize(
    ("health", "stored"),
    [
        (HealthStatus.UP, ServiceStatus.HEALTHY),
        (HealthStatus.DEGRADED, ServiceStatus.UNHEALTHY),
        (HealthStatus.DOWN, ServiceStatus.UNHEALTHY),
        (HealthStatus.UNKNOWN, ServiceStatus.UNKNOWN),
        (None, ServiceStatus.UNKNOWN),
    ],
)
def test_health_sets_the_stored_status(health: HealthStatus | None, stored: ServiceStatus) -> None:
    assert stored_status(health) == stored


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        (None, "AGENT_NOT_FOUND"),
        (facts(status=AgentStatus.OFFLINE), "AGENT_OFFLINE"),
        (facts(status=AgentStatus.DISABLED, connected=True), "AGENT_DISABLED"),
        (facts(status=AgentStatus.REVOKED), "AGENT_REVOKED"),
        (facts(said_bye=True, disconnected_at=NOW - 1.0), "AGENT_OFFLINE"),
        (facts(status=AgentStatus.PENDING, last_contact=None), "AGENT_NOT_READY"),
        (facts(transport=Transport.POLL, last_contact=NOW - 91.0), "AGENT_HEARTBEAT_STALE"),
        (facts(transport=Transport.POLL, last_contact=NOW - 90.0), None),
        (facts(connected=True, last_contact=None), None),
        (facts(disconnected_at=NOW - 1.0), None),
    ],
)
def test_readiness_names_what_keeps_an_action_from_being_sent(
    agent: AgentFacts | None, code: str | None
) -> None:
    assert readiness(agent, NOW, POLICY) == code


def test_the_heartbeat_interval_grows_with_the_fleet() -> None:
    assert [heartbeat_seconds(count) for count in (0, 3000, 3200, 10_000)] == [15.0, 15.0, 16.0, 50.0]


def test_an_enabled_agent_is_online_only_if_it_was_heard_within_the_threshold() -> None:
    assert status_when_enabled(NOW - 90.0, NOW, POLICY) == AgentStatus.ONLINE
    assert status_when_enabled(NOW - 90.1, NOW, POLICY) == AgentStatus.OFFLINE
    assert status_when_enabled(None, NOW, POLICY) == AgentStatus.OFFLINE


moments = st.floats(START - 200.0, START + 400.0)
any_facts = st.builds(
    AgentFacts,
    status=st.sampled_from(AgentStatus),
    status_since=moments,
    status_reason=st.none() | st.sampled_from(Reason),
    connected=st.booleans(),
    connected_at=st.none() | moments,
    transport=st.none() | st.sampled_from(Transport),
    last_contact=st.none() | moments,
    disconnected_at=st.none() | moments,
    said_bye=st.booleans(),
    silent=st.booleans(),
)


@given(agent=any_facts, now=moments, later=st.floats(0.0, 500.0))
def test_nothing_changes_before_the_moment_that_was_named(
    agent: AgentFacts, now: float, later: float
) -> None:
    state = agent_state(agent, now, POLICY)
    service = service_state(state, HEALTHY, now, POLICY)
    assert state.changes_at is None or state.changes_at > now
    then = now + later
    if state.changes_at is not None:
        then = min(then, math.nextafter(state.changes_at, -math.inf))
    after = agent_state(agent, then, POLICY)
    assert (seen(after), after.changes_at) == (seen(state), state.changes_at)
    assert service_state(after, HEALTHY, then, POLICY) == service


@given(agent=any_facts, now=moments)
def test_at_the_moment_that_was_named_something_has_changed(agent: AgentFacts, now: float) -> None:
    state = agent_state(agent, now, POLICY)
    if state.changes_at is None:
        return
    after = agent_state(agent, state.changes_at, POLICY)
    services = [service_state(s, HEALTHY, t, POLICY) for s, t in ((state, now), (after, state.changes_at))]
    assert seen(after) != seen(state) or services[0] != services[1]


awaited = any_facts.map(
    lambda agent: replace(agent, status=AgentStatus.ONLINE, said_bye=False, connected=False)
)


@given(agent=awaited, later=st.floats(0.0, 89.9))
def test_silence_makes_nobody_offline_before_one_threshold_after_the_start(
    agent: AgentFacts, later: float
) -> None:
    assert agent_state(agent, START + later, POLICY).status is AgentStatus.ONLINE
