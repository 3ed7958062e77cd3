"""The frames of the agent channel: up from the agent, down from the server."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from opstage_agent.wire.parts import (
    LONGEST_SECONDS,
    Attempt,
    Body,
    CommandKind,
    ErrorFrame,
    Failure,
    Frame,
    HealthInput,
    Labels,
    Limits,
    OutputLine,
    Rejected,
    ReportedService,
    Sdk,
    ServerBye,
    ServiceRef,
    ShortText,
)

# Up: from the agent to the server.


class Hello(Frame, tag="hello"):
    """First frame of an agent, always complete."""

    instance: ShortText
    sdk: Sdk
    services: list[ReportedService]
    running: list[Attempt]
    finished: list[Attempt]
    runtime: ShortText | None = None
    hostname: ShortText | None = None
    labels: Labels | None = None
    capabilities: list[str] | None = None


class Heartbeat(Frame, tag="heartbeat"):
    """Sign of life; ``health`` names only services whose health changed."""

    seq: int
    running: list[str]
    health: dict[str, HealthInput] | None = None


class Report(Frame, tag="report"):
    """Services that changed, complete each."""

    seq: int
    services: list[ReportedService]
    retired: list[str] | None = None


class Accept(Frame, tag="accept"):
    """The journal holds the command and a slot is taken: it runs."""

    command_id: str
    attempt: int


class Reject(Frame, tag="reject"):
    """The agent will not run this; with ``retryAfterSeconds`` it may be sent again later."""

    command_id: str
    attempt: int
    code: str
    message: str
    retry_after_seconds: Annotated[float, Meta(ge=0, le=LONGEST_SECONDS)] | None = None


class Progress(Frame, tag="progress"):
    """How far a running command is."""

    command_id: str
    attempt: int
    percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    message: str | None = None


class Output(Frame, tag="output"):
    """Lines written by a running command; ``offset`` is the number of the first."""

    command_id: str
    attempt: int
    offset: Annotated[int, Meta(ge=0)]
    lines: list[OutputLine]


class Result(Frame, tag="result"):
    """The one outcome of a command; repeated until ``stored``."""

    command_id: str
    attempt: int
    success: bool
    message: str | None = None
    data: dict[str, Any] | None = None
    error: Failure | None = None
    started_at: str | None = None
    finished_at: str | None = None


class RoutePolicy(Body):
    """What the publisher asks of routing."""

    dry_run: bool = False


class Event(Frame, tag="event"):
    """A bus event."""

    event_ref: str
    event_type: str
    source_service_code: str
    payload: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    occurred_at: str | None = None
    route_policy: RoutePolicy | None = None


class AgentBye(Frame, tag="bye"):
    """The agent leaves on purpose: offline at once, no grace."""

    reason: str | None = None


AgentUp = (
    Hello | Heartbeat | Report | Accept | Reject | Progress | Output | Result | Event | AgentBye | ErrorFrame
)


# Down: from the server to the agent.


class Welcome(Frame, tag="welcome"):
    """Answer to ``hello``. ``forget``: results the server holds; ``stop``: runs it no longer wants."""

    agent_id: str
    connection_id: str
    server_time: str
    heartbeat_seconds: float
    lease_seconds: float
    services: list[ServiceRef]
    forget: list[str]
    stop: list[str]
    limits: Limits


class Want(Frame, tag="want", omit_defaults=False):
    """Send a complete ``report``."""

    what: str = "report"


class Reported(Frame, tag="reported"):
    """What became of a report."""

    services: list[ServiceRef]
    rejected: list[Rejected] | None = None


class Command(Frame, tag="command"):
    """Run this. ``expiresAt`` bounds the wait before ``accept``, ``timeoutSeconds`` the run after it."""

    command_id: str
    attempt: int
    kind: CommandKind
    service_code: str
    action_name: str
    payload: dict[str, Any]
    expires_at: str | None = None
    timeout_seconds: float | None = None


class Stored(Frame, tag="stored"):
    """The result is durable; the agent may forget it."""

    command_id: str
    attempt: int


class Cancel(Frame, tag="cancel"):
    """Stop this command and answer with a result."""

    command_id: str
    attempt: int
    reason: str | None = None


class Rotate(Frame, tag="rotate"):
    """Fetch a new agent token over REST, store it, and use it from then on; the connection stays."""


class RoutedCommand(Body):
    """What one bus route made of an event."""

    route_id: str
    dry_run: bool
    target_service_code: str
    action_name: str
    status: str
    command_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


class EventStored(Frame, tag="eventStored"):
    """What became of a bus event."""

    event_ref: str
    event_id: str | None = None
    experimental: str | None = None
    routed_commands: list[RoutedCommand] | None = None
    error: Failure | None = None


AgentDown = (
    Welcome | Want | Reported | Command | Stored | Cancel | Rotate | EventStored | ServerBye | ErrorFrame
)
