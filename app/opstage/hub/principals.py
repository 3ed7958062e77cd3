"""Who makes a call of the admin API: a person who signed in, or an integrator's API key."""

from __future__ import annotations

from dataclasses import dataclass

from opstage.hub.accounts import SignedIn
from opstage.store.records import Actor, ApiKeyRecord


@dataclass(frozen=True)
class Principal:
    """Somebody who was recognised. ``signed_in`` is None for an API key, ``key`` for a person."""

    actor: Actor
    role: str
    signed_in: SignedIn | None = None
    key: ApiKeyRecord | None = None

    @classmethod
    def of(cls, signed_in: SignedIn) -> Principal:
        """A person."""
        return cls(signed_in.actor, signed_in.user.role, signed_in)

    @classmethod
    def of_key(cls, key: ApiKeyRecord) -> Principal:
        """An API key."""
        return cls(key.actor, key.role, key=key)

    @property
    def owner_id(self) -> str:
        """The id of the user, or of the key."""
        return self.actor.id or ""

    @property
    def credential_id(self) -> str:
        """The id of the session, or of the key."""
        return self.signed_in.session.id if self.signed_in is not None else self.owner_id

    @property
    def name(self) -> str:
        """The name of the user, or of the key."""
        return self.key.name if self.key is not None else self.actor.name or ""

    @property
    def expires_at(self) -> float | None:
        """When the credential ends by itself; None: never."""
        if self.signed_in is not None:
            return self.signed_in.session.expires_at
        return None if self.key is None else self.key.expires_at
