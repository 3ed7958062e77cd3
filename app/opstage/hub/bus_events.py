"""Audit events about what the bus did with an event (``docs/concepts.md``, Audit)."""

from __future__ import annotations

from typing import Any

from opstage.core.bus import Refusal
from opstage.hub.events import by_agent
from opstage.hub.members import Agent
from opstage.store.bus import BusEventRecord, RouteRecord
from opstage.store.records import SYSTEM, Actor, AuditDraft


def received(event: BusEventRecord, publisher: Agent) -> AuditDraft:
    """An agent's event was taken."""
    return _on_event("bus.event.received", event, by_agent(publisher.record))


def unmatched(event: BusEventRecord) -> AuditDraft:
    """No route takes the event."""
    return _on_event("bus.route.unmatched", event, SYSTEM)


def matched(event: BusEventRecord, route: RouteRecord, dry_run: bool) -> AuditDraft:
    """A route takes the event, whatever comes of it."""
    return _on_route("bus.route.matched", route, {"eventId": event.id, "dryRun": dry_run})


def failed(event: BusEventRecord, route: RouteRecord, refusal: Refusal) -> AuditDraft:
    """The route made no command."""
    told = {"eventId": event.id, "reason": refusal.code}
    return _on_route("bus.route.failed", route, told, result="FAILURE", message=refusal.message)


def command_created(event: BusEventRecord, route: RouteRecord, *, in_spite: bool) -> AuditDraft:
    """The route made a command, ``in_spite`` of a danger or confirmation that it may pass over."""
    metadata = {
        "eventId": event.id,
        "routeId": route.id,
        "targetServiceCode": route.target_service_code,
        "actionName": route.action_name,
    }
    return AuditDraft(
        action="bus.command.created",
        actor=SYSTEM,
        target_type="Command",
        target_name=f"{route.target_service_code} {route.action_name}",
        metadata=metadata | ({"allowDangerous": True} if in_spite else {}),
    )


def _on_event(action: str, event: BusEventRecord, actor: Actor) -> AuditDraft:
    return AuditDraft(
        action=action,
        actor=actor,
        target_type="BusEvent",
        target_id=event.id,
        target_name=event.event_type,
        metadata={"eventType": event.event_type, "sourceServiceCode": event.service_code},
    )


def _on_route(action: str, route: RouteRecord, metadata: dict[str, Any], **rest: str) -> AuditDraft:
    return AuditDraft(
        action=action,
        actor=SYSTEM,
        target_type="BusRoute",
        target_id=route.id,
        target_name=route.name,
        metadata=metadata,
        **rest,
    )
