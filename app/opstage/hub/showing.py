"""From facts to what people see: states derived anew, rows that differ put into the fleet view.

Stored statuses that must follow are noted; ``transitions.py`` writes them in batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core import status
from opstage.core.status import AgentStatus, Policy
from opstage.hub import rows
from opstage.hub.derived import agent_facts, agent_row, go_stale, service_row
from opstage.hub.feeds import FleetFeed
from opstage.hub.members import Agent, Service
from opstage.hub.thresholds import Thresholds
from opstage.hub.transitions import Transitions


class Showing:
    """Derives states, now and when time alone changes them."""

    def __init__(
        self, clock: Clock, view: FleetFeed, transitions: Transitions, thresholds: Thresholds
    ) -> None:
        self._clock = clock
        self._view = view
        self._transitions = transitions
        self._thresholds = thresholds
        self.went_offline: Callable[[str], None] = lambda agent_id: None
        """Told the id of each agent that became OFFLINE."""
        self.service_changed: Callable[[str], None] = lambda service_id: None
        """Told the id of each service whose row changed."""

    def refresh(self, agent: Agent) -> None:
        """Derive the agent's state and its services' anew; show and store what changed."""
        now, policy = self._clock.now(), self._thresholds.policy
        before, agent.state = agent.state, status.agent_state(agent_facts(agent), now, policy)
        if (before.status, before.reason) != (agent.state.status, agent.state.reason):
            agent.shown_contact = agent.last_contact
        self._store_status(agent)
        self._arm(agent, now)
        self._put_agent(agent)
        for service in agent.services.values():
            self.put_service(agent, service, now, policy)

    def put_service(self, agent: Agent, service: Service, now: float, policy: Policy) -> None:
        """Show the service as it stands at ``now``; the agent's state is up to date."""
        row = service_row(agent, service, now, policy)
        encoded = rows.encode(row)
        if self._view.view.get(row.id) != encoded:
            self._view.place(row.id, encoded, row.labels)
            self.service_changed(row.id)

    def _put_agent(self, agent: Agent) -> None:
        if agent.record.retired_at is not None:
            self._view.remove(agent.record.id)
        else:
            row = agent_row(agent, agent.shown_contact)
            self._view.place(row.id, rows.encode(row), row.labels)

    def _store_status(self, agent: Agent) -> None:
        state, record = agent.state, agent.record
        if state.status == record.status:
            return
        agent.record = replace(
            record, status=state.status, status_reason=state.reason, status_since=state.since
        )
        self._transitions.agent(agent.record)
        if state.status is AgentStatus.OFFLINE:
            go_stale(agent)
            self.went_offline(agent.record.id)

    def _arm(self, agent: Agent, now: float) -> None:
        if agent.timer is not None:
            agent.timer.cancel()
            agent.timer = None
        if agent.state.changes_at is not None:
            delay = max(0.0, agent.state.changes_at - now)
            agent.timer = asyncio.get_running_loop().call_later(delay, self.refresh, agent)
