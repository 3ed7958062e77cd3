"""Holds the agent's connection: the socket with its own reconnect loop, and polling where none goes."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from opstage_agent import wire
from opstage_agent.backoff import Backoff, retry_after_seconds
from opstage_agent.errors import ConfigurationError, ConnectionEnded, CredentialRefused, ServerUnreachable
from opstage_agent.link import Link
from opstage_agent.polling import PollingTransport
from opstage_agent.rest import Rest, refusal_code
from opstage_agent.times import Clock
from opstage_agent.version import VERSION

OPEN_SECONDS = 15.0
PING_SECONDS = 60.0
"""Finds a dead connection while the server has nothing to say, and keeps middleboxes interested."""
PONG_SECONDS = 20.0
CLOSE_SECONDS = 3.0
DOWN_FRAME_BYTES = 4 * 1024 * 1024
"""Frames of the server may carry a whole payload (1 MiB body) in escaped form."""
WAITING_FRAMES = 256
"""Frames that may wait for a peer that does not read; then the connection is given up."""
FAILED_UPGRADES = 3
"""After so many the way is taken to be blocked for sockets."""
SOCKET_AGAIN_SECONDS = 600.0
"""How long polling goes on before the socket is tried again."""

_log = logging.getLogger("opstage_agent")


class UpgradeFailed(Exception):
    """A server or proxy is there, but no socket came about: something does not let it through."""


class SocketTransport:
    """Frames over one WebSocket, written in order by a task of their own."""

    tells_lost = True

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._frames: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    def send(self, frame: msgspec.Struct) -> None:
        """Queue a frame; a peer that does not read loses the connection at once."""
        if len(self._frames) >= WAITING_FRAMES:
            self._socket.transport.abort()
            return
        self._frames.append(wire.encode(frame))
        self._more.set()

    def close(self, code: int, reason: str) -> None:
        """Close once what is queued is written."""
        self._closing = (int(code), reason)
        self._more.set()

    async def messages(self) -> AsyncGenerator[str | bytes]:
        """Everything the server says until the connection ends, however it ends."""
        writer = asyncio.create_task(self._write(), name="opstage-writer")
        try:
            async for message in self._socket:
                yield message
        except ConnectionClosed:
            return
        finally:
            writer.cancel()

    async def _write(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                await self._more.wait()
                self._more.clear()
                while self._frames:
                    await self._socket.send(self._frames.popleft(), text=True)
                if self._closing is not None:
                    await self._socket.close(*self._closing)
                    return


class Connection:
    """Keeps a connection for as long as it runs, each with the token that ``rest`` has by then."""

    def __init__(
        self,
        url: str,
        link: Link,
        rest: Rest,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        self._url = url
        self._link = link
        self._rest = rest
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._failed_upgrades = 0
        self._trouble = ""
        self._leaving = False

    async def run(self) -> None:
        """Connect, and come back after every loss, until ``leave``.

        Errors that cannot be healed from here end it: ConnectionEnded (close codes 4500-4999) and
        CredentialRefused.
        """
        while True:
            delay = await self._once()
            if self._leaving:
                return
            await asyncio.sleep(delay)

    def leave(self, reason: str) -> None:
        """Say bye; ``run`` returns when the connection is closed, if there is one."""
        self._leaving = True
        self._link.leave(reason)

    async def _once(self) -> float:
        """One connection from beginning to end; seconds until the next try."""
        try:
            return await self._socket_or_polling()
        except (ConnectionEnded, CredentialRefused):
            raise
        except Exception:
            # A fault of ours must not end the agent; the next connection begins with a clean slate.
            _log.exception("The connection failed by an error of the agent's own.")
            return self._backoff.after_failure()

    async def _socket_or_polling(self) -> float:
        try:
            await self._converse_by_socket()
        except UpgradeFailed as error:
            self._failed_upgrades += 1
            self._note(f"The WebSocket upgrade failed: {error}")
            if self._failed_upgrades >= FAILED_UPGRADES:
                return await self._poll()
            return self._backoff.after_failure()
        except ServerUnreachable as error:
            self._note(str(error))
            return self._backoff.after_failure(error.retry_after)
        return self._after_conversation()

    async def _converse_by_socket(self) -> None:
        socket = await _open(socket_url(self._url), self._rest.agent_token)
        self._failed_upgrades = 0
        transport = SocketTransport(socket)
        try:
            await self._link.converse(transport)
        finally:
            # Not on the way of whoever cancelled us: a peer that is gone must not hold the stop up.
            with suppress(TimeoutError):
                await asyncio.wait_for(socket.close(), CLOSE_SECONDS)
        code, reason = socket.close_code or 1006, socket.close_reason or ""
        if 4500 <= code <= 4999:
            raise ConnectionEnded(code, reason)
        if not self._leaving:
            self._note(f"The connection ended: {code} {reason}".rstrip())

    async def _poll(self) -> float:
        _log.warning(
            "No WebSocket gets through; polling instead, the socket is tried again every 10 minutes."
        )
        try:
            until = self._clock() + SOCKET_AGAIN_SECONDS
            await self._link.converse(PollingTransport(self._rest, self._link.session, self._clock, until))
        except ServerUnreachable as error:
            self._note(str(error))
            return self._backoff.after_failure(error.retry_after)
        return 0.0

    def _after_conversation(self) -> float:
        began = self._link.welcomed_at
        if began is None:
            return self._backoff.after_failure(self._link.retry_after)
        self._trouble = ""
        return self._backoff.after_session(self._clock() - began, self._link.retry_after)

    def _note(self, trouble: str) -> None:
        """Say it once as long as it stays the same: a server down for a day is one line."""
        level = logging.DEBUG if trouble == self._trouble else logging.WARNING
        self._trouble = trouble
        _log.log(level, "%s", trouble)


def socket_url(url: str) -> str:
    """Where the agent channel of the server at ``url`` is. ConfigurationError for no http(s) address."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme)
    if scheme is None or not parts.netloc:
        raise ConfigurationError(f"The server's address begins with http:// or https://, not {url!r}.")
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + wire.AGENT_PATH, "", ""))


async def _open(url: str, agent_token: str) -> ClientConnection:
    """A socket after the upgrade; CredentialRefused, UpgradeFailed or ServerUnreachable otherwise."""
    try:
        return await connect(
            url,
            subprotocols=[Subprotocol(wire.AGENT_SUBPROTOCOL)],
            additional_headers={"Authorization": f"Bearer {agent_token}"},
            user_agent_header=f"opstage-agent/{VERSION}",
            compression=None,
            max_size=DOWN_FRAME_BYTES,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            close_timeout=CLOSE_SECONDS,
        )
    except InvalidStatus as error:
        raise _refusal(error) from error
    except (InvalidHandshake, InvalidURI) as error:
        raise UpgradeFailed(str(error)) from error
    except (TimeoutError, ConnectionResetError, BrokenPipeError) as error:
        # May as well be a server that is away; polling will find that out.
        raise UpgradeFailed(repr(error)) from error
    except OSError as error:
        raise ServerUnreachable(f"No connection: {error}") from error


def _refusal(error: InvalidStatus) -> Exception:
    response = error.response
    code = refusal_code(response.body)
    if code is not None and (response.status_code in (401, 403) or code == "AGENT_NOT_FOUND"):
        return CredentialRefused(f"{response.status_code} {code}")
    wait = retry_after_seconds(response.headers.get("Retry-After"))
    if wait is not None or response.status_code in (429, 500, 502, 503, 504):
        return ServerUnreachable(f"The server answered {response.status_code}.", retry_after=wait)
    return UpgradeFailed(f"HTTP {response.status_code}")
