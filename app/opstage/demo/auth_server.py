"""A tiny login server with sessions that expire: what the account pool logs in to."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opstage.demo.loopback import LoopbackServer, Reply, Request

ROUNDS = 20_000
MAX_FAILURES = 3
LOCK_SECONDS = 60.0


@dataclass
class _Login:
    """What the server keeps of one user: never the password itself."""

    salt: bytes
    digest: bytes
    failures: int = 0
    locked_until: float = 0.0


class AuthServer:
    """Answers ``POST /login``, ``POST /refresh`` and ``GET /session`` in JSON.

    Sessions live ``session_seconds`` after the last login or refresh. Three wrong passwords in a row lock
    a user for a minute (429 with ``Retry-After``). ``clock`` gives seconds.
    """

    def __init__(self, clock: Callable[[], float], *, session_seconds: float = 180.0) -> None:
        self.session_seconds = session_seconds
        self._clock = clock
        self._logins: dict[str, _Login] = {}
        self._sessions: dict[str, tuple[str, float]] = {}
        self._server = LoopbackServer(self._answer)

    @property
    def url(self) -> str:
        """Base address, without a slash at the end."""
        return self._server.url

    async def start(self) -> None:
        """Listens on a loopback port."""
        await self._server.start()

    async def stop(self) -> None:
        """Stops listening."""
        await self._server.stop()

    def set_password(self, username: str, password: str) -> None:
        """Makes a user or changes the password; ends the user's sessions and any lock."""
        salt = secrets.token_bytes(16)
        self._logins[username] = _Login(salt, _digest(password, salt))
        self._sessions = {token: held for token, held in self._sessions.items() if held[0] != username}

    def expire_all(self) -> int:
        """Ends every session; returns how many there were."""
        ended = len(self._sessions)
        self._sessions.clear()
        return ended

    async def _answer(self, request: Request) -> Reply:
        match request.method, request.path:
            case "POST", "/login":
                return self._login(request)
            case "POST", "/refresh":
                return self._session(request, extend=True)
            case "GET", "/session":
                return self._session(request, extend=False)
        return _reply(404, error="no such call")

    def _login(self, request: Request) -> Reply:
        asked = _object(request.body)
        username, login = str(asked.get("username")), self._logins.get(str(asked.get("username")))
        if login is None:
            return _reply(401, error="unknown user or wrong password")
        if login.locked_until > self._clock():
            return _locked(login.locked_until - self._clock())
        if not hmac.compare_digest(login.digest, _digest(str(asked.get("password")), login.salt)):
            return self._refuse(login)
        login.failures = 0
        token = secrets.token_urlsafe(24)
        return self._extend(token, username)

    def _refuse(self, login: _Login) -> Reply:
        login.failures += 1
        if login.failures >= MAX_FAILURES:
            login.failures, login.locked_until = 0, self._clock() + LOCK_SECONDS
            return _locked(LOCK_SECONDS)
        return _reply(401, error="unknown user or wrong password")

    def _session(self, request: Request, *, extend: bool) -> Reply:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        username, expires = self._sessions.get(token, ("", 0.0))
        if expires <= self._clock():
            self._sessions.pop(token, None)
            return _reply(401, error="session expired")
        if extend:
            return self._extend(token, username)
        return _reply(200, username=username, expiresInSeconds=expires - self._clock())

    def _extend(self, token: str, username: str) -> Reply:
        self._sessions[token] = (username, self._clock() + self.session_seconds)
        return _reply(200, session=token, username=username, expiresInSeconds=self.session_seconds)


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; anything else counts as an empty one."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _reply(status: int, *, headers: tuple[tuple[str, str], ...] = (), **fields: object) -> Reply:
    return Reply(status, json.dumps(fields).encode(), "application/json", headers)


def _locked(seconds: float) -> Reply:
    headers = (("Retry-After", str(int(seconds) + 1)),)
    return _reply(429, headers=headers, error="too many wrong passwords")
