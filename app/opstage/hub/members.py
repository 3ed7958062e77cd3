"""The agents and services that the fleet holds in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from opstage.core.status import AgentState, AgentStatus, Transport
from opstage.errors import Conflict
from opstage.store.records import AgentRecord, HealthRecord, ServiceRecord


@dataclass(slots=True, eq=False)
class Service:
    """A service in memory; ``health`` is the newest one said since the server started."""

    record: ServiceRecord
    health: HealthRecord | None = None
    leaving: bool = False
    """It is about to be retired or deleted: nothing new may be asked of it."""

    @property
    def in_use(self) -> bool:
        """False once it is retired, or about to be."""
        return self.record.retired_at is None and not self.leaving


@dataclass(slots=True, eq=False)
class Agent:
    """An agent in memory. Times are epoch seconds."""

    record: AgentRecord
    state: AgentState
    services: dict[str, Service] = field(default_factory=dict)
    """Those in use, by code."""
    retired: dict[str, Service] = field(default_factory=dict)
    """Those it does not have any more, by code."""
    leaving: bool = False
    """It is about to be retired or deleted: nothing more is taken from it."""
    deleted: bool = False
    """It is no more; nothing of it is shown or stored."""
    connected_at: float | None = None
    disconnected_at: float | None = None
    last_contact: float | None = None
    shown_contact: float | None = None
    """``last_contact`` at the last transition: a heartbeat must not change the view."""
    transport: Transport | None = None
    said_bye: bool = False
    silent: bool = False
    given_up_at: float | None = None
    timer: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        """True while its socket is up and said hello."""
        return self.connected_at is not None


def require_in_use(service: Service) -> None:
    """Raise Conflict for a service that is retired: nothing may be asked of it."""
    if not service.in_use:
        raise Conflict("The service is retired.", "CAPSULE_SERVICE_RETIRED")


def require_not_revoked(agent: Agent) -> None:
    """Raise Conflict for an agent that is REVOKED: only a new registration changes that."""
    if agent.record.status == AgentStatus.REVOKED:
        raise Conflict("The agent is revoked; it has to register anew.", "AGENT_REVOKED")
