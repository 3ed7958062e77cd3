"""Audit events about agents, services and commands (``docs/concepts.md``, Audit)."""

from __future__ import annotations

from typing import Any

from opstage.core.command import CommandStatus
from opstage.store.records import (
    SYSTEM,
    Actor,
    AgentRecord,
    AuditDraft,
    CommandRecord,
    ServiceRecord,
)


def by_agent(record: AgentRecord) -> Actor:
    """The agent as the one who acts."""
    return Actor(type="AGENT", id=record.id, name=record.code)


def about_agent(record: AgentRecord, action: str, actor: Actor, **metadata: object) -> AuditDraft:
    """Something was done to the agent, or it did something that concerns itself."""
    return AuditDraft(
        action=action,
        actor=actor,
        target_type="Agent",
        target_id=record.id,
        target_name=record.code,
        metadata=metadata,
    )


def about_service(record: ServiceRecord, action: str, actor: Actor, **metadata: object) -> AuditDraft:
    """Something was done to the service."""
    return AuditDraft(
        action=action,
        actor=actor,
        target_type="CapsuleService",
        target_id=record.id,
        target_name=record.code,
        metadata=metadata,
    )


def _agent(record: CommandRecord) -> Actor:
    return Actor(type="AGENT", id=record.agent_id, name=record.agent_code)


def _about(
    record: CommandRecord,
    action: str,
    actor: Actor,
    metadata: dict[str, Any] | None = None,
    **rest: object,
) -> AuditDraft:
    return AuditDraft(
        action=action,
        actor=actor,
        target_type="Command",
        target_id=record.id,
        target_name=f"{record.service_code} {record.action_name}",
        metadata=(metadata or {}) | of_run(record.run_id),
        **rest,  # type: ignore[arg-type]
    )


def of_run(run_id: str | None) -> dict[str, Any]:
    """What the metadata of an event of one of a run's commands says beside the rest."""
    return {} if run_id is None else {"runId": run_id}


def sent(record: CommandRecord) -> AuditDraft:
    """It was given to its agent."""
    return _about(record, "command.dispatched", _agent(record), metadata={"attempt": record.attempt})


def finished(record: CommandRecord) -> AuditDraft:
    """Its agent told the outcome."""
    return _ended(record, _agent(record))


def cancelled(record: CommandRecord, actor: Actor, reason: str | None) -> AuditDraft:
    """Somebody cancelled it."""
    return _about(record, "command.cancelled", actor, message=reason)


def reconciled(record: CommandRecord) -> list[AuditDraft]:
    """The agent came back without it, or refused it; only an end is audited."""
    return [_ended(record, SYSTEM)] if record.completed_at is not None else []


def timed_out(record: CommandRecord) -> list[AuditDraft]:
    """Time ended it, or gave it back to be sent again."""
    if record.status == CommandStatus.EXPIRED:
        return [_about(record, "system.command.expired", SYSTEM, metadata={"count": 1})]
    return reconciled(record)


def _ended(record: CommandRecord, actor: Actor) -> AuditDraft:
    if record.status == CommandStatus.SUCCEEDED:
        return _about(record, "command.completed", actor)
    return _about(
        record,
        "command.failed",
        actor,
        result="FAILURE",
        message=record.error_message,
        metadata={"errorCode": record.error_code},
    )
