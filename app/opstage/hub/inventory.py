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
    return _listed(fleet.retired_agents, _selected(selector, labels), retired)


def listed_services(fleet: Fleet, selector: Selector | None, *, retired: bool = False) -> Listed:
    """The services in use, or those retired, whose labels fulfil the selector."""
    labels = (
        (service.record.id, service_labels(agent.record, service.record))
        for agent, service in fleet.services()
    )
    return _listed(fleet.retired_services, _selected(selector, labels), retired)


def absent(fleet: Fleet, now: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the agents whose services are OFFLINE, and of those whose are STALE."""
    away = [agent for agent in fleet.agents() if agent.state.fresh_until < now]
    return (
        tuple(agent.record.id for agent in away if agent.state.status in _GONE),
        tuple(agent.record.id for agent in away if agent.state.status not in _GONE),
    )


def _selected(
    selector: Selector | None, labels: Iterable[tuple[str, dict[str, str]]]
) -> tuple[str, ...] | None:
    return None if selector is None else tuple(key for key, each in labels if selector.matches(each))


def _listed(gone: Iterable[str], selected: tuple[str, ...] | None, retired: bool) -> Listed:
    out_of_use = tuple(gone)
    if not retired:
        return Listed(ids=selected, without=out_of_use)
    if selected is None:
        return Listed(ids=out_of_use, without=())
    return Listed(ids=tuple(set(selected).intersection(out_of_use)), without=())
