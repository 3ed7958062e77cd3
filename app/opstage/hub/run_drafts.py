"""Runs before they are made: what was ordered, and what of it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from opstage.core.runs import RunStatus, TargetStatus, agrees
from opstage.errors import Conflict
from opstage.hub.actions import creator
from opstage.hub.run_targets import Candidate, Choice
from opstage.store import runs as stored
from opstage.store.records import ActionRecord, Actor
from opstage.store.runs import RunRecord, RunTargetRecord
from opstage_agent.wire import DangerLevel

_DANGERS = [each.value for each in DangerLevel]


@dataclass(frozen=True)
class RunOrder:
    """What somebody wants to have done."""

    action_name: str
    choice: Choice
    payload: dict[str, Any]
    confirmed: bool
    concurrency: int
    stop_after_failures: int | None


def drafted(
    order: RunOrder,
    shown: dict[str, Any],
    found: Sequence[Candidate],
    actor: Actor,
    idempotency_key: str | None,
    now: float,
) -> tuple[RunRecord, list[RunTargetRecord]]:
    """The new run and its targets; some of them are ready. ``shown``: the payload without secrets."""
    run_id, (user_id, key_id) = stored.run_id(now), creator(actor)
    targets = [_target(run_id, position, each, now) for position, each in enumerate(found)]
    actions = [each.action for each in found if each.problem is None and each.action is not None]
    record = RunRecord(
        id=run_id,
        action_name=order.action_name,
        action_label=actions[0].label,
        danger_level=_danger(actions),
        status=RunStatus.RUNNING,
        stop_reason=None,
        selector=None if order.choice.selector is None else str(order.choice.selector),
        payload=shown,
        raw_payload=None if shown == order.payload else msgspec.json.encode(order.payload).decode(),
        confirmed=order.confirmed,
        concurrency=order.concurrency,
        stop_after_failures=order.stop_after_failures,
        total=len(targets),
        counts=dict(Counter(each.status for each in targets)),
        created_by_user_id=user_id,
        created_by_key_id=key_id,
        created_by=actor.name,
        idempotency_key=idempotency_key,
        created_at=now,
        completed_at=None,
        updated_at=now,
    )
    return record, targets


def require_some(found: Sequence[Candidate]) -> list[Candidate]:
    """Those that can be run now. Raises Conflict if there are none, with how many there are of each cause."""
    ready = [each for each in found if each.problem is None]
    if not ready:
        problems = Counter(each.problem.code for each in found if each.problem is not None)
        text = "None of the services can run the action now." if found else "The selector picks no service."
        raise Conflict(text, "RUN_WITHOUT_TARGETS", details={"problems": dict(problems)})
    return ready


def same(found: RunRecord, services: Sequence[str], order: RunOrder) -> bool:
    """True if the order asks for what ``found`` did to ``services``; secrets cannot be compared."""
    selector, choice = order.choice.selector, order.choice
    aims = (
        found.selector == str(selector)
        if selector is not None
        else found.selector is None and list(services) == list(dict.fromkeys(choice.service_ids or ()))
    )
    terms = (found.action_name, found.confirmed, found.concurrency, found.stop_after_failures)
    asked = (order.action_name, order.confirmed, order.concurrency, order.stop_after_failures)
    return aims and terms == asked and agrees(found.payload, order.payload)


def _target(run_id: str, position: int, candidate: Candidate, now: float) -> RunTargetRecord:
    service, agent, problem = candidate.service.record, candidate.agent.record, candidate.problem
    return RunTargetRecord(
        id=stored.target_id(),
        run_id=run_id,
        position=position,
        service_id=service.id,
        service_code=service.code,
        service_name=service.name,
        agent_id=agent.id,
        agent_code=agent.code,
        status=TargetStatus.WAITING if problem is None else TargetStatus.SKIPPED,
        error_code=None if problem is None else problem.code,
        error_message=None if problem is None else problem.message,
        completed_at=None if problem is None else now,
    )


def _danger(actions: Sequence[ActionRecord]) -> str:
    """The greatest that any of them says."""
    return _DANGERS[max(_DANGERS.index(each.danger_level) for each in actions)]
