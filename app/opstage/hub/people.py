"""Users: making and changing them, under the rule that an active owner must remain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET, UnsetType

from opstage.clock import Clock
from opstage.errors import Conflict, NotFound
from opstage.hub.passwords import Passwords
from opstage.hub.whole import whole
from opstage.store import Store, Tx, audit, users
from opstage.store.errors import UsernameTaken
from opstage.store.records import SYSTEM, Actor, AuditDraft, UserRecord


class People:
    """Changes users. What they lose by it, sessions and live connections, ends at once."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self.sessions_ended: Callable[[str], None] = lambda user_id: None
        """Told the user whose sessions have all ended."""
        self.role_changed: Callable[[str, str], None] = lambda user_id, role: None
        """Told the user and the role they have now."""

    async def bootstrap(self, username: str, password: str) -> bool:
        """Create the first owner if there is no user at all; False if there is one."""
        if await users.count(self._store.reader):
            return False
        hashed = await self._passwords.hash(password)

        async def create(tx: Tx) -> None:
            user = await self._insert(tx, username, hashed, "Administrator", "owner")
            self._audit(tx, "system.bootstrap.completed", user, SYSTEM)

        await self._store.write(create)
        return True

    async def create(
        self, *, username: str, password: str, display_name: str | None, role: str, actor: Actor
    ) -> UserRecord:
        """A new ACTIVE user. Raises Conflict (USER_ALREADY_EXISTS)."""
        hashed = await self._passwords.hash(password)

        async def create(tx: Tx) -> UserRecord:
            user = await self._insert(tx, username, hashed, display_name, role)
            self._audit(tx, "user.created", user, actor, username=username, role=role)
            return user

        try:
            return await self._store.write(create)
        except UsernameTaken as error:
            raise Conflict("A user of this name exists already.", "USER_ALREADY_EXISTS") from error

    @whole
    async def change(
        self,
        user_id: str,
        actor: Actor,
        *,
        display_name: str | UnsetType | None = UNSET,
        role: str | None = None,
        status: str | None = None,
    ) -> UserRecord:
        """Change what is given; None keeps role and status. NotFound, Conflict (LAST_OWNER_REQUIRED).

        Who is disabled loses every session; who has another role gets new live connections.
        """

        async def change(tx: Tx) -> tuple[UserRecord, UserRecord]:
            before = await users.get(tx, user_id)
            if before is None:
                raise _unknown()
            after = await users.change(
                tx, user_id, now=self._clock.now(), display_name=display_name, role=role, status=status
            )
            assert after is not None
            # Counted after the change and inside its transaction: of two owners that demote each
            # other at once, the second one sees what the first one did.
            if _rules(before) and not _rules(after) and not await users.active_owners(tx):
                raise Conflict("At least one active owner must remain.", "LAST_OWNER_REQUIRED")
            self._audit(tx, "user.updated", after, actor, **_facts(after), before=_facts(before))
            return before, after

        before, after = await self._store.write(change)
        if after.status != "ACTIVE":
            self.sessions_ended(user_id)
        elif after.role != before.role:
            self.role_changed(user_id, after.role)
        return after

    async def get(self, user_id: str) -> UserRecord:
        """One user. Raises NotFound."""
        user = await users.get(self._store.reader, user_id)
        if user is None:
            raise _unknown()
        return user

    @whole
    async def reset_password(self, user_id: str, password: str, actor: Actor) -> UserRecord:
        """Set a user's password and end all their sessions. Raises NotFound."""
        hashed = await self._passwords.hash(password)

        async def reset(tx: Tx) -> UserRecord:
            user = await users.set_password(tx, user_id, hashed, self._clock.now())
            if user is None:
                raise _unknown()
            self._audit(tx, "user.password.reset", user, actor)
            return user

        user = await self._store.write(reset)
        self.sessions_ended(user_id)
        return user

    async def reset_by_name(self, username: str, password: str) -> bool:
        """As ``reset_password``, from the server's own machine; False if there is no such user."""
        user = await users.find_by_username(self._store.reader, username)
        if user is not None:
            await self.reset_password(user.id, password, SYSTEM)
        return user is not None

    # --- inside ---

    async def _insert(
        self, tx: Tx, username: str, hashed: str, display_name: str | None, role: str
    ) -> UserRecord:
        return await users.create(
            tx,
            username=username,
            password_hash=hashed,
            display_name=display_name,
            role=role,
            now=self._clock.now(),
        )

    def _audit(self, tx: Tx, action: str, user: UserRecord, actor: Actor, **metadata: Any) -> None:
        event = AuditDraft(
            action=action,
            actor=actor,
            target_type="User",
            target_id=user.id,
            target_name=user.username,
            metadata=dict(metadata),
        )
        audit.record(tx, event, self._clock.now())


def _facts(user: UserRecord) -> dict[str, str]:
    """What an owner can change of a user."""
    name = {} if user.display_name is None else {"displayName": user.display_name}
    return {"role": user.role, "status": user.status, **name}


def _rules(user: UserRecord) -> bool:
    return user.role == "owner" and user.status == "ACTIVE"


def _unknown() -> NotFound:
    return NotFound("User not found.", "USER_NOT_FOUND")
