"""Agent tokens that opened before, so that a reconnecting fleet does not ask the database."""

from __future__ import annotations

from opstage.core.ids import sha256_hex
from opstage.store import Store, agents
from opstage.store.records import AgentCredential


class Credentials:
    """Looks up agent tokens. Only ACTIVE ones are remembered, one per agent, and ``forget`` ends that."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, AgentCredential] = {}
        self._hash_of: dict[str, str] = {}
        self._forgotten = 0

    async def find(self, raw: str) -> AgentCredential | None:
        """What the raw token opens, whatever its status; ``agent_status`` may be out of date."""
        token_hash = sha256_hex(raw)
        known = self._known.get(token_hash)
        if known is not None:
            return known
        before = self._forgotten
        found = await agents.authenticate(self._store.reader, token_hash)
        # While the database was asked, the token may have been revoked.
        if found is not None and found.token_status == "ACTIVE" and before == self._forgotten:  # noqa: S105
            self._known[token_hash] = found
            self._hash_of[found.agent_id] = token_hash
        return found

    def forget(self, agent_id: str) -> None:
        """The agent's tokens changed."""
        self._forgotten += 1
        self._known.pop(self._hash_of.pop(agent_id, ""), None)
