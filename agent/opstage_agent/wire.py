"""The shared vocabulary of both live channels, version 1.

Every frame is one JSON object in one text message, camelCase, told apart by ``type``; unknown
fields are ignored. ``docs/protocol.md`` is the normative description, and a test holds its tables
to the structs below. The server imports this module and no other of the agent's.

Units: ``*Seconds`` are seconds, ``*At`` are ISO-8601 UTC with milliseconds and ``Z``,
``percent`` is 0..100, ``offset`` counts output lines of one command and attempt from 0.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

AGENT_PATH = "/ws/agent"
AGENT_SUBPROTOCOL = "opstage.agent.v1"
OPERATOR_PATH = "/ws/operator"
OPERATOR_SUBPROTOCOL = "opstage.operator.v1"

AGENT_FRAME_BYTES = 256 * 1024
"""Largest agent frame, both directions. A bigger result goes over REST."""
OPERATOR_FRAME_BYTES = 16 * 1024
"""Largest frame an operator's browser may send."""
OUTPUT_LINE_BYTES = 8 * 1024
"""Longest output line; the agent cuts longer ones."""
OUTPUT_KEPT_BYTES = 1024 * 1024
"""Output kept per command; beyond it the middle is cut, and said so."""
RESULT_BYTES = 1_000_000
"""Default of ``OPSTAGE_COMMAND_RESULT_MAX_BYTES``."""
MESSAGES_PER_SECOND = 20
MESSAGES_BURST = 100
MAX_IN_FLIGHT = 8
"""Commands sent to one agent and not finished."""
MAX_ATTEMPTS = 3
"""How often a ``retrySafe`` command is sent before its outcome is called unknown."""
LEASE_SECONDS = 60
HELLO_SECONDS = 10
"""How long the server waits for ``hello`` after the upgrade."""
CANCEL_SECONDS = 10
"""How long a cancelled command may take to answer."""
SNAPSHOT_ROWS = 500
"""Rows in one page of a snapshot."""


class CloseCode(IntEnum):
    """Why a channel was closed. Below 4500 the client comes back with back-off; from 4500 it must not."""

    FRAME_TOO_BIG = 1009
    SERVER_RESTART = 1012
    TOO_SLOW = 4000
    NO_HEARTBEAT = 4001
    DRAINING = 4002
    RATE = 4003
    NO_HELLO = 4004
    MALFORMED = 4500
    CREDENTIAL = 4501
    REVOKED = 4502
    DISABLED = 4503
    REPLACED = 4504
    DUPLICATE = 4505

    @property
    def final(self) -> bool:
        """True when the client must not come back by itself."""
        return self >= CloseCode.MALFORMED


class HealthStatus(StrEnum):
    """What a service says of itself."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    UNKNOWN = "UNKNOWN"


class DangerLevel(StrEnum):
    """How much harm an action can do: LOW reads, MEDIUM changes and can be undone, HIGH disrupts."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class CommandKind(StrEnum):
    """Prepare fetches the dynamic form and changes nothing; execute does the work."""

    ACTION_EXECUTE = "ACTION_EXECUTE"
    ACTION_PREPARE = "ACTION_PREPARE"


class OutputStream(StrEnum):
    """Where a line of output came from."""

    STDOUT = "stdout"
    STDERR = "stderr"
    LOG = "log"


