"""The rules of the bus: which routes an event takes, what each may do, and what its command carries.

An event is what a service announces; a route makes a command for another service of it. Everything
here is decided from values that are passed in; ``hub/bus.py`` fetches and stores them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
from msgspec import Meta

from opstage.core.times import epoch, iso
from opstage_agent.wire import DangerLevel, RoutedCommand, RoutePolicy

EXPERIMENTAL = "v0.4-experimental"
"""Stands in every answer of the bus."""
ROUTES_PER_EVENT = 10
RATE_SECONDS = 60.0
"""Window of the limit on events of one agent."""
PAYLOAD_BYTES = 64 * 1024
METADATA_BYTES = 16 * 1024
LEVELS = 64
"""Of nesting, in whatever the bus keeps: it is encoded again inside of other things."""

EventType = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(\.[a-z0-9-]+)+$(?!\n)", max_length=160)]
Code = Annotated[str, Meta(min_length=1, max_length=80)]
Reference = Annotated[str, Meta(min_length=1, max_length=200)]
Moment = Annotated[str, Meta(max_length=40, extra_json_schema={"format": "date-time"})]


class RouteStatus(StrEnum):
    """Whether a route does anything."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    DRY_RUN = "DRY_RUN"
    """It is applied up to the point where a command would be created."""


class RoutedStatus(StrEnum):
    """What one route made of one event."""

    CREATED = "CREATED"
    DRY_RUN = "DRY_RUN"
    FAILED = "FAILED"


class Publication(msgspec.Struct, kw_only=True, rename="camel"):
    """What an agent publishes, by socket or by REST. ``eventRef`` makes a repetition harmless."""

    event_type: EventType
    source_service_code: Code
    payload: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    correlation_id: Reference | None = None
    causation_id: Reference | None = None
    occurred_at: Moment | None = None
    route_policy: RoutePolicy | None = None
    event_ref: Reference | None = None

    @property
    def dry_run(self) -> bool:
        """The publisher wants to know what would happen, and nothing to happen."""
        return self.route_policy is not None and self.route_policy.dry_run


class Published(msgspec.Struct, rename="camel"):
    """What the publisher is told: the event is stored, and what each route made of it."""

    event_id: str
    experimental: str
    routed_commands: list[RoutedCommand]


class Refusal(msgspec.Struct, frozen=True):
    """Why a route did not, or in a dry run would not, make a command."""

    code: str
    message: str


class Verdict(msgspec.Struct, frozen=True):
    """What a route does with an event. FAILED has a refusal, DRY_RUN the one it would meet."""

    status: RoutedStatus
    refusal: Refusal | None = None


class Rule(Protocol):
    """What of a route decides whether it takes an event."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def event_type(self) -> str: ...
    @property
    def source_service_code(self) -> str | None: ...
    @property
    def created_at(self) -> float: ...


R = TypeVar("R", bound=Rule)


def problems(said: Publication) -> Iterator[tuple[str, str]]:
    """(path, message) of everything wrong with a publication that its types do not say."""
    yield from too_large("payload", said.payload, PAYLOAD_BYTES)
    yield from too_large("metadata", said.metadata, METADATA_BYTES)
    if said.occurred_at is not None and moment(said.occurred_at) is None:
        yield "occurredAt", "Expected an ISO-8601 date-time."


def too_large(path: str, value: Any, most: int) -> Iterator[tuple[str, str]]:
    """(path, message) of a JSON value that is nested too deeply or longer than ``most`` bytes."""
    if not _is_flat(value):
        yield path, f"Expected at most {LEVELS} levels of nesting."
        return
    size = json_bytes(value)
    if size > most:
        yield path, f"Expected at most {most} bytes of JSON, got {size}."


def json_bytes(value: Any) -> int:
    """How long the value is as JSON."""
    return len(msgspec.json.encode(value))


def _is_flat(value: Any) -> bool:
    level = [value]
    for _ in range(LEVELS):
        level = [inner for each in level for inner in _members(each)]
    return not level


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def moment(text: str) -> float | None:
    """Epoch seconds of a date-time that can be shown again; None for anything else."""
    try:
        # Through the text that is stored: years of three digits cannot be read back.
        return epoch(iso(epoch(text)))
    except (ValueError, OverflowError, OSError):
        return None


def matching(routes: Iterable[R], event_type: str, source_service_code: str) -> list[R]:
    """The routes that take the event: the 10 oldest that are on and name this type and source."""
    taken = [each for each in routes if _takes(each, event_type, source_service_code)]
    return sorted(taken, key=lambda each: (each.created_at, each.id))[:ROUTES_PER_EVENT]


def _takes(route: Rule, event_type: str, source_service_code: str) -> bool:
    return (
        route.status in (RouteStatus.ENABLED, RouteStatus.DRY_RUN)
        and route.event_type == event_type
        and route.source_service_code in (None, source_service_code)
    )


def depth(causation_id: str | None, cause_depth: int | None) -> int:
    """How far from the beginning of its chain an event is; ``cause_depth`` is None for an unknown cause."""
    if causation_id is None:
        return 0
    return 1 if cause_depth is None else cause_depth + 1


def seconds_to_wait(accepted: Sequence[float], now: float, limit: int) -> float:
    """0 when one more event may be taken, else the seconds until then.

    ``accepted``: when the newest events of the agent were taken, newest first.
    """
    recent = [each for each in accepted if each > now - RATE_SECONDS]
    if len(recent) < limit:
        return 0.0
    return max(0.001, recent[limit - 1] + RATE_SECONDS - now)


def needs_person(danger_level: str, requires_confirmation: bool) -> bool:
    """True for an action that people are asked about before it runs; unknown levels count as dangerous."""
    return requires_confirmation or danger_level not in (DangerLevel.LOW, DangerLevel.MEDIUM)


def verdict(target: Refusal | None, held: Refusal | None, unfit: Refusal | None, *, dry_run: bool) -> Verdict:
    """What becomes of the route, from what stands against it.

    ``target``: it is missing or not ready; ``held``: the action needs a person; ``unfit``: the
    payload. A dry run fails over its target only; of the rest it says that it would.
    """
    if target is not None:
        return Verdict(RoutedStatus.FAILED, target)
    against = held or unfit
    if dry_run:
        return Verdict(RoutedStatus.DRY_RUN, against)
    return Verdict(RoutedStatus.CREATED) if against is None else Verdict(RoutedStatus.FAILED, against)


def command_payload(
    event: Mapping[str, Any],
    mapping: Mapping[str, Any],
    mapped: Mapping[str, Any],
    schema: Mapping[str, Any],
) -> dict[str, Any]:
    """The payload of the command: what the mapping gave, and beside it the event as it is.

    The event's part is left out as far as the action's schema is closed to it, so that an action
    that knows nothing of the bus can be a target; a key that the mapping gave is the mapping's.
    """
    envelope: dict[str, Any] = {"busEvent": event, "payload": event["payload"]}
    if mapping:
        envelope["mapping"] = mapping
    closed = schema.get("additionalProperties") is False
    declared = schema.get("properties")
    open_to = declared if closed and isinstance(declared, dict) else () if closed else envelope
    return {key: value for key, value in envelope.items() if key in open_to} | dict(mapped)
