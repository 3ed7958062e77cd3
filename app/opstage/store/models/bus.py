"""Events of services and the routes that turn them into commands."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index

from opstage.store.models.columns import Appended, Stored, json_text, moment, reference, text, word


class BusEvent(Appended):
    """Something a service announced."""

    workspace = reference("Workspace")
    agent_id = word(80)
    service_id = word(80)
    service_code = word(80)
    event_type = word(160)
    event_ref = word(200, null=True)
    payload_json = json_text()
    metadata_json = json_text()
    correlation_id = word(200, null=True)
    causation_id = word(200, null=True)
    depth = fields.IntField(default=0)
    occurred_at = text()
    accepted_at = moment()
    route_count = fields.IntField(default=0)
    routed_json = json_text("[]")

    class Meta:
        table = "bus_events"
        unique_together = (("agent_id", "event_ref"),)
        indexes = (
            Index(fields=("accepted_at", "id"), name="bus_events_accepted"),
            Index(fields=("event_type", "service_code"), name="bus_events_type"),
            Index(fields=("agent_id", "accepted_at"), name="bus_events_agent"),
        )


class BusRoute(Stored):
    """A rule that turns a matching event into a command."""

    workspace = reference("Workspace")
    name = word(200)
    description = text(null=True)
    status = word()
    source_service_code = word(80, null=True)
    event_type = word(160)
    target_service_code = word(80)
    action_name = word(200)
    input_mapping_json = json_text()
    metadata_json = json_text()
    allow_dangerous = fields.BooleanField(default=False)

    class Meta:
        table = "bus_routes"
        indexes = (
            Index(fields=("status", "event_type", "source_service_code"), name="bus_routes_match"),
            Index(fields=("created_at", "id"), name="bus_routes_created"),
        )
