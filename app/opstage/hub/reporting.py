"""Reports of services: checked, stored, shown. The socket and REST both come through here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from opstage.clock import Clock
from opstage.core.reports import manifest_gaps, problems, repeated_codes
from opstage.errors import Conflict, Forbidden
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent
from opstage.hub.whole import whole
from opstage.store import Store, Tx, services
from opstage.store.errors import ServiceTaken
from opstage.store.records import AgentRecord, SavedService, ServiceRecord
from opstage_agent.wire import Rejected, ReportedService, ServiceRef

log = logging.getLogger("opstage.hub")


class Reporting:
    """Takes reports into the store and the fleet."""

    def __init__(self, store: Store, clock: Clock, fleet: Fleet) -> None:
        self._store = store
        self._clock = clock
        self._fleet = fleet

    @whole
    async def take_all(self, agent: Agent, reported: Sequence[ReportedService]) -> list[ServiceRecord]:
        """A whole report or nothing. Raises ServiceTaken.

        What the agent said before, word for word but for the health, costs no transaction: after a
        lost connection or a restart of the server that is nearly everything.
        """
        stored: list[ReportedService] = []
        news = [service for service in reported if not _known(agent, service)]
        while news:
            saved = await self._store.write(partial(self._take, agent=agent, news=news))
            self.show(agent, news, saved)
            stored += news
            # While that was stored, others of them may have been retired.
            news = [service for service in reported if service.code not in agent.services]
        for service in reported:
            if service not in stored:
                self._fleet.reported(agent, service.code, service.health)
        self._fleet.refresh(agent)
        return [agent.services[service.code].record for service in reported]

    async def _take(self, tx: Tx, agent: Agent, news: Sequence[ReportedService]) -> list[SavedService]:
        if agent.leaving or agent.record.retired_at is not None:
            raise Forbidden("The agent is retired.", "AGENT_REVOKED")
        return await self.save(tx, agent.record, news)

    async def take_each(
        self, agent: Agent, reported: Sequence[ReportedService]
    ) -> tuple[list[ServiceRef], list[Rejected]]:
        """Every service on its own: those that cannot be taken are named with the reason."""
        good, rejected = _sorted_out(reported)
        taken: list[ServiceRecord] = []
        while good:
            try:
                taken = await self.take_all(agent, good)
                break
            except ServiceTaken as error:
                rejected.append(
                    Rejected(code=error.code, error="the code belongs to an agent that is online")
                )
                good = [service for service in good if service.code != error.code]
        return [ServiceRef(code=each.code, id=each.id) for each in taken], rejected

    async def save(
        self, tx: Tx, agent: AgentRecord, reported: Sequence[ReportedService]
    ) -> list[SavedService]:
        """Store checked services within a transaction; ``show`` them after its commit."""
        if not reported:
            return []
        return await services.save_report(
            tx,
            agent_id=agent.id,
            agent_code=agent.code,
            services=reported,
            now=self._clock.now(),
            allow_takeover=self._fleet.owner_may_change,
        )

    def show(self, agent: Agent, reported: Sequence[ReportedService], saved: list[SavedService]) -> None:
        """Stored services become visible."""
        self._fleet.saved(agent, saved)
        for service in reported:
            if service.health is not None:
                self._fleet.heard(agent, service.code, service.health)
            gaps = manifest_gaps(service)
            if gaps:
                log.warning("The manifest of service %s lacks %s.", service.code, ", ".join(gaps))


def code_taken(error: ServiceTaken) -> Conflict:
    """What a caller is told whose report names another agent's service."""
    text = f"The service code {error.code} belongs to an agent that is online."
    return Conflict(text, "CAPSULE_SERVICE_CODE_TAKEN")


def _known(agent: Agent, reported: ReportedService) -> bool:
    known = agent.services.get(reported.code)
    return known is not None and known.record.digest == services.digest_of(reported)


def _sorted_out(reported: Sequence[ReportedService]) -> tuple[list[ReportedService], list[Rejected]]:
    """Services without problems, and the others; of a repeated code the first counts."""
    repeated = {int(issue.path) for issue in repeated_codes(reported)}
    good: list[ReportedService] = []
    rejected: list[Rejected] = []
    for number, service in enumerate(reported):
        issues = problems(service)
        if number in repeated:
            rejected.append(Rejected(code=service.code, error="expected each code once"))
        elif issues:
            text = "; ".join(f"{issue.path}: {issue.message}" for issue in issues)
            rejected.append(Rejected(code=service.code, error=text))
        else:
            good.append(service)
    return good, rejected
