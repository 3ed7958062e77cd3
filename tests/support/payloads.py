"""Actions whose input, or whose answer, holds something secret."""

from __future__ import annotations

from typing import Any

from tests.support.raw_agent import ECHO, service

LOGIN = {
    "name": "login",
    "label": "Log in",
    "inputSchema": {
        "type": "object",
        "properties": {
            "user": {"type": "string"},
            "pin": {"type": "string", "format": "password", "minLength": 4},
            "hint": {"type": "string", "writeOnly": True},
        },
    },
}
CAREFUL = ECHO | {"name": "careful", "label": "Careful", "requiresConfirmation": True}
SECRET_INPUT = {"user": "ada", "pin": "canary-pin", "hint": "canary-hint", "apiKey": "canary-key"}
KEPT_INPUT = {"user": "ada", "pin": "[REDACTED]", "hint": "[REDACTED]", "apiKey": "[REDACTED]"}


def guarded(code: str) -> dict[str, Any]:
    """A reported service with these actions and a plain one."""
    return service(code, actions=[ECHO, LOGIN, CAREFUL])
