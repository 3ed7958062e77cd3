"""Publishing on the server's bus: what a service says becomes a frame, and the answer a result."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from opstage_agent import wire
from opstage_agent.context import running
from opstage_agent.errors import BusDisabled, ConfigurationError, EventRefused, ServerUnreachable
from opstage_agent.times import iso
from opstage_agent.values import json_object
from opstage_agent.wire import RoutedCommand

ANSWER_SECONDS = 30.0
"""How long ``publish`` waits by default, a reconnect included."""


@dataclass(frozen=True, slots=True)
class Published:
    """The server holds the event; ``routed`` is what each route made of it."""

    event_id: str
    routed: tuple[RoutedCommand, ...]


class PublishOptions(TypedDict, total=False):
    """What may be said of an event beside its type and payload."""

    service: str
    """Code of the service it is about; default: the agent's."""
    metadata: Mapping[str, Any]
    correlation_id: str
    """Names what the event belongs to; default: that of the cause."""
    causation_id: str
    """Id of the event that caused this one."""
    occurred_at: datetime
    """With a time zone; default: when the server takes it."""
    dry_run: bool
    """Ask what would happen; no command is made."""
    event_ref: str
    """The service's own name for the event, which the server takes once."""
    timeout: float
    """Seconds to wait for the answer, a reconnect included."""


def event_of(
    event_type: str, payload: Mapping[str, Any] | None, code: str, more: PublishOptions
) -> wire.Event:
    """The frame. What is published while a command of the bus runs names that event as its cause.

    ConfigurationError for what JSON cannot carry and for a time without a zone.
    """
    context = running.get()
    cause = (context.event if context is not None else None) or {}
    occurred_at = more.get("occurred_at")
    return wire.Event(
        event_ref=more.get("event_ref") or secrets.token_urlsafe(12),
        event_type=event_type,
        source_service_code=more.get("service") or code,
        payload=_object("payload", payload),
        metadata=_object("metadata", more.get("metadata")) or None,
        correlation_id=more.get("correlation_id") or cause.get("correlationId"),
        causation_id=more.get("causation_id") or cause.get("id"),
        occurred_at=None if occurred_at is None else _moment(occurred_at),
        route_policy=wire.RoutePolicy(dry_run=True) if more.get("dry_run") else None,
    )


async def answered(stored: Awaitable[wire.EventStored], seconds: float) -> Published:
    """The answer as a result. Raises BusDisabled, EventRefused, and ServerUnreachable for a late one."""
    try:
        async with asyncio.timeout(seconds):
            return answer_of(await stored)
    except TimeoutError as error:
        text = f"The server did not answer within {seconds:g} s; it may have taken the event all the same."
        raise ServerUnreachable(text) from error


def answer_of(stored: wire.EventStored) -> Published:
    """What the server answered. Raises BusDisabled or EventRefused."""
    if stored.error is not None:
        raise _refusal(stored.error)
    return Published(stored.event_id or "", tuple(stored.routed_commands or ()))


def _refusal(error: wire.Failure) -> EventRefused:
    if error.code in ("CAPSULE_BUS_DISABLED", "NOT_FOUND"):
        return BusDisabled(f"The server does not serve the bus: {error.message}")
    details = error.details or {}
    wait = details.get("retryAfterSeconds")
    return EventRefused(
        error.message,
        code=error.code,
        details=details,
        retry_after=float(wait) if isinstance(wait, int | float) else None,
    )


def _object(what: str, value: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        return json_object(dict(value or {}))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"The {what} of an event is a mapping that JSON can carry: {error}"
        ) from error


def _moment(when: datetime) -> str:
    if when.tzinfo is None:
        raise ConfigurationError("occurred_at has a time zone, for example datetime.now(UTC).")
    return iso(when.timestamp())
