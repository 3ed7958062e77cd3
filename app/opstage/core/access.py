"""Who may do what (``docs/concepts.md``, Roles). A viewer reads; every change needs more."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Role of a user."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Capability(StrEnum):
    """Something a role may do."""

    READ = "read"
    """Every list, detail and live view that is not named below."""
    OPERATE = "operate"
    """Tokens, agents, actions (to prepare one is to create a command), commands, maintenance, routes."""
    EXPORT = "export"
    """Audit export."""
    DIAGNOSE = "diagnose"
    """Runtime diagnostics."""
    ADMINISTER = "administer"
    """Users, maintenance settings, backup."""


_OPERATOR = frozenset({Capability.READ, Capability.OPERATE, Capability.EXPORT, Capability.DIAGNOSE})
_GRANTED = {
    Role.OWNER: frozenset(Capability),
    Role.OPERATOR: _OPERATOR,
    Role.VIEWER: frozenset({Capability.READ}),
}


def allows(role: str, capability: Capability) -> bool:
    """True if a user of this role may; a role that is unknown may nothing."""
    try:
        return capability in _GRANTED[Role(role)]
    except ValueError:
        return False
