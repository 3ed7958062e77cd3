"""What the store returns and takes: frozen structs, never ORM models.

Times are epoch seconds (float); in the database they are ISO-8601 texts with milliseconds, so a
time read back is rounded down to the millisecond. JSON columns come decoded. Values of enums are
the plain strings of the contract.
"""

from __future__ import annotations

from typing import Any

import msgspec

from opstage.store import filters
from opstage_agent.wire import OutputLine

DEFAULT_WORKSPACE = "wks_default"

# So that callers find all that goes in and comes out in one place.
AgentFilter = filters.AgentFilter
AuditFilter = filters.AuditFilter
CommandFilter = filters.CommandFilter
Paging = filters.Paging
ServiceFilter = filters.ServiceFilter
TokenFilter = filters.TokenFilter
UserFilter = filters.UserFilter


class _Record(msgspec.Struct, kw_only=True, frozen=True):
    """Something stored."""


class Actor(_Record, frozen=True):
    """Who does something, as the audit trail names them."""

    type: str
    """``USER``, ``AGENT`` or ``SYSTEM``."""
    id: str | None = None
    name: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


SYSTEM = Actor(type="SYSTEM")


class UserRecord(_Record, frozen=True):
    """A person who signs in."""

    id: str
    username: str
    password_hash: str
    display_name: str | None
    role: str
    status: str
    last_login_at: float | None
    created_at: float
    updated_at: float


class SessionRecord(_Record, frozen=True):
    """A browser session; ``id`` is the SHA-256 of the cookie's session id."""

    id: str
    user_id: str
    csrf_nonce: str
    expires_at: float
    ip_address: str | None
    user_agent: str | None
    created_at: float


class TokenRecord(_Record, frozen=True):
    """A registration token; the raw value is known only to who created it."""

    id: str
    name: str
    status: str
    agent_id: str | None
    expires_at: float | None
    used_at: float | None
    revoked_at: float | None
    created_at: float
    updated_at: float


class AgentRecord(_Record, frozen=True):
    """An agent as stored; ``last_heartbeat_at`` is at most one contact batch (15 s) old."""

    id: str
    code: str
    name: str | None
    mode: str
    runtime: str | None
    status: str
    status_reason: str | None
    status_since: float
    last_heartbeat_at: float | None
    disabled_at: float | None
    revoked_at: float | None
    labels: dict[str, str]
    hostname: str | None
    sdk: str | None
    connection_generation: int
    last_instance: str | None
    created_at: float
    updated_at: float


class AgentCredential(_Record, frozen=True):
    """What an agent token opens; the caller refuses by ``token_status`` and ``agent_status``."""

    agent_id: str
    agent_status: str
    token_id: str
    token_status: str
    last_used_at: float | None


class AgentIdentity(_Record, frozen=True):
    """What an agent says of itself when it registers."""

    code: str
    name: str | None = None
    mode: str = "embedded"
    runtime: str | None = None


class Registration(_Record, frozen=True):
    """A registration that succeeded; ``agent_token`` is raw and stored only hashed."""

    agent: AgentRecord
    agent_token: str
    revoked_tokens: int
    created: bool


class ServiceRecord(_Record, frozen=True):
    """A service as stored; ``status`` is the stored one, not the effective one."""

    id: str
    agent_id: str
    code: str
    name: str
    description: str | None
    version: str | None
    runtime: str | None
    status: str
    status_since: float
    health_status: str
    health_message: str | None
    last_reported_at: float | None
    last_health_at: float | None
    digest: str
    """Changes when anything but the health in the report changes."""
    created_at: float
    updated_at: float


class HealthRecord(_Record, frozen=True):
    """One report of health, redacted."""

    id: str
    service_id: str
    agent_id: str
    status: str
    message: str | None
    details: dict[str, Any]
    reported_at: float
    created_at: float


class ConfigRecord(_Record, frozen=True):
    """One setting of a service; sensitive ones hold neither preview nor default."""

    id: str
    service_id: str
    key: str
    label: str | None
    type: str
    source: str | None
    editable: bool
    sensitive: bool
    value_preview: str | None
    default_value: str | None
    secret_ref: str | None
    created_at: float
    updated_at: float


class ActionRecord(_Record, frozen=True):
    """One action of a service's catalogue."""

    id: str
    service_id: str
    name: str
    label: str
    description: str | None
    danger_level: str
    requires_confirmation: bool
    category: str | None
    order: int | None
    input_schema: dict[str, Any]
    timeout_seconds: int | None
    enabled: bool
    retry_safe: bool
    created_at: float
    updated_at: float


class ServiceDetail(_Record, frozen=True):
    """A service with everything it reported."""

    service: ServiceRecord
    manifest: dict[str, Any]
    health: HealthRecord | None
    configs: list[ConfigRecord]
    """By key."""
    actions: list[ActionRecord]
    """By name."""


class SavedService(_Record, frozen=True):
    """What a report did to one service."""

    service: ServiceRecord
    changed: bool
    """Anything that rows or details show is different now (contact times do not count)."""
    created: bool
    previous_agent_id: str | None = None
    """The agent it was taken over from, if it was."""


class SavedHealth(_Record, frozen=True):
    """What a health did to its service."""

    service: ServiceRecord
    changed: bool


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
    created_by_user_id: str | None = None
    created_by: str | None = None
    retry_safe: bool = False
    timeout_seconds: int | None = None
    expires_at: float | None = None
    idempotency_key: str | None = None


class CommandRecord(_Record, frozen=True):
    """A command, with the names of what it touches. ``payload`` is raw: redact before showing."""

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
    created_by: str | None
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


class AuditDraft(_Record, frozen=True):
    """An audit event about to be recorded. Metadata strings that hold raw tokens are masked."""

    action: str
    actor: Actor
    target_type: str | None = None
    target_id: str | None = None
    target_name: str | None = None
    result: str = "SUCCESS"
    message: str | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class AuditRecord(_Record, frozen=True):
    """Who did what to what, when, with which outcome."""

    id: str
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
    created_at: float