class _Body(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """A part of a frame."""


class HealthInput(_Body):
    """Health of one service."""

    status: HealthStatus
    message: str | None = None
    details: dict[str, Any] | None = None


class ConfigInput(_Body):
    """Metadata of one setting. The values of sensitive ones never leave the service."""

    key: str
    type: str
    label: str | None = None
    source: str | None = None
    editable: bool = False
    sensitive: bool = False
    value_preview: str | None = None
    default_value: str | None = None
    secret_ref: str | None = None


class ActionInput(_Body):
    """One predefined operation of a service."""

    name: str
    label: str
    description: str | None = None
    danger_level: DangerLevel = DangerLevel.LOW
    requires_confirmation: bool = False
    category: str | None = None
    order: int | None = None
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    timeout_seconds: Annotated[int, Meta(gt=0)] | None = None
    enabled: bool = True
    retry_safe: bool = False
    """True when running the action twice does no harm, so the server may send it again."""


class ReportedService(_Body):
    """Everything an agent says of one service; always complete."""

    code: str
    name: str
    manifest: dict[str, Any]
    description: str | None = None
    version: str | None = None
    runtime: str | None = None
    health: HealthInput | None = None
    configs: list[ConfigInput] | None = None
    actions: list[ActionInput] | None = None


class Sdk(_Body):
    """The library that speaks."""

    name: str
    version: str


class Attempt(_Body):
    """One attempt at one command."""

    command_id: str
    attempt: int


class ServiceRef(_Body):
    """The id the server gave to a service code."""

    code: str
    id: str


class Rejected(_Body):
    """A service the server did not take, and why."""

    code: str
    error: str


class Limits(_Body, omit_defaults=False):
    """What the server takes from this agent."""

    frame_bytes: int = AGENT_FRAME_BYTES
    output_bytes: int = OUTPUT_KEPT_BYTES
    result_bytes: int = RESULT_BYTES
    messages_per_second: int = MESSAGES_PER_SECOND


class OutputLine(_Body):
    """One line of output, without its line end."""

    stream: OutputStream
    text: str
    at: str | None = None


class Failure(_Body):
    """Why a command failed."""

    code: str
    message: str
    details: dict[str, Any] | None = None


class _Frame(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True, tag_field="type"):
    """One message."""


class ErrorFrame(_Frame, tag="error"):
    """The peer sent something that could not be used; the connection goes on."""

    code: str
    message: str
    about: str | None = None


# --- agent channel, up ---------------------------------------------------------------------------


class Hello(_Frame, tag="hello"):
    """First frame of an agent, always complete."""

    instance: str
    sdk: Sdk
    services: list[ReportedService]
    running: list[Attempt]
    finished: list[Attempt]
    runtime: str | None = None
    hostname: str | None = None
    labels: dict[str, str] | None = None
    capabilities: list[str] | None = None


class Heartbeat(_Frame, tag="heartbeat"):
    """Sign of life; ``health`` names only services whose health changed."""

    seq: int
    running: list[str]
    health: dict[str, HealthInput] | None = None


class Report(_Frame, tag="report"):
    """Services that changed, complete each."""

    seq: int
    services: list[ReportedService]
    retired: list[str] | None = None


class Accept(_Frame, tag="accept"):
    """The journal holds the command and a slot is taken: it runs."""

    command_id: str
    attempt: int


class Reject(_Frame, tag="reject"):
    """The agent will not run this; with ``retryAfterSeconds`` it may be sent again later."""

    command_id: str
    attempt: int
    code: str
    message: str
    retry_after_seconds: float | None = None


class Progress(_Frame, tag="progress"):
    """How far a running command is."""

    command_id: str
    attempt: int
    percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    message: str | None = None


class Output(_Frame, tag="output"):
    """Lines written by a running command; ``offset`` is the number of the first."""

    command_id: str
    attempt: int
    offset: Annotated[int, Meta(ge=0)]
    lines: list[OutputLine]


class Result(_Frame, tag="result"):
    """The one outcome of a command; repeated until ``stored``."""

    command_id: str
    attempt: int
    success: bool
    message: str | None = None
    data: dict[str, Any] | None = None
    error: Failure | None = None
    started_at: str | None = None
    finished_at: str | None = None


class RoutePolicy(_Body):
    """What the publisher asks of routing."""

    dry_run: bool = False


class Event(_Frame, tag="event"):
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


class AgentBye(_Frame, tag="bye"):
    """The agent leaves on purpose: offline at once, no grace."""

    reason: str | None = None


AgentUp = (
    Hello | Heartbeat | Report | Accept | Reject | Progress | Output | Result | Event | AgentBye | ErrorFrame
)


# --- agent channel, down -------------------------------------------------------------------------


class Welcome(_Frame, tag="welcome"):
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


class Want(_Frame, tag="want", omit_defaults=False):
    """Send a complete ``report``."""

    what: str = "report"


class Reported(_Frame, tag="reported"):
    """What became of a report."""

    services: list[ServiceRef]
    rejected: list[Rejected] | None = None


class Command(_Frame, tag="command"):
    """Run this. ``expiresAt`` bounds the wait before ``accept``, ``timeoutSeconds`` the run after it."""

    command_id: str
    attempt: int
    kind: CommandKind
    service_code: str
    action_name: str
    payload: dict[str, Any]
    expires_at: str | None = None
    timeout_seconds: float | None = None


class Stored(_Frame, tag="stored"):
    """The result is durable; the agent may forget it."""

    command_id: str
    attempt: int


class Cancel(_Frame, tag="cancel"):
    """Stop this command and answer with a result."""

    command_id: str
    attempt: int
    reason: str | None = None


class RoutedCommand(_Body):
    """What one bus route made of an event."""

    route_id: str
    dry_run: bool
    target_service_code: str
    action_name: str
    status: str
    command_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


class EventStored(_Frame, tag="eventStored"):
    """What became of a bus event."""

    event_ref: str
    event_id: str | None = None
    experimental: str | None = None
    routed_commands: list[RoutedCommand] | None = None
    error: Failure | None = None


class ServerBye(_Frame, tag="bye"):
    """Sent before a deliberate close, on both channels; ``code`` is a CloseCode."""

    code: int
    message: str
    retry_after_seconds: float | None = None


AgentDown = Welcome | Want | Reported | Command | Stored | Cancel | EventStored | ServerBye | ErrorFrame


# --- operator channel ----------------------------------------------------------------------------


class Viewer(_Body):
    """Who is signed in."""

    username: str
    role: str


class OperatorHello(_Frame, tag="hello"):
    """First frame of the server on the operator channel."""

    epoch: str
    server_time: str
    version: str
    ping_seconds: float
    user: Viewer


class Cursor(_Body):
    """A place in the revision line of a view."""

    epoch: str
    revision: int


class Subscribe(_Frame, tag="subscribe"):
    """Follow a view from ``since``, or from a snapshot.

    With ``encoding: "deflate"`` large frames of this subscription may come as binary messages:
    the same JSON, compressed as raw DEFLATE (RFC 1951).
    """

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    view: Annotated[str, Meta(min_length=1, max_length=200)]
    since: Cursor | None = None
    encoding: str | None = None


class Unsubscribe(_Frame, tag="unsubscribe"):
    """Stop following."""

    id: str


class Snapshot(_Frame, tag="snapshot"):
    """All rows of a view at one revision, in pages."""

    id: str
    epoch: str
    revision: int
    rows: list[msgspec.Raw]
    done: bool


class Delta(_Frame, tag="delta"):
    """What changed between two revisions. Rows are whole; ``remove`` names keys."""

    id: str
    from_: int = msgspec.field(name="from")
    revision: int
    upsert: list[msgspec.Raw]
    remove: list[str]


class Mark(_Frame, tag="mark"):
    """Nothing changed for a while; the view is at this revision."""

    id: str
    revision: int


class OutputLines(_Frame, tag="output"):
    """Output of a command followed through ``command:<id>``; ``dropped`` lines before it are gone."""

    id: str
    offset: int
    lines: list[OutputLine]
    dropped: int | None = None


class Gone(_Frame, tag="gone"):
    """The view cannot be followed: ``not-found`` or ``forbidden``."""

    id: str
    reason: str


class Ping(_Frame, tag="ping"):
    """Are you there?"""

    ref: str | None = None


class Pong(_Frame, tag="pong"):
    """Yes."""

    ref: str | None = None


OperatorUp = Subscribe | Unsubscribe | Ping | Pong | ErrorFrame

OperatorDown = (
    OperatorHello | Snapshot | Delta | Mark | OutputLines | Gone | Ping | Pong | ServerBye | ErrorFrame
)

_encoder = msgspec.json.Encoder()


def encode(frame: msgspec.Struct) -> bytes:
    """The frame as UTF-8 JSON."""
    return _encoder.encode(frame)
