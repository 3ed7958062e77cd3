"""What follows from the facts of one agent or service: state, labels, rows, stored status."""

from __future__ import annotations

from msgspec.structs import replace

from opstage.core import status
from opstage.core.redaction import redact
from opstage.core.rows import AgentRow, ServiceRow
from opstage.core.status import (
    AgentFacts,
    AgentStatus,
    Policy,
    Reason,
    ServiceFacts,
    ServiceState,
    ServiceStatus,
    stored_status,
)
from opstage.hub import rows
from opstage.hub.members import Agent, Service
from opstage.store.health import entry_id
from opstage.store.records import AgentRecord, HealthRecord, ServiceRecord
from opstage_agent.wire import HealthInput, HealthStatus


def agent_facts(agent: Agent) -> AgentFacts:
    """What the agent's state is derived from."""
    record = agent.record
    return AgentFacts(
        status=AgentStatus(record.status),
        status_since=record.status_since,
        status_reason=None if record.status_reason is None else Reason(record.status_reason),
        connected=agent.connected,
        connected_at=agent.connected_at,
        transport=agent.transport,
        last_contact=agent.last_contact,
        disconnected_at=agent.disconnected_at,
        said_bye=agent.said_bye,
        silent=agent.silent,
        given_up_at=agent.given_up_at,
    )


def agent_labels(agent: AgentRecord) -> dict[str, str]:
    """The labels of an agent: its own, overlaid by what operators set."""
    return agent.labels | agent.operator_labels if agent.operator_labels else agent.labels


def service_labels(agent: AgentRecord, service: ServiceRecord) -> dict[str, str]:
    """The labels of a service: its agent's, overlaid by its own, overlaid by what operators set."""
    if not service.labels and not service.operator_labels:
        return agent_labels(agent)
    return agent_labels(agent) | service.labels | service.operator_labels


def agent_row(agent: Agent, last_contact: float | None) -> AgentRow:
    """The agent's row; its state is up to date."""
    record = agent.record
    return rows.agent_row(record, agent.state, agent_labels(record), last_contact, len(agent.services))


def service_state(agent: Agent, service: Service, now: float, policy: Policy) -> ServiceState:
    """Where the service stands at ``now``; the agent's state is up to date."""
    record = service.record
    facts = ServiceFacts(
        status=ServiceStatus(record.status),
        status_since=record.status_since,
        health=HealthStatus(record.health_status),
    )
    return status.service_state(agent.state, facts, now, policy)


def service_row(agent: Agent, service: Service, now: float, policy: Policy) -> ServiceRow:
    """The service's row as it stands at ``now``; the agent's state is up to date."""
    state, labels = service_state(agent, service, now, policy), service_labels(agent.record, service.record)
    return rows.service_row(service.record, state, labels, agent.record, agent.state)


def still_counting(agent: Agent) -> list[Service]:
    """The agent's services whose last word is not STALE yet."""
    stale = {ServiceStatus.OFFLINE, ServiceStatus.STALE}
    return [service for service in agent.services.values() if service.record.status not in stale]


def go_stale(agent: Agent) -> None:
    """The agent is OFFLINE: what its services last said no longer counts."""
    for service in still_counting(agent):
        service.record = replace(
            service.record,
            status=ServiceStatus.STALE,
            status_since=agent.state.since,
            health_status=HealthStatus.UNKNOWN,
        )


def differs(old: ServiceRecord, health: HealthInput) -> bool:
    """True if the health says another status or message than is known."""
    return (old.health_status, old.health_message) != (health.status, health.message)


def with_health(old: ServiceRecord, said: HealthInput, now: float, *, news: bool) -> ServiceRecord:
    """The service after it said how it is; ``news``: something that people see differs."""
    stored = stored_status(said.status)
    return replace(
        old,
        status=stored,
        status_since=old.status_since if old.status == stored else now,
        health_status=said.status,
        health_message=said.message,
        last_health_at=now if news else old.last_health_at,
    )


def health_said(service: ServiceRecord, said: HealthInput, now: float) -> HealthRecord:
    """The health as the history would hold it, redacted, said at ``now``."""
    return HealthRecord(
        id=entry_id(now),
        service_id=service.id,
        agent_id=service.agent_id,
        status=said.status,
        message=said.message,
        details=redact(said.details or {}),
        reported_at=now,
        created_at=now,
    )


def newest_health(said: HealthRecord | None, stored: HealthRecord | None) -> HealthRecord | None:
    """What was said last, under the name that it has in the history if it stands there."""
    if said is None or stored is None:
        return said or stored
    known = (stored.status, stored.message, stored.details)
    if (said.status, said.message, said.details) != known:
        return said
    return replace(said, id=stored.id, created_at=stored.created_at)
