"""Outcomes as agents tell them, made fit to be stored: bounded and redacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from opstage.core.redaction import redact
from opstage.errors import TooLarge
from opstage.store.records import ResultDraft
from opstage_agent.wire import Failure, Result


@dataclass(frozen=True)
class Outcome:
    """A result ready to be stored; ``code`` and ``error_message`` go onto the command."""

    success: bool
    code: str | None
    error_message: str | None
    draft: ResultDraft


def outcome(
    success: bool, message: str | None, data: dict[str, Any] | None, error: dict[str, Any] | None
) -> Outcome:
    """The outcome, redacted by key. ``error.code`` and ``error.message`` count only as strings."""
    error = error or {}
    code, text = error.get("code"), error.get("message")
    return Outcome(
        success=success,
        code=code if isinstance(code, str) else None,
        error_message=text if isinstance(text, str) else message,
        draft=ResultDraft(success=success, message=message, data=redact(data or {}), error=redact(error)),
    )


def outcome_of(frame: Result, limit: int) -> Outcome:
    """The outcome of a ``result`` frame; one over ``limit`` bytes is stored as the failure it is."""
    error = None if frame.error is None else _error(frame.error)
    try:
        check_size(frame.message, frame.data, error, limit)
    except TooLarge as refused:
        return outcome(False, None, None, {"code": refused.code, "message": refused.message})
    return outcome(frame.success, frame.message, frame.data, error)


def check_size(
    message: str | None, data: dict[str, Any] | None, error: dict[str, Any] | None, limit: int
) -> None:
    """Raise TooLarge if the result's JSON is over ``limit`` bytes (contract: limits)."""
    size = len(msgspec.json.encode({"message": message, "data": data or {}, "error": error or {}}))
    if size > limit:
        raise TooLarge(
            f"Expected a command result of at most {limit} bytes, got {size}.", "COMMAND_RESULT_TOO_LARGE"
        )


def _error(failure: Failure) -> dict[str, Any]:
    error: dict[str, Any] = {"code": failure.code, "message": failure.message}
    return error if failure.details is None else {**error, "details": failure.details}
