"""What frames are made of, and the frames that both channels share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from opstage_agent.wire.limits import (
    AGENT_FRAME_BYTES,
    MESSAGES_PER_SECOND,
    OUTPUT_KEPT_BYTES,
    RESULT_BYTES,
)

LONGEST_SECONDS = 30 * 24 * 3600
"""Longest time limit or delay that can be asked for."""

ShortText = Annotated[str, Meta(max_length=255)]
"""Names and versions of programs, machines and labels."""
LabelKey = Annotated[str, Meta(min_length=1, max_length=63)]
Labels = Annotated[dict[LabelKey, ShortText], Meta(max_length=64)]


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


class Body(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """A part of a frame."""


class HealthInput(Body):
    """Health of one service."""

    status: HealthStatus
    message: str | None = None
    details: dict[str, Any] | None = None


class ConfigInput(Body):
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


class ActionInput(Body):
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
    timeout_seconds: Annotated[int, Meta(gt=0, le=LONGEST_SECONDS)] | None = None
    enabled: bool = True
    retry_safe: bool = False
    """True when running the action twice does no harm, so the server may send it again."""


class ReportedService(Body):
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


class Sdk(Body):
    """The library that speaks."""

    name: ShortText
    version: ShortText


class Attempt(Body):
    """One attempt at one command."""

    command_id: str
    attempt: int


class ServiceRef(Body):
    """The id the server gave to a service code."""

    code: str
    id: str


class Rejected(Body):
    """A service the server did not take, and why."""

    code: str
    error: str


class Limits(Body, omit_defaults=False):
    """What the server takes from this agent."""

    frame_bytes: int = AGENT_FRAME_BYTES
    output_bytes: int = OUTPUT_KEPT_BYTES
    result_bytes: int = RESULT_BYTES
    messages_per_second: int = MESSAGES_PER_SECOND


class OutputLine(Body):
    """One line of output, without its line end."""

    stream: OutputStream
    text: str
    at: str | None = None


class Failure(Body):
    """Why a command failed."""

    code: str
    message: str
    details: dict[str, Any] | None = None


class Frame(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True, tag_field="type"):
    """One message."""


class ErrorFrame(Frame, tag="error"):
    """The peer sent something that could not be used; the connection goes on."""

    code: str
    message: str
    about: str | None = None


class ServerBye(Frame, tag="bye"):
    """Sent before a deliberate close, on both channels; ``code`` is a CloseCode."""

    code: int
    message: str
    retry_after_seconds: float | None = None


_encoder = msgspec.json.Encoder()


def encode(frame: msgspec.Struct) -> bytes:
    """The frame as UTF-8 JSON."""
    return _encoder.encode(frame)
