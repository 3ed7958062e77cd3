"""One command as a value: what is stored of it, and what follows from that.

``sent``, ``outstanding`` and ``held_attempt`` are derived from stored fields, so a restarted server
sees the same. ``core/commands.py`` holds the transitions.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from opstage_agent.wire import CommandKind


class CommandStatus(StrEnum):
    """Status of a command (``docs/concepts.md``, Commands)."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


UNFINISHED = frozenset({CommandStatus.PENDING, CommandStatus.RUNNING})
WITHDRAWN = frozenset({CommandStatus.EXPIRED, CommandStatus.CANCELLED})
"""Ends that the agent did not choose: if it still has the command, it must stop."""


class AlreadyCompleted(Exception):
    """A terminal command was asked to change; ``status`` is what it is."""

    def __init__(self, status: CommandStatus) -> None:
        super().__init__(f"expected a command that is PENDING or RUNNING, this one is {status}")
        self.status = status


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command. Times are epoch seconds; the fields after ``error_message`` live in memory only."""

    id: str
    agent_id: str
    service_id: str
    service_code: str
    kind: CommandKind
    action_name: str
    created_at: float
    status: CommandStatus = CommandStatus.PENDING
    attempt: int = 0
    """How many times it was given to the agent."""
    retry_safe: bool = False
    timeout_seconds: float | None = None
    expires_at: float | None = None
    """Bounds the wait before it runs."""
    sent_at: float | None = None
    """When the newest attempt left by socket; None once that attempt was withdrawn."""
    started_at: float | None = None
    completed_at: float | None = None
    cancel_requested_at: float | None = None
    cancel_reason: str | None = None
    percent: float | None = None
    progress_message: str | None = None
    error_code: str | None = None
    error_message: str | None = None

    lease_until: float | None = None
    """When an outstanding attempt counts as lost; None for commands claimed by REST."""
    not_before: float | None = None
    """The agent asked to be left alone with it until then."""
    hold_until: float | None = None
    """Nothing ends it by time before this."""
    adopted: int | None = None
    """The attempt the agent holds, when that is an older one than ``attempt``."""

    @property
    def finished(self) -> bool:
        """True in a terminal state."""
        return self.status not in UNFINISHED

    @property
    def sent(self) -> bool:
        """True while an attempt is on its way and not yet accepted."""
        return self.status is CommandStatus.PENDING and self.sent_at is not None

    @property
    def claimed(self) -> bool:
        """True while it runs because a REST poll took it: there is no lease and no way to cancel."""
        return self.status is CommandStatus.RUNNING and self.sent_at is None

    @property
    def outstanding(self) -> bool:
        """True while the agent has it, or may have it."""
        return self.status is CommandStatus.RUNNING or self.sent

    @property
    def held_attempt(self) -> int:
        """The attempt a ``cancel`` frame must name."""
        return self.attempt if self.adopted is None else self.adopted

    def counts(self, attempt: int) -> bool:
        """True if frames of this attempt count: the newest, or the older one its agent said it holds."""
        return attempt in (self.attempt, self.adopted)
