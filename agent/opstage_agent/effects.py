"""What the session asks of whoever pumps it. Effects are to be carried out in order."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from opstage_agent.wire import Command, EventStored, Result


@dataclass(frozen=True, slots=True)
class Send:
    """Write this frame to the server."""

    frame: msgspec.Struct


@dataclass(frozen=True, slots=True)
class Start:
    """Run this command now; say ``finished`` exactly once when it ended. Its slot is taken."""

    command: Command


@dataclass(frozen=True, slots=True)
class Stop:
    """Cancel the handler of this command; its end is still said with ``finished``."""

    command_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """This result does not fit a frame: send it over REST, then say ``uploaded``."""

    result: Result


@dataclass(frozen=True, slots=True)
class Evaluate:
    """A heartbeat went out: ask the providers again and say ``update``."""


@dataclass(frozen=True, slots=True)
class RotateToken:
    """The server asks for a new agent token: fetch one over REST. Nothing is to be said back."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The server answered a bus event, or the event cannot be sent: tell who waits."""

    answer: EventStored


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The server took ``hello``; from here on the session is good."""

    agent_id: str
    connection_id: str


@dataclass(frozen=True, slots=True)
class ServerLeaving:
    """The server will close; come back no earlier than ``retry_after`` seconds."""

    code: int
    message: str
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection with this code and come back with back-off."""

    code: int
    reason: str


Effect = Send | Start | Stop | Upload | Evaluate | RotateToken | Answered | Welcomed | ServerLeaving | Close
