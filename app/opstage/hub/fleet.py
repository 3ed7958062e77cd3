"""Every agent and service in memory, and the facts that come in about them.

A heartbeat only moves ``last_contact``. Whatever changes what people see goes through
``Showing.refresh``, which derives the state anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core import status
from opstage.core.rows import AgentRow, ServiceRow
from opstage.core.status import AgentFacts, AgentStatus
from opstage.errors import NotFound
from opstage.hub.derived import (
    agent_facts,
    agent_row,
    differs,
    health_said,
    service_row,
    still_counting,
    with_health,
)
from opstage.hub.feeds import Feeds
from opstage.hub.members import Agent, Service
from opstage.hub.policies import Policies
from opstage.hub.showing import Showing
from opstage.hub.thresholds import Thresholds
from opstage.hub.transitions import Transitions
from opstage.settings import Settings
from opstage.store.records import AgentRecord, SavedService, ServiceRecord
from opstage_agent.wire import HealthInput, HealthStatus

DERIVED_AT_ONCE = 100
"""States derived anew before the event loop gets its turn."""


class Fleet:
    """The agents and services, and the ``fleet`` view of them."""

    def __init__(
        self, settings: Settings, policies: Policies, clock: Clock, feeds: Feeds, transitions: Transitions
    ) -> None:
        self._clock = clock
        self._view = feeds.fleet
        self._transitions = transitions
        self._agents: dict[str, Agent] = {}
        self._services: dict[str, tuple[Agent, Service]] = {}
        self.retired_agents: set[str] = set()
        self.retired_services: set[str] = set()
        """Ids of those that lists, counts and the view leave out."""
        self.thresholds = Thresholds(settings, policies, clock, self._agents)
        self.showing = Showing(clock, feeds.fleet, transitions, self.thresholds)

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

    def require_agent(self, agent_id: str) -> Agent:
        """The agent. Raises NotFound."""
        agent = self._agents.get(agent_id)
        if agent is None:
            raise NotFound("Agent not found.", "AGENT_NOT_FOUND")
        return agent

    def require_service(self, service_id: str) -> Service:
        """The service. Raises NotFound."""
        service = self.service(service_id)
        if service is None:
            raise NotFound("Capsule Service not found.", "CAPSULE_SERVICE_NOT_FOUND")
        return service

    def services(self) -> Iterable[tuple[Agent, Service]]:
        """All services with their agents, those retired too."""
        return self._services.values()

    def readiness(self, agent_id: str) -> str | None:
        """Why nothing can be sent to the agent (an error code), or None."""
        agent = self._agents.get(agent_id)
        facts = None if agent is None else agent_facts(agent)
        return status.readiness(facts, self._clock.now(), self.thresholds.policy)

    @property
    def gathering(self) -> bool:
        """True soon after a start of the server: agents get time to come back."""
        return self._clock.now() < self.thresholds.policy.restart_grace_ends

    def owner_may_change(self, agent_id: str) -> bool:
        """True if services of this agent may move to another: it is not ONLINE."""
        agent = self._agents.get(agent_id)
        return agent is None or agent.state.status is not AgentStatus.ONLINE

    def refresh(self, agent: Agent) -> None:
        """Facts of the agent changed: bring to date whatever follows from them."""
        if agent.deleted:
            return  # A call of it was under way.
        _keep(self.retired_agents, agent.record.id, agent.record.retired_at is not None)
        self.showing.refresh(agent)

    # --- what time does to agents ---

    async def give_up_silent(self) -> tuple[int, int]:
        """Who was silent for longer than the threshold is OFFLINE now, whatever was still to be waited for.

        How many agents that were, and how many services went STALE with them.
        """
        now, policy = self._clock.now(), self.thresholds.policy
        agents = services = 0
        silent = [agent for agent in self._agents.values() if status.overdue(agent.state, now, policy)]
        async for agent in self._in_turns(silent):
            counting = len(still_counting(agent))
            agent.given_up_at = now
            self.refresh(agent)
            if agent.state.status is AgentStatus.OFFLINE:
                agents, services = agents + 1, services + counting
        return agents, services

    async def derive_all(self) -> None:
        """Derive every state anew, because the thresholds changed."""
        async for agent in self._in_turns(list(self._agents.values())):
            self.refresh(agent)

    async def _in_turns(self, agents: list[Agent]) -> AsyncIterator[Agent]:
        """Those of the agents that still are there; the event loop gets its turn now and then."""
        for number, agent in enumerate(agents, 1):
            if not agent.deleted:
                yield agent
            if number % DERIVED_AT_ONCE == 0:
                await asyncio.sleep(0)

    # --- what happens to agents ---

    def stored(self, record: AgentRecord) -> Agent:
        """The stored agent changed, or is new."""
        agent = self._agents.get(record.id) or self._add(record)
        agent.record = record
        self.refresh(agent)
        return agent

    def registered(self, record: AgentRecord) -> None:
        """It registered: that is a contact, but no connection. How it was lost before counts no more."""
        agent = self._agents.get(record.id) or self._add(record)
        agent.record = record
        agent.last_contact = self._clock.now()
        agent.disconnected_at, agent.said_bye, agent.silent = None, False, False
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

    # --- what operators say of both ---

    def label_agent(self, agent: Agent, labels: dict[str, str]) -> None:
        """Operators' labels of the agent were stored."""
        if labels != agent.record.operator_labels:
            agent.record = replace(agent.record, operator_labels=labels, updated_at=self._clock.now())
            self.refresh(agent)

    def label_service(self, service: Service, labels: dict[str, str]) -> None:
        """Operators' labels of the service were stored."""
        if labels != service.record.operator_labels:
            service.record = replace(service.record, operator_labels=labels, updated_at=self._clock.now())
            self.showing.service_changed(service.record.id)
            self.refresh(self._agents[service.record.agent_id])

    def retire(self, service: Service, at: float) -> None:
        """The service is out of use; what is known of it stays."""
        record = service.record = replace(service.record, retired_at=at, updated_at=at)
        agent = self._agents[record.agent_id]
        if agent.services.pop(record.code, None) is not None:
            agent.retired[record.code] = service
        self.retired_services.add(record.id)
        self._view.remove(record.id)
        self.showing.service_changed(record.id)
        self.refresh(agent)

    def forget_service(self, service_id: str) -> None:
        """The service was deleted."""
        agent, service = self._services.pop(service_id)
        for mine in (agent.services, agent.retired):
            if mine.get(service.record.code) is service:
                del mine[service.record.code]
        self.retired_services.discard(service_id)
        self._view.remove(service_id)
        self.refresh(agent)

    def forget_agent(self, agent: Agent) -> None:
        """The agent was deleted, and its services with it."""
        del self._agents[agent.record.id]
        agent.deleted = True
        if agent.timer is not None:
            agent.timer.cancel()
        self.retired_agents.discard(agent.record.id)
        self._view.remove(agent.record.id)

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
        strangers = [code for code in said if code not in agent.services and code not in agent.retired]
        now, policy = self._clock.now(), self.thresholds.policy
        for code, health in said.items():
            if code in agent.services:
                self._said(agent.services[code], health)
                self.showing.put_service(agent, agent.services[code], now, policy)
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
            service.health = health_said(service.record, health, self._clock.now())

    def _said(self, service: Service, health: HealthInput) -> None:
        now = self._clock.now()
        old = service.record
        body = health_said(old, health, now)
        news = differs(old, health) or (service.health is not None and service.health.details != body.details)
        service.health = body
        service.record = with_health(old, health, now, news=news)
        if differs(old, health):
            self._transitions.health(old.agent_id, old.id, health)
        if news:
            self.showing.service_changed(old.id)

    # --- rows ---

    def agent_row(self, agent: Agent) -> AgentRow:
        """The agent's row as it stands now."""
        return agent_row(agent, agent.last_contact)

    def service_row(self, service_id: str) -> ServiceRow | None:
        """The service's row as it stands now, if there is such a service."""
        found = self._services.get(service_id)
        return None if found is None else service_row(*found, self._clock.now(), self.thresholds.policy)

    # --- who there is ---

    def _add(self, record: AgentRecord) -> Agent:
        facts = AgentFacts(status=AgentStatus(record.status), status_since=record.status_since)
        state = status.agent_state(facts, self._clock.now(), self.thresholds.policy)
        contact = record.last_heartbeat_at
        agent = Agent(record=record, state=state, last_contact=contact, shown_contact=contact)
        self._agents[record.id] = agent
        return agent

    def _own(self, agent: Agent, record: ServiceRecord) -> None:
        service = agent.services.get(record.code) or agent.retired.pop(record.code, None) or Service(record)
        service.record = record
        is_retired = record.retired_at is not None
        (agent.retired if is_retired else agent.services)[record.code] = service
        _keep(self.retired_services, record.id, is_retired)
        self._services[record.id] = (agent, service)
        self.showing.service_changed(record.id)

    def _disown(self, agent_id: str, code: str) -> None:
        agent = self._agents.get(agent_id)
        if agent is None:
            return
        agent.retired.pop(code, None)
        if agent.services.pop(code, None) is not None:
            self.refresh(agent)


def _keep(ids: set[str], key: str, belongs: bool) -> None:
    (ids.add if belongs else ids.discard)(key)
