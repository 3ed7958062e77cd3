"""Agents, their credentials, and the services they report."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index

from opstage.store.models.columns import Appended, Stored, json_text, moment, reference, text, word


class Agent(Stored):
    """An agent, known by its code."""

    workspace = reference("Workspace")
    code = word(200)
    name = text(null=True)
    mode = word()
    runtime = word(80, null=True)
    status = word()
    status_reason = word(80, null=True)
    status_since = moment()
    last_heartbeat_at = moment(null=True)
    disabled_at = moment(null=True)
    revoked_at = moment(null=True)
    labels_json = json_text()
    operator_labels_json = json_text(db_default="{}")
    retired_at = moment(null=True)
    rotation_requested_at = moment(null=True)
    hostname = text(null=True)
    sdk = text(null=True)
    connection_generation = fields.BigIntField(default=0)
    last_instance = text(null=True)

    class Meta:
        table = "agents"
        unique_together = (("workspace_id", "code"),)
        indexes = (
            Index(fields=("status", "created_at", "id"), name="agents_status"),
            Index(fields=("created_at", "id", "code", "name"), name="agents_searched"),
            Index(fields=("last_heartbeat_at", "id"), name="agents_heartbeat"),
            Index(fields=("name", "id"), name="agents_name"),
            Index(fields=("code", "id"), name="agents_code"),
        )


class RegistrationToken(Stored):
    """A token that enrols one agent, or up to ``max_uses`` of them whose codes fit its pattern."""

    workspace = reference("Workspace")
    name = text()
    token_hash = word(64, unique=True)
    status = word()
    agent = reference("Agent", null=True)
    expires_at = moment(null=True)
    used_at = moment(null=True)
    revoked_at = moment(null=True)
    max_uses = fields.IntField(default=1, db_default=1)
    uses = fields.IntField(default=0, db_default=0)
    code_pattern = word(200, null=True)
    mode = word(null=True)
    labels_json = json_text(db_default="{}")

    class Meta:
        table = "registration_tokens"
        indexes = (
            Index(fields=("status", "created_at", "id"), name="registration_tokens_status"),
            Index(fields=("created_at", "id"), name="registration_tokens_created"),
            Index(fields=("expires_at", "id"), name="registration_tokens_expiry"),
        )


class AgentToken(Stored):
    """The credential of an agent. While it rotates, the older one works until ``expires_at``."""

    agent = reference("Agent", on_delete=fields.CASCADE)
    token_hash = word(64, unique=True)
    name = text()
    status = word()
    last_used_at = moment(null=True)
    revoked_at = moment(null=True)
    expires_at = moment(null=True)

    class Meta:
        table = "agent_tokens"
        indexes = (Index(fields=("agent_id", "status"), name="agent_tokens_agent"),)


class CapsuleService(Stored):
    """A service, known by its code."""

    workspace = reference("Workspace")
    agent = reference("Agent")
    code = word(80)
    name = text()
    description = text(null=True)
    version = word(80, null=True)
    runtime = word(80, null=True)
    status = word()
    status_since = moment()
    health_status = word()
    health_message = text(null=True)
    manifest_json = json_text()
    digest = word(64)
    health_digest = word(64)
    last_reported_at = moment(null=True)
    last_health_at = moment(null=True)
    labels_json = json_text(db_default="{}")
    operator_labels_json = json_text(db_default="{}")
    retired_at = moment(null=True)

    class Meta:
        table = "capsule_services"
        unique_together = (("workspace_id", "code"),)
        indexes = (
            Index(fields=("status", "created_at", "id"), name="capsule_services_status"),
            Index(fields=("agent_id",), name="capsule_services_agent"),
            Index(fields=("health_status", "created_at", "id"), name="capsule_services_health"),
            Index(fields=("created_at", "id", "code", "name"), name="capsule_services_searched"),
            Index(fields=("last_reported_at", "id"), name="capsule_services_reported"),
            Index(fields=("name", "id"), name="capsule_services_name"),
            Index(fields=("code", "id"), name="capsule_services_code"),
        )


class HealthReport(Appended):
    """One entry of a service's health history."""

    workspace = reference("Workspace")
    service = reference("CapsuleService", on_delete=fields.CASCADE)
    agent = reference("Agent")
    status = word()
    message = text(null=True)
    details_json = json_text()
    reported_at = moment()

    class Meta:
        table = "health_reports"
        indexes = (
            Index(fields=("service_id", "reported_at"), name="health_reports_service"),
            Index(fields=("reported_at",), name="health_reports_time"),
        )


class ConfigItem(Stored):
    """Metadata of one setting of a service."""

    workspace = reference("Workspace")
    service = reference("CapsuleService", on_delete=fields.CASCADE)
    config_key = text()
    label = text(null=True)
    type = word(80)
    source = text(null=True)
    editable = fields.BooleanField(default=False)
    sensitive = fields.BooleanField(default=False)
    value_preview = text(null=True)
    default_value = text(null=True)
    secret_ref = text(null=True)
    metadata_json = json_text()

    class Meta:
        table = "config_items"
        unique_together = (("service_id", "config_key"),)


class ActionDefinition(Stored):
    """One action of a service's catalogue."""

    workspace = reference("Workspace")
    service = reference("CapsuleService", on_delete=fields.CASCADE)
    name = word(200)
    label = text()
    description = text(null=True)
    danger_level = word()
    requires_confirmation = fields.BooleanField(default=False)
    input_schema_json = json_text()
    timeout_seconds = fields.IntField(null=True)
    enabled = fields.BooleanField(default=True)
    retry_safe = fields.BooleanField(default=False)
    category = text(null=True)
    position = fields.IntField(null=True)

    class Meta:
        table = "action_definitions"
        unique_together = (("service_id", "name"),)
