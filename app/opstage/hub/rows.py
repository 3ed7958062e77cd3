"""Rows of the live views made from what is stored and derived."""

from __future__ import annotations

from typing import Any

import msgspec

from opstage.core import rows
from opstage.core.redaction import redact
from opstage.core.status import AgentState, ServiceState
from opstage.core.times import iso, iso_or_none, milliseconds
from opstage.store import records
from opstage.store.runs import RunRecord, RunTargetRecord

_encoder = msgspec.json.Encoder()


def encode(row: rows.Row) -> bytes:
    """The row as JSON, as views keep it."""
    return _encoder.encode(row)


def _text(value: dict[str, Any]) -> str:
    return _encoder.encode(value).decode()


def agent_row(
    agent: records.AgentRecord,
    state: AgentState,
    labels: dict[str, str],
    last_contact: float | None,
    service_count: int,
) -> rows.AgentRow:
    """An agent as it stands; ``labels`` are those in force."""
    return rows.AgentRow(
        id=agent.id,
        code=agent.code,
        name=agent.name,
        mode=agent.mode,
        runtime=agent.runtime,
        status=state.status,
        status_reason=state.reason,
        status_since=iso(state.since),
        connection=state.connection,
        last_heartbeat_at=iso_or_none(last_contact),
        hostname=agent.hostname,
        sdk=agent.sdk,
        labels=labels,
        operator_labels=agent.operator_labels,
        service_count=service_count,
        retired_at=iso_or_none(agent.retired_at),
        rotation_requested_at=iso_or_none(agent.rotation_requested_at),
        created_at=iso(agent.created_at),
        updated_at=iso(agent.updated_at),
    )


def service_row(
    service: records.ServiceRecord,
    state: ServiceState,
    labels: dict[str, str],
    agent: records.AgentRecord,
    agent_state: AgentState,
) -> rows.ServiceRow:
    """A service as it stands, with its agent's name and connection; ``labels`` are those in force."""
    return rows.ServiceRow(
        id=service.id,
        agent_id=agent.id,
        agent_code=agent.code,
        agent_name=agent.name,
        code=service.code,
        name=service.name,
        description=service.description,
        version=service.version,
        runtime=service.runtime,
        status=state.status,
        stored_status=service.status,
        status_reason=state.reason,
        status_since=iso(state.since),
        connection=agent_state.connection,
        health_status=service.health_status,
        health_message=service.health_message,
        labels=labels,
        operator_labels=service.operator_labels,
        retired_at=iso_or_none(service.retired_at),
        last_reported_at=iso_or_none(service.last_reported_at),
        last_health_at=iso_or_none(service.last_health_at),
        created_at=iso(service.created_at),
        updated_at=iso(service.updated_at),
    )


def service_detail_row(
    row: rows.ServiceRow, detail: records.ServiceDetail, health: records.HealthRecord | None
) -> rows.ServiceDetailRow:
    """The row with everything the service reported; ``health`` is the newest."""
    return rows.ServiceDetailRow(
        **msgspec.structs.asdict(row),
        manifest=detail.manifest,
        health=None if health is None else health_body(health),
        configs=[config_body(config) for config in detail.configs],
        actions=[action_body(action) for action in detail.actions],
    )


def health_body(health: records.HealthRecord) -> rows.HealthBody:
    """One health, as REST and the views show it."""
    return rows.HealthBody(
        id=health.id,
        workspace_id=records.DEFAULT_WORKSPACE,
        service_id=health.service_id,
        agent_id=health.agent_id,
        status=health.status,
        message=health.message,
        details=health.details,
        details_json=_text(health.details),
        reported_at=iso(health.reported_at),
        created_at=iso(health.created_at),
    )


def config_body(config: records.ConfigRecord) -> rows.ConfigBody:
    """One setting, as REST and the views show it."""
    return rows.ConfigBody(
        id=config.id,
        workspace_id=records.DEFAULT_WORKSPACE,
        service_id=config.service_id,
        config_key=config.key,
        key=config.key,
        label=config.label,
        type=config.type,
        source=config.source,
        editable=config.editable,
        sensitive=config.sensitive,
        value_preview=config.value_preview,
        default_value=config.default_value,
        secret_ref=config.secret_ref,
        metadata_json=_text(config.metadata),
        created_at=iso(config.created_at),
        updated_at=iso(config.updated_at),
    )


