"""Passwords as argon2id hashes, made and checked in threads so that nobody else waits for them."""

from __future__ import annotations

import asyncio
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
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))

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
