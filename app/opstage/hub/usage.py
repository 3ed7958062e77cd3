"""When sessions and API keys were last used: gathered in memory, stored together, and not too often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from opstage.clock import Clock
from opstage.store import Store, StoreUnavailable, Tx, api_keys, sessions

log = logging.getLogger("opstage.hub")

SESSION_SECONDS = 60.0
KEY_SECONDS = 30.0
"""How often, at the most, the last use of one credential is stored."""
BATCH_SECONDS = 0.5
"""How long uses are gathered."""
RETRY_SECONDS = 2.0

Save = Callable[[Tx, Mapping[str, float]], Awaitable[None]]


class Uses:
    """The last uses of one kind of credential."""

    def __init__(self, seconds: float, save: Save) -> None:
        self._seconds = seconds
        self._save = save
        self._noted: dict[str, float] = {}
        self._waiting: dict[str, float] = {}

    @property
    def waiting(self) -> bool:
        """Something is not stored yet."""
        return bool(self._waiting)

    def note(self, credential_id: str, now: float) -> bool:
        """Take note of a use; False when one was noted a short while ago."""
        if now - self._noted.get(credential_id, -self._seconds) < self._seconds:
            return False
        self._noted[credential_id] = self._waiting[credential_id] = now
        return True

    def take(self, now: float) -> dict[str, float]:
        """What has to be stored; forgets those whose last use was long ago."""
        taken, self._waiting = self._waiting, {}
        self._noted = {key: at for key, at in self._noted.items() if now - at < self._seconds}
        return taken

    def give_back(self, taken: dict[str, float]) -> None:
        """It could not be stored."""
        self._waiting = taken | self._waiting

    async def save(self, tx: Tx, taken: Mapping[str, float]) -> None:
        """Store what was taken."""
        await self._save(tx, taken)


class Usage:
    """Notes uses, and stores them in one transaction for all."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._sessions = Uses(SESSION_SECONDS, sessions.used)
        self._keys = Uses(KEY_SECONDS, api_keys.used)
        self._wanted = asyncio.Event()

    def session(self, session_id: str) -> None:
        """The session made a call."""
        if self._sessions.note(session_id, self._clock.now()):
            self._wanted.set()

    def key(self, key_id: str) -> None:
        """The API key made a call."""
        if self._keys.note(key_id, self._clock.now()):
            self._wanted.set()

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(BATCH_SECONDS)
            self._wanted.clear()
            try:
                await self.flush()
            except StoreUnavailable as error:
                log.warning("Last uses are stored later: %s", error)
                self._wanted.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def flush(self) -> None:
        """Store everything noted so far. StoreUnavailable: it is kept."""
        now = self._clock.now()
        taken = [(each, each.take(now)) for each in (self._sessions, self._keys) if each.waiting]
        if not taken:
            return

        async def save(tx: Tx) -> None:
            for uses, some in taken:
                await uses.save(tx, some)

        try:
            await self._store.write(save)
        except StoreUnavailable:
            for uses, some in taken:
                uses.give_back(some)
            raise
