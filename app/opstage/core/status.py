"""The one truth about agents and services: status, reason, since when.

Lists, details, REST, live views, audit and readiness checks all call these functions, so they cannot
disagree. Nothing here reads a clock or a database: the caller gathers facts and passes ``now``.

What decides an agent's state, first match wins:

===  ===========================================  ==========================  ====================
 #   Facts                                        status / connection         reason
===  ===========================================  ==========================  ====================
 1   stored DISABLED or REVOKED                   that / none                 DISABLED, REVOKED
 2   socket up                                    ONLINE / connected          CONNECTED
 3   said bye                                     OFFLINE / none              SAID_BYE
 4   polls, last contact within T                 ONLINE / polling            POLLING
 5   polls, silent until the sweep's turn         ONLINE / polling            POLL_MISSED
 6   polls, silent longer                         OFFLINE / none              POLL_MISSED
 7   stored PENDING                               PENDING / none              NEVER_CONNECTED
 8   stored OFFLINE                               OFFLINE / none              the stored reason
 9   socket lost, in grace                        ONLINE / reconnecting       lost or silent
10   socket lost, grace over                      OFFLINE / none              as in 9
11   not seen since the server started, in grace  ONLINE / reconnecting       SERVER_RESTARTED
12   not seen since the server started, over      OFFLINE / none              NOT_BACK
13   registered, not yet connected, within T      ONLINE / none               REGISTERED
14   registered, did not connect                  OFFLINE / none              NEVER_CONNECTED
===  ===========================================  ==========================  ====================

"Lost or silent" is CONNECTION_LOST, or HEARTBEAT_MISSED when the server gave the socket up.
T is ``Policy.offline_seconds``. The grace of 9 is two heartbeats, and never ends before one full T
after the server's start; the grace of 11 is that T. A socket that is up counts as fresh: its session
closes it after three silent heartbeats, and then 9 holds.
"""

from __future__ import annotations

import math
from enum import StrEnum

import msgspec

from opstage_agent.wire import HealthStatus

SHORTEST_HEARTBEAT_SECONDS = 15.0
AGENTS_PER_HEARTBEAT_SECOND = 200
"""Heartbeats the whole fleet may send per second: the interval grows with the fleet instead."""


class AgentStatus(StrEnum):
    """Stored status of an agent."""

    PENDING = "PENDING"
    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"
    DISABLED = "DISABLED"
    REVOKED = "REVOKED"


class ServiceStatus(StrEnum):
    """Status of a service, stored or effective."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    STALE = "STALE"
    OFFLINE = "OFFLINE"


class Connection(StrEnum):
    """How an agent is reached right now."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    POLLING = "polling"
    NONE = "none"


class Transport(StrEnum):
    """How an agent last made contact since the server started."""

    SOCKET = "socket"
    POLL = "poll"


class Reason(StrEnum):
    """Why a status is what it is. Codes are stable; the console translates them."""

    CONNECTED = "CONNECTED"
    CONNECTION_LOST = "CONNECTION_LOST"
    HEARTBEAT_MISSED = "HEARTBEAT_MISSED"
    SAID_BYE = "SAID_BYE"
    SERVER_RESTARTED = "SERVER_RESTARTED"
    NOT_BACK = "NOT_BACK"
    """The server restarted and the agent did not return within the offline threshold."""
    POLLING = "POLLING"
    POLL_MISSED = "POLL_MISSED"
    REGISTERED = "REGISTERED"
    NEVER_CONNECTED = "NEVER_CONNECTED"
    DISABLED = "DISABLED"
    REVOKED = "REVOKED"

    HEALTH_UP = "HEALTH_UP"
    HEALTH_DEGRADED = "HEALTH_DEGRADED"
    HEALTH_DOWN = "HEALTH_DOWN"
    HEALTH_UNKNOWN = "HEALTH_UNKNOWN"
    HEALTH_OUTDATED = "HEALTH_OUTDATED"
    """The agent is back, but has not said anew how the service is."""
    AGENT_OFFLINE = "AGENT_OFFLINE"
    AGENT_DISABLED = "AGENT_DISABLED"
    AGENT_REVOKED = "AGENT_REVOKED"
    AGENT_SILENT = "AGENT_SILENT"
    AGENT_MISSING = "AGENT_MISSING"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The thresholds in force. All in seconds, ``started_at`` in epoch seconds."""

    started_at: float
    heartbeat_seconds: float = SHORTEST_HEARTBEAT_SECONDS
    offline_seconds: float = 90.0
    sweep_seconds: float = 60.0
    """How long a polling agent may be silent beyond ``offline_seconds``; infinite without a timer."""
    grace_heartbeats: float = 2.0
    restart_seconds: float = 0.0
    """Grace after the server's start, when that is to be longer than ``offline_seconds``."""

    @property
    def restart_grace_ends(self) -> float:
        """Before this nobody becomes OFFLINE by silence."""
        return self.started_at + max(self.offline_seconds, self.restart_seconds)


class AgentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an agent. Times are epoch seconds."""

    status: AgentStatus
    status_since: float
    status_reason: Reason | None = None
    """The reason stored with ``status``."""
    connected: bool = False
    connected_at: float | None = None
    transport: Transport | None = None
    last_contact: float | None = None
    disconnected_at: float | None = None
    """When the socket was lost; None while it is up or when there was none since the start."""
    said_bye: bool = False
    silent: bool = False
    """The server gave the socket up because no frame came for three heartbeats."""
    given_up_at: float | None = None
    """When a sweep that somebody asked for found the agent silent; a later contact makes it void."""


class AgentState(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent stands at one moment."""

    status: AgentStatus
    connection: Connection
    reason: Reason
    since: float
    """When this status, connection and reason began."""
    fresh_until: float
    """Last moment at which what the agent said counts as current; infinite while its socket is up."""
    changes_at: float | None
    """When time alone will change this state or that of the agent's services. None: never."""


class ServiceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a service."""

    status: ServiceStatus
    status_since: float
    health: HealthStatus = HealthStatus.UNKNOWN


class ServiceState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service stands at one moment: its effective status, why, and since when."""

    status: ServiceStatus
    reason: Reason
    since: float


_SHUT_OUT = {AgentStatus.DISABLED: Reason.DISABLED, AgentStatus.REVOKED: Reason.REVOKED}
_OF_AGENT = {
    AgentStatus.OFFLINE: Reason.AGENT_OFFLINE,
    AgentStatus.DISABLED: Reason.AGENT_DISABLED,
    AgentStatus.REVOKED: Reason.AGENT_REVOKED,
}
_OF_HEALTH = {
    HealthStatus.UP: Reason.HEALTH_UP,
    HealthStatus.DEGRADED: Reason.HEALTH_DEGRADED,
    HealthStatus.DOWN: Reason.HEALTH_DOWN,
    HealthStatus.UNKNOWN: Reason.HEALTH_UNKNOWN,
}
_STORED = {
    HealthStatus.UP: ServiceStatus.HEALTHY,
    HealthStatus.DEGRADED: ServiceStatus.UNHEALTHY,
    HealthStatus.DOWN: ServiceStatus.UNHEALTHY,
    HealthStatus.UNKNOWN: ServiceStatus.UNKNOWN,
}


def heartbeat_seconds(agent_count: int, least: float = SHORTEST_HEARTBEAT_SECONDS) -> float:
    """How long each of ``agent_count`` agents waits between heartbeats, ``least`` in a small fleet."""
    return max(least, agent_count / AGENTS_PER_HEARTBEAT_SECOND)


def stored_status(health: HealthStatus | None) -> ServiceStatus:
    """The service status that a report or heartbeat stores."""
    return _STORED[health or HealthStatus.UNKNOWN]


def agent_state(facts: AgentFacts, now: float, policy: Policy) -> AgentState:
    """Where the agent stands at ``now``: the table at the head of this module."""
    if facts.status in _SHUT_OUT:
        return _steady(facts.status, Connection.NONE, _SHUT_OUT[facts.status], facts.status_since)
    if facts.connected:
        return _connected(facts)
    if facts.said_bye:
        return _offline(Reason.SAID_BYE, facts.disconnected_at or facts.status_since)
    if facts.transport is Transport.POLL and facts.last_contact is not None:
        return _polling(facts, facts.last_contact, now, policy)
    return _out_of_reach(facts, now, policy)


def service_state(agent: AgentState | None, facts: ServiceFacts, now: float, policy: Policy) -> ServiceState:
    """The effective status of a service whose agent is in state ``agent``."""
    if agent is None:
        return ServiceState(
            status=ServiceStatus.OFFLINE, reason=Reason.AGENT_MISSING, since=facts.status_since
        )
    if agent.status in _OF_AGENT:
        return ServiceState(status=ServiceStatus.OFFLINE, reason=_OF_AGENT[agent.status], since=agent.since)
    if now > agent.fresh_until:
        since = agent.since if agent.fresh_until == -math.inf else agent.fresh_until
        return ServiceState(status=ServiceStatus.STALE, reason=Reason.AGENT_SILENT, since=since)
    return ServiceState(status=facts.status, reason=_said(facts), since=facts.status_since)


def overdue(state: AgentState, now: float, policy: Policy) -> bool:
    """True for an agent that a sweep may give up now.

    That is one that polls, was silent for too long and is not excused by a restart; and any agent that
    time should have changed already.
    """
    if state.changes_at is not None and state.changes_at <= now:
        return True
    silent = state.connection is Connection.POLLING and now > state.fresh_until
    return silent and now >= policy.restart_grace_ends


def readiness(facts: AgentFacts | None, now: float, policy: Policy) -> str | None:
    """Why no action can be sent to the agent: an error code, or None if ready."""
    if facts is None:
        return "AGENT_NOT_FOUND"
    state = agent_state(facts, now, policy)
    if state.status in _OF_AGENT:
        return f"AGENT_{state.status}"
    if now <= state.fresh_until:
        return None
    return "AGENT_NOT_READY" if facts.last_contact is None else "AGENT_HEARTBEAT_STALE"


