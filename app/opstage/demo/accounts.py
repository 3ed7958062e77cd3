"""A pool of accounts that are kept logged in at a login server."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from opstage.demo.files import iso, write_private

REFRESH_SECONDS = 45.0
"""A session this close to its end is refreshed."""
BACKOFF_SECONDS = 30.0

PEOPLE = {
    "ada": "Ada Lovelace",
    "alan": "Alan Turing",
    "barbara": "Barbara Liskov",
    "edsger": "Edsger Dijkstra",
    "grace": "Grace Hopper",
    "katherine": "Katherine Johnson",
}
BY_HAND = frozenset({"katherine"})
"""Accounts whose session is refreshed by people only, so that one can be seen expiring."""


class LoginFailed(Exception):
    """The login server refused; the message says why, without any password."""


@dataclass
class Account:
    """One login and what is known of its session; times are epoch seconds."""

    id: str
    label: str
    password: str = field(repr=False)
    enabled: bool = True
    automatic: bool = True
    session: str | None = field(default=None, repr=False)
    expires_at: float = 0.0
    verified_at: float | None = None
    cooldown_until: float = 0.0
    failures: int = 0
    last_error: str | None = None
    operation: str = "login"
    operation_status: str = "IDLE"

    def healthy(self, now: float) -> bool:
        """True while the session is known to be alive."""
        return self.session is not None and self.expires_at > now


class AccountPool:
    """Logs accounts in, refreshes their sessions in time, and notices what expired.

    ``clock`` gives epoch seconds. Passwords are made on first use and kept in ``secrets_file`` (0600).
    """

    def __init__(self, client: httpx.AsyncClient, secrets_file: Path, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._secrets_file = secrets_file
        passwords = _passwords(secrets_file)
        self.accounts = {
            each: Account(each, label, passwords[each], automatic=each not in BY_HAND)
            for each, label in PEOPLE.items()
        }

    def account(self, account_id: str) -> Account:
        """One account; raises LookupError naming the known ones."""
        if account_id not in self.accounts:
            raise LookupError(f"no account {account_id!r}; there are {', '.join(self.accounts)}")
        return self.accounts[account_id]

    def unhealthy(self) -> list[Account]:
        """Enabled accounts without a live session."""
        now = self._clock()
        return [each for each in self.accounts.values() if each.enabled and not each.healthy(now)]

    def keep_password(self, account: Account, password: str) -> None:
        """The password to log in with from now on; kept in the secrets file."""
        account.password = password
        passwords = {each.id: each.password for each in self.accounts.values()}
        write_private(self._secrets_file, json.dumps(passwords))

    async def keep_alive(self) -> bool:
        """Logs in or refreshes what needs it; True when the state of any account changed."""
        before = self._health()
        for account in self.accounts.values():
            if account.enabled and account.automatic and self._is_due(account):
                await self._try(account)
        for account in self.accounts.values():
            self._notice_expiry(account)
        return self._health() != before

    async def log_in(self, account: Account) -> None:
        """A fresh login, whatever the state; raises LoginFailed."""
        answer = await self._call(account, "login", username=account.id, password=account.password)
        account.session = str(answer["session"])
        self._alive(account, float(answer["expiresInSeconds"]))

    async def refresh(self, account: Account) -> None:
        """Extends the session, or logs in when there is none; raises LoginFailed."""
        if not account.healthy(self._clock()):
            return await self.log_in(account)
        answer = await self._call(account, "refresh")
        return self._alive(account, float(answer["expiresInSeconds"]))

    async def verify(self, account: Account) -> float:
        """Asks the server whether the session lives; returns its seconds left, raises LoginFailed."""
        answer = await self._call(account, "session")
        left = float(answer["expiresInSeconds"])
        self._alive(account, left)
        return left

    def rows(self) -> list[dict[str, Any]]:
        """The accounts as a console's account table wants them."""
        now = self._clock()
        return [_row(account, now) for account in self.accounts.values()]

    def _health(self) -> list[tuple[bool, str | None, int]]:
        now = self._clock()
        return [(each.healthy(now), each.last_error, each.failures) for each in self.accounts.values()]

    def _is_due(self, account: Account) -> bool:
        now = self._clock()
        return account.expires_at - now < REFRESH_SECONDS and account.cooldown_until <= now

    def _notice_expiry(self, account: Account) -> None:
        if account.session is not None and account.expires_at <= self._clock():
            account.session = None
            account.last_error = "the session expired"

    async def _try(self, account: Account) -> None:
        try:
            await self.refresh(account)
        except LoginFailed:
            # The account says so itself; the others go on.
            return

    async def _call(self, account: Account, operation: str, **body: str) -> dict[str, Any]:
        account.operation, account.operation_status = operation, "RUNNING"
        headers = {"Authorization": f"Bearer {account.session}"} if account.session else {}
        method = "GET" if operation == "session" else "POST"
        try:
            answer = await self._client.request(method, f"/{operation}", json=body or None, headers=headers)
        except httpx.HTTPError as problem:
            raise self._failed(account, f"the login server did not answer: {problem}") from problem
        if answer.status_code != 200:
            raise self._refused(account, answer)
        found: dict[str, Any] = answer.json()
        return found

    def _refused(self, account: Account, answer: httpx.Response) -> LoginFailed:
        account.session, account.expires_at = None, 0.0
        wait = float(answer.headers.get("Retry-After", BACKOFF_SECONDS))
        return self._failed(account, f"{answer.status_code}: {answer.json()['error']}", wait)

    def _failed(self, account: Account, why: str, wait: float = BACKOFF_SECONDS) -> LoginFailed:
        account.failures += 1
        account.last_error = why
        account.operation_status = "FAILED"
        account.cooldown_until = self._clock() + wait
        return LoginFailed(f"{account.label}: {why}")

    def _alive(self, account: Account, seconds: float) -> None:
        now = self._clock()
        account.expires_at, account.verified_at = now + seconds, now
        account.operation_status = "SUCCEEDED"
        account.failures, account.last_error, account.cooldown_until = 0, None, 0.0


def _passwords(path: Path) -> dict[str, str]:
    """The kept passwords, made for people who have none yet."""
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    missing = PEOPLE.keys() - kept.keys()
    if missing:
        kept.update({each: secrets.token_urlsafe(18) for each in missing})
        write_private(path, json.dumps(kept))
    return kept


def _row(account: Account, now: float) -> dict[str, Any]:
    return {
        "id": account.id,
        "label": account.label,
        "emailMasked": f"{account.id[0]}***@pool.example",
        "enabled": account.enabled,
        "healthy": account.healthy(now),
        "operationStatus": account.operation_status,
        "operationName": account.operation,
        "operationMessage": "kept alive" if account.automatic else "refreshed by hand",
        "cooldownRemainingMs": int(max(0.0, account.cooldown_until - now) * 1000),
        "consecutiveFailures": account.failures,
        "loginVerifiedAt": iso(account.verified_at),
        "lastError": account.last_error,
    }
