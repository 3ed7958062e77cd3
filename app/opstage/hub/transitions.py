"""What may reach the database a moment later than the views: statuses, health, introductions, contacts,
token use, and the audit events that tell of them.

They are last-value-wins and the agents tell them again in full, so nothing is lost with the second
that a crash may cost; in return a storm of 10,000 agents costs a few transactions.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from opstage.clock import Clock
from opstage.hub.events import about_agent, by_agent
from opstage.store import Store, StoreUnavailable, Tx, agents, audit, services
from opstage.store.records import DEFAULT_WORKSPACE, SYSTEM, AgentRecord, AuditDraft
from opstage_agent.wire import HealthInput

Value = TypeVar("Value")

log = logging.getLogger("opstage.hub")

BATCH_SECONDS = 0.5
"""How long changes are gathered."""
RETRY_SECONDS = 2.0
"""Pause after the database refused; what was gathered is kept."""
HEARTBEAT_AUDIT_SECONDS = 300.0
"""At most one heartbeat by REST per agent is audited in this time."""
OFFLINE_KEPT = 100_000
"""Most agents that became OFFLINE while the database refused and are still audited later."""
BATCH_AGENTS = 500
"""Agents in one transaction, so that a storm does not hold back commands."""


@dataclass(frozen=True)
class Batch:
    """What one transaction stores."""

    statuses: dict[str, AgentRecord]
    offline: list[AgentRecord]
    """Every transition, also of those that came back since."""
    heartbeats: dict[str, AgentRecord]
    health: dict[str, dict[str, HealthInput]]
    introductions: dict[str, AgentRecord]
    tokens: set[str]


class Transitions:
    """Gathers what has to be stored, newest value per agent and service, and stores it in batches."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._agents: dict[str, AgentRecord] = {}
        self._offline: deque[AgentRecord] = deque(maxlen=OFFLINE_KEPT)
        self._heartbeats: dict[str, AgentRecord] = {}
        self._heartbeat_audited: dict[str, float] = {}
        self._health: dict[str, dict[str, HealthInput]] = {}
        self._introductions: dict[str, AgentRecord] = {}
        self._tokens: set[str] = set()
        self._wanted = asyncio.Event()

    def contact(self, agent_id: str, at: float) -> None:
        """The agent was heard; costs no transaction of its own."""
        self._store.contact(agent_id, at)

    def agent(self, record: AgentRecord) -> None:
        """The agent's status changed."""
        self._agents[record.id] = record
        if record.status == "OFFLINE":
            self._offline.append(record)
        self._wanted.set()

    def heartbeat(self, record: AgentRecord) -> None:
        """The agent sent a heartbeat by REST; audited now and then."""
        now = self._clock.now()
        if now - self._heartbeat_audited.get(record.id, -HEARTBEAT_AUDIT_SECONDS) < HEARTBEAT_AUDIT_SECONDS:
            return
        self._heartbeat_audited[record.id] = now
        self._heartbeats[record.id] = record
        self._wanted.set()

    def health(self, agent_id: str, service_id: str, health: HealthInput) -> None:
        """A service said how it is."""
        self._health.setdefault(agent_id, {})[service_id] = health
        self._wanted.set()

    def introduced(self, record: AgentRecord) -> None:
        """The agent said hello: what it is, and the generation of its connection."""
        self._introductions[record.id] = record
        self._wanted.set()

    def token_used(self, token_id: str) -> None:
        """The agent token opened something."""
        self._tokens.add(token_id)
        self._wanted.set()

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(BATCH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Store everything gathered so far; on a refusal keep it and pause."""
        self._wanted.clear()
        while self._gathered:
            batch = Batch(
                statuses=_take(self._agents, BATCH_AGENTS),
                offline=[self._offline.popleft() for _ in range(min(BATCH_AGENTS, len(self._offline)))],
                heartbeats=_take(self._heartbeats, BATCH_AGENTS),
                health=_take(self._health, BATCH_AGENTS),
                introductions=_take(self._introductions, BATCH_AGENTS),
                tokens=self._tokens,
            )
            self._tokens = set()
            try:
                await self._store.write(partial(self._save, batch=batch))
            except StoreUnavailable as error:
                self._keep(batch)
                log.warning("Statuses are stored later: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    @property
    def _gathered(self) -> bool:
        what = (
            self._agents,
            self._offline,
            self._heartbeats,
            self._health,
            self._introductions,
            self._tokens,
        )
        return any(what)

    def _keep(self, batch: Batch) -> None:
        self._agents = batch.statuses | self._agents
        self._offline.extendleft(reversed(batch.offline))
        self._heartbeats = batch.heartbeats | self._heartbeats
        self._introductions = batch.introductions | self._introductions
        self._tokens |= batch.tokens
        for agent_id, said in batch.health.items():
            self._health[agent_id] = said | self._health.get(agent_id, {})
        self._wanted.set()

    async def _save(self, tx: Tx, batch: Batch) -> None:
        now = self._clock.now()
        await agents.introduce(tx, batch.introductions.values())
        await agents.set_statuses(tx, [_status(record) for record in batch.statuses.values()], now)
        for record in batch.offline:
            audit.record(tx, _went_offline(record), now)
        for record in batch.heartbeats.values():
            audit.record(tx, _heartbeat(record), now)
        gone = [record for record in batch.statuses.values() if record.status == "OFFLINE"]
        if gone:
            stale = await services.mark_stale(tx, [record.id for record in gone], now)
            if stale:
                audit.record(tx, _stale(len(stale)), now)
        if batch.health:
            await services.save_healths(tx, batch.health, now)
        for token_id in batch.tokens:
            await agents.token_used(tx, token_id, now)


def _went_offline(agent: AgentRecord) -> AuditDraft:
    return about_agent(agent, "system.agent.offline", SYSTEM, count=1, reason=agent.status_reason)


def _heartbeat(agent: AgentRecord) -> AuditDraft:
    return about_agent(agent, "agent.heartbeat.received", by_agent(agent))


def _stale(count: int) -> AuditDraft:
    return AuditDraft(
        action="system.service.stale",
        actor=SYSTEM,
        target_type="Workspace",
        target_id=DEFAULT_WORKSPACE,
        metadata={"count": count},
    )


def _status(record: AgentRecord) -> tuple[str, str, str | None, float]:
    return record.id, record.status, record.status_reason, record.status_since


def _take(gathered: dict[str, Value], most: int) -> dict[str, Value]:
    keys = list(gathered)[:most]
    return {key: gathered.pop(key) for key in keys}