def action_body(action: records.ActionRecord) -> rows.ActionBody:
    """One action of the catalogue, as REST and the views show it."""
    return rows.ActionBody(
        id=action.id,
        service_id=action.service_id,
        name=action.name,
        label=action.label,
        description=action.description,
        danger_level=action.danger_level,
        requires_confirmation=action.requires_confirmation,
        category=action.category or None,
        order=action.order,
        input_schema=action.input_schema,
        timeout_seconds=action.timeout_seconds,
        enabled=action.enabled,
        retry_safe=action.retry_safe,
        created_at=iso(action.created_at),
        updated_at=iso(action.updated_at),
    )


def command_row(record: records.CommandRecord) -> rows.CommandRow:
    """A command as lists show it."""
    return rows.CommandRow(
        id=record.id,
        agent_id=record.agent_id,
        agent_code=record.agent_code,
        service_id=record.service_id,
        service_code=record.service_code,
        service_name=record.service_name,
        type=record.type,
        action_name=record.action_name,
        action_label=record.action_label,
        status=record.status,
        attempt=record.attempt,
        percent=record.percent,
        progress_message=record.progress_message,
        created_by_user_id=record.created_by_user_id,
        created_by=record.created_by,
        run_id=record.run_id,
        cancel_requested_at=iso_or_none(record.cancel_requested_at),
        error_code=record.error_code,
        error_message=record.error_message,
        created_at=iso(record.created_at),
        updated_at=iso(record.updated_at),
        sent_at=iso_or_none(record.sent_at),
        started_at=iso_or_none(record.started_at),
        completed_at=iso_or_none(record.completed_at),
        expires_at=iso_or_none(record.expires_at),
        duration_ms=_duration(record.started_at, record.completed_at),
    )


def _duration(started_at: float | None, completed_at: float | None) -> int | None:
    if started_at is None or completed_at is None:
        return None
    return max(0, milliseconds(completed_at) - milliseconds(started_at))


def result_body(result: records.ResultRecord) -> rows.ResultBody:
    """The outcome of a command; it was redacted before it was stored."""
    return rows.ResultBody(
        id=result.id,
        command_id=result.command_id,
        agent_id=result.agent_id,
        success=result.success,
        message=result.message,
        data=result.data,
        error=result.error,
        reported_at=iso(result.reported_at),
        created_at=iso(result.created_at),
    )


def command_detail_row(
    record: records.CommandRecord,
    result: records.ResultRecord | None,
    output_lines: int,
    key_until: float | None = None,
) -> rows.CommandDetailRow:
    """A command with its redacted input and its outcome; ``key_until``: its one-time key waits till then."""
    return rows.CommandDetailRow(
        **msgspec.structs.asdict(command_row(record)),
        payload=redact(record.payload),
        secrets_dropped=record.secrets_dropped,
        result=None if result is None else result_body(result),
        output_lines=output_lines,
        one_time_key_until=iso_or_none(key_until),
    )


def run_row(record: RunRecord) -> rows.RunRow:
    """A run; its payload has no secrets in it."""
    return rows.RunRow(
        id=record.id,
        action_name=record.action_name,
        action_label=record.action_label,
        danger_level=record.danger_level,
        status=record.status,
        stop_reason=record.stop_reason,
        selector=record.selector,
        payload=record.payload,
        concurrency=record.concurrency,
        stop_after_failures=record.stop_after_failures,
        total=record.total,
        counts=record.counts,
        created_by_user_id=record.created_by_user_id,
        created_by=record.created_by,
        created_at=iso(record.created_at),
        completed_at=iso_or_none(record.completed_at),
        updated_at=iso(record.updated_at),
    )


def run_target_row(record: RunTargetRecord) -> rows.RunTargetRow:
    """One service of a run."""
    return rows.RunTargetRow(
        id=record.id,
        run_id=record.run_id,
        position=record.position,
        service_id=record.service_id,
        service_code=record.service_code,
        service_name=record.service_name,
        agent_id=record.agent_id,
        agent_code=record.agent_code,
        command_id=record.command_id,
        status=record.status,
        percent=record.percent,
        progress_message=record.progress_message,
        error_code=record.error_code,
        error_message=record.error_message,
        started_at=iso_or_none(record.started_at),
        completed_at=iso_or_none(record.completed_at),
        duration_ms=_duration(record.started_at, record.completed_at),
    )


def audit_row(record: records.AuditRecord) -> rows.AuditRow:
    """An audit event."""
    return rows.AuditRow(
        id=record.id,
        actor_type=record.actor_type,
        actor_id=record.actor_id,
        actor_name=record.actor_name,
        action=record.action,
        target_type=record.target_type,
        target_id=record.target_id,
        target_name=record.target_name,
        result=record.result,
        message=record.message,
        ip_address=record.ip_address,
        user_agent=record.user_agent,
        metadata=record.metadata,
        created_at=iso(record.created_at),
        sequence=record.sequence,
        hash=record.hash,
    )
