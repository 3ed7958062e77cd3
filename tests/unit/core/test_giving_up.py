"""Polling agents and the sweep: the timer's turn, a sweep that somebody asked for, and no timer at all."""

from __future__ import annotations

import math
from typing import Any

from msgspec.structs import replace

from opstage.core.status import AgentFacts, AgentState, AgentStatus, Policy, Transport, agent_state, overdue

START = 10_000.0
NOW = START + 5_000.0
POLICY = Policy(started_at=START, offline_seconds=90.0, sweep_seconds=60.0)
POLLS = AgentFacts(status=AgentStatus.ONLINE, status_since=START, last_contact=NOW, transport=Transport.POLL)


def state(at: float, policy: Policy = POLICY, **changes: Any) -> AgentState:
    return agent_state(replace(POLLS, **changes), at, policy)


def late(at: float, policy: Policy = POLICY, **changes: Any) -> bool:
    return overdue(state(at, policy, **changes), at, policy)


def test_a_polling_agent_is_overdue_once_it_was_silent_for_too_long() -> None:
    assert not late(NOW + 90.0)
    assert late(NOW + 90.1)


def test_an_agent_with_a_socket_is_never_overdue() -> None:
    assert not late(NOW + 900.0, transport=Transport.SOCKET, connected=True, connected_at=NOW)


def test_an_agent_that_may_still_reconnect_is_not_overdue() -> None:
    lost: dict[str, Any] = {"transport": Transport.SOCKET, "disconnected_at": NOW}
    assert state(NOW + 1.0, **lost).status == "ONLINE"
    assert not late(NOW + 1.0, **lost)


def test_nobody_is_overdue_while_a_restart_excuses_them() -> None:
    fresh = replace(POLICY, started_at=NOW - 10.0, restart_seconds=300.0, sweep_seconds=math.inf)
    assert not late(NOW + 200.0, fresh)
    assert late(NOW + 290.0, fresh)


def test_a_change_that_its_timer_missed_is_overdue() -> None:
    seen = state(NOW, transport=Transport.SOCKET, disconnected_at=NOW)
    assert seen.changes_at is not None
    assert overdue(seen, seen.changes_at, POLICY)


def test_who_is_given_up_is_offline_from_then_on() -> None:
    given_up = state(NOW + 100.0, given_up_at=NOW + 100.0)
    assert (given_up.status, given_up.reason, given_up.since) == ("OFFLINE", "POLL_MISSED", NOW + 100.0)
    assert state(NOW + 500.0, given_up_at=NOW + 100.0).since == NOW + 100.0
    assert not overdue(given_up, NOW + 500.0, POLICY)


def test_the_next_contact_undoes_the_giving_up() -> None:
    back = state(NOW + 101.0, given_up_at=NOW + 100.0, last_contact=NOW + 101.0)
    assert (back.status, back.reason) == ("ONLINE", "POLLING")


def test_without_a_timer_a_silent_agent_waits_for_somebody_to_ask() -> None:
    no_timer = replace(POLICY, sweep_seconds=math.inf)
    silent = state(NOW + 10_000.0, no_timer)
    assert (silent.status, silent.reason, silent.changes_at) == ("ONLINE", "POLL_MISSED", None)
    assert late(NOW + 10_000.0, no_timer)
    assert state(NOW + 10_000.0, no_timer, given_up_at=NOW + 10_000.0).status == "OFFLINE"
