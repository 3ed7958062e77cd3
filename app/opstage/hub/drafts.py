"""Commands before they are made: what one carries of its service and action, and how long it may wait."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from opstage.hub.members import Agent
from opstage.store.records import ActionRecord, CommandDraft, ServiceRecord

PREPARE_SECONDS = 30.0
"""How long a form may take to come."""
PREPARE_SLACK_SECONDS = 5.0
"""Who asked gives up first and says so; the command expires by itself only when nobody does."""


def execution(
    agent: Agent | None,
    service: ServiceRecord,
    action: ActionRecord,
    payload: dict[str, Any],
    *,
    now: float,
    wait_seconds: float,
) -> CommandDraft:
    """To run the action. It waits ``wait_seconds`` to be accepted, or the action's own time if longer."""
    return CommandDraft(
        agent_id=service.agent_id,
        agent_code="" if agent is None else agent.record.code,
        service_id=service.id,
        service_code=service.code,
        service_name=service.name,
        type="ACTION_EXECUTE",
        action_name=action.name,
        action_label=action.label,
        payload=payload,
        input_schema=action.input_schema,
        retry_safe=action.retry_safe,
        timeout_seconds=action.timeout_seconds,
        expires_at=now + max(wait_seconds, action.timeout_seconds or 0),
    )


def preparation(
    agent: Agent | None, service: ServiceRecord, action: ActionRecord, *, now: float
) -> CommandDraft:
    """To fetch the action's form. It changes nothing, and does not wait for longer than anybody else."""
    return replace(
        execution(agent, service, action, {}, now=now, wait_seconds=0),
        type="ACTION_PREPARE",
        retry_safe=True,
        timeout_seconds=int(PREPARE_SECONDS),
        expires_at=now + PREPARE_SECONDS + PREPARE_SLACK_SECONDS,
    )
