"""What an operator does to a service: prepare a form, execute an action, cancel it, do it again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.command import AlreadyCompleted, CommandStatus
from opstage.core.payload_secrets import without_secrets
from opstage.errors import Conflict, Invalid, NotFound, PrepareFailed, PrepareTimeout
from opstage.hub import drafts, payloads, rows
from opstage.hub.delivery import Make
from opstage.hub.dispatcher import Dispatcher, completed
from opstage.hub.drafts import PREPARE_SECONDS
from opstage.hub.events import about_service, of_run
from opstage.hub.fleet import Fleet
from opstage.hub.jobs import Job
from opstage.hub.members import Service, require_in_use
from opstage.settings import Settings
from opstage.store import Store, Tx, commands, services
from opstage.store.errors import DuplicateCommand
from opstage.store.records import (
    ActionRecord,
    Actor,
    AuditDraft,
    CommandDraft,
    CommandRecord,
    ResultRecord,
)

_RETRYABLE = {"FAILED", "EXPIRED", "CANCELLED"}

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
        """A new command, or the one made before with the same key.

        Raises what ``docs/rest.md`` names, and then nothing is stored.
        """
        service, action = await self._find(service_id, action_name)
        draft = self._execution(service, action, payload, actor, idempotency_key)
        earlier = await self._earlier(draft)
        if earlier is not None:
            return earlier
        self._require_executable(service, action, payload, confirmed)
        return await self._create(draft, _requested(service, action, actor))

    async def execute_in_run(
        self,
        run_id: str,
        service_id: str,
        action_name: str,
        payload: dict[str, Any],
        *,
        confirmed: bool,
        actor: Actor,
        beside: Callable[[Tx, CommandRecord], Awaitable[None]],
    ) -> Job:
        """As execute, for a run; what ``beside`` stores is stored with the command, or neither is."""
        service, action = await self._find(service_id, action_name)
        self._require_executable(service, action, payload, confirmed)
        draft = replace(self._execution(service, action, payload, actor, None), run_id=run_id)
        audits = _requested(service, action, actor, run_id)

        async def work(tx: Tx, make: Make) -> Job:
            job = await make(tx, draft, audits)
            await beside(tx, job.record)
            return job

        return await self._dispatcher.create_within(work)

    async def retry(
        self,
        command_id: str,
        payload: dict[str, Any] | None,
        *,
        confirmed: bool,
        actor: Actor,
        idempotency_key: str | None = None,
    ) -> CommandRecord:
        """A new command that does the same again, with ``payload`` in place of the old one if given.

        Its agent may be away for the moment. Raises what ``docs/rest.md`` names, and then nothing is stored.
        """
        source = await self._retryable(command_id)
        service, action = await self._find(source.service_id, source.action_name)
        if source.secrets_dropped and payload is None:
            raise Conflict(
                "The secrets in the payload were dropped when the command ended: send the payload again.",
                "COMMAND_NOT_RETRYABLE",
                details={"reason": "secrets_dropped"},
            )
        given = source.payload if payload is None else payload
        draft = self._execution(service, action, given, actor, idempotency_key)
        earlier = await self._earlier(draft)
        if earlier is not None:
            return earlier
        self._require_available(source, service)
        require_confirmation(action, confirmed)
        payloads.check(action, given)
        return await self._create(draft, [_retried(source, actor)])

    async def _create(self, draft: CommandDraft, audits: list[AuditDraft]) -> CommandRecord:
        try:
            return (await self._dispatcher.create(draft, audits)).record
        except DuplicateCommand:
            earlier = await self._earlier(draft)
            if earlier is None:
                raise
            return earlier

    async def prepare(self, service_id: str, action_name: str, *, actor: Actor) -> Prepared:
        """Fetch the form from the agent. Raises PrepareTimeout after 30 s and PrepareFailed."""
        service, action = await self._find(service_id, action_name)
        self.require_ready(service)
        agent = self._fleet.agent(service.record.agent_id)
        draft = drafts.preparation(agent, service.record, action, now=self._clock.now())
        job = await self._dispatcher.create(
            _asked_by(draft, actor), _prepare_requested(service, action, actor)
        )
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
            await self._command(command_id)
            raise completed()
        try:
            await self._dispatcher.cancel(job, actor, f"cancelled by {actor.name}")
        except AlreadyCompleted as error:
            raise completed() from error
        return job.record

    async def _command(self, command_id: str) -> CommandRecord:
        found = await commands.get(self._store.reader, command_id)
        if found is None:
            raise NotFound("Command not found.", "COMMAND_NOT_FOUND")
        return found

    async def _retryable(self, command_id: str) -> CommandRecord:
        command = await self._command(command_id)
        if command.type != "ACTION_EXECUTE" or command.status not in _RETRYABLE:
            text = f"Only an executed action that ended without success can be retried, not {command.status}."
            details = {"reason": "state", "type": command.type, "status": command.status}
            raise Conflict(text, "COMMAND_NOT_RETRYABLE", details=details)
        return command

    def _require_available(self, source: CommandRecord, service: Service) -> None:
        """The agent exists, may work, and still has the service; whether it is there now does not matter."""
        require_in_use(service)
        agent = self._fleet.agent(source.agent_id)
        if agent is None or agent.record.status in {"DISABLED", "REVOKED"}:
            reason = "gone" if agent is None else agent.record.status.lower()
        elif service.record.agent_id != source.agent_id:
            reason = "service_moved"
        else:
            return
        text = "The agent of the command cannot take it again."
        raise Conflict(text, "AGENT_NOT_AVAILABLE", details={"reason": reason})

    async def _find(self, service_id: str, action_name: str) -> tuple[Service, ActionRecord]:
        service = self._fleet.require_service(service_id)
        action = await services.action(self._store.reader, service_id, action_name)
        return service, require_offered(action)

    async def _earlier(self, draft: CommandDraft) -> CommandRecord | None:
        """What was made before with the key of the draft. Raises Invalid if that was something else."""
        if draft.idempotency_key is None:
            return None
        found = await commands.by_idempotency(
            self._store.reader,
            user_id=draft.created_by_user_id,
            key_id=draft.created_by_key_id,
            key=draft.idempotency_key,
        )
        if found is not None and not _same(found, draft):
            text = "The key was used before, for another service, action or payload."
            raise Invalid.at("Action validation failed.", ("Idempotency-Key", text))
        return found

    def _require_executable(
        self, service: Service, action: ActionRecord, payload: dict[str, Any], confirmed: bool
    ) -> None:
        require_confirmation(action, confirmed)
        self.require_ready(service)
        payloads.check(action, payload)

    def require_ready(self, service: Service) -> None:
        """Raise Conflict if nothing can be asked of the service now."""
        require_in_use(service)
        code = self._fleet.readiness(service.record.agent_id)
        if code is not None:
            raise Conflict(_NOT_READY[code], code)

    def _execution(
        self,
        service: Service,
        action: ActionRecord,
        payload: dict[str, Any],
        actor: Actor,
        idempotency_key: str | None,
    ) -> CommandDraft:
        agent, wait = self._fleet.agent(service.record.agent_id), self._settings.command_seconds
        draft = drafts.execution(
            agent, service.record, action, payload, now=self._clock.now(), wait_seconds=wait
        )
        return replace(_asked_by(draft, actor), idempotency_key=idempotency_key)

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


def creator(actor: Actor) -> tuple[str | None, str | None]:
    """The ids of user and API key, one of them None: a key acts as a user, but is none."""
    is_key = (actor.id or "").startswith("key_")
    return (None, actor.id) if is_key else (actor.id, None)


def _asked_by(draft: CommandDraft, actor: Actor) -> CommandDraft:
    user_id, key_id = creator(actor)
    return replace(draft, created_by_user_id=user_id, created_by_key_id=key_id, created_by=actor.name)


def require_offered(action: ActionRecord | None) -> ActionRecord:
    """The action. Raises NotFound if the service does not offer it, or not now."""
    if action is None or not action.enabled:
        raise NotFound("Action not found.", "ACTION_NOT_FOUND")
    return action


def require_confirmation(action: ActionRecord, confirmed: bool) -> None:
    """Raise Conflict if the action has to be confirmed and is not."""
    if action.requires_confirmation and not confirmed:
        raise Conflict(f"{action.label} needs to be confirmed.", "ACTION_REQUIRES_CONFIRMATION")


def _same(found: CommandRecord, draft: CommandDraft) -> bool:
    """True if the draft asks for what ``found`` did; secrets cannot be compared once they are dropped."""
    asked = draft.payload
    if found.secrets_dropped:
        asked = without_secrets(asked, draft.input_schema)
    aims = (found.service_id, found.type, found.action_name) == (
        *(draft.service_id, draft.type, draft.action_name),
    )
    return aims and _canonical(found.payload) == _canonical(asked)


_canonical = msgspec.json.Encoder(order="sorted").encode
"""Python takes 1, 1.0 and true for equal; JSON does not."""


def _details(job: Job) -> dict[str, Any]:
    return {
        "commandId": job.record.id,
        "commandStatus": job.record.status,
        "actionName": job.record.action_name,
        "agentId": job.record.agent_id,
        "serviceId": job.record.service_id,
    }


def _requested(
    service: Service, action: ActionRecord, actor: Actor, run_id: str | None = None
) -> list[AuditDraft]:
    run = of_run(run_id)
    created = AuditDraft(
        action="command.created",
        actor=actor,
        target_type="Command",
        target_name=f"{service.record.code} {action.name}",
        metadata={"serviceId": service.record.id, "actionName": action.name} | run,
    )
    what = {"actionName": action.name} | run
    requested = about_service(service.record, "service.action.requested", actor, **what)
    return [requested, created]


def _retried(source: CommandRecord, actor: Actor) -> AuditDraft:
    return AuditDraft(
        action="command.retried",
        actor=actor,
        target_type="Command",
        target_name=f"{source.service_code} {source.action_name}",
        metadata={"sourceCommandId": source.id},
    )


def _prepare_requested(service: Service, action: ActionRecord, actor: Actor) -> list[AuditDraft]:
    what = {"actionName": action.name, "commandId": None}
    return [about_service(service.record, "service.action.prepare_requested", actor, **what)]
