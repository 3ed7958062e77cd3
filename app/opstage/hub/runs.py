"""Runs: one action on many services, never more at a time than the run allows.

Each target gets a command of its own through ``hub/actions.py``, checked anew when its turn comes. What
moves a run is the end of its commands, not the clock. The rules are in ``core/runs.py``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.command import AlreadyCompleted
from opstage.core.runs import ACTIVE, Decision, RunStatus, StopReason, TargetStatus
from opstage.errors import Conflict, Invalid, OpstageError
from opstage.hub import run_events
from opstage.hub.actions import Actions, creator, require_confirmation
from opstage.hub.dispatcher import Dispatcher
from opstage.hub.feeds import FINISHED_RUNS_KEPT
from opstage.hub.jobs import Job
from opstage.hub.live_run import LiveRun, with_command, without_command
from opstage.hub.run_drafts import RunOrder, drafted, require_some, same
from opstage.hub.run_targets import Forms, RunTargets, require_fit, require_room
from opstage.hub.run_views import RunViews
from opstage.hub.supervisor import Supervisor
from opstage.hub.whole import whole
from opstage.store import Store, StoreUnavailable, Tx, api_keys, audit, commands
from opstage.store import runs as stored
from opstage.store.records import SYSTEM, Actor, AuditDraft, CommandRecord
from opstage.store.runs import RunRecord, RunTargetRecord

log = logging.getLogger("opstage.hub")

RETRY_SECONDS = 2.0
"""When the database refused a step, or an agent is not back yet after a start."""
STOPPED = "RUN_STOPPED"


class Runs:
    """Every unfinished run, and the way from one of its commands to the next."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        actions: Actions,
        dispatcher: Dispatcher,
        targets: RunTargets,
        views: RunViews,
        supervisor: Supervisor,
    ) -> None:
        self._store = store
        self._clock = clock
        self._actions = actions
        self._dispatcher = dispatcher
        self._targets = targets
        self._views = views
        self._supervisor = supervisor
        self._live: dict[str, LiveRun] = {}
        self._of_command: dict[str, tuple[LiveRun, int]] = {}

    def live(self, run_id: str) -> LiveRun | None:
        """The run, if it is unfinished."""
        return self._live.get(run_id)

    # --- what operators ask ---

    async def create(self, order: RunOrder, actor: Actor, idempotency_key: str | None = None) -> RunRecord:
        """A new run, or the one made before with the same key.

        Raises what ``docs/rest.md`` names, and then nothing is stored.
        """
        earlier = await self._earlier(order, actor, idempotency_key)
        if earlier is not None:
            return earlier
        found = await self._targets.candidates(order.choice, order.action_name)
        ready = require_some(found)
        for each in ready:
            if each.action is not None:
                require_confirmation(each.action, order.confirmed)
        require_room(order.payload, len(ready))
        require_fit(ready, await Forms(ready).refusals(order.payload))
        shown = await Forms(found).without_secrets(order.payload)
        record, targets = drafted(order, shown, found, actor, idempotency_key, self._clock.now())
        if not await self._store_new(record, targets, order.payload, actor):
            earlier = await self._earlier(order, actor, idempotency_key)
        return earlier or record

    @whole
    async def stop(self, run_id: str, actor: Actor, *, cancel_running: bool) -> RunRecord:
        """Start no more, and cancel what runs if asked. Raises NotFound, and Conflict for one that ended."""
        live = self._live.get(run_id)
        if live is None:
            await self._views.get(run_id)
            raise _completed()
        async with live.lock:
            if live.record.completed_at is not None:
                raise _completed()
            if live.record.stop_reason is None:
                await self._stop(live, StopReason.OPERATOR, actor)
        if cancel_running:
            await self._cancel(live, actor)
        return live.shown

    async def _cancel(self, live: LiveRun, actor: Actor) -> None:
        for target in tuple(live.targets):
            job = self._dispatcher.jobs.get(target.command_id or "")
            if job is None:
                continue
            try:
                await self._dispatcher.cancel(job, actor, f"run stopped by {actor.name}")
            except AlreadyCompleted:
                continue

    async def _earlier(self, order: RunOrder, actor: Actor, key: str | None) -> RunRecord | None:
        """What was made before with the key. Raises Invalid if that was something else."""
        if key is None:
            return None
        user_id, key_id = creator(actor)
        reader = self._store.reader
        found = await stored.by_idempotency(reader, user_id=user_id, key_id=key_id, key=key)
        if found is None:
            return None
        targets = await stored.targets(reader, found.id)
        if not same(found, [each.service_id for each in targets], order):
            text = "The key was used before, for another run."
            raise Invalid.at("Run validation failed.", ("Idempotency-Key", text))
        return self._views.shown(found)

    @whole
    async def _store_new(
        self, record: RunRecord, targets: list[RunTargetRecord], payload: dict[str, Any], actor: Actor
    ) -> bool:
        async def work(tx: Tx) -> bool:
            if not await stored.create(tx, record, targets):
                return False
            audit.record(tx, run_events.created(record, actor), record.created_at)
            return True

        if not await self._store.write(work):
            return False
        self._take_up(LiveRun.of(record, payload, targets))
        return True

    # --- after a start ---

    async def load(self) -> None:
        """Take up what is unfinished; commands that ended meanwhile count as they ended."""
        reader = self._store.reader
        self._views.load(await stored.newest(reader, FINISHED_RUNS_KEPT))
        for record, targets in await stored.load_open(reader):
            raw = record.raw_payload
            payload = record.payload if raw is None else msgspec.json.decode(raw)
            live = LiveRun.of(record, payload, targets)
            for target in targets:
                if target.status in ACTIVE and target.command_id is not None:
                    await self._resume(live, target, target.command_id)
            self._take_up(live)

    async def _resume(self, live: LiveRun, target: RunTargetRecord, command_id: str) -> None:
        job = self._dispatcher.jobs.get(command_id)
        if job is not None:
            self._follow(live, target.position, job)
            return
        found = await commands.get(self._store.reader, command_id)
        if found is None:
            self._lost(live, target)
        else:
            live.put(with_command(target, found), self._clock.now())

    # --- what commands tell ---

    def changed(self, job: Job) -> None:
        """A command changed."""
        found = self._of_command.get(job.record.id)
        if found is None:
            return
        live, position = found
        self._put(live, with_command(live.targets[position], job.record))
        if job.command.finished:
            del self._of_command[job.record.id]

    def deleted(self, command_id: str) -> None:
        """A command is no more; of one that had ended that is known already."""
        found = self._of_command.pop(command_id, None)
        if found is not None:
            live, position = found
            self._lost(live, live.targets[position])

    def _lost(self, live: LiveRun, target: RunTargetRecord) -> None:
        self._failed(live, target, "OUTCOME_UNKNOWN", "Its command was deleted before it ended.")

    def _follow(self, live: LiveRun, position: int, job: Job) -> None:
        self._of_command[job.record.id] = (live, position)
        self.changed(job)

    def _put(self, live: LiveRun, target: RunTargetRecord) -> None:
        before = live.targets[target.position]
        live.put(target, self._clock.now())
        self._views.target(target)
        if before.status != target.status:
            self._views.run(live)

    # --- from one to the next ---

    def _take_up(self, live: LiveRun) -> None:
        self._live[live.record.id] = live
        self._views.run(live)
        self._supervisor.keep("run", partial(self._drive, live))

    async def _drive(self, live: LiveRun) -> None:
        """Take step after step, until the run is over."""
        live.news.set()
        while live.record.completed_at is None:
            await live.news.wait()
            live.news.clear()
            try:
                async with live.lock:
                    await self._step(live)
            except StoreUnavailable as error:
                self._refused(live, error)

    def _refused(self, live: LiveRun, error: StoreUnavailable) -> None:
        log.warning("Run %s goes on later: %s", live.record.id, error)
        self._later(live)

    @staticmethod
    def _later(live: LiveRun) -> None:
        asyncio.get_running_loop().call_later(RETRY_SECONDS, live.news.set)

    async def _step(self, live: LiveRun) -> None:
        decision = live.decide()
        if decision.stop:
            await self._stop(live, StopReason.FAILURES, SYSTEM)
        elif decision.end is not None:
            await self._end(live, decision.end)
        else:
            await self._save(live, live.record)
            await self._start(live, decision)

    async def _start(self, live: LiveRun, decision: Decision) -> None:
        actor = await self._actor(live.record)
        async with asyncio.TaskGroup() as group:
            for target in live.waiting(decision.start):
                group.create_task(self._begin(live, target, actor))

    async def _begin(self, live: LiveRun, target: RunTargetRecord, actor: Actor) -> None:
        """Its turn has come: what cannot be done now was promised, so it counts as a failure."""
        try:
            job = await self._actions.execute_in_run(
                *(live.record.id, target.service_id, live.record.action_name, live.payload),
                confirmed=live.record.confirmed,
                actor=actor,
                beside=partial(_assign, target),
            )
        except StoreUnavailable as error:
            self._refused(live, error)
        except OpstageError as error:
            if self._targets.awaited(error):
                self._later(live)
            else:
                self._failed(live, target, error.code, error.message)
        except Exception:
            # It must not take those with it that begin beside it, nor be tried for ever.
            log.exception("Run %s cannot start its target %s", live.record.id, target.id)
            self._failed(live, target, "INTERNAL_ERROR", "It could not be started; the log says why.")
        else:
            self._follow(live, target.position, job)

    def _failed(self, live: LiveRun, target: RunTargetRecord, code: str, message: str) -> None:
        self._put(live, without_command(target, TargetStatus.FAILED, code, message, self._clock.now()))

    async def _actor(self, run: RunRecord) -> Actor:
        """Who made the run; an API key may have been deleted since."""
        key_id = run.created_by_key_id
        if key_id is not None and await api_keys.get(self._store.reader, key_id) is None:
            key_id = None
        return Actor(type="USER", id=run.created_by_user_id or key_id, name=run.created_by)

    async def _stop(self, live: LiveRun, reason: StopReason, actor: Actor) -> None:
        now = self._clock.now()
        record = replace(live.record, stop_reason=reason, updated_at=now)
        left = [
            without_command(
                target, TargetStatus.SKIPPED, STOPPED, "The run was stopped before its turn.", now
            )
            for target in live.waiting(record.total)
        ]
        await self._save(live, record, left, [run_events.stopped(record, actor, len(left))])
        live.news.set()

    async def _end(self, live: LiveRun, status: RunStatus) -> None:
        now = self._clock.now()
        record = replace(live.shown, status=status, raw_payload=None, completed_at=now, updated_at=now)
        await self._save(live, record, audits=[run_events.completed(record)])
        del self._live[record.id]

    async def _save(
        self,
        live: LiveRun,
        record: RunRecord,
        left: Sequence[RunTargetRecord] = (),
        audits: Sequence[AuditDraft] = (),
    ) -> None:
        """Store what ended, what is ``left`` and the run itself; then that is how they are."""
        ended = set(live.unsaved)
        if not ended and record is live.record:
            return

        async def work(tx: Tx) -> None:
            await stored.save_targets(tx, [*(live.targets[each] for each in ended), *left])
            if record is not live.record:
                await stored.save(tx, record)
            for event in audits:
                audit.record(tx, event, record.updated_at)

        await self._store.write(work)
        live.became(record)
        for target in left:
            self._put(live, target)
        live.unsaved -= ended | {target.position for target in left}
        self._views.run(live)


def _completed() -> Conflict:
    return Conflict("The run has already come to its end.", "RUN_ALREADY_COMPLETED")


async def _assign(target: RunTargetRecord, tx: Tx, command: CommandRecord) -> None:
    if not await stored.assign(tx, target.id, command.id):
        raise RuntimeError(f"expected the target {target.id} to wait, it does not")
