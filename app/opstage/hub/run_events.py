"""Audit events about runs (``docs/concepts.md``, Audit)."""

from __future__ import annotations

from opstage.core.runs import RunStatus
from opstage.store.records import SYSTEM, Actor, AuditDraft
from opstage.store.runs import RunRecord


def created(run: RunRecord, actor: Actor) -> AuditDraft:
    """Somebody had one action run on many services."""
    what = {
        "total": run.total,
        "counts": run.counts,
        "selector": run.selector,
        "concurrency": run.concurrency,
        "stopAfterFailures": run.stop_after_failures,
    }
    return _about(run, "run.created", actor, metadata=what)


def stopped(run: RunRecord, actor: Actor, left: int) -> AuditDraft:
    """It starts no more; ``left``: how many still waited."""
    return _about(run, "run.stopped", actor, metadata={"reason": run.stop_reason, "left": left})


def completed(run: RunRecord) -> AuditDraft:
    """It is over."""
    result = "SUCCESS" if run.status == RunStatus.SUCCEEDED else "FAILURE"
    what = {"status": run.status, "counts": run.counts}
    return _about(run, "run.completed", SYSTEM, result=result, metadata=what)


def _about(run: RunRecord, action: str, actor: Actor, **rest: object) -> AuditDraft:
    return AuditDraft(
        action=action,
        actor=actor,
        target_type="Run",
        target_id=run.id,
        target_name=run.action_name,
        **rest,  # type: ignore[arg-type]
    )
