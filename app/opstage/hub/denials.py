"""Calls of operators that were refused or failed, written to the audit trail after the answer.

Nobody waits for it and nothing fails by it: an answer is what it is, whether or not the trail can be
written. Who is refused all the time is written down now and then, with the number left out.
"""

from __future__ import annotations

import logging

from opstage.clock import Clock
from opstage.core.admission import KeyedBuckets
from opstage.hub.supervisor import Supervisor
from opstage.store import Store, StoreUnavailable, Tx, audit
from opstage.store.records import Actor, AuditDraft

log = logging.getLogger("opstage.hub")

AT_ONCE = 30
PER_SECOND = 0.5
"""Events of one actor: so many at once, and in the long run."""
PATH_CHARACTERS = 300


class Denials:
    """Notes refusals."""

    def __init__(self, store: Store, clock: Clock, supervisor: Supervisor) -> None:
        self._store = store
        self._clock = clock
        self._supervisor = supervisor
        self._buckets = KeyedBuckets(PER_SECOND, AT_ONCE)
        self._left_out: dict[str, int] = {}

    def note(self, actor: Actor, *, method: str, path: str, code: str, status: int) -> None:
        """A call of ``actor`` was answered with this error."""
        key = actor.id or ""
        if self._buckets.take(key, self._clock.now()):
            self._leave_out(key, 1)
            return
        left_out = self._left_out.pop(key, 0)
        metadata = {"method": method, "path": path[:PATH_CHARACTERS], "code": code, "status": status}
        event = AuditDraft(
            action="permission.denied" if status == 403 else "request.failed",
            actor=actor,
            result="FAILURE",
            metadata=metadata | ({"leftOut": left_out} if left_out else {}),
        )
        self._supervisor.once("denial", self._write(event, key, left_out))

    async def _write(self, event: AuditDraft, key: str, left_out: int) -> None:
        async def record(tx: Tx) -> None:
            audit.record(tx, event, self._clock.now())

        try:
            await self._store.write(record)
        except StoreUnavailable as error:
            self._leave_out(key, left_out + 1)
            log.warning("A refusal is missing from the audit trail: %s", error)

    def _leave_out(self, key: str, count: int) -> None:
        self._left_out[key] = self._left_out.get(key, 0) + count
