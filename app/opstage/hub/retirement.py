"""Agents and services that are out of use: taken off the lists, and deleted for good.

What is still to be done by them is called off first, and nothing new is asked of them from that
moment on (``admit`` is asked within the transaction that would make a command).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from opstage.clock import Clock
from opstage.errors import Conflict, NotFound
from opstage.hub.connections import Connections
from opstage.hub.credentials import Credentials
from opstage.hub.dispatcher import Dispatcher
from opstage.hub.events import about_agent, about_service, by_agent
from opstage.hub.feeds import Feeds
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent, Service, require_in_use
from opstage.hub.whole import whole
from opstage.store import Store, Tx, audit, retirement
from opstage.store.records import Actor, AgentRecord, CommandDraft
from opstage.store.retirement import Deleted
from opstage_agent.wire import CloseCode, Rejected


class Retirement:
    """Takes agents and services out of use."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        fleet: Fleet,
        feeds: Feeds,
        dispatcher: Dispatcher,
        connections: Connections,
        credentials: Credentials,
    ) -> None:
        self._store = store
        self._clock = clock
        self._fleet = fleet
        self._feeds = feeds
        self._dispatcher = dispatcher
        self._connections = connections
        self._credentials = credentials

    def admit(self, draft: CommandDraft) -> None:
        """Raise Conflict if nothing may be asked of the service any more."""
        service = self._fleet.service(draft.service_id)
        if service is not None:
            require_in_use(service)

    # --- services ---

    @whole
    async def retire_service(self, service_id: str, actor: Actor) -> None:
        """Take the service off the lists until it is reported again; repeatable. Raises NotFound."""
        service = self._fleet.require_service(service_id)
        await self._retire([service], actor)

    @whole
    async def said(self, agent: Agent, codes: Sequence[str]) -> list[Rejected]:
        """The agent says that these services of it are no more; those that never were its are answered."""
        mine = [agent.services[code] for code in codes if code in agent.services]
        await self._retire(mine, by_agent(agent.record))
        strangers = [code for code in codes if code not in agent.services and code not in agent.retired]
        return [Rejected(code=code, error="expected a service of this agent") for code in strangers]

    @whole
    async def delete_service(self, service_id: str, actor: Actor) -> None:
        """Delete a retired service with its history. Raises NotFound, and Conflict for one in use."""
        service = self._fleet.require_service(service_id)
        if service.record.retired_at is None:
            raise _service_kept()

        async def delete(tx: Tx) -> Deleted | None:
            done = await retirement.delete_service(tx, service_id)
            if done is not None:
                told = {"agentId": service.record.agent_id, "commands": len(done.commands)}
                event = about_service(service.record, "service.deleted", actor, **told)
                audit.record(tx, event, self._clock.now())
            return done

        async with self._leaving([service], actor, "the service is deleted"):
            gone = await self._store.write(delete)
            if gone is None:
                raise _service_kept()
            self._forget(gone, [service_id])

    async def _retire(self, services: Sequence[Service], actor: Actor) -> None:
        current = [service for service in services if service.in_use]
        if not current:
            return

        async def retire(tx: Tx) -> float:
            now = self._clock.now()
            done = await retirement.retire_services(tx, now, ids=[each.record.id for each in current])
            for service in current:
                if service.record.id in done:
                    audit.record(tx, about_service(service.record, "service.retired", actor), now)
            return now

        async with self._leaving(current, actor, "the service is retired"):
            now = await self._store.write(retire)
            for service in current:
                self._fleet.retire(service, now)

    # --- agents ---

    @whole
    async def retire_agent(self, agent_id: str, actor: Actor) -> None:
        """Revoke the agent, take it and its services off the lists; a new registration brings it back.

        Repeatable. Raises NotFound.
        """
        agent = self._fleet.require_agent(agent_id)
        if agent.record.retired_at is not None or agent.leaving:
            return

        async def retire(tx: Tx) -> AgentRecord:
            now = self._clock.now()
            done = await retirement.retire_agent(tx, agent_id, now)
            if done is None:
                raise NotFound("Agent not found.", "AGENT_NOT_FOUND")
            record, tokens = done
            ids = await retirement.retire_services(tx, now, agent_id=agent_id)
            told = {"revokedTokens": tokens, "services": len(ids)}
            audit.record(tx, about_agent(record, "agent.retired", actor, **told), now)
            for service in agent.services.values():
                if service.record.id in ids:
                    audit.record(tx, about_service(service.record, "service.retired", actor), now)
            return record

        async with self._leaving(list(agent.services.values()), actor, "the agent is retired", agent):
            record = await self._store.write(retire)
            self._credentials.forget(agent_id)
            for service in list(agent.services.values()):
                self._fleet.retire(service, record.retired_at or record.updated_at)
            self._fleet.stored(record)
        self._connections.end(agent_id, CloseCode.REVOKED, "an operator retired this agent")

    @whole
    async def delete_agent(self, agent_id: str, actor: Actor) -> None:
        """Delete an agent that is REVOKED and not connected, with its services and all their history.

        Raises NotFound, and Conflict for any other.
        """
        agent = self._fleet.require_agent(agent_id)
        if agent.record.status != "REVOKED" or self._connections.holds(agent_id):
            raise _agent_kept()

        async def delete(tx: Tx) -> Deleted | None:
            done = await retirement.delete_agent(tx, agent_id)
            if done is not None:
                told = {"services": len(done.services), "commands": len(done.commands)}
                audit.record(tx, about_agent(agent.record, "agent.deleted", actor, **told), self._clock.now())
            return done

        mine = [*agent.services.values(), *agent.retired.values()]
        async with self._leaving(mine, actor, "the agent is deleted", agent):
            gone = await self._store.write(delete)
            if gone is None:
                raise _agent_kept()
            self._credentials.forget(agent_id)
            self._forget(gone, gone.services)
            self._fleet.forget_agent(agent)

    # --- what both share ---

    @asynccontextmanager
    async def _leaving(
        self, services: Sequence[Service], actor: Actor, reason: str, agent: Agent | None = None
    ) -> AsyncIterator[None]:
        """While inside, nothing new begins; what is unfinished is called off before and once more after."""
        ids = {service.record.id for service in services}
        agent_id = None if agent is None else agent.record.id
        self._mark(services, agent, leaving=True)
        try:
            await self._call_off(ids, agent_id, actor, reason)
            yield
            # What was on its way into the database when it began.
            await self._call_off(ids, agent_id, actor, reason)
        finally:
            self._mark(services, agent, leaving=False)

    @staticmethod
    def _mark(services: Sequence[Service], agent: Agent | None, *, leaving: bool) -> None:
        for service in services:
            service.leaving = leaving
        if agent is not None:
            agent.leaving = leaving

    async def _call_off(self, services: set[str], agent_id: str | None, actor: Actor, reason: str) -> None:
        for job in self._dispatcher.jobs:
            if job.command.service_id in services or job.command.agent_id == agent_id:
                await self._dispatcher.withdraw(job, actor, reason)

    def _forget(self, gone: Deleted, services: Sequence[str]) -> None:
        for service_id in services:
            self._fleet.forget_service(service_id)
            self._feeds.close_detail(f"service:{service_id}")
        for command_id in gone.commands:
            self._dispatcher.forget(command_id)


def _service_kept() -> Conflict:
    text = "Only a retired service can be deleted."
    return Conflict(text, "CAPSULE_SERVICE_NOT_DELETABLE")


def _agent_kept() -> Conflict:
    text = "Only an agent that is retired or revoked, and not connected, can be deleted."
    return Conflict(text, "AGENT_NOT_DELETABLE")
