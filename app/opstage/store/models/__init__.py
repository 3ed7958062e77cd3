"""The tables, as Tortoise models: the source of migrations.

Queries do not go through these classes: each query file holds its SQL beside the mapping to
records. Ids and times are texts, JSON lives in ``*_json`` text columns. Indexes lead with what lists
filter and sort by, never with the workspace: there is one, so it would only mislead the planner.
"""

from opstage.store.models.bus import BusEvent, BusRoute
from opstage.store.models.fleet import (
    ActionDefinition,
    Agent,
    AgentToken,
    CapsuleService,
    ConfigItem,
    HealthReport,
    RegistrationToken,
)
from opstage.store.models.people import ApiKey, Session, User, Workspace
from opstage.store.models.runs import Run, RunTarget
from opstage.store.models.trail import AuditCheckpoint, AuditEvent, SystemSetting
from opstage.store.models.work import Command, CommandOutput, CommandResult, CommandSecret

__all__ = [
    "ActionDefinition",
    "Agent",
    "AgentToken",
    "ApiKey",
    "AuditCheckpoint",
    "AuditEvent",
    "BusEvent",
    "BusRoute",
    "CapsuleService",
    "Command",
    "CommandOutput",
    "CommandResult",
    "CommandSecret",
    "ConfigItem",
    "HealthReport",
    "RegistrationToken",
    "Run",
    "RunTarget",
    "Session",
    "SystemSetting",
    "User",
    "Workspace",
]
