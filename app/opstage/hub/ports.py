"""What the running parts need of the outside: a socket, as the web layer provides it."""

from __future__ import annotations

from typing import Protocol


class Disconnected(Exception):
    """The peer is gone; ``code`` is the close code it gave, 1006 without one."""

    def __init__(self, code: int) -> None:
        super().__init__(f"peer closed with {code}")
        self.code = code


class Socket(Protocol):
    """An accepted WebSocket. Memory stays bounded whatever the peer does."""

    async def receive(self) -> str | bytes:
        """The next message. Raises Disconnected when there will be none."""
        ...

    async def send(self, message: str | bytes) -> None:
        """Send one message; returns when the kernel has taken it."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame; gives up after a moment on a peer that does not read."""
        ...
