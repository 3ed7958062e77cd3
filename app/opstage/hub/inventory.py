"""Which agents and services a list shows: those in use or those retired, and of these the selected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opstage.core.selector import Selector
from opstage.core.status import AgentStatus
from opstage.hub.derived import agent_labels, service_labels
from opstage.hub.fleet import Fleet

_GONE = {AgentStatus.OFFLINE, AgentStatus.DISABLED, AgentStatus.REVOKED}


@dataclass(frozen=True)
class Listed:
    """What the database is told: only ``ids`` (None: any), and none of ``without``."""

    ids: tuple[str, ...] | None
    without: tuple[str, ...]


def listed_agents(fleet: Fleet, selector: Selector | None, *, retired: bool = False) -> Listed:
    """The agents in use, or those retired, whose labels fulfil the selector."""
    labels = ((agent.record.id, agent_labels(agent.record)) for agent in fleet.agents())
    return _listed(fleet.retired_agents, selector, labels, retired)


def listed_services(fleet: Fleet, selector: Selector | None, *, retired: bool = False) -> Listed:
    """The services in use, or those retired, whose labels fulfil the selector."""
    labels = (
        (service.record.id, service_labels(agent.record, service.record))
        for agent, service in fleet.services()
    )
    return _listed(fleet.retired_services, selector, labels, retired)


def absent(fleet: Fleet, now: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the agents whose services are OFFLINE, and of those whose are STALE."""
    away = [agent for agent in fleet.agents() if agent.state.fresh_until < now]
    return (
        tuple(agent.record.id for agent in away if agent.state.status in _GONE),
        tuple(agent.record.id for agent in away if agent.state.status not in _GONE),
    )


def _listed(
    gone: Iterable[str],
    selector: Selector | None,
    labels: Iterable[tuple[str, dict[str, str]]],
    retired: bool,
) -> Listed:
    out_of_use = set(gone)
    if selector is None:
        return Listed(tuple(out_of_use), ()) if retired else Listed(None, tuple(out_of_use))
    fulfilled = selector.predicate()
    selected: list[str] = []
    others: list[str] = []
    for key, each in labels:
        wanted = (key in out_of_use) is retired and fulfilled(each)
        (selected if wanted else others).append(key)
    # Whichever are fewer: the database goes through them for every row.
    return Listed(tuple(selected), ()) if len(selected) <= len(others) else Listed(None, tuple(others))
