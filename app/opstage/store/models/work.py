"""Commands and what came of them."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from opstage.store.models.columns import Appended, Stored, id_field, json_text, moment, reference, text, word


class Command(Stored):
    """One request to run one action."""

    workspace = reference("Workspace")
    agent = reference("Agent")
    service = reference("CapsuleService")
    service_code = word(80)
    type = word()
    action_name = word(200)
    status = word()
    payload_json = json_text()
    created_by_user = reference("User", null=True)
    created_by_key = reference("ApiKey", null=True)
    run_id = word(80, null=True)
    secrets_dropped = fields.BooleanField(default=False, db_default=False)
    retry_safe = fields.BooleanField(default=False)
    timeout_seconds = fields.IntField(null=True)
    idempotency_key = text(null=True)
    attempt = fields.IntField(default=0)
    sent = fields.BooleanField(default=False)
    sent_at = moment(null=True)
    started_at = moment(null=True)
    completed_at = moment(null=True)
    expires_at = moment(null=True)
    lease_until = moment(null=True)
    not_before = moment(null=True)
    cancel_requested_at = moment(null=True)
    cancel_reason = text(null=True)
    progress_percent = fields.FloatField(null=True)
    progress_message = text(null=True)
    error_code = word(80, null=True)
    error_message = text(null=True)

    class Meta:
        table = "commands"
        unique_together = (
            ("created_by_user_id", "idempotency_key"),
            ("created_by_key_id", "idempotency_key"),
        )
        indexes = (
            Index(fields=("status", "created_at", "id"), name="commands_status"),
            Index(fields=("agent_id", "status"), name="commands_agent"),
            Index(fields=("agent_id", "created_at", "id"), name="commands_agent_created"),
            Index(fields=("service_id", "created_at", "id"), name="commands_service"),
            Index(fields=("created_at", "id"), name="commands_created"),
            Index(fields=("completed_at", "id"), name="commands_completed"),
            Index(fields=("action_name", "created_at", "id"), name="commands_action"),
        )


class CommandResult(Appended):
    """The outcome of a command."""

    command = fields.OneToOneField("opstage.Command", related_name=False, on_delete=fields.CASCADE)  # type: ignore[var-annotated]
    agent = reference("Agent")
    success = fields.BooleanField()
    message = text(null=True)
    data_json = json_text()
    error_json = json_text()
    reported_at = moment()

    class Meta:
        table = "command_results"
        indexes = (Index(fields=("agent_id", "reported_at"), name="command_results_agent"),)


class CommandOutput(Model):
    """What a command wrote, whole, replaced as it grows."""

    id = id_field()
    command = fields.OneToOneField("opstage.Command", related_name=False, on_delete=fields.CASCADE)  # type: ignore[var-annotated]
    attempt = fields.IntField()
    lines_json = json_text("[]")
    dropped_from = fields.IntField(default=0)
    dropped_count = fields.IntField(default=0)
    updated_at = moment()

    class Meta:
        table = "command_outputs"
        indexes = (Index(fields=("updated_at",), name="command_outputs_updated"),)


class CommandSecret(Appended):
    """The one-time key of a result, encrypted, until somebody who may has read it."""

    command = fields.OneToOneField("opstage.Command", related_name=False, on_delete=fields.CASCADE)  # type: ignore[var-annotated]
    ciphertext = text()
    expires_at = moment()

    class Meta:
        table = "command_secrets"
        indexes = (Index(fields=("expires_at",), name="command_secrets_expiry"),)
