"""The audit trail and saved settings."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index

from opstage.store.models.columns import Appended, Stored, json_text, reference, text, word


class AuditEvent(Appended):
    """Who did what to what. No foreign keys: the trail outlives what it names.

    ``sequence`` counts without gaps, and ``hash`` covers the event and the hash before it; both are
    null only in rows of a release without them, until the next start.
    """

    workspace_id = word(80)
    actor_type = word()
    actor_id = word(200, null=True)
    actor_name = text(null=True)
    action = word(160)
    target_type = word(120, null=True)
    target_id = word(200, null=True)
    target_name = text(null=True)
    result = word()
    message = text(null=True)
    ip_address = text(null=True)
    user_agent = text(null=True)
    metadata_json = json_text()
    sequence = fields.BigIntField(null=True, unique=True)
    previous_hash = word(64, null=True)
    hash = word(64, null=True)

    class Meta:
        table = "audit_events"
        indexes = (
            Index(fields=("created_at", "id"), name="audit_events_created"),
            Index(fields=("actor_type", "actor_id"), name="audit_events_actor"),
            Index(fields=("target_type", "target_id"), name="audit_events_target"),
            Index(fields=("action", "created_at", "id"), name="audit_events_action"),
            Index(fields=("result", "created_at", "id"), name="audit_events_result"),
        )


class AuditCheckpoint(Appended):
    """Where the audit trail begins after a pruning: the last event that was deleted."""

    sequence = fields.BigIntField(unique=True)
    hash = word(64)
    deleted = fields.IntField()

    class Meta:
        table = "audit_checkpoints"


class SystemSetting(Stored):
    """A setting saved through the API."""

    workspace = reference("Workspace")
    key = word(120)
    value_json = json_text("null")

    class Meta:
        table = "system_settings"
        unique_together = (("workspace_id", "key"),)
