"""Agents at the door: registration, credentials, and what operators decide about them."""

from __future__ import annotations

from collections.abc import Sequence

from opstage.clock import Clock
from opstage.core.status import AgentStatus, status_when_enabled
from opstage.errors import Forbidden, NotFound, Unauthorized
from opstage.hub.connections import Connections
from opstage.hub.credentials import Credentials
from opstage.hub.denials import Denials
from opstage.hub.events import about_agent
from opstage.hub.fleet import Fleet
from opstage.hub.members import Agent, require_not_revoked
from opstage.hub.reporting import Reporting, code_taken
from opstage.hub.rotation import Rotation
from opstage.hub.transitions import Transitions
from opstage.hub.whole import whole
from opstage.store import Store, Tx, agents, audit
from opstage.store.errors import RegistrationRefused, ServiceTaken
from opstage.store.records import Actor, AgentIdentity, AgentRecord, Registration, SavedService
from opstage_agent.wire import CloseCode, ReportedService

INVALID_TOKEN = "Invalid Agent token."  # noqa: S105


class Enrolment:
    """Lets agents in and shuts them out."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        transitions: Transitions,
        fleet: Fleet,
        connections: Connections,
        reporting: Reporting,
        credentials: Credentials,
        rotation: Rotation,
        denials: Denials,
    ) -> None:
        self._store = store
        self._clock = clock
        self._transitions = transitions
        self._fleet = fleet
        self._connections = connections
        self._reporting = reporting
        self._credentials = credentials
        self._rotation = rotation
        self._denials = denials

    @whole
    async def register(
        self,
        raw_token: str,
        identity: AgentIdentity,
        reported: Sequence[ReportedService],
        *,
        address: str | None,
    ) -> Registration:
        """Use the token, create or renew the identity and take the service, all or nothing."""
        saved: list[SavedService] = []

        async def enrol(tx: Tx) -> Registration:
            done = await agents.register(
                tx, raw_token=raw_token, agent=identity, now=self._clock.now(), ip_address=address
            )
            saved.extend(await self._reporting.save(tx, done.agent, reported))
            return done

        try:
            registration = await self._store.write(enrol)
        except RegistrationRefused as error:
            self._denials.registration(identity, error.token, error.reason, address)
            text = "Registration token is invalid."
            raise Unauthorized(
                text, "REGISTRATION_TOKEN_INVALID", details={"reason": error.reason}
            ) from error
        except ServiceTaken as error:
            self._denials.registration(identity, None, "service_taken", address)
            raise code_taken(error) from error
        self._credentials.forget(registration.agent.id)
        self._fleet.registered(registration.agent)
        agent = self._fleet.agent(registration.agent.id)
        if agent is not None:
            self._reporting.show(agent, reported, saved)
        if registration.revoked_tokens:
            reason = "the agent registered anew, its older tokens are revoked"
            self._connections.end(registration.agent.id, CloseCode.CREDENTIAL, reason)
        return registration

    async def authenticate(self, raw: str | None, agent_id: str | None = None) -> Agent:
        """The agent of a bearer token, which must be ``agent_id``'s when one is given.

        Raises Unauthorized, or Forbidden for an agent that is DISABLED or REVOKED.
        """
        if not raw:
            raise Unauthorized("Agent token required.")
        credential = await self._credentials.find(raw)
        if credential is None:
            raise _refused("unknown")
        if credential.token_status != "ACTIVE":  # noqa: S105
            raise _refused("revoked")
        if credential.expires_at is not None and credential.expires_at <= self._clock.now():
            raise _refused("expired")
        if agent_id is not None and credential.agent_id != agent_id:
            raise _refused("other_agent")
        agent = self._fleet.require_agent(credential.agent_id)
        word = agent.record.status
        if word in {AgentStatus.DISABLED, AgentStatus.REVOKED}:
            raise Forbidden(f"The agent is {word.lower()}.", f"AGENT_{word}")
        await self._rotation.used(agent, credential)
        self._transitions.token_used(credential.token_id)
        return agent

    @whole
    async def disable(self, agent_id: str, actor: Actor) -> AgentRecord:
        """Refuse the agent until it is enabled again; its token stays."""
        agent = self._changeable(agent_id)
        record = await self._set(agent, AgentStatus.DISABLED, "agent.disabled", actor)
        self._connections.end(agent_id, CloseCode.DISABLED, "an operator disabled this agent")
        return record

    @whole
    async def enable(self, agent_id: str, actor: Actor) -> AgentRecord:
        """Let a disabled agent in again; any other stays as it is."""
        agent = self._changeable(agent_id)
        if agent.record.status != AgentStatus.DISABLED:
            return agent.record
        status = status_when_enabled(agent.last_contact, self._clock.now(), self._fleet.thresholds.policy)
        return await self._set(agent, status, "agent.enabled", actor)

    @whole
    async def revoke(self, agent_id: str, actor: Actor) -> AgentRecord:
        """Revoke the agent and all its tokens; only a new registration brings the code back."""
        agent = self._fleet.require_agent(agent_id)

        async def revoke(tx: Tx) -> AgentRecord | None:
            now = self._clock.now()
            done = await agents.revoke(tx, agent_id, reason="REVOKED", now=now)
            if done is None:
                return None
            event = about_agent(agent.record, "agent.revoked", actor, revokedTokens=done[1])
            audit.record(tx, event, now)
            return done[0]

        record = await self._store.write(revoke)
        if record is None:
            raise _unknown()
        self._credentials.forget(agent_id)
        self._fleet.stored(record)
        self._connections.end(agent_id, CloseCode.REVOKED, "an operator revoked this agent")
        return record

    async def _set(self, agent: Agent, status: AgentStatus, action: str, actor: Actor) -> AgentRecord:
        async def change(tx: Tx) -> AgentRecord | None:
            now = self._clock.now()
            changed = await agents.set_status(tx, agent.record.id, status, None, now)
            audit.record(tx, about_agent(agent.record, action, actor), now)
            return changed

        record = await self._store.write(change)
        if record is None:
            raise _unknown()
        self._fleet.stored(record)
        return record

    def _changeable(self, agent_id: str) -> Agent:
        agent = self._fleet.require_agent(agent_id)
        require_not_revoked(agent)
        return agent


def _refused(reason: str) -> Unauthorized:
    return Unauthorized(INVALID_TOKEN, details={"reason": reason})


def _unknown() -> NotFound:
    return NotFound("Agent not found.", "AGENT_NOT_FOUND")
