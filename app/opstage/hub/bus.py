"""The bus: an event of one service becomes commands for others, by routes that people make.

Everything of one event is one transaction: the event, its audit events and the commands. So a crash
leaves all of it or nothing, a repetition finds the first outcome, and limits cannot be raced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core import bus as rules
from opstage.core.bus import (
    EXPERIMENTAL,
    Publication,
    Published,
    Refusal,
    RoutedStatus,
    RouteStatus,
    Verdict,
)
from opstage.core.redaction import redact
from opstage.core.times import iso
from opstage.errors import Forbidden, Invalid, NotFound, OpstageError, RateLimited
from opstage.hub import bus_events, drafts, expressions, payloads
from opstage.hub.delivery import Make
from opstage.hub.dispatcher import Dispatcher
from opstage.hub.expressions import MappingFailed
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent, Service
from opstage.settings import Settings
from opstage.store import StoreUnavailable, Tx, audit, services
from opstage.store import bus as stored
from opstage.store.bus import BusEventRecord, RouteRecord
from opstage.store.records import ActionRecord, CommandDraft
from opstage_agent import wire
from opstage_agent.wire import RoutedCommand


@dataclass(frozen=True)
class _Target:
    """What a route leads to."""

    service: Service
    action: ActionRecord


@dataclass(frozen=True)
class _Case:
    """One event at one route."""

    event: BusEventRecord
    document: dict[str, Any]
    """The event as mappings and handlers see it."""
    route: RouteRecord
    dry_run: bool


class Bus:
    """Takes events from agents, over either transport."""

    def __init__(self, settings: Settings, clock: Clock, fleet: Fleet, dispatcher: Dispatcher) -> None:
        self._settings = settings
        self._clock = clock
        self._fleet = fleet
        self._dispatcher = dispatcher

    async def publish(self, publisher: Agent, said: Publication) -> Published:
        """Store the event and do what its routes say; a repeated ``eventRef`` gets the first answer.

        A route that fails is told in the answer. Raises NotFound (bus off, source unknown), Forbidden
        (another agent's source), RateLimited, and Invalid (values, or a chain that is too long).
        """
        if not self._settings.bus_enabled:
            raise NotFound("The bus is switched off.", "CAPSULE_BUS_DISABLED")
        issues = list(rules.problems(said))
        if issues:
            raise Invalid.at("Bus event validation failed.", *issues)
        return await self._dispatcher.create_within(lambda tx, make: self._take(tx, make, publisher, said))

    async def heard(self, publisher: Agent, frame: wire.Event) -> wire.EventStored:
        """As publish, for a frame; what publish refuses is the answer. Raises StoreUnavailable."""
        try:
            done = await self.publish(publisher, msgspec.convert(frame, Publication, from_attributes=True))
        except msgspec.ValidationError as error:
            return _not_stored(frame, Invalid(f"Bus event validation failed: {error}"))
        except StoreUnavailable:
            raise
        except OpstageError as error:
            return _not_stored(frame, error)
        return wire.EventStored(
            event_ref=frame.event_ref,
            event_id=done.event_id,
            experimental=done.experimental,
            routed_commands=done.routed_commands,
        )

    async def _take(self, tx: Tx, make: Make, publisher: Agent, said: Publication) -> Published:
        earlier = await self._earlier(tx, publisher, said.event_ref)
        if earlier is not None:
            return earlier
        event = await self._admitted(tx, publisher, said)
        audit.record(tx, bus_events.received(event, publisher), event.accepted_at)
        routed = await self._routed(tx, make, event, said.dry_run)
        builtins = msgspec.to_builtins(routed)
        await stored.add(tx, replace(event, route_count=len(routed), routed=builtins))
        return Published(event.id, EXPERIMENTAL, routed)

    @staticmethod
    async def _earlier(tx: Tx, publisher: Agent, ref: str | None) -> Published | None:
        found = None if ref is None else await stored.event_of_ref(tx, publisher.record.id, ref)
        if found is None:
            return None
        return Published(found.id, EXPERIMENTAL, msgspec.convert(found.routed, list[RoutedCommand]))

    # --- whether it is taken ---

    async def _admitted(self, tx: Tx, publisher: Agent, said: Publication) -> BusEventRecord:
        now, agent_id = self._clock.now(), publisher.record.id
        source = await stored.service(tx, said.source_service_code)
        if source is None:
            raise NotFound("There is no service with this code.", "BUS_SOURCE_SERVICE_NOT_FOUND")
        if source.agent_id != agent_id:
            raise Forbidden("The service belongs to another agent.", "BUS_SOURCE_SERVICE_FORBIDDEN")
        await self._require_rate(tx, agent_id, now)
        return BusEventRecord(
            id=stored.event_id(now),
            agent_id=agent_id,
            service_id=source.id,
            service_code=said.source_service_code,
            event_type=said.event_type,
            event_ref=said.event_ref,
            payload=redact(said.payload or {}),
            metadata=redact(said.metadata or {}),
            correlation_id=said.correlation_id,
            causation_id=said.causation_id,
            depth=await self._depth(tx, said.causation_id),
            occurred=said.occurred_at or iso(now),
            accepted_at=now,
        )

    async def _require_rate(self, tx: Tx, agent_id: str, now: float) -> None:
        limit = self._settings.bus_events_per_minute
        wait = rules.seconds_to_wait(await stored.newest_times(tx, agent_id, limit, now), now, limit)
        if wait:
            raise RateLimited(
                f"Expected at most {limit} events a minute.", "BUS_RATE_LIMITED", retry_after=wait
            )

    async def _depth(self, tx: Tx, causation_id: str | None) -> int:
        cause = None if causation_id is None else await stored.depth_of(tx, causation_id)
        depth, most = rules.depth(causation_id, cause), self._settings.bus_depth
        if depth > most:
            text = f"Expected a chain of at most {most} events after its first; this would be number {depth}."
            raise Invalid(text, "BUS_DEPTH_EXCEEDED", details={"depth": depth, "maxDepth": most})
        return depth

    # --- what becomes of it ---

    async def _routed(self, tx: Tx, make: Make, event: BusEventRecord, dry_run: bool) -> list[RoutedCommand]:
        most = rules.ROUTES_PER_EVENT
        candidates = await stored.routes_of(tx, event.event_type, event.service_code, most)
        routes = rules.matching(candidates, event.event_type, event.service_code)
        if not routes:
            audit.record(tx, bus_events.unmatched(event), event.accepted_at)
        document = document_of(event)
        cases = [
            _Case(event, document, route, dry_run or route.status == RouteStatus.DRY_RUN) for route in routes
        ]
        return [await self._applied(tx, make, case) for case in cases]

    async def _applied(self, tx: Tx, make: Make, case: _Case) -> RoutedCommand:
        event, route = case.event, case.route
        audit.record(tx, bus_events.matched(event, route, case.dry_run), event.accepted_at)
        target = await self._target(tx, route)
        if isinstance(target, Refusal):
            return _told(tx, case, rules.verdict(target, None, None, dry_run=case.dry_run))
        held = _held(target.action)
        payload, unfit = _payload(case, target.action)
        verdict = rules.verdict(None, None if route.allow_dangerous else held, unfit, dry_run=case.dry_run)
        if verdict.status is not RoutedStatus.CREATED:
            return _told(tx, case, verdict)
        created = bus_events.command_created(event, route, in_spite=held is not None)
        job = await make(tx, self._draft(target, payload), [created])
        return _told(tx, case, verdict, job.record.id)

    async def _target(self, tx: Tx, route: RouteRecord) -> _Target | Refusal:
        found = await stored.service(tx, route.target_service_code)
        action = None if found is None else await services.action(tx, found.id, route.action_name)
        if found is None or action is None or not action.enabled:
            what = f"{route.target_service_code} {route.action_name}"[:200]
            return Refusal("BUS_TARGET_NOT_FOUND", f"There is no service with this action: {what}.")
        service = self._fleet.service(found.id)
        if service is None:
            return Refusal("BUS_TARGET_UNAVAILABLE", "The service is not known to the running server.")
        if not service.in_use:
            return Refusal("CAPSULE_SERVICE_RETIRED", "The target is retired.")
        unready = self._fleet.readiness(service.record.agent_id)
        if unready is not None:
            return Refusal(unready, "The agent of the target cannot take commands now.")
        return _Target(service, action)

    def _draft(self, target: _Target, payload: dict[str, Any]) -> CommandDraft:
        service, action = target.service.record, target.action
        agent, wait = self._fleet.agent(service.agent_id), self._settings.command_seconds
        return drafts.execution(agent, service, action, payload, now=self._clock.now(), wait_seconds=wait)


def _not_stored(frame: wire.Event, error: OpstageError) -> wire.EventStored:
    details = dict(error.details or {})
    if error.retry_after is not None:
        details["retryAfterSeconds"] = error.retry_after
    failure = wire.Failure(code=error.code, message=error.message, details=redact(details) or None)
    return wire.EventStored(event_ref=frame.event_ref, error=failure)


def document_of(event: BusEventRecord) -> dict[str, Any]:
    """The event as expressions and handlers see it; ids it does not have are left out."""
    document = {
        "id": event.id,
        "experimental": EXPERIMENTAL,
        "eventType": event.event_type,
        "sourceServiceCode": event.service_code,
        "sourceServiceId": event.service_id,
        "occurredAt": event.occurred,
        "correlationId": event.correlation_id,
        "causationId": event.causation_id,
        "payload": event.payload,
        "metadata": event.metadata,
    }
    return {key: value for key, value in document.items() if value is not None}


def _held(action: ActionRecord) -> Refusal | None:
    """Why people are asked before this action runs, if they are."""
    if not rules.needs_person(action.danger_level, action.requires_confirmation):
        return None
    text = f"{action.label} is dangerous or needs to be confirmed, and the route does not allow that."
    return Refusal("BUS_CONFIRMATION_REQUIRED", text)


def _payload(case: _Case, action: ActionRecord) -> tuple[dict[str, Any], Refusal | None]:
    """What the command would carry, and why the action cannot take it."""
    mapping = case.route.input_mapping
    try:
        mapped = expressions.evaluate(mapping, case.document)
        payload = rules.command_payload(case.document, mapping, mapped, action.input_schema)
        payloads.check(action, payload)
    except MappingFailed as error:
        return {}, Refusal("BUS_MAPPING_FAILED", f"The input mapping failed at {error}.")
    except Invalid as error:
        issues = (error.details or {}).get("issues", [])
        named = "; ".join(f"{issue['path'] or 'payload'}: {issue['message']}" for issue in issues)
        return {}, Refusal(error.code, f"{error.message} {named}"[:500])
    return payload, None


def _told(tx: Tx, case: _Case, verdict: Verdict, command_id: str | None = None) -> RoutedCommand:
    """The answer's entry for this route; a failure is audited."""
    refusal, route = verdict.refusal, case.route
    if refusal is not None and verdict.status is RoutedStatus.FAILED:
        audit.record(tx, bus_events.failed(case.event, route, refusal), case.event.accepted_at)
    return RoutedCommand(
        route_id=route.id,
        dry_run=case.dry_run,
        target_service_code=route.target_service_code,
        action_name=route.action_name,
        status=verdict.status,
        command_id=command_id,
        error_code=None if refusal is None else refusal.code,
        error_message=None if refusal is None else refusal.message,
    )
