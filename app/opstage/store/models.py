"""The tables (``contract/rest.md`` 17), as Tortoise models: the source of migrations.

Queries do not go through these classes: each query file holds its SQL beside the mapping to
records. Ids and times are texts, JSON lives in ``*_json`` text columns. Indexes lead with what lists
filter and sort by, never with the workspace: there is one, so it would only mislead the planner.
"""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


def _id() -> Any:
    return fields.CharField(max_length=80, primary_key=True)


def _word(length: int = 40, **options: Any) -> Any:
    return fields.CharField(max_length=length, **options)


def _moment(**options: Any) -> Any:
    return fields.CharField(max_length=24, **options)


def _text(**options: Any) -> Any:
    return fields.TextField(**options)


def _json(default: str = "{}") -> Any:
    return fields.TextField(default=default)


def _reference(model: str, **options: Any) -> Any:
    options.setdefault("on_delete", fields.RESTRICT)
    return fields.ForeignKeyField(f"opstage.{model}", related_name=False, db_index=False, **options)


class _Stored(Model):
    """What every table has."""

    id = _id()
    created_at = _moment()
    updated_at = _moment()

    class Meta:
        abstract = True


class _Appended(Model):
    """What tables have whose rows never change."""

    id = _id()
    created_at = _moment()

    class Meta:
        abstract = True


class Workspace(_Stored):
    """The one workspace every scoped row carries."""

    code = _word(80, unique=True)
    name = _word(200)
    status = _word()

    class Meta:
        table = "workspaces"


class User(_Stored):
    """A person."""

    workspace = _reference("Workspace")
    username = _word(320, unique=True)
    password_hash = _text()
    display_name = _text(null=True)
    role = _word()
    status = _word()
    last_login_at = _moment(null=True)

    class Meta:
        table = "users"
        indexes = (
            Index(fields=("created_at", "id"), name="users_created"),
            Index(fields=("role", "status"), name="users_role"),
        )


class Session(_Appended):
    """A browser session, found by the hash of its id."""

    user = _reference("User", on_delete=fields.CASCADE)
    csrf_nonce = _text()
    expires_at = _moment()
    ip_address = _text(null=True)
    user_agent = _text(null=True)

    class Meta:
        table = "sessions"
        indexes = (
            Index(fields=("user_id",), name="sessions_user"),
            Index(fields=("expires_at",), name="sessions_expiry"),
        )


class Agent(_Stored):
    """An agent, known by its code."""

    workspace = _reference("Workspace")
    code = _word(200)
    name = _text(null=True)
    mode = _word()
    runtime = _word(80, null=True)
    status = _word()
    status_reason = _word(80, null=True)
    status_since = _moment()
    last_heartbeat_at = _moment(null=True)
    disabled_at = _moment(null=True)
    revoked_at = _moment(null=True)
    labels_json = _json()
    hostname = _text(null=True)
    sdk = _text(null=True)
    connection_generation = fields.BigIntField(default=0)
    last_instance = _text(null=True)

    class Meta:
        table = "agents"
        unique_together = (("workspace_id", "code"),)
        indexes = (
            Index(fields=("status", "created_at", "id"), name="agents_status"),
            Index(fields=("created_at", "id"), name="agents_created"),
            Index(fields=("last_heartbeat_at", "id"), name="agents_heartbeat"),
            Index(fields=("name", "id"), name="agents_name"),
            Index(fields=("code", "id"), name="agents_code"),
        )


class RegistrationToken(_Stored):
    """A single-use token that enrols one agent."""

    workspace = _reference("Workspace")
    name = _text()
    token_hash = _word(64, unique=True)
    status = _word()
    agent = _reference("Agent", null=True)
    expires_at = _moment(null=True)
    used_at = _moment(null=True)
    revoked_at = _moment(null=True)

    class Meta:
        table = "registration_tokens"
        indexes = (
            Index(fields=("status", "created_at", "id"), name="registration_tokens_status"),
            Index(fields=("created_at", "id"), name="registration_tokens_created"),
            Index(fields=("expires_at", "id"), name="registration_tokens_expiry"),
        )


class AgentToken(_Stored):
    """The credential of an agent, at most one of which is ACTIVE."""

    agent = _reference("Agent", on_delete=fields.CASCADE)
    token_hash = _word(64, unique=True)
    name = _text()
    status = _word()
    last_used_at = _moment(null=True)
    revoked_at = _moment(null=True)

    class Meta:
        table = "agent_tokens"
        indexes = (Index(fields=("agent_id", "status"), name="agent_tokens_agent"),)


class CapsuleService(_Stored):
    """A service, known by its code."""

    workspace = _reference("Workspace")
    agent = _reference("Agent")
    code = _word(80)
    name = _text()
    description = _text(null=True)
    version = _word(80, null=True)
    runtime = _word(80, null=True)
    status = _word()
    status_since = _moment()
    health_status = _word()
    health_message = _text(null=True)
    manifest_json = _json()
    digest = _word(64)
    health_digest = _word(64)
    last_reported_at = _moment(null=True)
    last_health_at = _moment(null=True)

    class Meta:
        table = "capsule_services"
        unique_together = (("workspace_id", "code"),)
        indexes = (
            Index(fields=("status", "created_at", "id"), name="capsule_services_status"),
            Index(fields=("agent_id",), name="capsule_services_agent"),
            Index(fields=("health_status", "created_at", "id"), name="capsule_services_health"),
            Index(fields=("created_at", "id"), name="capsule_services_created"),
            Index(fields=("last_reported_at", "id"), name="capsule_services_reported"),
            Index(fields=("name", "id"), name="capsule_services_name"),
            Index(fields=("code", "id"), name="capsule_services_code"),
        )


