"""Rows of the live views: the list and detail shapes of REST, plus what a person needs beside them.

A row is whole, so applying it twice is harmless. Its key in the view is its ``id``; ``kind`` tells
its shape. ``statusReason`` is a stable code (see ``core/status.py``) that the console translates.
"""

from __future__ import annotations

from typing import Any

import msgspec


class _Row(msgspec.Struct, kw_only=True, rename="camel", tag_field="kind", frozen=True):
    """What every row has."""

    id: str


class AgentRow(_Row, tag="agent", frozen=True):
    """An agent as lists show it. ``lastHeartbeatAt`` is as of the last transition, not live.

    ``labels`` are those in force: the agent's own, overlaid by ``operatorLabels``.
    """

    code: str
    name: str | None
    mode: str
    runtime: str | None
    status: str
    status_reason: str
    status_since: str
    connection: str
    last_heartbeat_at: str | None
    hostname: str | None
    sdk: str | None
    labels: dict[str, str]
    operator_labels: dict[str, str]
    service_count: int
    retired_at: str | None
    rotation_requested_at: str | None
    created_at: str
    updated_at: str


class ServiceRow(_Row, tag="service", frozen=True):
    """A service as lists show it; ``status`` is the effective one, ``storedStatus`` the last said.

    ``labels`` are those in force: its agent's, overlaid by its own, overlaid by ``operatorLabels``.
    """

    agent_id: str
    agent_code: str
    agent_name: str | None
    code: str
    name: str
    description: str | None
    version: str | None
    runtime: str | None
    status: str
    stored_status: str
    status_reason: str
    status_since: str
    connection: str
    health_status: str
    health_message: str | None
    labels: dict[str, str]
    operator_labels: dict[str, str]
    retired_at: str | None
    last_reported_at: str | None
    last_health_at: str | None
    created_at: str
    updated_at: str


class HealthBody(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """One health of a service, redacted; ``detailsJson`` is ``details`` as text."""

    id: str
    workspace_id: str
    service_id: str
    agent_id: str
    status: str
    message: str | None
    details: dict[str, Any]
    details_json: str
    reported_at: str
    created_at: str


class ConfigBody(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """One setting as shown; sensitive ones carry neither preview nor default."""

    id: str
    workspace_id: str
    service_id: str
    config_key: str
    key: str
    label: str | None
    type: str
    source: str | None
    editable: bool
    sensitive: bool
    value_preview: str | None
    default_value: str | None
    secret_ref: str | None
    metadata_json: str
    created_at: str
    updated_at: str


class ActionBody(msgspec.Struct, kw_only=True, rename="camel", frozen=True, omit_defaults=True):
    """One action of the catalogue."""

    id: str
    service_id: str
    name: str
    label: str
    description: str | None
    danger_level: str
    requires_confirmation: bool
    category: str | None = None
    order: int | None = None
    input_schema: dict[str, Any]
    timeout_seconds: int | None
    enabled: bool
    retry_safe: bool
    created_at: str
    updated_at: str


class ServiceDetailRow(ServiceRow, tag="serviceDetail", frozen=True):
    """A service with everything it reported."""

    manifest: dict[str, Any]
    health: HealthBody | None
    configs: list[ConfigBody]
    actions: list[ActionBody]


class CommandRow(_Row, tag="command", frozen=True):
    """A command as lists show it, with names beside ids."""

    agent_id: str
    agent_code: str
    service_id: str
    service_code: str
    service_name: str
    type: str
    action_name: str
    action_label: str
    status: str
    attempt: int
    percent: float | None
    progress_message: str | None
    created_by_user_id: str | None
    created_by: str | None
    run_id: str | None
    cancel_requested_at: str | None
    error_code: str | None
    error_message: str | None
    created_at: str
    updated_at: str
    sent_at: str | None
    started_at: str | None
    completed_at: str | None
    expires_at: str | None
    duration_ms: int | None


class ResultBody(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """The outcome of a command, redacted."""

    id: str
    command_id: str
    agent_id: str
    success: bool
    message: str | None
    data: dict[str, Any]
    error: dict[str, Any]
    reported_at: str
    created_at: str


class CommandDetailRow(CommandRow, tag="commandDetail", frozen=True):
    """A command with its input (redacted) and result."""

    payload: dict[str, Any]
    secrets_dropped: bool
    """Values of the payload are gone for good, so that a retry needs it again."""
    result: ResultBody | None
    output_lines: int
    """Lines of output seen so far."""
    one_time_key_until: str | None
    """A one-time key of the result waits to be read until then; None: there is none, or no longer."""


class RunRow(_Row, tag="run", frozen=True):
    """One action on many services. ``counts`` says how many targets have each status that occurs."""

    action_name: str
    action_label: str
    danger_level: str
    status: str
    stop_reason: str | None
    selector: str | None
    payload: dict[str, Any]
    concurrency: int
    stop_after_failures: int | None
    total: int
    counts: dict[str, int]
    created_by_user_id: str | None
    created_by: str | None
    created_at: str
    completed_at: str | None
    updated_at: str


class RunTargetRow(_Row, tag="runTarget", frozen=True):
    """One service of a run and the command it got, if it got one."""

    run_id: str
    position: int
    service_id: str
    service_code: str
    service_name: str
    agent_id: str
    agent_code: str
    command_id: str | None
    status: str
    percent: float | None
    progress_message: str | None
    error_code: str | None
    error_message: str | None
    started_at: str | None
    completed_at: str | None
    duration_ms: int | None


class RunActionBody(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """An action that some of the targets offer; ``targets``: how many."""

    name: str
    label: str
    danger_level: str
    requires_confirmation: bool
    category: str | None
    targets: int


class RunTargetBody(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """A service that a run would reach; ``problem`` is the code for which it would be skipped."""

    service_id: str
    service_code: str
    service_name: str
    agent_id: str
    agent_code: str
    status: str
    connection: str
    problem: str | None
    message: str | None


class RunPreviewBody(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """What a run would do; ``action`` is that of the first ready target."""

    total: int
    ready: int
    actions: list[RunActionBody]
    action: ActionBody | None
    same_form: bool
    targets: list[RunTargetBody]


class AuditRow(_Row, tag="audit", frozen=True):
    """Who did what to what, when, with which outcome."""

    actor_type: str
    actor_id: str | None
    actor_name: str | None
    action: str
    target_type: str | None
    target_id: str | None
    target_name: str | None
    result: str
    message: str | None
    ip_address: str | None
    user_agent: str | None
    metadata: dict[str, Any]
    created_at: str
    sequence: int | None
    hash: str | None


Row = (
    AgentRow
    | ServiceRow
    | ServiceDetailRow
    | CommandRow
    | CommandDetailRow
    | RunRow
    | RunTargetRow
    | AuditRow
)
