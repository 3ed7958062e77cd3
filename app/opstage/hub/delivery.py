"""The way of a command to its agent: sent by socket as soon as there is a place, or claimed by REST."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from opstage.core import commands as machine
from opstage.core.command import Command
from opstage.hub import events
from opstage.hub.jobs import Job, command_of, frame_of, record_of
from opstage.hub.steps import RETRY_SECONDS, Steps
from opstage.hub.whole import whole
from opstage.store import StoreUnavailable, Tx, audit, commands
from opstage.store.records import AuditDraft, CommandDraft, CommandRecord

log = logging.getLogger("opstage.hub")

T = TypeVar("T")
Make = Callable[[Tx, CommandDraft, Sequence[AuditDraft]], Awaitable[Job]]
"""Makes a command within a transaction."""


class Delivery:
    """Gives commands to agents, oldest first, never more at a time than an agent may have."""

    def __init__(self, steps: Steps, in_flight: int) -> None:
        self._steps = steps
        self._in_flight = in_flight
        self._delivering: set[str] = set()
        self._again: set[str] = set()
        self._starting: dict[str, Command] = {}
        """Commands that are being created: they take their place at the agent before they are jobs."""
        self.admit: Callable[[CommandDraft], None] = lambda draft: None

    async def create(self, draft: CommandDraft, audits: Sequence[AuditDraft]) -> Job:
        """Store a new command and, if its agent is connected and free, send it with the same commit."""
        return await self.create_within(lambda tx, make: make(tx, draft, audits))

    @whole
    async def create_within(self, work: Callable[[Tx, Make], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction: what it stores and the commands it makes, or nothing of it.

        The commands are sent as those of ``create`` are.
        """
        begun: list[Job] = []

        async def make(tx: Tx, draft: CommandDraft, audits: Sequence[AuditDraft]) -> Job:
            return await self._store(tx, draft, audits, begun)

        try:
            answer = await self._steps.store.write(lambda tx: work(tx, make))
            for job in begun:
                self._steps.begin(job)
                self._steps.jobs.created(job)
        finally:
            for job in begun:
                self._starting.pop(job.command.id, None)
        for job in begun:
            self._set_off(job)
        return answer

    async def _store(
        self, tx: Tx, draft: CommandDraft, audits: Sequence[AuditDraft], begun: list[Job]
    ) -> Job:
        now = self._steps.clock.now()
        self.admit(draft)

        def begin(drafted: CommandRecord) -> CommandRecord:
            begun.append(self._begun(Job.of(drafted, command_of(drafted), draft.input_schema), now))
            self._starting[drafted.id] = begun[-1].command
            return begun[-1].record

        record = await commands.create(tx, draft, now=now, audits=audits, begin=begin)
        if record.sent:
            audit.record(tx, events.sent(record), now)
        return begun[-1]

    def _set_off(self, job: Job) -> None:
        link = self._steps.link_of(job.command.agent_id)
        if job.command.sent and link is not None:
            link.send(frame_of(job))
        else:
            self._steps.wake(job.command.agent_id)

    def _begun(self, job: Job, now: float) -> Job:
        """The new command, sent already if its agent is connected and free."""
        if self._steps.link_of(job.command.agent_id) is None or not self._fits(job, now):
            return job
        sent = machine.send(job.command, now, self._steps.lease())
        if sent is not None:
            job.command, job.record = sent, record_of(job.record, sent, now)
        return job

    def _fits(self, job: Job, now: float) -> bool:
        agent_id = job.command.agent_id
        if agent_id in self._delivering:
            return False
        others = [other.command for other in self._steps.jobs.of(agent_id)]
        others += [command for command in self._starting.values() if command.agent_id == agent_id]
        ready = machine.sendable([*others, job.command], now, self._in_flight)
        return [command.id for command in ready] == [job.command.id]

    async def deliver(self, agent_id: str) -> None:
        """Send what waits for the agent, as far as it may have more."""
        if agent_id in self._delivering:
            self._again.add(agent_id)
            return
        self._delivering.add(agent_id)
        try:
            await self._deliver_ready(agent_id)
            while agent_id in self._again:
                self._again.discard(agent_id)
                await self._deliver_ready(agent_id)
        except StoreUnavailable as error:
            log.warning("Commands of %s are sent later: %s", agent_id, error)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._steps.wake, agent_id)
        finally:
            self._delivering.discard(agent_id)

    async def _deliver_ready(self, agent_id: str) -> None:
        if self._steps.link_of(agent_id) is None:
            return
        for command in self._ready(agent_id, self._in_flight):
            job = self._steps.jobs.get(command.id)
            if job is None or not await self._send(job):
                continue
            link = self._steps.link_of(agent_id)
            if link is not None:
                link.send(frame_of(job))

    def _ready(self, agent_id: str, in_flight: int) -> list[Command]:
        mine = [job.command for job in self._steps.jobs.of(agent_id)]
        return machine.sendable(mine, self._steps.clock.now(), in_flight)

    async def _send(self, job: Job) -> bool:
        return await self._steps.advance(
            job,
            lambda command: machine.send(command, self._steps.clock.now(), self._steps.lease()),
            lambda record: [events.sent(record)],
        )

    async def claim(self, agent_id: str, limit: int, wait: float = 0.0) -> list[Job]:
        """Commands for a polling agent, now RUNNING; with ``wait`` seconds to wait for the first."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        jobs = await self._claim_ready(agent_id, limit)
        while not jobs and not self._steps.polls.closed and (left := deadline - loop.time()) > 0:
            await self._work(agent_id, left)
            jobs = await self._claim_ready(agent_id, limit)
        return jobs

    async def _claim_ready(self, agent_id: str, limit: int) -> list[Job]:
        outstanding = sum(job.command.outstanding for job in self._steps.jobs.of(agent_id))
        claimed: list[Job] = []
        for command in self._ready(agent_id, outstanding + limit):
            job = self._steps.jobs.get(command.id)
            if job is not None and await self._claim(job):
                claimed.append(job)
        return claimed

    async def _claim(self, job: Job) -> bool:
        return await self._steps.advance(
            job,
            lambda command: machine.claim(command, self._steps.clock.now()),
            lambda record: [events.sent(record)],
        )

    async def _work(self, agent_id: str, seconds: float) -> None:
        """Return when there may be something to claim, at the latest after ``seconds``."""
        if not self._ready(agent_id, len(self._steps.jobs) + 1):
            await self._steps.polls.wait(agent_id, seconds)
