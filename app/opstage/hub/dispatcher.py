"""Commands on their way: created, sent, leased, cancelled, expired, finished.

The state machine is ``core/commands.py``; here its steps are stored and told. The order is always
the same: take the job's lock, compute the step, commit it, then change memory, views and the agent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from opstage.clock import Clock
from opstage.core import commands as machine
from opstage.core.command import WITHDRAWN, Command
from opstage.hub import events
from opstage.hub.command_views import CommandViews, stored_output
from opstage.hub.jobs import Job, Jobs, command_of, frame_of, record_of
from opstage.hub.link import Link
from opstage.hub.polls import Polls
from opstage.hub.results import Outcome
from opstage.hub.supervisor import Supervisor
from opstage.hub.whole import whole
from opstage.settings import Settings
from opstage.store import Store, StoreUnavailable, Tx, audit, commands, outputs
from opstage.store.records import Actor, AuditDraft, CommandDraft, CommandRecord, ResultRecord
from opstage_agent import wire

log = logging.getLogger("opstage.hub")

RETRY_SECONDS = 2.0
"""When the database refused a step that time made due."""

Step = Callable[[Command], "Command | None"]


@dataclass(frozen=True)
class Greeting:
    """What ``welcome`` says of commands, and what to send after it."""

    forget: list[str]
    stop: list[str]
    cancel: list[Command]


class Dispatcher:
    """Every unfinished command, and the way to its agent."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, views: CommandViews, supervisor: Supervisor
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._views = views
        self._supervisor = supervisor
        self._delivering: set[str] = set()
        self._again: set[str] = set()
        self._starting: dict[str, Command] = {}
        """Commands that are being created: they take their place at the agent before they are jobs."""
        self.polls = Polls()
        self.jobs = Jobs()
        self.link_of: Callable[[str], Link | None] = lambda agent_id: None
        self.lease: Callable[[], float] = lambda: settings.lease_seconds
        self.restart_grace: Callable[[], float] = lambda: settings.offline_seconds

    def load(self, records: Iterable[CommandRecord]) -> None:
        """Take up unfinished commands after a start; their agents get time to come back."""
        now = self._clock.now()
        for record in records:
            command = machine.restart(command_of(record), now, self.restart_grace())
            job = Job(record_of(record, command, record.updated_at), command)
            self.jobs.add(job)
            self._views.command(job)
            self._arm(job)

    # --- operators ---

    @whole
    async def create(self, draft: CommandDraft, audits: Sequence[AuditDraft]) -> Job:
        """Store a new command and, if its agent is connected and free, send it with the same commit."""
        now = self._clock.now()
        begun: list[Job] = []

        def begin(drafted: CommandRecord) -> CommandRecord:
            begun[:] = [self._begun(drafted, now)]
            self._starting[drafted.id] = begun[0].command
            return begun[0].record

        async def store(tx: Tx) -> None:
            record = await commands.create(tx, draft, now=now, audits=audits, begin=begin)
            if record.sent:
                audit.record(tx, events.sent(record), now)

        try:
            await self._store.write(store)
            job = begun[0]
            self.jobs.add(job)
        finally:
            for each in begun:
                self._starting.pop(each.command.id, None)
        self._views.command(job)
        self._arm(job)
        link = self.link_of(draft.agent_id)
        if job.command.sent and link is not None:
            link.send(frame_of(job))
        else:
            self._wake(draft.agent_id)
        return job

    def _begun(self, drafted: CommandRecord, now: float) -> Job:
        """The new command, sent already if its agent is connected and free."""
        job = Job(drafted, command_of(drafted))
        if self.link_of(job.command.agent_id) is None or not self._fits(job, now):
            return job
        sent = machine.send(job.command, now, self.lease())
        return job if sent is None else Job(record_of(drafted, sent, now), sent)

    def _fits(self, job: Job, now: float) -> bool:
        agent_id = job.command.agent_id
        if agent_id in self._delivering:
            return False
        others = [other.command for other in self.jobs.of(agent_id)]
        others += [command for command in self._starting.values() if command.agent_id == agent_id]
        ready = machine.sendable([*others, job.command], now, self._settings.in_flight)
        return [command.id for command in ready] == [job.command.id]

    async def cancel(self, job: Job, actor: Actor, reason: str | None) -> None:
        """Ask for a cancellation; raises AlreadyCompleted when it came to an end meanwhile."""
        await self._advance(
            job,
            lambda command: machine.request_cancel(command, reason, self._clock.now()),
            lambda record: [events.cancelled(record, actor, reason)],
        )

    async def expire(self, job: Job, code: str, message: str) -> None:
        """End a command whose caller does not wait any longer (prepare)."""
        await self._advance(job, lambda command: machine.expire(command, code, message, self._clock.now()))

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
            plan = machine.reconcile(current, running, finished, now, self.lease())
            for command in plan.changed:
                await self._commit(jobs[command.id], command, events.reconciled)
        return Greeting(forget=plan.forget, stop=plan.stop, cancel=plan.cancel)

    async def deliver(self, agent_id: str) -> None:
        """Send what waits for the agent, oldest first, as far as it may have more."""
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
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wake, agent_id)
        finally:
            self._delivering.discard(agent_id)

    async def _deliver_ready(self, agent_id: str) -> None:
        if self.link_of(agent_id) is None:
            return
        for command in self._ready(agent_id, self._settings.in_flight):
            job = self.jobs.get(command.id)
            if job is None or not await self._send(job):
                continue
            link = self.link_of(agent_id)
            if link is not None:
                link.send(frame_of(job))

    def _ready(self, agent_id: str, in_flight: int) -> list[Command]:
        mine = [job.command for job in self.jobs.of(agent_id)]
        return machine.sendable(mine, self._clock.now(), in_flight)

    async def _send(self, job: Job) -> bool:
        return await self._advance(
            job,
            lambda command: machine.send(command, self._clock.now(), self.lease()),
            lambda record: [events.sent(record)],
        )

    async def claim(self, agent_id: str, limit: int) -> list[Job]:
        """Commands for a polling agent, now RUNNING, oldest first."""
        outstanding = sum(job.command.outstanding for job in self.jobs.of(agent_id))
        claimed: list[Job] = []
        for command in self._ready(agent_id, outstanding + limit):
            job = self.jobs.get(command.id)
            if job is not None and await self._claim(job):
                claimed.append(job)
        return claimed

    async def _claim(self, job: Job) -> bool:
        return await self._advance(
            job,
            lambda command: machine.claim(command, self._clock.now()),
            lambda record: [events.sent(record)],
        )

    async def work(self, agent_id: str, seconds: float) -> None:
        """Return when there may be something to claim, at the latest after ``seconds``."""
        if not self._ready(agent_id, len(self.jobs) + 1):
            await self.polls.wait(agent_id, seconds)

    async def accepted(self, job: Job, frame: wire.Accept) -> bool:
        """The agent runs it; False for an attempt that does not count."""
        return await self._advance(
            job,
            lambda command: machine.accept(command, frame.attempt, self._clock.now(), self.lease()),
        )

    async def rejected(self, job: Job, frame: wire.Reject) -> bool:
        """The agent will not run it, or not now; False for an attempt that does not count."""
        now = self._clock.now()
        retry = frame.retry_after_seconds
        return await self._advance(
            job,
            lambda command: machine.reject(command, frame.attempt, frame.code, frame.message, retry, now),
            events.reconciled,
        )

    async def progressed(self, job: Job, frame: wire.Progress) -> None:
        """How far it is; in memory only."""
        async with job.lock:
            now = self._clock.now()
            after = machine.progress(
                job.command, frame.attempt, frame.percent, frame.message, now, self.lease()
            )
            if after is None:
                return
            self._remember(job, after)
            self._views.command(job)

    def abandoned(self, agent_id: str) -> None:
        """The agent went offline: what it took by REST, which has no lease, counts as lost."""
        now = self._clock.now()
        for job in self.jobs.of(agent_id):
            if job.command.claimed and not job.lock.locked():
                job.command = machine.forsake(job.command, now)
                self._arm(job)

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

    @whole
    async def finished(self, job: Job, attempt: int | None, outcome: Outcome) -> ResultRecord | None:
        """Store the one result; None when it changes nothing (late, stale)."""
        async with job.lock:
            now = self._clock.now()
            after = machine.finish(
                job.command, attempt, outcome.success, outcome.code, outcome.error_message, now
            )
            if after is None:
                return None
            record = record_of(job.record, after, now)
            job.result = await self._store.write(lambda tx: self._save_result(tx, job, record, outcome, now))
            if job.result is not None:
                self._became(job, after, record)
            return job.result

    async def _save_result(
        self, tx: Tx, job: Job, record: CommandRecord, outcome: Outcome, now: float
    ) -> ResultRecord | None:
        await self._save_output(tx, job, now)
        before = (job.record.status, job.record.attempt)
        audits = [events.finished(record)]
        return await commands.finish(tx, before, record, outcome.draft, now, audits=audits)

    @staticmethod
    async def _save_output(tx: Tx, job: Job, now: float) -> None:
        if job.output is not None and job.output.total:
            await outputs.save(tx, stored_output(job), now)

    async def ended(self, agent_id: str, command_id: str) -> bool:
        """True if this is a command of the agent that came to its end."""
        record = await commands.get(self._store.reader, command_id)
        return record is not None and record.agent_id == agent_id

    # --- one step ---

    @whole
    async def _advance(
        self,
        job: Job,
        step: Step,
        audits: Callable[[CommandRecord], list[AuditDraft]] = lambda record: [],
    ) -> bool:
        async with job.lock:
            after = step(job.command)
            if after is None:
                return False
            return await self._commit(job, after, audits)

    async def _commit(
        self, job: Job, after: Command, audits: Callable[[CommandRecord], list[AuditDraft]]
    ) -> bool:
        now = self._clock.now()
        before = (job.record.status, job.record.attempt)
        record = record_of(job.record, after, now)

        async def save(tx: Tx) -> bool:
            if after.finished:
                await self._save_output(tx, job, now)
            return await commands.save(tx, before, record, now, audits=audits(record))

        if not await self._store.write(save):
            log.error("Command %s is not stored as %s; it is left as it is.", record.id, before)
            return False
        self._became(job, after, record)
        return True

    def _became(self, job: Job, after: Command, record: CommandRecord) -> None:
        before = job.command
        job.command, job.record = after, record
        self._views.command(job)
        self._tell_agent(before, after)
        if after.finished:
            self.jobs.drop(job)
            job.done.set()
            self._wake(after.agent_id)
        else:
            self._arm(job)
            if not after.outstanding:
                self._wake(after.agent_id)

    def _tell_agent(self, before: Command, after: Command) -> None:
        """The agent must stop what it may still have: asked by an operator, or ended by time."""
        asked = after.cancel_requested_at is not None and before.cancel_requested_at is None
        withdrawn = after.finished and before.outstanding and after.status in WITHDRAWN
        link = self.link_of(after.agent_id)
        if link is not None and before.outstanding and (asked or withdrawn):
            link.send(
                wire.Cancel(command_id=after.id, attempt=before.held_attempt, reason=after.cancel_reason)
            )

    def _remember(self, job: Job, after: Command) -> None:
        job.command = after
        job.record = record_of(job.record, after, self._clock.now())

    def _wake(self, agent_id: str) -> None:
        self.polls.ring(agent_id)
        if self.link_of(agent_id) is not None:
            self._supervisor.once("deliver", self.deliver(agent_id))

    # --- time ---

    def _arm(self, job: Job) -> None:
        if job.timer is not None:
            job.timer.cancel()
        due = machine.next_due(job.command)
        if due is not None:
            self._arm_in(job, max(0.0, due - self._clock.now()))

    def _arm_in(self, job: Job, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        job.timer = loop.call_later(seconds, lambda: self._supervisor.once("due", self._due(job)))

    async def _due(self, job: Job) -> None:
        if job.command.finished:
            return
        try:
            moved = await self._advance(
                job, lambda command: machine.due(command, self._clock.now()), events.timed_out
            )
        except StoreUnavailable as error:
            log.warning("Command %s is looked at again later: %s", job.command.id, error)
            # While the database is away agents cannot be heard; that must not count against them.
            job.command = machine.restart(job.command, self._clock.now(), self.lease())
            self._arm_in(job, RETRY_SECONDS)
            return
        if not moved:
            self._arm(job)
