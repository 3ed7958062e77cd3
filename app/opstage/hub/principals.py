"""Who makes a call of the admin API: a person who signed in, or an integrator's API key."""

from __future__ import annotations

from dataclasses import dataclass

from opstage.hub.accounts import SignedIn
from opstage.store.records import Actor


@dataclass(frozen=True)
class Principal:
    """Somebody who was recognised. ``signed_in`` is None for an API key."""

    actor: Actor
    role: str
    signed_in: SignedIn | None = None

    @classmethod
    def of(cls, signed_in: SignedIn) -> Principal:
        """A person."""
        return cls(signed_in.actor, signed_in.user.role, signed_in)
