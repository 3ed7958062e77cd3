"""Outcomes as agents tell them, over either transport, made fit to be stored: bounded and redacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from opstage.core.redaction import redact
from opstage.errors import TooLarge
from opstage.store.records import ResultDraft
from opstage_agent.wire import Failure, Result

GENERATED_KEY = "generatedKey"
"""A result may hand over a new credential under this name, for one person to read once."""


@dataclass(frozen=True)
class Told:
    """A result as an agent told it, by frame or by call."""

    success: bool
    message: str | None = None
    data: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    own: bool = False
    """The server's own words, which no limit applies to."""


@dataclass(frozen=True)
class Outcome:
    """A result ready to be stored; ``code`` and ``error_message`` go onto the command."""

    success: bool
    code: str | None
    error_message: str | None
    draft: ResultDraft
    generated_key: str | None = None
    """What ``data.generatedKey`` held: secret, and no part of the draft."""


def told_in(frame: Result) -> Told:
    """What a ``result`` frame tells."""
    error = None if frame.error is None else _error(frame.error)
    return Told(frame.success, frame.message, frame.data, error)


def oversized(refused: TooLarge) -> Told:
    """The failure that a result over the limit is stored as, where it cannot be refused."""
    return Told(success=False, error={"code": refused.code, "message": refused.message}, own=True)


def outcome(told: Told) -> Outcome:
    """The outcome, redacted by key. ``error.code`` and ``error.message`` count only as strings."""
    error, data = told.error or {}, told.data or {}
    code, text, key = error.get("code"), error.get("message"), data.get(GENERATED_KEY)
    return Outcome(
        success=told.success,
        code=code if isinstance(code, str) else None,
        error_message=text if isinstance(text, str) else told.message,
        draft=ResultDraft(success=told.success, message=told.message, data=redact(data), error=redact(error)),
        generated_key=key if isinstance(key, str) and key else None,
    )


def check_size(told: Told, limit: int) -> None:
    """Raise TooLarge if the result's JSON is over ``limit`` bytes."""
    body = {"message": told.message, "data": told.data or {}, "error": told.error or {}}
    size = len(msgspec.json.encode(body))
    if size > limit and not told.own:
        raise TooLarge(
            f"Expected a command result of at most {limit} bytes, got {size}.", "COMMAND_RESULT_TOO_LARGE"
        )


def _error(failure: Failure) -> dict[str, Any]:
    error: dict[str, Any] = {"code": failure.code, "message": failure.message}
    return error if failure.details is None else {**error, "details": failure.details}
