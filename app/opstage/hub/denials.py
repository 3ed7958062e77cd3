"""Calls and registrations that were refused or failed, written to the audit trail after the answer.

Nobody waits for it and nothing fails by it: an answer is what it is, whether or not the trail can be
written. Who is refused all the time is written down now and then, with the number left out.
"""

from __future__ import annotations

import logging

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.admission import KeyedBuckets
from opstage.hub.supervisor import Supervisor
from opstage.store import Store, StoreUnavailable, Tx, audit
from opstage.store.records import Actor, AgentIdentity, AuditDraft, TokenRecord

log = logging.getLogger("opstage.hub")

AT_ONCE = 30
PER_SECOND = 0.5
"""Events of one actor or token: so many at once, and in the long run."""
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
        metadata = {"method": method, "path": path[:PATH_CHARACTERS], "code": code, "status": status}
        action = "permission.denied" if status == 403 else "request.failed"
        event = AuditDraft(action=action, actor=actor, result="FAILURE", metadata=metadata)
        self._tell(event, actor.id or "")

    def registration(
        self, agent: AgentIdentity, token: TokenRecord | None, reason: str, address: str | None
    ) -> None:
        """An agent was not let in; ``token`` is the one it came with, if that is one of ours."""
        event = AuditDraft(
            action="registration_token.refused",
            actor=Actor(type="AGENT", name=agent.code, ip_address=address),
            target_type="RegistrationToken",
            target_id=token.id if token else None,
            target_name=token.name if token else None,
            result="FAILURE",
            metadata={"reason": reason},
        )
        self._tell(event, token.id if token else "registration")

    def _tell(self, event: AuditDraft, key: str) -> None:
        if self._buckets.take(key, self._clock.now()):
            self._leave_out(key, 1)
            return
        left_out = self._left_out.pop(key, 0)
        if left_out:
            event = replace(event, metadata=event.metadata | {"leftOut": left_out})
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
