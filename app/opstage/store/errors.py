"""What the store refuses or cannot do.

::

    OpstageError
    ├── Unavailable
    │   └── StoreUnavailable      503 DATABASE_UNAVAILABLE: disk full, locked, corrupt, closed, overloaded
    └── (raised as plain exceptions for the caller to turn into its own answer)
    RegistrationRefused           the registration token or the agent's state does not allow it
    ServiceTaken                  the service code belongs to another agent
    UsernameTaken                 the user name is in use
    DuplicateCommand              the user's idempotency key was used before
"""

from __future__ import annotations

from enum import StrEnum

from opstage.errors import Unavailable
from opstage.store.records import TokenRecord


class StoreUnavailable(Unavailable):
    """The database cannot take or give anything now; nothing of the caller's work was stored."""

    default_code = "DATABASE_UNAVAILABLE"


class RefusalReason(StrEnum):
    """Why a registration was refused."""

    UNKNOWN = "unknown"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    AGENT_REVOKED = "agent_revoked"
    CODE_NOT_ALLOWED = "code_not_allowed"
    MODE_NOT_ALLOWED = "mode_not_allowed"


class RegistrationRefused(Exception):
    """The agent was not registered; the token, if there is one, is as it was."""

    def __init__(self, reason: RefusalReason, token: TokenRecord | None) -> None:
        super().__init__(f"registration refused: {reason}")
        self.reason = reason
        self.token = token


class ServiceTaken(Exception):
    """A reported service code belongs to another agent that may not be replaced."""

    def __init__(self, code: str, agent_id: str) -> None:
        super().__init__(f"service code {code!r} belongs to agent {agent_id}")
        self.code = code
        self.agent_id = agent_id


class UsernameTaken(Exception):
    """The user name is in use; names are unique over the whole server."""

    def __init__(self, username: str) -> None:
        super().__init__(f"user name {username!r} is in use")
        self.username = username


class DuplicateCommand(Exception):
    """The user already made a command with this idempotency key; look it up with ``by_idempotency``."""

    def __init__(self, key: str) -> None:
        super().__init__(f"idempotency key {key!r} was used before")
        self.key = key
