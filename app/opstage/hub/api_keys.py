"""API keys at work: recognised from memory, and worthless from the moment they are revoked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from opstage.clock import Clock
from opstage.core.ids import sha256_hex
from opstage.errors import Conflict, NotFound, Unauthorized
from opstage.hub.usage import Usage
from opstage.hub.whole import whole
from opstage.store import Store, Tx, api_keys
from opstage.store.records import Actor, ApiKeyRecord

RAW_PREFIX = api_keys.RAW_PREFIX
_REFUSALS = {
    "unknown": "The API key is not known here.",
    "revoked": "The API key was revoked.",
    "expired": "The API key has expired.",
}


class KeyRefused(Unauthorized):
    """A key that opens nothing. ``actor`` is who it was made for, if it was ever made."""

    def __init__(self, reason: str, actor: Actor | None = None) -> None:
        super().__init__(_REFUSALS[reason], details={"reason": reason})
        self.actor = actor


class ApiKeys:
    """Recognises, makes and revokes keys. Only those that are ACTIVE are remembered."""

    def __init__(self, store: Store, clock: Clock, usage: Usage) -> None:
        self._store = store
        self._clock = clock
        self._usage = usage
        self._known: dict[str, ApiKeyRecord] = {}
        self._forgotten = 0
        self.ended: Callable[[str], None] = lambda key_id: None
        """Told the id of each key that was revoked or deleted."""

    async def authenticate(self, raw: str) -> ApiKeyRecord:
        """The key of a raw value. KeyRefused with the reason ``unknown``, ``revoked`` or ``expired``."""
        key = await self._find(sha256_hex(raw))
        if key is None:
            raise KeyRefused("unknown")
        status = key.status_at(self._clock.now())
        if status != "ACTIVE":
            raise KeyRefused(status.lower(), key.actor)
        self._usage.key(key.id)
        return key

    async def create(
        self, *, name: str, role: str, seconds: int | None, actor: Actor, user_id: str | None
    ) -> tuple[ApiKeyRecord, str]:
        """A new key and its raw value; it lives for ``seconds``, or for ever."""
        now = self._clock.now()
        expires_at = None if seconds is None else now + seconds
        return await self._store.write(
            lambda tx: api_keys.create(
                tx, name=name, role=role, expires_at=expires_at, actor=actor, user_id=user_id, now=now
            )
        )

    @whole
    async def revoke(self, key_id: str, actor: Actor) -> ApiKeyRecord:
        """The key opens nothing any more and its live connections end; repeatable. NotFound."""
        return await self._end(
            key_id, lambda tx: api_keys.revoke(tx, key_id, actor=actor, now=self._clock.now())
        )

    @whole
    async def delete(self, key_id: str, actor: Actor) -> ApiKeyRecord:
        """Forget a key that is revoked or expired. NotFound, Conflict."""
        try:
            return await self._end(
                key_id, lambda tx: api_keys.delete(tx, key_id, actor=actor, now=self._clock.now())
            )
        except ValueError as error:
            text = "Only an expired or revoked API key can be deleted."
            raise Conflict(text, "API_KEY_NOT_DELETABLE") from error

    async def _end(
        self, key_id: str, change: Callable[[Tx], Coroutine[Any, Any, ApiKeyRecord | None]]
    ) -> ApiKeyRecord:
        key = await self._store.write(change)
        if key is None:
            raise NotFound("API key not found.", "API_KEY_NOT_FOUND")
        self._forget(key_id)
        self.ended(key_id)
        return key

    async def _find(self, key_hash: str) -> ApiKeyRecord | None:
        known = self._known.get(key_hash)
        if known is not None:
            return known
        before = self._forgotten
        found = await api_keys.find_by_hash(self._store.reader, key_hash)
        # While the database was asked, the key may have been revoked.
        if found is not None and found.status == "ACTIVE" and before == self._forgotten:
            self._known[key_hash] = found
        return found

    def _forget(self, key_id: str) -> None:
        self._forgotten += 1
        self._known = {each: key for each, key in self._known.items() if key.id != key_id}
