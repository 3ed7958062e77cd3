"""The REST calls of an agent. One try each: who calls knows whether to come back."""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Any, TypeVar

import httpx
import msgspec

from opstage_agent import wire
from opstage_agent.backoff import retry_after_seconds
from opstage_agent.errors import CredentialRefused, OpstageError, RegistrationRefused, ServerUnreachable
from opstage_agent.version import VERSION

T = TypeVar("T")
_log = logging.getLogger("opstage_agent")

CALL_SECONDS = 15.0
LONG_POLL_SECONDS = 20.0
"""How long the server may hold a poll that finds nothing."""


class Registered(msgspec.Struct, rename="camel"):
    """Answer to a registration."""

    agent_id: str
    agent_token: str


class Issued(msgspec.Struct, rename="camel"):
    """A further agent token. The one used so far goes on until this one was used, and a while longer."""

    agent_token: str
    overlap_seconds: float = 0.0


class ClaimedCommand(msgspec.Struct, rename="camel", kw_only=True):
    """A command as the poll hands it out."""

    id: str
    service_id: str
    type: wire.CommandKind
    action_name: str
    payload: dict[str, Any] = {}
    service_code: str | None = None
    attempt: int = 1
    expires_at: str | None = None
    timeout_seconds: float | None = None


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Refusal(msgspec.Struct):
    error: _Error


class _Services(msgspec.Struct):
    services: list[wire.ServiceRef]


class CallRefused(OpstageError):
    """The server understood the call and will not do it (4xx with its error envelope)."""

    def __init__(self, status: int, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def refusal_code(body: bytes | bytearray | None) -> str | None:
    """The error code if the body is the server's own error envelope, else None."""
    try:
        return msgspec.json.decode(body or b"", type=_Refusal).error.code or None
    except msgspec.DecodeError:
        return None


class Rest:
    """The agent endpoints of one server. Proxies come from the environment.

    Every call raises ServerUnreachable for network trouble, 5xx and 429, CredentialRefused when the
    agent token is no longer taken, CallRefused for any other refusal.
    """

    def __init__(self, url: str) -> None:
        agent = f"opstage-agent/{VERSION}"
        self._http = httpx.AsyncClient(
            base_url=url, timeout=CALL_SECONDS, headers={"User-Agent": agent}, follow_redirects=False
        )
        self._base = ""
        self.agent_id = ""
        self.agent_token = ""

    async def __aenter__(self) -> Rest:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def sign_in(self, agent_id: str, agent_token: str) -> None:
        """Use this identity from here on."""
        self._http.headers["Authorization"] = f"Bearer {agent_token}"
        self.agent_id = agent_id
        self.agent_token = agent_token
        self._base = f"/api/agents/{agent_id}"

    async def register(self, registration_token: str, agent: dict[str, Any]) -> Registered:
        """Trade a registration token for an identity. RegistrationRefused when it is not taken."""
        body = {"registrationToken": registration_token, "agent": agent}
        try:
            return _as(Registered, await self._call("POST", "/api/agents/register", body))
        except CredentialRefused as error:
            raise RegistrationRefused(f"The server did not take the registration token: {error}") from error
        except CallRefused as error:
            raise RegistrationRefused(f"The server did not take the registration: {error}") from error

    async def report(self, services: list[wire.ReportedService]) -> list[wire.ServiceRef]:
        """Report services completely; the server's ids for them."""
        body = {"services": msgspec.to_builtins(services)}
        data = await self._call("POST", f"{self._base}/services/report", body)
        return _as(_Services, data).services

    async def new_token(self) -> Issued:
        """A further agent token; the present one stays in use until ``sign_in``."""
        return _as(Issued, await self._call("POST", f"{self._base}/token", {}))

    async def heartbeat(self, service_id: str | None = None, health: wire.HealthInput | None = None) -> bool:
        """A sign of life, with the health of one service or without. True: the token is to be rotated."""
        body: dict[str, Any] = {}
        if service_id is not None and health is not None:
            body = {"serviceId": service_id, "health": msgspec.to_builtins(health)}
        data = await self._call("POST", f"{self._base}/heartbeat", body)
        return isinstance(data, dict) and data.get("rotateToken") is True

    async def commands(self, limit: int) -> tuple[list[ClaimedCommand], float]:
        """Claim up to ``limit`` commands, waiting for one if the server can. Also: how long it took."""
        began = time.monotonic()
        path = f"{self._base}/commands?limit={min(10, max(1, limit))}&wait={LONG_POLL_SECONDS:g}"
        data = await self._call("GET", path, seconds=LONG_POLL_SECONDS + CALL_SECONDS)
        claimed = [_claimed(entry) for entry in _as(list[Any], data)]
        return [command for command in claimed if command is not None], time.monotonic() - began

    async def result(self, result: wire.Result) -> None:
        """Report the outcome of a command."""
        body = {k: v for k, v in msgspec.to_builtins(result).items() if k not in ("type", "commandId")}
        await self._call("POST", f"{self._base}/commands/{result.command_id}/result", body)

    async def publish(self, event: wire.Event) -> wire.EventStored:
        """Publish a bus event; a refusal that concerns the event alone is CallRefused, 429 too."""
        body = {key: value for key, value in msgspec.to_builtins(event).items() if key != "type"}
        data = await self._call("POST", f"{self._base}/bus/events", body)
        stored = {**data, "eventRef": event.event_ref} if isinstance(data, dict) else data
        return _as(wire.EventStored, stored)

    async def _call(self, method: str, path: str, body: Any = None, seconds: float = CALL_SECONDS) -> Any:
        try:
            answer = await self._http.request(method, path, json=body, timeout=seconds)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise ServerUnreachable(f"{method} {path.partition('?')[0]}: {error!r}") from error
        if answer.is_success:
            return _data(answer)
        raise _refused(answer)


def _as(kind: type[T], data: Any) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise ServerUnreachable(f"The server's answer has another shape than expected: {error}") from error


def _claimed(data: Any) -> ClaimedCommand | None:
    """One that cannot be understood must not take the others with it: they are claimed as well."""
    try:
        return msgspec.convert(data, ClaimedCommand)
    except msgspec.ValidationError as error:
        _log.warning("A command of another shape than expected was left out: %s", error)
        return None


def _data(answer: httpx.Response) -> Any:
    try:
        content = msgspec.json.decode(answer.content)
    except msgspec.DecodeError as error:
        raise ServerUnreachable(f"{answer.url.path}: expected JSON, got something else ({error}).") from error
    return content.get("data") if isinstance(content, dict) else None


def _refused(answer: httpx.Response) -> OpstageError:
    wait = retry_after_seconds(answer.headers.get("Retry-After"))
    what = f"{answer.request.method} {answer.url.path} answered {answer.status_code}"
    # Too many events concern the events alone; any other 429 is a wish to be called less.
    later = answer.status_code in (408, 429) and refusal_code(answer.content) != "BUS_RATE_LIMITED"
    if answer.status_code >= 500 or later or answer.status_code < 400:
        return ServerUnreachable(what, retry_after=wait)
    try:
        error = msgspec.json.decode(answer.content, type=_Refusal).error
    except msgspec.DecodeError:
        # Not our server's voice: a proxy or a wrong address, which may be put right.
        return ServerUnreachable(f"{what}, without the error envelope of an Opstage server", retry_after=wait)
    if answer.status_code == 401 or error.code in ("AGENT_DISABLED", "AGENT_REVOKED", "AGENT_NOT_FOUND"):
        return CredentialRefused(f"{error.code}: {error.message}")
    return CallRefused(answer.status_code, error.code, error.message, wait)
