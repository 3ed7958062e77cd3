"""Passwords as argon2id hashes, made and checked in threads so that nobody else waits for them."""

from __future__ import annotations

import asyncio
import base64
import secrets

import argon2

HASHES_AT_ONCE = 2
"""Each takes 64 MiB for a moment."""
SHORTEST = 12
LONGEST = 4096
"""Characters."""


class Passwords:
    """Hashes and verifies. Verifying takes as long for nobody as for somebody."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._nobody = _of_nobody(self._hasher)

    async def hash(self, password: str) -> str:
        """What is stored of a password."""
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """True if this is the password; None is the hash of a user that does not exist."""
        async with self._hashing:
            try:
                good = await asyncio.to_thread(self._hasher.verify, hashed or self._nobody, password)
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False
        return good and hashed is not None


def _of_nobody(hasher: argon2.PasswordHasher) -> str:
    """A hash that costs as much to check as any other, and that no password has."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={argon2.low_level.ARGON2_VERSION}${cost}${salt}${digest}"
