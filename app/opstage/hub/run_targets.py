"""Which services a run would reach, and what keeps some of them from it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from opstage.core.payload_secrets import without_secrets
from opstage.core.rows import RunActionBody, RunPreviewBody, RunTargetBody
from opstage.core.selector import Selector
from opstage.errors import Invalid, OpstageError
from opstage.hub import payloads, rows
from opstage.hub.actions import Actions, require_offered
from opstage.hub.derived import service_labels
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent, Service
from opstage.store import Store, services
from opstage.store.records import ActionRecord

MOST_TARGETS = 1000
MOST_PAYLOAD_BYTES = 64 * 1024 * 1024
"""For all targets together: the command of each keeps a payload of its own."""
READ_AT_ONCE = 50
"""Actions, with their schemas, that are read by one query, and keep the event loop meanwhile."""


@dataclass(frozen=True)
class Choice:
    """Services named one by one, or picked by a selector: one of the two."""

    service_ids: Sequence[str] | None
    selector: Selector | None


@dataclass(frozen=True)
class Candidate:
    """A service that was chosen, its action if it has one of the name, and why it cannot be run now."""

    agent: Agent
    service: Service
    action: ActionRecord | None
    problem: OpstageError | None


class Forms:
    """A payload at the input schemas of services found together: what they share is looked at once."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._actions: dict[int, ActionRecord] = {}
        for each in candidates:
            if each.action is not None:
                self._actions.setdefault(_form(each.action), each.action)

    @property
    def same(self) -> bool:
        """True if there is one, and no other."""
        return len(self._actions) == 1

    async def refusals(self, payload: dict[str, Any]) -> dict[int, Invalid]:
        """What each form that the payload does not fit says of it."""
        found: dict[int, Invalid] = {}
        for form, action in self._actions.items():
            await asyncio.sleep(0)
            try:
                payloads.check(action, payload)
            except Invalid as error:
                found[form] = error
        return found

    async def without_secrets(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload without what any of them calls secret."""
        for action in self._actions.values():
            await asyncio.sleep(0)
            payload = without_secrets(payload, action.input_schema)
        return payload


class RunTargets:
    """Finds the targets of runs."""

    def __init__(self, store: Store, fleet: Fleet, actions: Actions) -> None:
        self._store = store
        self._fleet = fleet
        self._actions = actions

    async def candidates(self, choice: Choice, action_name: str | None) -> list[Candidate]:
        """Who is chosen, and what stands in the way; without a name only whether they are there.

        Input schemas that are equal are one object.

        Raises NotFound for a service that is named and does not exist, Invalid for too many.
        """
        chosen = self._chosen(choice)
        ids = [service.record.id for _, service in chosen]
        named = {} if action_name is None else await self._named(action_name, ids)
        return [
            Candidate(agent, service, action, self._problem(service, action, action_name))
            for agent, service in chosen
            for action in (named.get(service.record.id),)
        ]

    async def preview(
        self, choice: Choice, action_name: str | None, payload: dict[str, Any] | None
    ) -> RunPreviewBody:
        """What a run would do. Raises as ``candidates``, and Invalid for a payload that is too large."""
        found = await self.candidates(choice, action_name)
        ready = [each for each in found if each.problem is None]
        if payload is not None:
            require_room(payload, len(ready))
            found = await _fitting(found, payload)
        first = ready[0].action if ready else None
        ids = [each.service.record.id for each in found]
        return RunPreviewBody(
            total=len(found),
            ready=sum(each.problem is None for each in found),
            actions=[_offered(each) for each in await services.offered_by(self._store.reader, ids)],
            action=None if first is None else rows.action_body(first),
            same_form=Forms(ready).same,
            targets=[body for each in found if (body := self._body(each)) is not None],
        )

    def awaited(self, problem: OpstageError) -> bool:
        """True for what may pass by itself: the server just started, and the agent is not back yet."""
        return problem.code == "AGENT_HEARTBEAT_STALE" and self._fleet.gathering

    def _chosen(self, choice: Choice) -> list[tuple[Agent, Service]]:
        if choice.selector is not None:
            return self._selected(choice.selector)
        return [self._named_service(each) for each in dict.fromkeys(choice.service_ids or ())]

    def _selected(self, selector: Selector) -> list[tuple[Agent, Service]]:
        fulfilled = selector.predicate()
        found = [
            (agent, service)
            for agent, service in self._fleet.services()
            if service.in_use and fulfilled(service_labels(agent.record, service.record))
        ]
        if len(found) > MOST_TARGETS:
            text = f"Expected at most {MOST_TARGETS} services, this selects {len(found)}."
            raise Invalid.at("Run validation failed.", ("selector", text))
        return sorted(found, key=lambda each: each[1].record.code)

    def _named_service(self, service_id: str) -> tuple[Agent, Service]:
        service = self._fleet.require_service(service_id)
        return self._fleet.require_agent(service.record.agent_id), service

    async def _named(self, name: str, ids: list[str]) -> dict[str, ActionRecord]:
        found: dict[str, ActionRecord] = {}
        schemas: dict[bytes, dict[str, Any]] = {}
        for start in range(0, len(ids), READ_AT_ONCE):
            part = ids[start : start + READ_AT_ONCE]
            for action in await services.actions_named(self._store.reader, name, part):
                shared = schemas.setdefault(_canonical(action.input_schema), action.input_schema)
                found[action.service_id] = replace(action, input_schema=shared)
        return found

    def _problem(
        self, service: Service, action: ActionRecord | None, name: str | None
    ) -> OpstageError | None:
        try:
            if name is not None:
                require_offered(action)
            self._actions.require_ready(service)
        except OpstageError as error:
            return error
        return None

    def _body(self, candidate: Candidate) -> RunTargetBody | None:
        row, problem = self._fleet.service_row(candidate.service.record.id), candidate.problem
        if row is None:
            return None
        return RunTargetBody(
            service_id=row.id,
            service_code=row.code,
            service_name=row.name,
            agent_id=row.agent_id,
            agent_code=row.agent_code,
            status=row.status,
            connection=row.connection,
            problem=None if problem is None else problem.code,
            message=None if problem is None else problem.message,
        )


def _form(action: ActionRecord) -> int:
    # Candidates that were found together share equal schemas: a thousand need not be compared again.
    return id(action.input_schema)


_canonical = msgspec.json.Encoder(order="sorted").encode


async def _fitting(found: list[Candidate], payload: dict[str, Any]) -> list[Candidate]:
    """The same, with what the payload does not fit as a problem."""
    refusals = await Forms(each for each in found if each.problem is None).refusals(payload)
    return [
        Candidate(each.agent, each.service, each.action, refusals.get(_form(each.action)))
        if each.problem is None and each.action is not None
        else each
        for each in found
    ]


def _offered(action: services.OfferedAction) -> RunActionBody:
    return RunActionBody(
        name=action.name,
        label=action.label,
        danger_level=action.danger_level,
        requires_confirmation=action.requires_confirmation,
        category=action.category,
        targets=action.services,
    )


def require_room(payload: dict[str, Any], targets: int) -> None:
    """Raise Invalid if so many copies of the payload are more than one run may store."""
    size, most = len(msgspec.json.encode(payload)), MOST_PAYLOAD_BYTES // max(1, targets)
    if size > most:
        text = f"Expected at most {most} bytes of JSON for {targets} services, got {size}."
        raise Invalid.at("Run validation failed.", ("payload", text))


def require_fit(ready: list[Candidate], refusals: dict[int, Invalid]) -> None:
    """Raise Invalid for the first of these whose form the payload does not fit, naming the service."""
    for each in ready:
        refused = None if each.action is None else refusals.get(_form(each.action))
        if refused is not None:
            record = each.service.record
            details = {**(refused.details or {}), "serviceId": record.id, "serviceCode": record.code}
            text = f"{refused.message.removesuffix('.')} of {record.code}."
            raise Invalid(text, refused.code, details=details)