def status_when_enabled(last_contact: float | None, now: float, policy: Policy) -> AgentStatus:
    """What a DISABLED agent becomes when it is enabled: by the age of its last contact."""
    fresh = last_contact is not None and now - last_contact <= policy.offline_seconds
    return AgentStatus.ONLINE if fresh else AgentStatus.OFFLINE


def _steady(status: AgentStatus, connection: Connection, reason: Reason, since: float) -> AgentState:
    """A state that time alone does not change."""
    return AgentState(
        status=status,
        connection=connection,
        reason=reason,
        since=since,
        fresh_until=-math.inf,
        changes_at=None,
    )


def _offline(reason: Reason, since: float) -> AgentState:
    return _steady(AgentStatus.OFFLINE, Connection.NONE, reason, since)


def _connected(facts: AgentFacts) -> AgentState:
    return AgentState(
        status=AgentStatus.ONLINE,
        connection=Connection.CONNECTED,
        reason=Reason.CONNECTED,
        since=facts.status_since if facts.connected_at is None else facts.connected_at,
        fresh_until=math.inf,
        changes_at=None,
    )


def _waiting(
    connection: Connection, reason: Reason, since: float, fresh_until: float, ends: float, now: float
) -> AgentState:
    """ONLINE for now: its services go stale after ``fresh_until``, it goes OFFLINE at ``ends``."""
    stale_at = math.nextafter(fresh_until, math.inf)
    return AgentState(
        status=AgentStatus.ONLINE,
        connection=connection,
        reason=reason,
        since=since,
        fresh_until=fresh_until,
        changes_at=min((moment for moment in (stale_at, ends) if now < moment < math.inf), default=None),
    )


def _polling(facts: AgentFacts, contact: float, now: float, policy: Policy) -> AgentState:
    fresh_until = contact + policy.offline_seconds
    ends = max(fresh_until + policy.sweep_seconds, policy.restart_grace_ends)
    if facts.given_up_at is not None and facts.given_up_at > fresh_until:
        ends = min(ends, facts.given_up_at)
    if now >= ends:
        return _offline(Reason.POLL_MISSED, ends)
    if now > fresh_until:
        return _waiting(Connection.POLLING, Reason.POLL_MISSED, fresh_until, fresh_until, ends, now)
    since = facts.status_since if facts.status is AgentStatus.ONLINE else contact
    return _waiting(Connection.POLLING, Reason.POLLING, since, fresh_until, ends, now)


def _out_of_reach(facts: AgentFacts, now: float, policy: Policy) -> AgentState:
    """Rows 7 to 14: neither a socket nor polls."""
    if facts.status is AgentStatus.PENDING:
        return _steady(AgentStatus.PENDING, Connection.NONE, Reason.NEVER_CONNECTED, facts.status_since)
    if facts.status is AgentStatus.OFFLINE:
        return _offline(facts.status_reason or Reason.CONNECTION_LOST, facts.status_since)
    if facts.disconnected_at is not None:
        return _lost(facts, facts.disconnected_at, now, policy)
    if facts.last_contact is None or facts.last_contact < policy.started_at:
        return _not_back(facts, now, policy)
    return _registered(facts.last_contact, now, policy)


def _lost(facts: AgentFacts, lost_at: float, now: float, policy: Policy) -> AgentState:
    reason = Reason.HEARTBEAT_MISSED if facts.silent else Reason.CONNECTION_LOST
    ends = max(lost_at + policy.grace_heartbeats * policy.heartbeat_seconds, policy.restart_grace_ends)
    if now >= ends:
        return _offline(reason, ends)
    contact = lost_at if facts.last_contact is None else facts.last_contact
    fresh_until = contact + policy.offline_seconds
    return _waiting(Connection.RECONNECTING, reason, lost_at, fresh_until, ends, now)


def _not_back(facts: AgentFacts, now: float, policy: Policy) -> AgentState:
    ends = policy.restart_grace_ends
    if now >= ends:
        return _offline(Reason.NOT_BACK, ends)
    contact = facts.last_contact
    fresh_until = -math.inf if contact is None else contact + policy.offline_seconds
    since = policy.started_at
    return _waiting(Connection.RECONNECTING, Reason.SERVER_RESTARTED, since, fresh_until, ends, now)


def _registered(registered_at: float, now: float, policy: Policy) -> AgentState:
    ends = registered_at + policy.offline_seconds
    if now >= ends:
        return _offline(Reason.NEVER_CONNECTED, ends)
    return _waiting(Connection.NONE, Reason.REGISTERED, registered_at, ends, ends, now)


def _said(facts: ServiceFacts) -> Reason:
    return Reason.HEALTH_OUTDATED if facts.status is ServiceStatus.STALE else _OF_HEALTH[facts.health]
