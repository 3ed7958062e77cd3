"""Who is signed in: sign-in, sessions, CSRF tokens, and what people do with their own account."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.admission import KeyedBuckets
from opstage.core.ids import b64url, sha256_hex
from opstage.errors import Forbidden, Invalid, NotFound, RateLimited, Unauthorized
from opstage.hub.passwords import Passwords
from opstage.hub.whole import whole
from opstage.settings import Settings
from opstage.store import Store, Tx, audit, sessions, users
from opstage.store.records import Actor, AuditDraft, OpenSession, SessionRecord, UserRecord


@dataclass(frozen=True)
class SignedIn:
    """A session with its user, and what the browser may know of it."""

    user: UserRecord
    session: SessionRecord
    csrf_token: str

    @property
    def actor(self) -> Actor:
        """As the audit trail names the user."""
        return Actor(type="USER", id=self.user.id, name=self.user.username)


class Accounts:
    """Sign-in and sessions. ``secret`` signs cookies and derives CSRF tokens."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, secret: str, passwords: Passwords
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._secret = secret.encode()
        self._passwords = passwords
        per_minute = settings.logins_per_minute
        self._attempts = KeyedBuckets(per_minute / 60, per_minute) if per_minute else None
        self.session_ended: Callable[[str], None] = lambda session_id: None
        """Told the (hashed) id of each session that ends before its time."""
        self.sessions_ended: Callable[[str, str | None], None] = lambda user_id, keep: None
        """Told when all sessions of a user end, but for the one to keep."""

    async def sign_in(
        self, username: str, password: str, *, address: str | None, user_agent: str | None
    ) -> tuple[str, SignedIn]:
        """The cookie's value and the session. Raises Unauthorized, alike for every cause, and RateLimited."""
        self._throttle(f"address {address}", f"account {username[:320]}")
        user = await users.find_by_username(self._store.reader, username)
        good = await self._passwords.verify(user.password_hash if user else None, password)
        actor = Actor(type="USER", name=username[:320], ip_address=address, user_agent=user_agent)
        raw = secrets.token_urlsafe(32)
        started = None
        if user is not None and good:
            started = await self._store.write(lambda tx: self._start(tx, user, raw, actor))
        if started is None:
            await self._store.write(lambda tx: self._audit_failure(tx, actor))
            raise Unauthorized("Invalid username or password.")
        return f"{raw}.{self._sign(raw)}", started

    async def find(self, cookie: str | None) -> SignedIn:
        """The session of a cookie. Raises Unauthorized for every fault alike."""
        raw, _, signature = (cookie or "").partition(".")
        if raw and hmac.compare_digest(signature.encode(), self._sign(raw).encode()):
            found = await sessions.find(self._store.reader, sha256_hex(raw), self._clock.now())
            if found is not None:
                return self._signed_in(found[1], found[0])
        raise Unauthorized("Authentication required.")

    def check_csrf(self, signed_in: SignedIn, header: str | None) -> None:
        """Raise Forbidden (CSRF_INVALID) unless the header carries the session's token."""
        if not hmac.compare_digest((header or "").encode(), signed_in.csrf_token.encode()):
            raise Forbidden("CSRF token missing or invalid.", "CSRF_INVALID")

    async def rotate_csrf(self, signed_in: SignedIn) -> SignedIn:
        """A new CSRF token; the old one stops working at once."""
        nonce = secrets.token_urlsafe(16)

        async def rotate(tx: Tx) -> None:
            await sessions.rotate_csrf(tx, signed_in.session.id, nonce)
            self._audit_own(tx, signed_in, "session.csrf.refreshed")

        await self._store.write(rotate)
        token = self._csrf(signed_in.session.id, nonce)
        return SignedIn(signed_in.user, signed_in.session, token)

    @whole
    async def sign_out(self, signed_in: SignedIn) -> None:
        """End the session, and every socket that was opened with it."""

        async def end(tx: Tx) -> None:
            await sessions.delete(tx, signed_in.session.id)
            self._audit_own(tx, signed_in, "session.logout")

        await self._store.write(end)
        self.session_ended(signed_in.session.id)

    @whole
    async def sign_out_everywhere(self, signed_in: SignedIn) -> int:
        """End every session of the user, this one too, and their sockets; how many there were."""

        async def end(tx: Tx) -> int:
            ended = await sessions.delete_for_user(tx, signed_in.user.id)
            self._audit_own(tx, signed_in, "session.logout_all", sessions=ended)
            return ended

        ended = await self._store.write(end)
        self.sessions_ended(signed_in.user.id, None)
        return ended

    @whole
    async def revoke(self, session_id: str, actor: Actor, *, of_user: str | None) -> OpenSession:
        """End one session, which must be ``of_user``'s if that is given. Raises NotFound."""

        async def end(tx: Tx) -> OpenSession | None:
            now = self._clock.now()
            found = await sessions.get(tx, session_id, now)
            if found is None or of_user not in (None, found.user_id):
                return None
            await sessions.delete(tx, session_id)
            event = AuditDraft(
                action="session.revoked",
                actor=actor,
                target_type="User",
                target_id=found.user_id,
                target_name=found.username,
            )
            audit.record(tx, event, now)
            return found

        ended = await self._store.write(end)
        if ended is None:
            raise NotFound("Session not found.", "SESSION_NOT_FOUND")
        self.session_ended(session_id)
        return ended

    @whole
    async def change_password(self, signed_in: SignedIn, present: str, new: str) -> UserRecord:
        """A new password for who knows the present one; ends all other sessions. Invalid, RateLimited."""
        self._throttle(f"password {signed_in.user.id}")
        if not await self._passwords.verify(signed_in.user.password_hash, present):
            raise _not_the_password()
        hashed = await self._passwords.hash(new)

        async def change(tx: Tx) -> UserRecord | None:
            user = await users.get(tx, signed_in.user.id)
            if user is None or user.password_hash != signed_in.user.password_hash:
                return None
            self._audit_own(tx, signed_in, "user.password.changed")
            keep = signed_in.session.id
            return await users.set_password(tx, user.id, hashed, self._clock.now(), keep=keep)

        changed = await self._store.write(change)
        if changed is None:
            raise _not_the_password()
        self.sessions_ended(signed_in.user.id, signed_in.session.id)
        return changed

    # --- inside ---

    def _throttle(self, *keys: str) -> None:
        if self._attempts is None:
            return
        now = self._clock.now()
        for key in keys:
            wait = self._attempts.take(key, now)
            if wait:
                raise RateLimited("Too many sign-in attempts.", retry_after=wait)

    async def _start(self, tx: Tx, user: UserRecord, raw: str, actor: Actor) -> SignedIn | None:
        present = await users.get(tx, user.id)
        # While the password was checked, the user may have been disabled or the password replaced.
        if present is None or present.status != "ACTIVE" or present.password_hash != user.password_hash:
            return None
        now = self._clock.now()
        session = await sessions.create(
            tx,
            session_id=sha256_hex(raw),
            user_id=user.id,
            csrf_nonce=secrets.token_urlsafe(16),
            expires_at=now + self._settings.session_seconds,
            now=now,
            ip_address=actor.ip_address,
            user_agent=actor.user_agent,
        )
        await users.signed_in(tx, user.id, now)
        known = replace(actor, id=user.id, name=user.username)
        audit.record(tx, AuditDraft(action="session.login.succeeded", actor=known), now)
        return self._signed_in(replace(present, last_login_at=now), session)

    async def _audit_failure(self, tx: Tx, actor: Actor) -> None:
        event = AuditDraft(
            action="session.login.failed",
            actor=actor,
            result="FAILURE",
            message="Invalid login attempt",
            metadata={"username": actor.name},
        )
        audit.record(tx, event, self._clock.now())

    def _audit_own(self, tx: Tx, signed_in: SignedIn, action: str, **metadata: int) -> None:
        event = AuditDraft(
            action=action,
            actor=signed_in.actor,
            target_type="User",
            target_id=signed_in.user.id,
            target_name=signed_in.user.username,
            metadata=dict(metadata),
        )
        audit.record(tx, event, self._clock.now())

    def _signed_in(self, user: UserRecord, session: SessionRecord) -> SignedIn:
        return SignedIn(user, session, self._csrf(session.id, session.csrf_nonce))

    def _sign(self, raw: str) -> str:
        return b64url(hmac.digest(self._secret, raw.encode(), hashlib.sha256))

    def _csrf(self, session_id: str, nonce: str) -> str:
        return b64url(hmac.digest(self._secret, f"csrf {session_id} {nonce}".encode(), hashlib.sha256))


def _not_the_password() -> Invalid:
    return Invalid.at("Password validation failed.", ("currentPassword", "Expected the present password."))
