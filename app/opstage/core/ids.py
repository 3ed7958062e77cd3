"""Identifiers and secrets: prefixes are stable, what follows them means nothing."""

from __future__ import annotations

import base64
import hashlib
import secrets


def new_id(prefix: str) -> str:
    """``<prefix>_`` and 12 random bytes in base64url, 16 characters."""
    return f"{prefix}_{secrets.token_urlsafe(12)}"


def new_secret(prefix: str) -> str:
    """A raw token such as ``opstage_reg_…``: the prefix and 32 random bytes in base64url."""
    return f"{prefix}{secrets.token_urlsafe(32)}"


def sha256_hex(raw: str) -> str:
    """What is stored of a raw token."""
    return hashlib.sha256(raw.encode()).hexdigest()


def b64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
