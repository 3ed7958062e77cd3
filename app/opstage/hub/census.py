"""The fleet in numbers, counted in memory; what is retired does not count.

By stored status for the dashboard, and by the status that people see for ``/metrics``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from opstage.clock import Clock
from opstage.core.status import AgentStatus
from opstage.core.view import LiveView
from opstage.hub.derived import service_state
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent


class Census(msgspec.Struct, frozen=True):
    """Counts by stored status; a status nobody has is absent."""

    agents: Counter[str]
    services: Counter[str]
    silent: int
    """Agents stored ONLINE that were not heard of for longer than the threshold."""


class Population:
    """The fleet in numbers. They are taken anew only when a row of the fleet view has changed."""

    def __init__(self, fleet: Fleet, view: LiveView, clock: Clock) -> None:
        self._fleet = fleet
        self._view = view
        self._clock = clock
        self._taken: tuple[int, Census] | None = None

    def census(self) -> Census:
        """The numbers as the view shows them."""
        if self._taken is None or self._taken[0] != self._view.revision:
            self._taken = self._view.revision, census(self._fleet.agents(), self._clock.now())
        return self._taken[1]


def census(agents: Iterable[Agent], now: float) -> Census:
    """Count all; ``now`` is in epoch seconds."""
    present = [agent for agent in agents if agent.record.retired_at is None]
    return Census(
        agents=Counter([agent.record.status for agent in present]),
        services=Counter([each.record.status for agent in present for each in agent.services.values()]),
        silent=sum(
            agent.state.fresh_until < now and agent.record.status == AgentStatus.ONLINE for agent in present
        ),
    )


def agents_by_status(fleet: Fleet) -> Counter[str]:
    """Agents by the status that lists show."""
    return Counter(str(each.state.status) for each in fleet.agents() if each.record.retired_at is None)


def services_by_status(fleet: Fleet, now: float) -> Counter[str]:
    """Services by effective status.

    Services that said the same last, of agents in the same state, are alike: the rule is asked once
    for each kind of them, not 10,000 times.
    """
    policy = fleet.thresholds.policy
    alike: dict[tuple[str, bool, str], str] = {}
    found: Counter[str] = Counter()
    for agent in fleet.agents():
        state, silent = agent.state.status, now > agent.state.fresh_until
        for service in agent.services.values():
            kind = (state, silent, service.record.status)
            if kind not in alike:
                alike[kind] = str(service_state(agent, service, now, policy).status)
            found[alike[kind]] += 1
    return found
