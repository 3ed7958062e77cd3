"""Everything that can be refused, as one tree.

::

    OpstageError              code, HTTP status, message, details
    ├── BadRequest            400 REQUEST_ERROR: the request itself cannot be read
    ├── Unauthorized          401 UNAUTHORIZED
    ├── Forbidden             403 FORBIDDEN, CSRF_INVALID, ORIGIN_NOT_ALLOWED, AGENT_DISABLED, …
    ├── NotFound              404 NOT_FOUND, …_NOT_FOUND
    ├── PrepareTimeout        408 ACTION_PREPARE_TIMEOUT
    ├── Conflict              409 state does not allow it
    ├── TooLarge              413 COMMAND_RESULT_TOO_LARGE, REQUEST_ERROR
    ├── UnsupportedMedia      415 REQUEST_ERROR
    ├── Invalid               422 VALIDATION_FAILED, ACTION_PAYLOAD_INVALID; details.issues
    ├── PrepareFailed         424 the code the agent gave, else ACTION_PREPARE_FAILED
    ├── RateLimited           429 RATE_LIMITED, retry after
    └── Unavailable           503 SERVICE_UNAVAILABLE, retry after

``code`` is upper snake case and stable; ``message`` is an English sentence for people;
``details`` is an object or None and never holds secrets.
"""

from __future__ import annotations

from typing import Any


class OpstageError(Exception):
    """A refusal that reaches the caller as the error envelope."""

    status = 500
    default_code = "INTERNAL_ERROR"

    def __init__(
        self,
        message: str,
        code: str | None = None,
        *,
        details: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = details
        self.retry_after = retry_after


class BadRequest(OpstageError):
    """The request cannot be read."""

    status = 400
    default_code = "REQUEST_ERROR"


class Unauthorized(OpstageError):
    """No valid credential."""

    status = 401
    default_code = "UNAUTHORIZED"


class Forbidden(OpstageError):
    """A valid credential that does not allow this."""

    status = 403
    default_code = "FORBIDDEN"


class NotFound(OpstageError):
    """It is not there, or not the caller's to see."""

    status = 404
    default_code = "NOT_FOUND"


class PrepareTimeout(OpstageError):
    """The agent did not answer a prepare in time."""

    status = 408
    default_code = "ACTION_PREPARE_TIMEOUT"


class Conflict(OpstageError):
    """The present state does not allow it."""

    status = 409
    default_code = "CONFLICT"


class TooLarge(OpstageError):
    """More bytes than the limit."""

    status = 413
    default_code = "REQUEST_ERROR"


class UnsupportedMedia(OpstageError):
    """A body that is not JSON."""

    status = 415
    default_code = "REQUEST_ERROR"


class Invalid(OpstageError):
    """A well-formed request with values that cannot be; ``details.issues`` names each."""

    status = 422
    default_code = "VALIDATION_FAILED"

    @classmethod
    def at(cls, message: str, *issues: tuple[str, str], code: str | None = None) -> Invalid:
        """One issue per (path, message)."""
        listed = [{"path": path, "message": text} for path, text in issues]
        return cls(message, code, details={"issues": listed})


class PrepareFailed(OpstageError):
    """The agent answered a prepare with a failure."""

    status = 424
    default_code = "ACTION_PREPARE_FAILED"


class RateLimited(OpstageError):
    """Too many calls; ``retry_after`` says when to come back."""

    status = 429
    default_code = "RATE_LIMITED"


class Unavailable(OpstageError):
    """The server cannot take this now; ``retry_after`` says when to come back."""

    status = 503
    default_code = "SERVICE_UNAVAILABLE"
