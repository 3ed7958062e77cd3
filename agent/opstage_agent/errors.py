"""Errors of the agent library.

OpstageError
├── ConfigurationError      an option is missing or cannot be used
├── RegistrationRefused     the server did not take the registration token; do not retry
├── CredentialRefused       the server did not take the agent token; do not retry
├── ConnectionEnded         the server closed for good (close codes 4500-4999)
├── ServerUnreachable       network trouble or 5xx; worth a retry
├── JournalUnavailable      the journal cannot be written (full disk, ...)
├── EventRefused            the server did not take an event of the bus
│   └── BusDisabled         the bus is switched off, or the server has none
└── ActionError             raised by or for an action; becomes the command's error
    ├── PayloadInvalid      the payload does not fit the action's signature
    └── ActionCancelled     the command was cancelled while the handler ran
"""

from __future__ import annotations

from typing import Any


class OpstageError(Exception):
    """Everything this library raises on purpose."""


class ConfigurationError(OpstageError):
    """An option is missing or cannot be used."""


class RegistrationRefused(OpstageError):
    """The server did not take the registration token. Asking again will not help."""


class CredentialRefused(OpstageError):
    """The server did not take the agent token (unknown, disabled or revoked). Do not retry."""


class ConnectionEnded(OpstageError):
    """The server closed the channel for good; ``code`` is the close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"The server closed the channel for good: {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class ServerUnreachable(OpstageError):
    """Network trouble or a server error. ``retry_after`` is the server's wish in seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class JournalUnavailable(OpstageError):
    """The journal cannot be written."""


class EventRefused(OpstageError):
    """The server did not take an event. ``code`` says why; ``retry_after`` seconds from now it may."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        details: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.details = details or {}
        self.retry_after = retry_after


class BusDisabled(EventRefused):
    """The bus is switched off on the server, or the server has none."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="CAPSULE_BUS_DISABLED")


class ActionError(OpstageError):
    """Raise it in a handler to fail the command with a code of your own."""

    def __init__(
        self, message: str, *, code: str = "ACTION_FAILED", details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class PayloadInvalid(ActionError):
    """The payload does not fit the action's signature; ``details.issues`` says where: [{path, message}]."""

    def __init__(self, message: str, issues: list[tuple[str, str]] | None = None) -> None:
        listed = [{"path": path, "message": text} for path, text in issues or []]
        super().__init__(message, code="ACTION_PAYLOAD_INVALID", details={"issues": listed})


class ActionCancelled(ActionError):
    """The command was cancelled while the handler ran."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, code="CANCELLED")
