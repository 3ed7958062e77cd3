"""Commands, their outcomes and their output as the store takes and returns them (see ``records``)."""

from __future__ import annotations

from typing import Any

import msgspec

from opstage_agent.wire import OutputLine


class _Record(msgspec.Struct, kw_only=True, frozen=True):
    """Something stored."""


class CommandDraft(_Record, frozen=True):
    """A command about to be created. Names go along so that no query is needed to show it."""

    agent_id: str
    agent_code: str
    service_id: str
    service_code: str
    service_name: str
    type: str
    action_name: str
    action_label: str
    payload: dict[str, Any]
    input_schema: dict[str, Any] | None = None
    """Of the action, to tell what of the payload is secret. None: it is not known, all of it is."""
    created_by_user_id: str | None = None
    created_by_key_id: str | None = None
    created_by: str | None = None
    run_id: str | None = None
    retry_safe: bool = False
    timeout_seconds: int | None = None
    expires_at: float | None = None
    idempotency_key: str | None = None


class CommandRecord(_Record, frozen=True):
    """A command, with the names of what it touches.

    While it is unfinished ``payload`` is raw: redact before showing. Once it ended the secrets are out of it.
    """

    id: str
    agent_id: str
    agent_code: str
    service_id: str
    service_code: str
    service_name: str
    type: str
    action_name: str
    action_label: str
    status: str
    payload: dict[str, Any]
    created_by_user_id: str | None
    created_by_key_id: str | None
    created_by: str | None
    run_id: str | None
    """The run that made it, if one did."""
    secrets_dropped: bool
    retry_safe: bool
    timeout_seconds: int | None
    idempotency_key: str | None
    attempt: int
    sent: bool
    """The present attempt is with the agent."""
    sent_at: float | None
    started_at: float | None
    completed_at: float | None
    expires_at: float | None
    lease_until: float | None
    not_before: float | None
    cancel_requested_at: float | None
    cancel_reason: str | None
    percent: float | None
    progress_message: str | None
    error_code: str | None
    error_message: str | None
    created_at: float
    updated_at: float


class OpenCommand(_Record, frozen=True):
    """An unfinished command, and the input schema of its action; None: the action is gone."""

    command: CommandRecord
    input_schema: dict[str, Any] | None


class ResultDraft(_Record, frozen=True):
    """The outcome of a command, already redacted by the caller."""

    success: bool
    message: str | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    error: dict[str, Any] = msgspec.field(default_factory=dict)


class ResultRecord(_Record, frozen=True):
    """The stored outcome of a command."""

    id: str
    command_id: str
    agent_id: str
    success: bool
    message: str | None
    data: dict[str, Any]
    error: dict[str, Any]
    reported_at: float
    created_at: float


class CommandDetail(_Record, frozen=True):
    """A command and its outcome."""

    command: CommandRecord
    result: ResultRecord | None


class OutputRecord(_Record, frozen=True):
    """Output of one attempt, with ``dropped_count`` lines missing from number ``dropped_from`` on."""

    command_id: str
    attempt: int
    lines: list[OutputLine]
    dropped_from: int = 0
    dropped_count: int = 0
