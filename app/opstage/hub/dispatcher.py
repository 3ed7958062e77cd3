"""Commands as operators and agents move them: the one door for the socket, REST, the bus and the clock.

The order is always the same: take the job's lock, compute the step (``core/commands.py``), commit it,
then change memory, views and the agent (``hub/steps.py``). ``hub/delivery.py`` gives them to agents.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

from opstage.clock import Clock
from opstage.core import commands as machine
from opstage.core.command import Command
from opstage.core.reconciliation import reconcile
from opstage.errors import Conflict, NotFound, TooLarge
from opstage.hub import events
from opstage.hub.command_views import CommandViews
from opstage.hub.delivery import Delivery, Make
from opstage.hub.jobs import Job, command_of, record_of
from opstage.hub.link import Link
from opstage.hub.one_time import OneTimeKeys
from opstage.hub.results import Told, check_size, outcome
from opstage.hub.steps import Steps
from opstage.hub.supervisor import Supervisor
from opstage.hub.whole import whole
from opstage.settings import Settings
from opstage.store import Store, Tx, commands
from opstage.store.records import Actor, AuditDraft, CommandDraft, OpenCommand, ResultRecord
from opstage_agent import wire

T = TypeVar("T")


def completed() -> Conflict:
    """What is asked of a command comes too late."""
    return Conflict("The command has already come to its end.", "COMMAND_ALREADY_COMPLETED")


@dataclass(frozen=True)
class Greeting:
    """What ``welcome`` says of commands, and what to send after it."""

    forget: list[str]
    stop: list[str]
    cancel: list[Command]


class Dispatcher:
    """Every unfinished command, and the way to its agent."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        views: CommandViews,
        supervisor: Supervisor,
        one_time: OneTimeKeys,
    ) -> None:
        self._result_bytes = settings.result_bytes
        self._store = store
        self._clock = clock
        self._views = views
        self._steps = Steps(store, clock, views, supervisor, one_time, settings.lease_seconds)
        self._delivery = Delivery(self._steps, settings.in_flight)
        self._steps.deliver = self._delivery.deliver
        self.jobs = self._steps.jobs
        self.oversized: Callable[[], None] = lambda: None
        """Told of each result that was too large."""
        self._restart_grace: Callable[[], float] = lambda: settings.offline_seconds

    def join(
        self,
        link_of: Callable[[str], Link | None],
        lease: Callable[[], float],
        restart_grace: Callable[[], float],
    ) -> None:
        """Where agents are, how long they may be silent, and how long after a start of the server."""
        self._steps.link_of, self._steps.lease = link_of, lease
        self._restart_grace = restart_grace

    def ask_before(self, admit: Callable[[CommandDraft], None]) -> None:
        """``admit`` is asked within the transaction of each new command; what it raises refuses it."""
        self._delivery.admit = admit

    def lease(self) -> float:
        """How long a command at an agent may be silent, in seconds."""
        return self._steps.lease()

    def load(self, found: Iterable[OpenCommand]) -> None:
        """Take up unfinished commands after a start; their agents get time to come back."""
        now = self._clock.now()
        for each in found:
            command = machine.restart(command_of(each.command), now, self._restart_grace())
            record = record_of(each.command, command, each.command.updated_at)
            self._steps.begin(Job.of(record, command, each.input_schema))

    def close(self) -> None:
        """Nobody may wait for commands any more: the server stops."""
        self._steps.polls.close()
        for job in self.jobs:
            job.ring()

    @property
    def closed(self) -> bool:
        """True once nobody may wait any more."""
        return self._steps.polls.closed

    # --- operators ---

    async def create(self, draft: CommandDraft, audits: Sequence[AuditDraft]) -> Job:
        """Store a new command and, if its agent is connected and free, send it with the same commit."""
        return await self._delivery.create(draft, audits)

    async def create_within(self, work: Callable[[Tx, Make], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction and send the commands it made there, all of it or nothing."""
        return await self._delivery.create_within(work)

    async def cancel(self, job: Job, actor: Actor, reason: str | None) -> None:
        """Ask for a cancellation; raises AlreadyCompleted when it came to an end meanwhile."""
        await self._steps.advance(
            job,
            lambda command: machine.request_cancel(command, reason, self._clock.now()),
            lambda record: [events.cancelled(record, actor, reason)],
        )

    async def withdraw(self, job: Job, actor: Actor, reason: str) -> None:
        """End a command at once, because its service or agent is taken out of use; the agent is told."""
        await self._steps.advance(
            job,
            lambda command: machine.withdraw(command, reason, self._clock.now()),
            lambda record: [events.cancelled(record, actor, reason)],
        )

    def forget(self, command_id: str) -> None:
        """The command was deleted, be it that its making was under way until now."""
        job = self.jobs.get(command_id)
        if job is not None:
            self._steps.discard(job)
        self._views.gone(command_id)

    async def expire(self, job: Job, code: str, message: str) -> None:
        """End a command whose caller does not wait any longer (prepare)."""
        await self._steps.advance(
            job, lambda command: machine.expire(command, code, message, self._clock.now())
        )

    async def settle_due(self) -> int:
        """Take every step that is overdue, whatever its timer does; how many commands EXPIRED by it."""
        return await self._steps.settle_due()

    # --- agents, by socket and by REST ---

    @whole
    async def greet(
        self, agent_id: str, running: Sequence[wire.Attempt], finished: Sequence[wire.Attempt]
    ) -> Greeting:
        """Bring both sides together after ``hello``."""
        async with AsyncExitStack() as locks:
            jobs = {job.command.id: job for job in self.jobs.of(agent_id)}
            for job in jobs.values():
                await locks.enter_async_context(job.lock)
            now = self._clock.now()
            current = [job.command for job in jobs.values()]
            plan = reconcile(current, running, finished, now, self.lease())
            for command in plan.changed:
                await self._steps.commit(jobs[command.id], command, events.reconciled)
        return Greeting(forget=plan.forget, stop=plan.stop, cancel=plan.cancel)

    async def deliver(self, agent_id: str) -> None:
        """Send what waits for the agent, oldest first, as far as it may have more."""
        await self._delivery.deliver(agent_id)

    async def claim(self, agent_id: str, limit: int, wait: float) -> list[Job]:
        """Commands for a polling agent, now RUNNING, oldest first; ``wait`` seconds may pass until one."""
        return await self._delivery.claim(agent_id, limit, wait)

    async def accepted(self, job: Job, frame: wire.Accept) -> bool:
        """The agent runs it; False for an attempt that does not count."""
        return await self._steps.advance(
            job,
            lambda command: machine.accept(command, frame.attempt, self._clock.now(), self.lease()),
        )

    async def rejected(self, job: Job, frame: wire.Reject) -> bool:
        """The agent will not run it, or not now; False for an attempt that does not count."""
        now = self._clock.now()
        retry = frame.retry_after_seconds
        return await self._steps.advance(
            job,
            lambda command: machine.reject(command, frame.attempt, frame.code, frame.message, retry, now),
            events.reconciled,
        )

    async def progressed(self, job: Job, frame: wire.Progress) -> None:
        """How far it is; in memory only."""
        async with job.lock:
            after = machine.progress(
                job.command, frame.attempt, frame.percent, frame.message, self._clock.now(), self.lease()
            )
            if after is not None:
                self._steps.remember(job, after)

    def abandoned(self, agent_id: str) -> None:
        """The agent went offline: what it took by REST, which has no lease, counts as lost."""
        for job in self.jobs.of(agent_id):
            if job.command.claimed and not job.lock.locked():
                self._steps.forsake(job)

    def heard(self, agent_id: str) -> None:
        """The agent called by REST, which does not say what runs: everything it has goes on."""
        self.renewed(agent_id, [job.command.id for job in self.jobs.of(agent_id)])

    def renewed(self, agent_id: str, running: Iterable[str]) -> None:
        """A heartbeat lists these: their leases start anew."""
        now, lease = self._clock.now(), self.lease()
        for command_id in running:
            job = self.jobs.get(command_id)
            if job is None or job.command.agent_id != agent_id or job.lock.locked():
                continue
            job.command = machine.renew(job.command, now, lease) or job.command

    async def settle(self, agent_id: str, command_id: str, attempt: int | None, told: Told) -> ResultRecord:
        """Store the one result; ``attempt`` is None from agents that do not name one.

        Raises TooLarge, NotFound for a command that is not this agent's, and Conflict for a result that
        changes nothing: it came late, or from an attempt that does not count.
        """
        self._check_size(told)
        job = self.jobs.get(command_id)
        if job is None or job.command.agent_id != agent_id:
            if job is None and await self.ended(agent_id, command_id):
                raise completed()
            raise NotFound("Command not found.", "COMMAND_NOT_FOUND")
        stored = await self._steps.finish(job, attempt, outcome(told))
        if stored is None:
            raise completed()
        return stored

    def _check_size(self, told: Told) -> None:
        try:
            check_size(told, self._result_bytes)
        except TooLarge:
            self.oversized()
            raise

    async def ended(self, agent_id: str, command_id: str) -> bool:
        """True if this is a command of the agent that came to its end."""
        record = await commands.get(self._store.reader, command_id)
        return record is not None and record.agent_id == agent_id
