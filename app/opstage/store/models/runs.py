"""One action on many services. Nothing here refers to what may be deleted: a run tells what was."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from opstage.store.models.columns import Stored, id_field, json_text, moment, reference, text, word


class Run(Stored):
    """A request to run one action on several services."""

    workspace = reference("Workspace")
    action_name = word(200)
    action_label = text()
    danger_level = word()
    status = word()
    stop_reason = word(null=True)
    selector = text(null=True)
    payload_json = json_text()
    raw_payload_json = text(null=True)
    confirmed = fields.BooleanField(default=False)
    concurrency = fields.IntField()
    stop_after_failures = fields.IntField(null=True)
    total = fields.IntField()
    counts_json = json_text()
    created_by_user_id = word(80, null=True)
    created_by_key_id = word(80, null=True)
    created_by = text(null=True)
    idempotency_key = text(null=True)
    completed_at = moment(null=True)

    class Meta:
        table = "runs"
        unique_together = (
            ("created_by_user_id", "idempotency_key"),
            ("created_by_key_id", "idempotency_key"),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="runs_created"),
            Index(fields=("status", "created_at", "id"), name="runs_status"),
            Index(fields=("action_name", "created_at", "id"), name="runs_action"),
            Index(fields=("completed_at", "id"), name="runs_completed"),
        )


class RunTarget(Model):
    """One of its services."""

    id = id_field()
    run = reference("Run", on_delete=fields.CASCADE)
    position = fields.IntField()
    service_id = word(80)
    service_code = word(80)
    service_name = text()
    agent_id = word(80)
    agent_code = word(80)
    command_id = word(80, null=True)
    status = word()
    error_code = word(80, null=True)
    error_message = text(null=True)
    started_at = moment(null=True)
    completed_at = moment(null=True)

    class Meta:
        table = "run_targets"
        unique_together = (("run_id", "position"),)
        indexes = (Index(fields=("run_id", "status", "position"), name="run_targets_status"),)
