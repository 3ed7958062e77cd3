"""What operators label: stored, audited, and shown at once in every view."""

from __future__ import annotations

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.errors import NotFound
from opstage.hub.events import about_agent, about_service
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent, Service
from opstage.hub.whole import whole
from opstage.store import Store, Tx, audit, labels
from opstage.store.labels import Labelled
from opstage.store.records import Actor, AuditDraft


class Labelling:
    """Sets the labels that lie over what agents and services say of themselves.

    Labels that are there already change nothing and are not audited.
    """

    def __init__(self, store: Store, clock: Clock, fleet: Fleet) -> None:
        self._store = store
        self._clock = clock
        self._fleet = fleet

    @whole
    async def label_agent(self, agent_id: str, wanted: dict[str, str], actor: Actor) -> Agent:
        """The agent with exactly these operators' labels. Raises NotFound."""
        agent = self._fleet.require_agent(agent_id)
        event = about_agent(agent.record, "agent.labels.changed", actor)
        if not await self._save(Labelled.AGENT, wanted, event):
            raise NotFound("Agent not found.", "AGENT_NOT_FOUND")
        self._fleet.label_agent(agent, wanted)
        return agent

    @whole
    async def label_service(self, service_id: str, wanted: dict[str, str], actor: Actor) -> Service:
        """The service with exactly these operators' labels. Raises NotFound."""
        service = self._fleet.require_service(service_id)
        event = about_service(service.record, "service.labels.changed", actor)
        if not await self._save(Labelled.SERVICE, wanted, event):
            raise NotFound("Capsule Service not found.", "CAPSULE_SERVICE_NOT_FOUND")
        self._fleet.label_service(service, wanted)
        return service

    async def _save(self, what: Labelled, wanted: dict[str, str], event: AuditDraft) -> bool:
        async def save(tx: Tx) -> bool:
            now = self._clock.now()
            before = await labels.replace(tx, what, event.target_id or "", wanted, now)
            if before is not None and before != wanted:
                audit.record(tx, replace(event, metadata={"before": before, "after": wanted}), now)
            return before is not None

        return await self._store.write(save)
