"""Who is signed in: passwords, sessions, CSRF tokens, and the first owner."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import argon2
from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.admission import KeyedBuckets
from opstage.core.ids import b64url, sha256_hex
from opstage.errors import Forbidden, RateLimited, Unauthorized
from opstage.hub.whole import whole
from opstage.settings import Settings
from opstage.store import Store, Tx, audit, sessions, users
from opstage.store.records import SYSTEM, Actor, AuditDraft, SessionRecord, UserRecord

HASHES_AT_ONCE = 2
"""Each takes 64 MiB for a moment."""


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

    def __init__(self, settings: Settings, store: Store, clock: Clock, secret: str) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._secret = secret.encode()
        self._hasher = argon2.PasswordHasher()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))
        per_minute = settings.logins_per_minute
        self._attempts = KeyedBuckets(per_minute / 60, per_minute) if per_minute else None
        self.session_ended: Callable[[str], None] = lambda session_id: None
        """Told the (hashed) id of each session that ends before its time."""

    async def bootstrap(self, username: str, password: str) -> bool:
        """Create the first owner if there is no user at all; False if there is one."""
        if await users.count(self._store.reader):
            return False
        hashed = await self._hash(password)

        async def create(tx: Tx) -> None:
            now = self._clock.now()
            user = await users.create(
                tx,
                username=username,
                password_hash=hashed,
                display_name="Administrator",
                role="owner",
                now=now,
            )
            event = AuditDraft(
                action="system.bootstrap.completed", actor=SYSTEM, target_type="User", target_id=user.id
            )
            audit.record(tx, event, now)

        await self._store.write(create)
        return True

    async def sign_in(
        self, username: str, password: str, *, address: str | None, user_agent: str | None
    ) -> tuple[str, SignedIn]:
        """The cookie's value and the session. Raises Unauthorized, alike for every cause, and RateLimited."""
        self._throttle(username, address)
        user = await users.find_by_username(self._store.reader, username)
        good = await self._verify(user.password_hash if user else self._nobody, password)
        actor = Actor(type="USER", name=username[:320], ip_address=address, user_agent=user_agent)
        if user is None or not good or user.status != "ACTIVE":
            await self._store.write(lambda tx: self._audit_failure(tx, actor))
            raise Unauthorized("Invalid username or password.")
        raw = secrets.token_urlsafe(32)
        session = await self._store.write(lambda tx: self._start(tx, user, raw, actor))
        seen = replace(user, last_login_at=session.created_at)
        return f"{raw}.{self._sign(raw)}", self._signed_in(seen, session)

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

    async def reset_password(self, username: str, password: str) -> bool:
        """Set a user's password and end all their sessions; False if there is no such user."""
        user = await users.find_by_username(self._store.reader, username)
        if user is None:
            return False
        hashed = await self._hash(password)

        async def reset(tx: Tx) -> None:
            now = self._clock.now()
            await users.set_password(tx, user.id, hashed, now)
            event = AuditDraft(
                action="user.password.reset", actor=SYSTEM, target_type="User", target_id=user.id
            )
            audit.record(tx, event, now)

        await self._store.write(reset)
        return True

    # --- inside ---

    def _throttle(self, username: str, address: str | None) -> None:
        if self._attempts is None:
            return
        now = self._clock.now()
        for key in (f"address {address}", f"account {username[:320]}"):
            wait = self._attempts.take(key, now)
            if wait:
                raise RateLimited("Too many sign-in attempts.", retry_after=wait)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, hashed: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password)
            except argon2.exceptions.VerificationError:
                return False

    async def _start(self, tx: Tx, user: UserRecord, raw: str, actor: Actor) -> SessionRecord:
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
        known = Actor(
            type="USER",
            id=user.id,
            name=user.username,
            ip_address=actor.ip_address,
            user_agent=actor.user_agent,
        )
        audit.record(tx, AuditDraft(action="session.login.succeeded", actor=known), now)
        return session

    async def _audit_failure(self, tx: Tx, actor: Actor) -> None:
        event = AuditDraft(
            action="session.login.failed",
            actor=actor,
            result="FAILURE",
            message="Invalid login attempt",
            metadata={"username": actor.name},
        )
        audit.record(tx, event, self._clock.now())

    def _audit_own(self, tx: Tx, signed_in: SignedIn, action: str) -> None:
        event = AuditDraft(
            action=action, actor=signed_in.actor, target_type="User", target_id=signed_in.user.id
        )
        audit.record(tx, event, self._clock.now())

    def _signed_in(self, user: UserRecord, session: SessionRecord) -> SignedIn:
        return SignedIn(user, session, self._csrf(session.id, session.csrf_nonce))

    def _sign(self, raw: str) -> str:
        return b64url(hmac.digest(self._secret, raw.encode(), hashlib.sha256))

    def _csrf(self, session_id: str, nonce: str) -> str:
        return b64url(hmac.digest(self._secret, f"csrf {session_id} {nonce}".encode(), hashlib.sha256))
