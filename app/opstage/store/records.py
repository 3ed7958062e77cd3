"""What the store returns and takes: frozen structs, never ORM models.

Times are epoch seconds (float); in the database they are ISO-8601 texts with milliseconds, so a
time read back is rounded down to the millisecond. JSON columns come decoded. Values of enums are
their plain strings.
"""

from __future__ import annotations

from typing import Any

import msgspec

from opstage.store import command_records, filters

DEFAULT_WORKSPACE = "wks_default"

# So that callers find all that goes in and comes out in one place.
AgentFilter = filters.AgentFilter
ApiKeyFilter = filters.ApiKeyFilter
AuditFilter = filters.AuditFilter
CommandFilter = filters.CommandFilter
Paging = filters.Paging
ServiceFilter = filters.ServiceFilter
TokenFilter = filters.TokenFilter
UserFilter = filters.UserFilter
CommandDraft = command_records.CommandDraft
CommandRecord = command_records.CommandRecord
OpenCommand = command_records.OpenCommand
ResultDraft = command_records.ResultDraft
ResultRecord = command_records.ResultRecord
CommandDetail = command_records.CommandDetail
OutputRecord = command_records.OutputRecord


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
    last_used_at: float | None = None


class OpenSession(_Record, frozen=True):
    """A session as lists show it: with the name of its user, and without what proves it."""

    id: str
    user_id: str
    username: str
    ip_address: str | None
    user_agent: str | None
    last_used_at: float | None
    expires_at: float
    created_at: float


class ApiKeyRecord(_Record, frozen=True):
    """An integrator's credential; the raw value is known only to who created it."""

    id: str
    name: str
    hint: str
    """The first characters of the raw value's body, to tell keys apart."""
    role: str
    status: str
    """As stored, ``ACTIVE`` or ``REVOKED``; see ``status_at``."""
    created_by_user_id: str | None
    expires_at: float | None
    last_used_at: float | None
    revoked_at: float | None
    created_at: float
    updated_at: float

    def status_at(self, now: float) -> str:
        """``ACTIVE``, ``REVOKED``, or ``EXPIRED`` when its time is over."""
        over = self.status == "ACTIVE" and self.expires_at is not None and self.expires_at <= now
        return "EXPIRED" if over else self.status

    @property
    def actor(self) -> Actor:
        """As the audit trail names it."""
        return Actor(type="USER", id=self.id, name=f"key:{self.name}")


class TokenTerms(_Record, frozen=True):
    """What a registration token is good for, and what it gives."""

    max_uses: int = 1
    code_pattern: str | None = None
    """Only agents whose code fits it: ``*`` stands for any characters, ``?`` for one. None: all."""
    mode: str | None = None
    """Only agents of this mode. None: of any."""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    """Become operators' labels of each agent it enrols."""


class TokenRecord(_Record, frozen=True):
    """A registration token; the raw value is known only to who created it."""

    id: str
    name: str
    status: str
    """USED once ``uses`` has reached ``max_uses``."""
    agent_id: str | None
    """The newest agent that it enrolled."""
    max_uses: int
    uses: int
    code_pattern: str | None
    mode: str | None
    labels: dict[str, str]
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
    """What it said of itself."""
    operator_labels: dict[str, str]
    hostname: str | None
    sdk: str | None
    connection_generation: int
    last_instance: str | None
    created_at: float
    updated_at: float
    retired_at: float | None = None
    """Since when it is off the lists; a new registration brings it back."""
    rotation_requested_at: float | None = None
    """An operator wants its token rotated, and that is not done yet."""


class AgentCredential(_Record, frozen=True):
    """What an agent token opens; the caller refuses by ``token_status`` and ``agent_status``."""

    agent_id: str
    agent_status: str | None
    """None when the agent's row is missing."""
    token_id: str
    token_status: str
    last_used_at: float | None
    expires_at: float | None = None
    """From then on it opens nothing: a newer one took over."""
    replaces: int = 0
    """How many older tokens of the agent get an end with the first use of this one."""


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
    labels: dict[str, str]
    """What its manifest says."""
    operator_labels: dict[str, str]
    created_at: float
    updated_at: float
    retired_at: float | None = None
    """Since when it is off the lists; a report of it brings it back."""


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
    metadata: dict[str, Any]
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
    sequence: int | None = None
    """Its number in the trail, from 1 without gaps; None until it is stored."""
    hash: str | None = None
    """Covers the event and the hash of the one before (``store/chain.py``)."""
