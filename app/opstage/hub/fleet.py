"""Every agent and service in memory: facts in, derived state out to the views.

A heartbeat only moves ``last_contact``. Whatever changes what people see goes through ``refresh``,
which derives the state anew, puts rows that differ into the fleet view, and notes stored statuses
that must follow (``transitions.py`` writes them in batches).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core import status
from opstage.core.redaction import redact
from opstage.core.rows import AgentRow, HealthBody, ServiceRow
from opstage.core.status import AgentFacts, AgentState, AgentStatus, Policy, ServiceFacts, ServiceStatus
from opstage.core.times import iso
from opstage.hub import rows
from opstage.hub.feeds import Feeds
from opstage.hub.transitions import Transitions
from opstage.settings import Settings
from opstage.store.records import AgentRecord, SavedService, ServiceRecord
from opstage_agent.wire import HealthInput, HealthStatus

ADMISSION_SLACK = 1.5
"""How much longer than admitting the whole fleet takes a restarted server waits for it."""


@dataclass(slots=True, eq=False)
class Service:
    """A service in memory; ``health`` is the newest one said since the server started."""

    record: ServiceRecord
    health: HealthBody | None = None


@dataclass(slots=True, eq=False)
class Agent:
    """An agent in memory. Times are epoch seconds."""

    record: AgentRecord
    state: AgentState
    services: dict[str, Service] = field(default_factory=dict)
    """By code."""
    connected_at: float | None = None
    disconnected_at: float | None = None
    last_contact: float | None = None
    shown_contact: float | None = None
    """``last_contact`` at the last transition: a heartbeat must not change the view."""
    transport: status.Transport | None = None
    said_bye: bool = False
    silent: bool = False
    timer: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        """True while its socket is up and said hello."""
        return self.connected_at is not None


class Fleet:
    """The agents and services, and the ``fleet`` view of them."""

    def __init__(self, settings: Settings, clock: Clock, feeds: Feeds, transitions: Transitions) -> None:
        self._settings = settings
        self._clock = clock
        self._feeds = feeds
        self._transitions = transitions
        self._started_at = clock.now()
        self._agents: dict[str, Agent] = {}
        self._services: dict[str, tuple[Agent, Service]] = {}
        self.went_offline: Callable[[str], None] = lambda agent_id: None
        """Told the id of each agent that became OFFLINE."""
        self.service_changed: Callable[[str], None] = lambda service_id: None
        """Told the id of each service whose row changed."""

    @property
    def heartbeat_seconds(self) -> float:
        """How often each agent shall send a heartbeat now."""
        return max(self._settings.heartbeat_seconds, len(self._agents) / status.AGENTS_PER_HEARTBEAT_SECOND)

    @property
    def restart_seconds(self) -> float:
        """How long after a start nobody is given up: time for everybody to be admitted again."""
        admitted = len(self._agents) / self._settings.handshakes_per_second
        return max(float(self._settings.offline_seconds), ADMISSION_SLACK * admitted)

    @property
    def policy(self) -> Policy:
        """The thresholds in force."""
        return Policy(
            started_at=self._started_at,
            heartbeat_seconds=self.heartbeat_seconds,
            offline_seconds=self._settings.offline_seconds,
            sweep_seconds=self._settings.maintenance_seconds,
            restart_seconds=self.restart_seconds,
        )

    def load(self, agents: Iterable[AgentRecord], services: Iterable[ServiceRecord]) -> None:
        """Take up what is stored; nobody is OFFLINE before one threshold has passed."""
        for record in agents:
            self._add(record)
        for service in services:
            agent = self._agents.get(service.agent_id)
            if agent is not None:
                self._own(agent, service)
        for agent in self._agents.values():
            self.refresh(agent)

    def agent(self, agent_id: str) -> Agent | None:
        """The agent, if there is one."""
        return self._agents.get(agent_id)

    def agents(self) -> Iterable[Agent]:
        """All agents."""
        return self._agents.values()

    def service(self, service_id: str) -> Service | None:
        """The service, if there is one."""
        found = self._services.get(service_id)
        return None if found is None else found[1]

    def owner(self, service_id: str) -> Agent | None:
        """The agent of a service, if the service exists."""
        found = self._services.get(service_id)
        return None if found is None else found[0]

    def absent(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Ids of the agents whose services are OFFLINE, and of those whose are STALE."""
        now = self._clock.now()
        gone = {AgentStatus.OFFLINE, AgentStatus.DISABLED, AgentStatus.REVOKED}
        away = [agent for agent in self._agents.values() if agent.state.fresh_until < now]
        return (
            tuple(agent.record.id for agent in away if agent.state.status in gone),
            tuple(agent.record.id for agent in away if agent.state.status not in gone),
        )

    def readiness(self, agent_id: str) -> str | None:
        """Why nothing can be sent to the agent (an error code), or None."""
        agent = self._agents.get(agent_id)
        facts = None if agent is None else self._facts(agent)
        return status.readiness(facts, self._clock.now(), self.policy)

    def owner_may_change(self, agent_id: str) -> bool:
        """True if services of this agent may move to another: it is not ONLINE."""
        agent = self._agents.get(agent_id)
        return agent is None or agent.state.status is not AgentStatus.ONLINE

    # --- what happens to agents ---

    def stored(self, record: AgentRecord) -> Agent:
        """The stored agent changed, or is new."""
        agent = self._agents.get(record.id) or self._add(record)
        agent.record = record
        self.refresh(agent)
        return agent

    def registered(self, record: AgentRecord) -> None:
        """It registered: that is a contact, but no connection."""
        agent = self.stored(record)
        agent.last_contact = self._clock.now()
        agent.said_bye = False
        self.refresh(agent)

    def introduced(self, agent: Agent, said: AgentRecord) -> None:
        """It said hello on its next connection; ``said`` is what it is called and made of."""
        old = agent.record
        changed = replace(said, last_instance=old.last_instance) != old
        agent.record = replace(
            said,
            connection_generation=old.connection_generation + 1,
            updated_at=self._clock.now() if changed else old.updated_at,
        )
        self._transitions.introduced(agent.record)

    def connected(self, agent: Agent) -> None:
        """Its socket was welcomed."""
        now = self._clock.now()
        agent.connected_at, agent.disconnected_at = now, None
        agent.transport = status.Transport.SOCKET
        agent.said_bye = agent.silent = False
        self.contact(agent)
        self.refresh(agent)

    def disconnected(self, agent: Agent, *, bye: bool = False, silent: bool = False) -> None:
        """Its socket is gone: said so (``bye``), given up for silence, or just lost."""
        agent.connected_at, agent.disconnected_at = None, self._clock.now()
        agent.said_bye, agent.silent = bye, silent
        self.refresh(agent)

    def contact(self, agent: Agent) -> None:
        """A frame came."""
        agent.last_contact = now = self._clock.now()
        self._transitions.contact(agent.record.id, now)

    def polled(self, agent: Agent) -> None:
        """A REST call came; while a socket is up it changes nothing."""
        self.contact(agent)
        if agent.connected:
            return
        agent.transport = status.Transport.POLL
        agent.said_bye = False
        self.refresh(agent)

    # --- what agents say of services ---

    def saved(self, agent: Agent, saved: Iterable[SavedService]) -> None:
        """A report was stored."""
        for each in saved:
            if each.previous_agent_id is not None:
                self._disown(each.previous_agent_id, each.service.code)
            self._own(agent, each.service)
        self.refresh(agent)

    def health(self, agent: Agent, said: dict[str, HealthInput]) -> list[str]:
        """Health by service code; answers the codes that are not this agent's."""
        strangers = [code for code in said if code not in agent.services]
        now, policy = self._clock.now(), self.policy
        for code, health in said.items():
            if code in agent.services:
                self._said(agent.services[code], health)
                self._put_service(agent, agent.services[code], now, policy)
        return strangers

    def reported(self, agent: Agent, code: str, health: HealthInput | None) -> None:
        """A report came that says nothing new but perhaps the health."""
        service = agent.services[code]
        service.record = replace(service.record, last_reported_at=self._clock.now())
        self._said(service, health or HealthInput(status=HealthStatus.UNKNOWN))

    def heard(self, agent: Agent, code: str, health: HealthInput) -> None:
        """Health that is already stored (it came with a report)."""
        service = agent.services.get(code)
        if service is not None:
            service.health = self._health_body(health)

    def _said(self, service: Service, health: HealthInput) -> None:
        now = self._clock.now()
        stored = status.stored_status(health.status)
        old = service.record
        body = self._health_body(health)
        differs = self._differs(old, health) or (
            service.health is not None and service.health.details != body.details
        )
        service.health = body
        service.record = replace(
            old,
            status=stored,
            status_since=old.status_since if old.status == stored else now,
            health_status=health.status,
            health_message=health.message,
            last_health_at=now if differs else old.last_health_at,
        )
        if self._differs(old, health):
            self._transitions.health(old.agent_id, old.id, health)
        if differs:
            self.service_changed(old.id)

    @staticmethod
    def _differs(old: ServiceRecord, health: HealthInput) -> bool:
        return (old.health_status, old.health_message) != (health.status, health.message)

    def _health_body(self, health: HealthInput) -> HealthBody:
        return HealthBody(
            status=health.status,
            message=health.message,
            details=redact(health.details or {}),
            reported_at=iso(self._clock.now()),
        )

    # --- derived state ---

    def agent_row(self, agent: Agent) -> AgentRow:
        """The agent's row as it stands now."""
        return rows.agent_row(agent.record, agent.state, agent.last_contact, len(agent.services))

    def service_row(self, service_id: str) -> ServiceRow | None:
        """The service's row as it stands now."""
        found = self._services.get(service_id)
        return None if found is None else self._service_row(*found, self._clock.now(), self.policy)

    def _add(self, record: AgentRecord) -> Agent:
        facts = AgentFacts(status=AgentStatus(record.status), status_since=record.status_since)
        state = status.agent_state(facts, self._clock.now(), self.policy)
        contact = record.last_heartbeat_at
        agent = Agent(record=record, state=state, last_contact=contact, shown_contact=contact)
        self._agents[record.id] = agent
        return agent

    def _own(self, agent: Agent, record: ServiceRecord) -> None:
        service = agent.services.get(record.code) or Service(record)
        service.record = record
        agent.services[record.code] = service
        self._services[record.id] = (agent, service)
        self.service_changed(record.id)

    def _disown(self, agent_id: str, code: str) -> None:
        agent = self._agents.get(agent_id)
        if agent is not None and agent.services.pop(code, None) is not None:
            self.refresh(agent)

    def _facts(self, agent: Agent) -> AgentFacts:
        record = agent.record
        return AgentFacts(
            status=AgentStatus(record.status),
            status_since=record.status_since,
            status_reason=None if record.status_reason is None else status.Reason(record.status_reason),
            connected=agent.connected,
            connected_at=agent.connected_at,
            transport=agent.transport,
            last_contact=agent.last_contact,
            disconnected_at=agent.disconnected_at,
            said_bye=agent.said_bye,
            silent=agent.silent,
        )

    def refresh(self, agent: Agent) -> None:
        """Derive the agent's state and its services' anew; show and store what changed."""
        now, policy = self._clock.now(), self.policy
        before, agent.state = agent.state, status.agent_state(self._facts(agent), now, policy)
        if (before.status, before.reason) != (agent.state.status, agent.state.reason):
            agent.shown_contact = agent.last_contact
        self._store_status(agent)
        self._arm(agent, now)
        row = rows.agent_row(agent.record, agent.state, agent.shown_contact, len(agent.services))
        self._feeds.fleet.put(agent.record.id, rows.encode(row))
        for service in agent.services.values():
            self._put_service(agent, service, now, policy)

    def _put_service(self, agent: Agent, service: Service, now: float, policy: Policy) -> None:
        encoded = rows.encode(self._service_row(agent, service, now, policy))
        if self._feeds.fleet.view.get(service.record.id) != encoded:
            self._feeds.fleet.put(service.record.id, encoded)
            self.service_changed(service.record.id)

    @staticmethod
    def _service_row(agent: Agent, service: Service, now: float, policy: Policy) -> ServiceRow:
        record = service.record
        facts = ServiceFacts(
            status=ServiceStatus(record.status),
            status_since=record.status_since,
            health=HealthStatus(record.health_status),
        )
        state = status.service_state(agent.state, facts, now, policy)
        return rows.service_row(record, state, agent.record, agent.state)

    def _store_status(self, agent: Agent) -> None:
        state, record = agent.state, agent.record
        if state.status == record.status:
            return
        agent.record = replace(
            record, status=state.status, status_reason=state.reason, status_since=state.since
        )
        self._transitions.agent(agent.record)
        if state.status is AgentStatus.OFFLINE:
            self._go_stale(agent)
            self.went_offline(agent.record.id)

    def _go_stale(self, agent: Agent) -> None:
        kept = {ServiceStatus.OFFLINE, ServiceStatus.STALE}
        for service in agent.services.values():
            if service.record.status not in kept:
                service.record = replace(
                    service.record,
                    status=ServiceStatus.STALE,
                    status_since=agent.state.since,
                    health_status=HealthStatus.UNKNOWN,
                )

    def _arm(self, agent: Agent, now: float) -> None:
        if agent.timer is not None:
            agent.timer.cancel()
            agent.timer = None
        if agent.state.changes_at is not None:
            delay = max(0.0, agent.state.changes_at - now)
            agent.timer = asyncio.get_running_loop().call_later(delay, self.refresh, agent)
