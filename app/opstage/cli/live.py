"""The operator channel as the command line follows it: one view, kept up to date."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from opstage.cli.client import Refused, unreachable
from opstage.cli.profile import Profile
from opstage_agent.wire import OPERATOR_PATH, OPERATOR_SUBPROTOCOL

FRAME_BYTES = 16 * 1024 * 1024
LONGEST_DELAY_SECONDS = 15.0
PING_SECONDS = 20.0
"""Less than the server asks for, so that a busy line never looks dead."""
FINAL_CODES = range(4500, 5000)
"""Close codes after which coming back is of no use."""

Row = dict[str, Any]


@dataclass
class Change:
    """What one frame brought.

    ``snapshot``: the rows are no news but what there is; ``first``: forget all rows before these.
    ``complete`` is False while more of a snapshot follows, ``connected`` when the connection was lost.
    """

    rows: list[Row] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    dropped: int = 0
    snapshot: bool = False
    first: bool = False
    complete: bool = True
    connected: bool = True


class Following:
    """A subscription to one view that outlives lost connections."""

    def __init__(self, profile: Profile, view: str) -> None:
        self._profile = profile
        self._view = view
        self._since: dict[str, Any] | None = None
        self._paging = False
        self._lines = 0

    def changes(self) -> Iterator[Change]:
        """Changes for ever. Refused, or ClickException when it cannot be reached or the view is gone."""
        attempt = 0
        while True:
            try:
                with self._connect() as connection:
                    for change in self._read(connection):
                        attempt = 0
                        yield change
            except InvalidStatus as error:
                self._refused(error)
            except (ValueError, ImportError) as error:
                raise unreachable(self._profile.url, error) from error
            except ConnectionClosed as error:
                if error.rcvd is not None and error.rcvd.code in FINAL_CODES:
                    raise click.ClickException(
                        f"The server ended the connection: {error.rcvd.reason}."
                    ) from error
            except (OSError, TimeoutError, WebSocketException) as error:
                if self._since is None:
                    raise unreachable(self._profile.url, error) from error
            yield Change(connected=False)
            attempt += 1
            time.sleep(random.uniform(0, min(LONGEST_DELAY_SECONDS, 2.0**attempt)))  # noqa: S311

    def _connect(self) -> ClientConnection:
        parts = urlsplit(self._profile.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return connect(
            urlunsplit((scheme, parts.netloc, parts.path + OPERATOR_PATH, "", "")),
            additional_headers={"Authorization": f"Bearer {self._profile.key}"},
            subprotocols=[OPERATOR_SUBPROTOCOL],  # type: ignore[list-item]
            compression=None,
            max_size=FRAME_BYTES,
        )

    def _read(self, connection: ClientConnection) -> Iterator[Change]:
        ask: dict[str, Any] = {"type": "subscribe", "id": "cli", "view": self._view}
        if self._since is not None:
            ask["since"] = self._since
        connection.send(json.dumps(ask))
        self._paging = False
        ping_at = time.monotonic() + PING_SECONDS
        while True:
            try:
                frame = json.loads(connection.recv(timeout=max(0.0, ping_at - time.monotonic())))
            except TimeoutError:
                connection.send(json.dumps({"type": "ping", "ref": "cli"}))
                ping_at = time.monotonic() + PING_SECONDS
                continue
            change = self._change(frame)
            if change is not None:
                yield change

    def _change(self, frame: dict[str, Any]) -> Change | None:
        kind = frame["type"]
        if kind == "snapshot":
            first, self._paging = not self._paging, not frame["done"]
            if frame["done"]:
                self._since = {"epoch": frame["epoch"], "revision": frame["revision"]}
            return Change(rows=frame["rows"], snapshot=True, first=first, complete=frame["done"])
        if kind in {"delta", "mark"}:
            self._since = {**(self._since or {}), "revision": frame["revision"]}
            return Change(rows=frame.get("upsert", []), removed=frame.get("remove", []))
        if kind == "output":
            return self._output(frame)
        if kind in {"gone", "error"}:
            reason = frame.get("reason") or frame.get("message")
            raise click.ClickException(
                f"The view {self._view} cannot be followed: {str(reason).rstrip('.')}."
            )
        return None

    def _output(self, frame: dict[str, Any]) -> Change:
        # After a reconnect the lines begin anew; those that were shown are not shown again.
        offset, lines = frame["offset"], frame["lines"]
        fresh = lines[max(0, self._lines - offset) :]
        self._lines = max(self._lines, offset + len(lines))
        return Change(lines=fresh, dropped=frame.get("dropped") or 0)

    def _refused(self, error: InvalidStatus) -> None:
        status = error.response.status_code
        # What stands before the server says the other two while the server starts anew.
        if status in {429, 503} or (status in {502, 504} and self._since is not None):
            return
        try:
            refused = Refused(status, json.loads(error.response.body or b"{}")["error"])
        except (ValueError, LookupError, TypeError, AttributeError):
            raise click.ClickException(f"The server refused the live connection: HTTP {status}.") from error
        raise refused from error
