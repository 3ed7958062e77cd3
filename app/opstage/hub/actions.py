"""What an operator does to a service: prepare a form, execute an action, cancel it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from opstage.clock import Clock
from opstage.core.command import AlreadyCompleted, CommandStatus
from opstage.errors import Conflict, NotFound, PrepareFailed, PrepareTimeout
from opstage.hub import payloads, rows
from opstage.hub.dispatcher import Dispatcher
from opstage.hub.fleet import Fleet, Service
from opstage.hub.jobs import Job
from opstage.settings import Settings
from opstage.store import Store, commands, services
from opstage.store.errors import DuplicateCommand
from opstage.store.records import (
    ActionRecord,
    Actor,
    AuditDraft,
    CommandDraft,
    CommandRecord,
    ResultRecord,
)

PREPARE_SECONDS = 30.0
"""How long a form may take to come."""

PREPARE_SLACK_SECONDS = 5.0
"""Who asked gives up first and says so; the command expires by itself only when nobody does."""

_NOT_READY = {
    "AGENT_NOT_FOUND": "The agent of this service does not exist.",
    "AGENT_OFFLINE": "The agent of this service is offline.",
    "AGENT_DISABLED": "The agent of this service is disabled.",
    "AGENT_REVOKED": "The agent of this service is revoked.",
    "AGENT_NOT_READY": "The agent of this service never made contact.",
    "AGENT_HEARTBEAT_STALE": "The agent of this service has not been heard of for too long.",
}


@dataclass(frozen=True)
class Prepared:
    """A form: the action as it is now, start values, state, and the command that fetched it."""

    action: dict[str, Any]
    initial_payload: dict[str, Any]
    current_state: dict[str, Any]
    command: CommandRecord
    result: ResultRecord | None


class Actions:
    """Turns what operators ask into commands, after every check that can refuse them."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, fleet: Fleet, dispatcher: Dispatcher
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._fleet = fleet
        self._dispatcher = dispatcher

    async def execute(
        self,
        service_id: str,
        action_name: str,
        payload: dict[str, Any],
        *,
        confirmed: bool,
        actor: Actor,
        idempotency_key: str | None = None,
    ) -> CommandRecord:
        """A new command, or the one made before with the same key. Raises what the contract names."""
        service, action = await self._find(service_id, action_name)
        if idempotency_key is not None:
            earlier = await self._earlier(actor, idempotency_key)
            if earlier is not None:
                return earlier
        if action.requires_confirmation and not confirmed:
            raise Conflict(f"{action.label} needs to be confirmed.", "ACTION_REQUIRES_CONFIRMATION")
        self._require_ready(service)
        payloads.check(action, payload)
        draft = self._draft(service, action, "ACTION_EXECUTE", payload, actor, idempotency_key)
        try:
            job = await self._dispatcher.create(draft, _requested(service, action, actor))
        except DuplicateCommand:
            earlier = await self._earlier(actor, idempotency_key or "")
            if earlier is None:
                raise
            return earlier
        return job.record

    async def prepare(self, service_id: str, action_name: str, *, actor: Actor) -> Prepared:
        """Fetch the form from the agent. Raises PrepareTimeout after 30 s and PrepareFailed."""
        service, action = await self._find(service_id, action_name)
        self._require_ready(service)
        draft = self._draft(service, action, "ACTION_PREPARE", {}, actor, None)
        job = await self._dispatcher.create(draft, _prepare_requested(service, action, actor))
        try:
            async with asyncio.timeout(PREPARE_SECONDS):
                await job.done.wait()
        except TimeoutError:
            text = f"The agent did not answer within {PREPARE_SECONDS:.0f} s."
            await self._dispatcher.expire(job, "ACTION_PREPARE_TIMEOUT", text)
            raise PrepareTimeout(text, details=_details(job)) from None
        return self._prepared(action, job)

    async def cancel(self, command_id: str, *, actor: Actor) -> CommandRecord:
        """Ask for a cancellation. Raises NotFound, and Conflict for one that came to its end."""
        job = self._dispatcher.jobs.get(command_id)
        if job is None:
            if await commands.get(self._store.reader, command_id) is None:
                raise NotFound("Command not found.", "COMMAND_NOT_FOUND")
            raise _completed()
        try:
            await self._dispatcher.cancel(job, actor, f"cancelled by {actor.name}")
        except AlreadyCompleted as error:
            raise _completed() from error
        return job.record

    async def _find(self, service_id: str, action_name: str) -> tuple[Service, ActionRecord]:
        service = self._fleet.service(service_id)
        if service is None:
            raise NotFound("Capsule Service not found.", "CAPSULE_SERVICE_NOT_FOUND")
        action = await services.action(self._store.reader, service_id, action_name)
        if action is None or not action.enabled:
            raise NotFound("Action not found.", "ACTION_NOT_FOUND")
        return service, action

    async def _earlier(self, actor: Actor, key: str) -> CommandRecord | None:
        return await commands.by_idempotency(self._store.reader, actor.id or "", key)

    def _require_ready(self, service: Service) -> None:
        code = self._fleet.readiness(service.record.agent_id)
        if code is not None:
            raise Conflict(_NOT_READY[code], code)

    def _draft(
        self,
        service: Service,
        action: ActionRecord,
        kind: str,
        payload: dict[str, Any],
        actor: Actor,
        idempotency_key: str | None,
    ) -> CommandDraft:
        agent = self._fleet.agent(service.record.agent_id)
        executing = kind == "ACTION_EXECUTE"
        wait = max(self._settings.command_seconds, action.timeout_seconds or 0)
        return CommandDraft(
            agent_id=service.record.agent_id,
            agent_code="" if agent is None else agent.record.code,
            service_id=service.record.id,
            service_code=service.record.code,
            service_name=service.record.name,
            type=kind,
            action_name=action.name,
            action_label=action.label,
            payload=payload,
            created_by_user_id=actor.id,
            created_by=actor.name,
            retry_safe=action.retry_safe or not executing,
            timeout_seconds=action.timeout_seconds if executing else int(PREPARE_SECONDS),
            # A form that nobody waits for any more must not wait itself.
            expires_at=self._clock.now() + (wait if executing else PREPARE_SECONDS + PREPARE_SLACK_SECONDS),
            idempotency_key=idempotency_key,
        )

    @staticmethod
    def _prepared(action: ActionRecord, job: Job) -> Prepared:
        if job.command.status is not CommandStatus.SUCCEEDED:
            code = job.record.error_code or "ACTION_PREPARE_FAILED"
            raise PrepareFailed(
                job.record.error_message or "The form could not be made.", code, details=_details(job)
            )
        data = {} if job.result is None else job.result.data
        shown = payloads.overlaid(rows.action_body(action), data.get("action"))
        start, state = data.get("initialPayload"), data.get("currentState")
        return Prepared(
            action=shown,
            initial_payload=start if isinstance(start, dict) else payloads.initial(shown.get("inputSchema")),
            current_state=state if isinstance(state, dict) else {},
            command=job.record,
            result=job.result,
        )


