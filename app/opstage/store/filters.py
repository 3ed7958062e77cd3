"""What lists can be asked for: which rows, in which order, which part."""

from __future__ import annotations

import msgspec


class Paging(msgspec.Struct, kw_only=True, frozen=True):
    """Which part of a list, from page 1; ``sort`` is a field of the list, ``-`` before it descending."""

    page: int = 1
    page_size: int = 20
    sort: str = "-createdAt"

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.page_size


class UserFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Empty means any; several values of one field are alternatives."""

    role: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    q: str | None = None


class ApiKeyFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Empty means any; ``q`` looks into names."""

    role: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    q: str | None = None


class TokenFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Empty means any."""

    status: tuple[str, ...] = ()


class AgentFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Empty means any; ``status`` is the stored one."""

    status: tuple[str, ...] = ()
    ids: tuple[str, ...] | None = None
    """Only these, which may be none; None: all."""
    without: tuple[str, ...] = ()
    """None of these."""
    q: str | None = None


class ServiceFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Empty means any; ``status`` is the effective one, as people see it.

    Its rules are in ``core/status.py``, and need to be told of the agents: ``gone_agents`` are OFFLINE,
    DISABLED or REVOKED, ``silent_agents`` the others that have been silent for too long.
    """

    status: tuple[str, ...] = ()
    gone_agents: tuple[str, ...] = ()
    silent_agents: tuple[str, ...] = ()
    health_status: tuple[str, ...] = ()
    agent_id: tuple[str, ...] = ()
    ids: tuple[str, ...] | None = None
    """Only these, which may be none; None: all."""
    without: tuple[str, ...] = ()
    """None of these."""
    q: str | None = None


class CommandFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Empty means any; ``completed_to`` is inclusive, and leaves out what has not ended."""

    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    action_name: tuple[str, ...] = ()
    agent_id: tuple[str, ...] = ()
    service_id: tuple[str, ...] = ()
    q: str = ""
    completed_to: float | None = None


class AuditFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Empty means any; ``since`` and ``until`` are inclusive; ``bus.*`` stands for all actions that begin so.

    ``up_to`` is a sequence: what was written later does not match.
    """

    actor_type: tuple[str, ...] = ()
    actor_id: tuple[str, ...] = ()
    result: tuple[str, ...] = ()
    action: tuple[str, ...] = ()
    target_type: tuple[str, ...] = ()
    target_id: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    up_to: int | None = None
