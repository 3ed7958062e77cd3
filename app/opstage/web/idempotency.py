"""The key by which a caller may repeat a call that creates a command without creating a second one."""

from __future__ import annotations

from quart import request

from opstage.errors import Invalid

HEADER = "Idempotency-Key"
KEY_CHARACTERS = 200


def idempotency_key() -> str | None:
    """The key of this request, if it names one. Raises Invalid for one that is too long."""
    key = request.headers.get(HEADER, "").strip() or None
    if key is not None and len(key) > KEY_CHARACTERS:
        text = f"Expected at most {KEY_CHARACTERS} characters."
        raise Invalid.at("Action validation failed.", (HEADER, text))
    return key