def _completed() -> Conflict:
    return Conflict("The command has already come to its end.", "COMMAND_ALREADY_COMPLETED")


def _details(job: Job) -> dict[str, Any]:
    return {
        "commandId": job.record.id,
        "commandStatus": job.record.status,
        "actionName": job.record.action_name,
        "agentId": job.record.agent_id,
        "serviceId": job.record.service_id,
    }


def _on_service(service: Service, action: str, actor: Actor, metadata: dict[str, Any]) -> AuditDraft:
    return AuditDraft(
        action=action,
        actor=actor,
        target_type="CapsuleService",
        target_id=service.record.id,
        target_name=service.record.code,
        metadata=metadata,
    )


def _requested(service: Service, action: ActionRecord, actor: Actor) -> list[AuditDraft]:
    created = AuditDraft(
        action="command.created",
        actor=actor,
        target_type="Command",
        target_name=f"{service.record.code} {action.name}",
        metadata={"serviceId": service.record.id, "actionName": action.name},
    )
    return [
        _on_service(service, "service.action.requested", actor, {"actionName": action.name}),
        created,
    ]


def _prepare_requested(service: Service, action: ActionRecord, actor: Actor) -> list[AuditDraft]:
    metadata = {"actionName": action.name, "commandId": None}
    return [_on_service(service, "service.action.prepare_requested", actor, metadata)]
