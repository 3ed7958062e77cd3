"""Keys that a result hands over once: encrypted at rest, gone after the first read or a few minutes."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.access import Capability, allows
from opstage.core.redaction import REDACTED
from opstage.hub.principals import Principal
from opstage.hub.results import GENERATED_KEY
from opstage.hub.whole import whole
from opstage.store import Store, Tx, audit, command_secrets
from opstage.store.records import Actor, AuditDraft, CommandDetail, CommandRecord, ResultRecord

PURPOSE = b"opstage one-time key"
NONCE_BYTES = 12


class OneTimeKeys:
    """Keeps each key for ``seconds``. The encryption key comes from the server's secret, so a copy of the
    database alone opens nothing."""

    def __init__(self, store: Store, clock: Clock, secret: str, seconds: float) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self.taken: Callable[[str], None] = lambda command_id: None
        """Told the id of each command whose key is gone because somebody read it."""
        self._cipher = AESGCM(HKDF(SHA256(), 32, None, PURPOSE).derive(secret.encode()))

    def until(self, now: float) -> float:
        """Until when a key waits that is kept ``now``."""
        return now + self._seconds

    async def waiting(self, command_id: str) -> float | None:
        """Until when the key of a command waits to be read; None if there is none."""
        return await command_secrets.held_until(self._store.reader, command_id, self._clock.now())

    async def keep(self, tx: Tx, command_id: str, value: str, now: float) -> None:
        """Keep the key of a command, in the transaction that stores its result."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, value.encode(), command_id.encode())
        text = base64.b64encode(sealed).decode()
        await command_secrets.keep(tx, command_id, text, expires_at=self.until(now), now=now)

    async def reveal(self, found: CommandDetail, caller: Principal) -> ResultRecord | None:
        """The result, with its one-time key if this caller may have it and nobody had it before."""
        command, result = found.command, found.result
        if result is None or result.data.get(GENERATED_KEY) != REDACTED:
            return result
        requested = caller.actor.id in {command.created_by_user_id, command.created_by_key_id}
        if not requested and not allows(caller.role, Capability.OPERATE):
            return result
        key = await self.take(command, caller.actor)
        return result if key is None else replace(result, data={**result.data, GENERATED_KEY: key})

    async def take(self, command: CommandRecord, actor: Actor) -> str | None:
        """The key, if it is still there: of several callers at once exactly one gets it. Audited."""
        if await self.waiting(command.id) is None:
            return None
        return await self._take(command, actor)

    @whole
    async def _take(self, command: CommandRecord, actor: Actor) -> str | None:
        async def work(tx: Tx) -> str | None:
            now = self._clock.now()
            sealed = await command_secrets.take(tx, command.id, now)
            value = None if sealed is None else self._opened(command.id, sealed)
            if value is not None:
                audit.record(tx, _read(command, actor), now)
            return value

        key = await self._store.write(work)
        self.taken(command.id)
        return key

    def _opened(self, command_id: str, text: str) -> str | None:
        """None for a key that was sealed under another secret of the server."""
        sealed = base64.b64decode(text)
        try:
            raw = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], command_id.encode())
        except InvalidTag:
            return None
        return raw.decode()


def _read(command: CommandRecord, actor: Actor) -> AuditDraft:
    return AuditDraft(
        action="command.secret.read",
        actor=actor,
        target_type="Command",
        target_id=command.id,
        target_name=f"{command.service_code} {command.action_name}",
    )
