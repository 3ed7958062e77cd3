"""One step of one command: computed, committed, and only then remembered, shown and told.

The state machine is ``core/commands.py``. Whatever moves a command comes through ``advance``, ``commit``
or ``finish``, so what has to happen at every step, or at every end, happens here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from opstage.clock import Clock
from opstage.core import commands as machine
from opstage.core.command import WITHDRAWN, Command, CommandStatus
from opstage.hub import events
from opstage.hub.command_views import CommandViews, stored_output
from opstage.hub.jobs import Job, Jobs, ended_record, record_of
from opstage.hub.link import Link
from opstage.hub.one_time import OneTimeKeys
from opstage.hub.polls import Polls
from opstage.hub.results import Outcome
from opstage.hub.supervisor import Supervisor
from opstage.hub.whole import whole
from opstage.store import Store, StoreUnavailable, Tx, commands, outputs
from opstage.store.records import AuditDraft, CommandRecord, ResultRecord
from opstage_agent import wire

log = logging.getLogger("opstage.hub")

RETRY_SECONDS = 2.0
"""When the database refused a step that time made due."""

Step = Callable[[Command], "Command | None"]
Audits = Callable[[CommandRecord], list[AuditDraft]]


async def _nothing(agent_id: str) -> None:
    """Until delivery is joined."""


class Steps:
    """Every unfinished command and how it moves. ``link_of``, ``lease`` and ``deliver`` are joined later."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        views: CommandViews,
        supervisor: Supervisor,
        one_time: OneTimeKeys,
        lease_seconds: float,
    ) -> None:
        self.store = store
        self.clock = clock
        self.views = views
        self.jobs = Jobs()
        self.polls = Polls()
        self._supervisor = supervisor
        self._one_time = one_time
        self.link_of: Callable[[str], Link | None] = lambda agent_id: None
        self.lease: Callable[[], float] = lambda: lease_seconds
        self.deliver: Callable[[str], Coroutine[Any, Any, None]] = _nothing

    def begin(self, job: Job) -> None:
        """Take up a command: new, or found after a start."""
        self.jobs.add(job)
        self.views.command(job)
        self._arm(job)

    @whole
    async def advance(self, job: Job, step: Step, audits: Audits = lambda record: []) -> bool:
        """Take the step under the job's lock; False when it changes nothing."""
        async with job.lock:
            after = step(job.command)
            if after is None:
                return False
            return await self.commit(job, after, audits)

    async def commit(self, job: Job, after: Command, audits: Audits) -> bool:
        """Store a new state; the caller holds the lock. False: the database holds another one."""
        now = self.clock.now()
        before = (job.record.status, job.record.attempt)
        record = record_of(job.record, after, now)
        if after.finished:
            record = ended_record(job, record)

        async def save(tx: Tx) -> bool:
            if after.finished:
                await self._save_output(tx, job, now)
            return await commands.save(tx, before, record, now, audits=audits(record))

        if not await self.store.write(save):
            self._lost(job)
            return False
        self._became(job, after, record)
        return True

    @whole
    async def finish(self, job: Job, attempt: int | None, outcome: Outcome) -> ResultRecord | None:
        """Store the one result; None when it changes nothing (late, stale)."""
        async with job.lock:
            now = self.clock.now()
            after = machine.finish(
                job.command, attempt, outcome.success, outcome.code, outcome.error_message, now
            )
            if after is None:
                return None
            record = ended_record(job, record_of(job.record, after, now))
            job.result = await self.store.write(lambda tx: self._save_result(tx, job, record, outcome, now))
            if job.result is None:
                self._lost(job)
            else:
                job.key_until = None if outcome.generated_key is None else self._one_time.until(now)
                self._became(job, after, record)
            return job.result

    async def _save_result(
        self, tx: Tx, job: Job, record: CommandRecord, outcome: Outcome, now: float
    ) -> ResultRecord | None:
        await self._save_output(tx, job, now)
        before = (job.record.status, job.record.attempt)
        audits = [events.finished(record)]
        stored = await commands.finish(tx, before, record, outcome.draft, now, audits=audits)
        if stored is not None and outcome.generated_key is not None:
            await self._one_time.keep(tx, record.id, outcome.generated_key, now)
        return stored

    @staticmethod
    async def _save_output(tx: Tx, job: Job, now: float) -> None:
        if job.output is not None and job.output.total:
            await outputs.save(tx, stored_output(job), now)

    def remember(self, job: Job, after: Command) -> None:
        """A change that is not stored: progress. The caller holds the lock."""
        job.command = after
        job.record = record_of(job.record, after, self.clock.now())
        self.views.command(job)

    def _lost(self, job: Job) -> None:
        if self.jobs.get(job.command.id) is not job:
            return  # It was deleted meanwhile.
        # Kept, it would be tried again at once, for ever.
        stored = (job.record.status, job.record.attempt)
        log.error("Command %s is not stored as %s; it is left as it is.", job.record.id, stored)
        self.discard(job)

    def discard(self, job: Job) -> None:
        """The command is not there any more: nobody waits for it, and nothing moves it again."""
        self.jobs.drop(job)
        self.views.gone(job.record.id)
        job.done.set()
        job.ring()

    def forsake(self, job: Job) -> None:
        """The agent is gone: what it took by REST, which has no lease, counts as lost."""
        job.command = machine.forsake(job.command, self.clock.now())
        self._arm(job)

    def wake(self, agent_id: str) -> None:
        """There may be something to send to the agent, or to claim."""
        self.polls.ring(agent_id)
        if self.link_of(agent_id) is not None:
            self._supervisor.once("deliver", self.deliver(agent_id))

    def _became(self, job: Job, after: Command, record: CommandRecord) -> None:
        before = job.command
        job.command, job.record = after, record
        self.views.command(job)
        self._tell_agent(before, after)
        if after.finished:
            self.jobs.drop(job)
            job.done.set()
            self.wake(after.agent_id)
        else:
            self._arm(job)
            if not after.outstanding:
                self.wake(after.agent_id)

    def _tell_agent(self, before: Command, after: Command) -> None:
        """The agent must stop what it may still have: asked by an operator, or ended by time."""
        asked = after.cancel_requested_at is not None and before.cancel_requested_at is None
        withdrawn = after.finished and before.outstanding and after.status in WITHDRAWN
        link = self.link_of(after.agent_id)
        if link is not None and before.outstanding and (asked or withdrawn):
            link.send(
                wire.Cancel(command_id=after.id, attempt=before.held_attempt, reason=after.cancel_reason)
            )

    # --- time ---

    def _arm(self, job: Job) -> None:
        if job.timer is not None:
            job.timer.cancel()
        due = machine.next_due(job.command)
        if due is not None:
            self._arm_in(job, max(0.0, due - self.clock.now()))

    def _arm_in(self, job: Job, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        job.timer = loop.call_later(seconds, lambda: self._supervisor.once("due", self._due(job)))

    async def settle_due(self) -> int:
        """Take every step that time has made due, should a timer be late; how many commands EXPIRED by it."""
        expired = 0
        for job in self.jobs:
            at = machine.next_due(job.command)
            if at is None or at > self.clock.now():
                continue
            moved = await self.advance(
                job, lambda command: machine.due(command, self.clock.now()), events.timed_out
            )
            expired += moved and job.command.status is CommandStatus.EXPIRED
        return expired

    async def _due(self, job: Job) -> None:
        if self.jobs.get(job.command.id) is not job:
            return
        try:
            moved = await self.advance(
                job, lambda command: machine.due(command, self.clock.now()), events.timed_out
            )
        except StoreUnavailable as error:
            log.warning("Command %s is looked at again later: %s", job.command.id, error)
            # While the database is away agents cannot be heard; that must not count against them.
            job.command = machine.restart(job.command, self.clock.now(), self.lease())
            self._arm_in(job, RETRY_SECONDS)
            return
        if not moved and self.jobs.get(job.command.id) is job:
            self._arm(job)
