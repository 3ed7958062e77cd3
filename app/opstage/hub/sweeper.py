"""What has to be tidied up now and then, by a timer or because somebody asked for it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec

from opstage.clock import Clock
from opstage.core.times import iso
from opstage.hub.dispatcher import Dispatcher
from opstage.hub.fleet import Fleet
from opstage.hub.policies import Policies
from opstage.hub.retention import Retention, Swept
from opstage.hub.transitions import Transitions
from opstage.hub.whole import whole
from opstage.store import Store, StoreUnavailable, Tx, audit
from opstage.store.records import DEFAULT_WORKSPACE, SYSTEM, Actor, AuditDraft

log = logging.getLogger("opstage.hub")


class SweepResult(Swept, kw_only=True):
    """What a sweep did, and when it began."""

    ran_at: str


class Sweeper:
    """The sweep, one at a time."""

    def __init__(
        self,
        policies: Policies,
        store: Store,
        clock: Clock,
        fleet: Fleet,
        dispatcher: Dispatcher,
        transitions: Transitions,
        retention: Retention,
    ) -> None:
        self._policies = policies
        self._store = store
        self._clock = clock
        self._fleet = fleet
        self._dispatcher = dispatcher
        self._transitions = transitions
        self._retention = retention
        self._sweeping = asyncio.Lock()
        self._rescheduled = asyncio.Event()

    def reschedule(self) -> None:
        """The interval may have changed: the timer starts anew."""
        self._rescheduled.set()

    async def run(self) -> None:
        """Sweep at the interval in force, until cancelled; with an interval of 0 only wait for another."""
        while True:
            self._rescheduled.clear()
            try:
                async with asyncio.timeout(self._policies.current.maintenance_interval_seconds or None):
                    await self._rescheduled.wait()
            except TimeoutError:
                await self._sweep_by_timer()

    async def _sweep_by_timer(self) -> None:
        try:
            await self._sweep(asked=False)
        except StoreUnavailable as error:
            log.warning("The sweep waits for the database: %s", error)

    @whole
    async def sweep_for(self, actor: Actor) -> SweepResult:
        """Sweep now, after one that is at it; audited with the actor.

        Other than by the timer, agents that were silent for too long are given up at once.
        """
        done = await self._sweep(asked=True)
        metadata = {"result": msgspec.to_builtins(done)}
        await self._store.write(lambda tx: self._note(tx, "maintenance.triggered", actor, metadata))
        return done

    async def _sweep(self, *, asked: bool) -> SweepResult:
        async with self._sweeping:
            now = self._clock.now()
            done = SweepResult(ran_at=iso(now))
            done.expired_registration_tokens = await self._retention.expire_tokens(now)
            done.expired_commands = await self._dispatcher.settle_due()
            if asked:
                done.offline_agents, done.offline_services = await self._fleet.give_up_silent()
                await self._transitions.flush()
            await self._retention.apply(done, now)
            await self._store.write(lambda tx: self._conclude(tx, done))
            return done

    async def _conclude(self, tx: Tx, done: SweepResult) -> None:
        counted = {name: value for name, value in msgspec.to_builtins(done).items() if name != "ranAt"}
        if any(counted.values()):
            await self._note(tx, "maintenance.run", SYSTEM, counted)
        await audit.save_anchor(tx, self._clock.now())

    async def _note(self, tx: Tx, action: str, actor: Actor, metadata: dict[str, Any]) -> None:
        event = AuditDraft(
            action=action,
            actor=actor,
            target_type="Workspace",
            target_id=DEFAULT_WORKSPACE,
            metadata=metadata,
        )
        audit.record(tx, event, self._clock.now())
