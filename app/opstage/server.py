"""Hypercorn as we need it.

Each rule here closes a trap that was reproduced (``docs/decisions/002-hypercorn.md``): a peer that
never reads must not hold a socket for ever, browsers must not be given per-client compression,
and a stop must not wait for open WebSockets.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
import signal
import socket
from collections.abc import Awaitable, Callable

from hypercorn.asyncio import serve
from hypercorn.config import Config, Sockets
from hypercorn.protocol import h2 as h2_protocol
from hypercorn.protocol import h11 as h11_protocol
from hypercorn.protocol.events import Event, Request
from hypercorn.protocol.ws_stream import WSStream
from quart import Quart

log = logging.getLogger("opstage.server")

STUCK_PEER_MS = 15_000
"""The kernel gives up on a peer that acknowledges nothing for this long (Linux)."""
SEND_BUFFER_BYTES = 64 * 1024
"""The default lets the kernel swallow about 4 MB before a slow reader is noticed."""
START_SECONDS = 24 * 3600.0
"""How long a start may take: a large database of an older release is brought up to date in it, and
Hypercorn's limit of a minute would end every try in the middle."""
STOP_SECONDS = 3.0
"""How long open requests may take after the sockets were drained."""
ACCEPTED_AT_ONCE = 64
"""asyncio accepts as many connections in one turn of the loop as its backlog is long; a storm of
thousands would stop everything else for seconds."""
BACKLOG = 4096
"""Connections that may wait in the kernel instead."""
IDLE_SECONDS = 10
"""How long an idle HTTP connection is kept; Hypercorn notices a client that left only then."""
EXTENSIONS = b"sec-websocket-extensions"


class PlainWSStream(WSStream):
    """A WebSocket without permessage-deflate: 35 instead of 134 KiB per connection."""

    async def handle(self, event: Event) -> None:
        """As Hypercorn, with the extension offer taken out of the handshake."""
        if isinstance(event, Request):
            offered = [(name, value) for name, value in event.headers if name.lower() != EXTENSIONS]
            event = dataclasses.replace(event, headers=offered)
        await super().handle(event)


class ServerConfig(Config):
    """Listening sockets that notice stuck peers."""

    _sockets: Sockets | None = None

    @property
    def listening(self) -> list[socket.socket]:
        """The sockets, once they are bound."""
        return [] if self._sockets is None else self._sockets.insecure_sockets

    def create_sockets(self) -> Sockets:
        """As Hypercorn, once; accepted connections inherit the options. OSError when it cannot be."""
        if self._sockets is None:
            self._sockets = self._bound()
        return self._sockets

    def _bound(self) -> Sockets:
        sockets = super().create_sockets()
        for listening in sockets.insecure_sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_PEER_MS)
        return sockets


def server_config(host: str, port: int, frame_bytes: int) -> ServerConfig:
    """Limits for this server: ``frame_bytes`` is the largest message of any WebSocket."""
    config = ServerConfig()
    bracketed = f"[{host}]" if ":" in host else host
    config.bind = [f"{bracketed}:{port}"]
    config.backlog = ACCEPTED_AT_ONCE
    config.websocket_max_message_size = frame_bytes
    config.startup_timeout = START_SECONDS
    config.graceful_timeout = STOP_SECONDS
    config.keep_alive_timeout = IDLE_SECONDS
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    return config


def _install_streams() -> None:
    h11_protocol.WSStream = PlainWSStream  # type: ignore[attr-defined]
    h2_protocol.WSStream = PlainWSStream  # type: ignore[attr-defined]


def _tune_collector() -> None:
    # What start-up made lives as long as the process; with 10,000 connections, scanning it and
    # them at the default thresholds is a third of the cost per message.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


async def run(
    app: Quart,
    config: ServerConfig,
    *,
    started: Callable[[], None],
    drain: Callable[[], Awaitable[None]],
) -> None:
    """Serve until SIGINT or SIGTERM, then drain and return within a few seconds.

    ``started`` is called when the application is up, ``drain`` before Hypercorn closes: since
    Python 3.12 Hypercorn would wait for every open WebSocket otherwise.
    """
    _install_streams()
    # Before anything is started that a port in use would leave behind.
    config.create_sockets()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    async def stopped() -> None:
        _tune_collector()
        for each in config.listening:
            each.listen(BACKLOG)
        started()
        await stop.wait()
        await drain()

    serving = asyncio.create_task(serve(app, config, shutdown_trigger=stopped))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    _, unfinished = await asyncio.wait({serving}, timeout=2 * STOP_SECONDS)
    if unfinished:
        log.warning("Some connections did not end in %.0f s and are cut.", 2 * STOP_SECONDS)
        serving.cancel()
    await asyncio.gather(serving, return_exceptions=bool(unfinished))
