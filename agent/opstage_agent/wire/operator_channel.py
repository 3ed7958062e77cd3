"""The frames of the operator channel. Operators change nothing here; that is REST's business."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from opstage_agent.wire.parts import (
    Body,
    ErrorFrame,
    Frame,
    OutputLine,
    ServerBye,
)


class Viewer(Body):
    """Who is signed in."""

    username: str
    role: str


class OperatorHello(Frame, tag="hello"):
    """First frame of the server on the operator channel."""

    epoch: str
    server_time: str
    version: str
    ping_seconds: float
    user: Viewer


class Cursor(Body):
    """A place in the revision line of a view."""

    epoch: str
    revision: int


class Subscribe(Frame, tag="subscribe"):
    """Follow a view from ``since``, or from a snapshot.

    With ``encoding: "deflate"`` large frames of this subscription may come as binary messages:
    the same JSON, compressed as raw DEFLATE (RFC 1951).
    """

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    view: Annotated[str, Meta(min_length=1, max_length=1100)]
    since: Cursor | None = None
    encoding: str | None = None


class Unsubscribe(Frame, tag="unsubscribe"):
    """Stop following."""

    id: str


class Snapshot(Frame, tag="snapshot"):
    """All rows of a view at one revision, in pages."""

    id: str
    epoch: str
    revision: int
    rows: list[msgspec.Raw]
    done: bool


class Delta(Frame, tag="delta"):
    """What changed between two revisions. Rows are whole; ``remove`` names keys."""

    id: str
    from_: int = msgspec.field(name="from")
    revision: int
    upsert: list[msgspec.Raw]
    remove: list[str]


class Mark(Frame, tag="mark"):
    """Nothing changed for a while; the view is at this revision."""

    id: str
    revision: int


class OutputLines(Frame, tag="output"):
    """Output of a command followed through ``command:<id>``; ``dropped`` lines before it are gone."""

    id: str
    offset: int
    lines: list[OutputLine]
    dropped: int | None = None


class Gone(Frame, tag="gone"):
    """The view cannot be followed: ``not-found`` or ``forbidden``."""

    id: str
    reason: str


class Ping(Frame, tag="ping"):
    """Are you there?"""

    ref: str | None = None


class Pong(Frame, tag="pong"):
    """Yes."""

    ref: str | None = None


OperatorUp = Subscribe | Unsubscribe | Ping | Pong | ErrorFrame

OperatorDown = (
    OperatorHello | Snapshot | Delta | Mark | OutputLines | Gone | Ping | Pong | ServerBye | ErrorFrame
)