class HealthReport(_Appended):
    """One entry of a service's health history."""

    workspace = _reference("Workspace")
    service = _reference("CapsuleService", on_delete=fields.CASCADE)
    agent = _reference("Agent")
    status = _word()
    message = _text(null=True)
    details_json = _json()
    reported_at = _moment()

    class Meta:
        table = "health_reports"
        indexes = (
            Index(fields=("service_id", "reported_at"), name="health_reports_service"),
            Index(fields=("reported_at",), name="health_reports_time"),
        )


class ConfigItem(_Stored):
    """Metadata of one setting of a service."""

    workspace = _reference("Workspace")
    service = _reference("CapsuleService", on_delete=fields.CASCADE)
    config_key = _text()
    label = _text(null=True)
    type = _word(80)
    source = _text(null=True)
    editable = fields.BooleanField(default=False)
    sensitive = fields.BooleanField(default=False)
    value_preview = _text(null=True)
    default_value = _text(null=True)
    secret_ref = _text(null=True)
    metadata_json = _json()

    class Meta:
        table = "config_items"
        unique_together = (("service_id", "config_key"),)


class ActionDefinition(_Stored):
    """One action of a service's catalogue."""

    workspace = _reference("Workspace")
    service = _reference("CapsuleService", on_delete=fields.CASCADE)
    name = _word(200)
    label = _text()
    description = _text(null=True)
    danger_level = _word()
    requires_confirmation = fields.BooleanField(default=False)
    input_schema_json = _json()
    timeout_seconds = fields.IntField(null=True)
    enabled = fields.BooleanField(default=True)
    retry_safe = fields.BooleanField(default=False)
    category = _text(null=True)
    position = fields.IntField(null=True)

    class Meta:
        table = "action_definitions"
        unique_together = (("service_id", "name"),)


class Command(_Stored):
    """One request to run one action."""

    workspace = _reference("Workspace")
    agent = _reference("Agent")
    service = _reference("CapsuleService")
    service_code = _word(80)
    type = _word()
    action_name = _word(200)
    status = _word()
    payload_json = _json()
    created_by_user = _reference("User", null=True)
    retry_safe = fields.BooleanField(default=False)
    timeout_seconds = fields.IntField(null=True)
    idempotency_key = _text(null=True)
    attempt = fields.IntField(default=0)
    sent = fields.BooleanField(default=False)
    sent_at = _moment(null=True)
    started_at = _moment(null=True)
    completed_at = _moment(null=True)
    expires_at = _moment(null=True)
    lease_until = _moment(null=True)
    not_before = _moment(null=True)
    cancel_requested_at = _moment(null=True)
    cancel_reason = _text(null=True)
    progress_percent = fields.FloatField(null=True)
    progress_message = _text(null=True)
    error_code = _word(80, null=True)
    error_message = _text(null=True)

    class Meta:
        table = "commands"
        unique_together = (("created_by_user_id", "idempotency_key"),)
        indexes = (
            Index(fields=("status", "created_at", "id"), name="commands_status"),
            Index(fields=("agent_id", "status"), name="commands_agent"),
            Index(fields=("agent_id", "created_at", "id"), name="commands_agent_created"),
            Index(fields=("service_id", "created_at", "id"), name="commands_service"),
            Index(fields=("created_at", "id"), name="commands_created"),
            Index(fields=("completed_at", "id"), name="commands_completed"),
            Index(fields=("action_name", "created_at", "id"), name="commands_action"),
        )


class CommandResult(_Appended):
    """The outcome of a command."""

    command = fields.OneToOneField("opstage.Command", related_name=False, on_delete=fields.CASCADE)  # type: ignore[var-annotated]
    agent = _reference("Agent")
    success = fields.BooleanField()
    message = _text(null=True)
    data_json = _json()
    error_json = _json()
    reported_at = _moment()

    class Meta:
        table = "command_results"
        indexes = (Index(fields=("agent_id", "reported_at"), name="command_results_agent"),)


class CommandOutput(Model):
    """What a command wrote, whole, replaced as it grows."""

    id = _id()
    command = fields.OneToOneField("opstage.Command", related_name=False, on_delete=fields.CASCADE)  # type: ignore[var-annotated]
    attempt = fields.IntField()
    lines_json = _json("[]")
    dropped_from = fields.IntField(default=0)
    dropped_count = fields.IntField(default=0)
    updated_at = _moment()

    class Meta:
        table = "command_outputs"


class AuditEvent(_Appended):
    """Who did what to what. No foreign keys: the trail outlives what it names."""

    workspace_id = _word(80)
    actor_type = _word()
    actor_id = _word(200, null=True)
    actor_name = _text(null=True)
    action = _word(160)
    target_type = _word(120, null=True)
    target_id = _word(200, null=True)
    target_name = _text(null=True)
    result = _word()
    message = _text(null=True)
    ip_address = _text(null=True)
    user_agent = _text(null=True)
    metadata_json = _json()

    class Meta:
        table = "audit_events"
        indexes = (
            Index(fields=("created_at", "id"), name="audit_events_created"),
            Index(fields=("actor_type", "actor_id"), name="audit_events_actor"),
            Index(fields=("target_type", "target_id"), name="audit_events_target"),
            Index(fields=("action", "created_at", "id"), name="audit_events_action"),
            Index(fields=("result", "created_at", "id"), name="audit_events_result"),
        )


class SystemSetting(_Stored):
    """A setting saved through the API."""

    workspace = _reference("Workspace")
    key = _word(120)
    value_json = _json("null")

    class Meta:
        table = "system_settings"
        unique_together = (("workspace_id", "key"),)
