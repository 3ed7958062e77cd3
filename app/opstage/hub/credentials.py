"""Agent tokens that opened before, so that a reconnecting fleet does not ask the database."""

from __future__ import annotations

from opstage.core.ids import sha256_hex
from opstage.store import Store, agents
from opstage.store.records import AgentCredential


class Credentials:
    """Looks up agent tokens. Only ACTIVE ones are remembered, and ``forget`` ends that for one agent."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, AgentCredential] = {}
        self._hashes_of: dict[str, tuple[str, ...]] = {}
        """By agent: one, and more only while its token rotates."""
        self._forgotten = 0

    async def find(self, raw: str) -> AgentCredential | None:
        """What the raw token opens, whatever its status and its end; ``agent_status`` may be out of date."""
        token_hash = sha256_hex(raw)
        known = self._known.get(token_hash)
        if known is not None:
            return known
        before = self._forgotten
        found = await agents.authenticate(self._store.reader, token_hash)
        # While the database was asked, the token may have been revoked.
        if found is not None and found.token_status == "ACTIVE" and before == self._forgotten:  # noqa: S105
            self._remember(token_hash, found)
        return found

    def forget(self, agent_id: str) -> None:
        """The agent's tokens changed."""
        self._forgotten += 1
        for token_hash in self._hashes_of.pop(agent_id, ()):
            self._known.pop(token_hash, None)

    def _remember(self, token_hash: str, found: AgentCredential) -> None:
        if token_hash not in self._known:
            self._hashes_of[found.agent_id] = (*self._hashes_of.get(found.agent_id, ()), token_hash)
        self._known[token_hash] = found
