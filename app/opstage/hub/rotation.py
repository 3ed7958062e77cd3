"""A new token for an agent, while it works on: asked for, issued, taken into use.

An older token gets its end only when the newer one was used (``store/agent_tokens.py``), so an answer
that is lost, or an agent that dies before it stored what it got, changes nothing: what it has goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.errors import Unauthorized
from opstage.hub.connections import Connections
from opstage.hub.credentials import Credentials
from opstage.hub.events import about_agent, by_agent
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent, require_not_revoked
from opstage.hub.whole import whole
from opstage.settings import Settings
from opstage.store import Store, Tx, agents, audit
from opstage.store.records import Actor, AgentCredential
from opstage_agent.wire import Rotate


@dataclass(frozen=True)
class Issued:
    """A further token; the one used so far goes on for ``overlap_seconds`` after this one's first use."""

    raw: str
    overlap_seconds: int

    def __repr__(self) -> str:
        return f"Issued(overlap_seconds={self.overlap_seconds})"


class Rotation:
    """Replaces agent tokens without a moment in which none works."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        fleet: Fleet,
        connections: Connections,
        credentials: Credentials,
    ) -> None:
        self._overlap_seconds = settings.token_overlap_seconds
        self._store = store
        self._clock = clock
        self._fleet = fleet
        self._connections = connections
        self._credentials = credentials

    @whole
    async def request(self, agent_id: str, actor: Actor) -> None:
        """Ask the agent to rotate its token: now, or when it next connects or calls. Repeatable.

        Raises NotFound, and Conflict for a revoked agent.
        """
        agent = self._fleet.require_agent(agent_id)
        require_not_revoked(agent)
        now = self._clock.now()

        async def note(tx: Tx) -> None:
            await agents.request_rotation(tx, agent_id, now)
            audit.record(tx, about_agent(agent.record, "agent.token.rotation_requested", actor), now)

        await self._store.write(note)
        self._remember(agent, now)
        link = self._connections.link_of(agent_id)
        if link is not None:
            link.send(Rotate())

    @whole
    async def issue(self, agent: Agent, raw: str) -> Issued:
        """A further token for the agent that calls with ``raw``. Raises Unauthorized for one just revoked."""
        present = await self._credentials.find(raw)
        if present is None or present.token_status != "ACTIVE":  # noqa: S105
            raise Unauthorized("Invalid Agent token.", details={"reason": "revoked"})
        now, record = self._clock.now(), agent.record
        told = {"requested": record.rotation_requested_at is not None}

        async def store(tx: Tx) -> str:
            fresh = await agents.issue_next(tx, record.id, present.token_id, now)
            audit.record(tx, about_agent(record, "agent.token.issued", by_agent(record), **told), now)
            return fresh

        issued = await self._store.write(store)
        self._credentials.forget(record.id)
        return Issued(issued, self._overlap_seconds)

    async def used(self, agent: Agent, credential: AgentCredential) -> None:
        """A token opens something. With the first use of a newer one the older ones get their end."""
        if credential.last_used_at is None and credential.replaces:
            await self._take_over(agent, credential)

    @whole
    async def _take_over(self, agent: Agent, credential: AgentCredential) -> None:
        now, record = self._clock.now(), agent.record

        async def store(tx: Tx) -> None:
            until = now + self._overlap_seconds
            count = await agents.take_over(tx, record.id, credential.token_id, until, now)
            if count:
                told = {"replacedTokens": count, "overlapSeconds": self._overlap_seconds}
                audit.record(tx, about_agent(record, "agent.token.rotated", by_agent(record), **told), now)

        await self._store.write(store)
        self._credentials.forget(record.id)
        self._remember(agent, None)

    def _remember(self, agent: Agent, requested_at: float | None) -> None:
        agent.record = replace(agent.record, rotation_requested_at=requested_at)
        self._fleet.refresh(agent)
