"""What a handler gets to know and may say while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any

from opstage_agent.errors import ActionCancelled
from opstage_agent.output import cut_line
from opstage_agent.wire import Command, OutputStream

running: ContextVar[Context | None] = ContextVar("opstage_running", default=None)
"""The run that the present task or thread belongs to."""

Say = Callable[[OutputStream, str], None]
SayProgress = Callable[[float | None, str | None], None]


class _Done:
    """Awaitable that is done: the same call serves ``async`` and plain handlers."""

    def __await__(self) -> Generator[None]:
        return
        yield


class Context:
    """One run of one action. All of it may be used from any thread."""

    def __init__(self, command: Command, agent_id: str, say: Say, say_progress: SayProgress) -> None:
        self.command_id = command.command_id
        self.action_name = command.action_name
        self.service_code = command.service_code
        self.attempt = command.attempt
        self.agent_id = agent_id
        self.payload: dict[str, Any] = command.payload
        """The payload as it came, before conversion."""
        self._say = say
        self._say_progress = say_progress
        self._cancelled = threading.Event()
        self._reason = ""

    @property
    def event(self) -> dict[str, Any] | None:
        """The event that made the server's bus run this, with ``id``, ``eventType``, ``payload``; or None."""
        event = self.payload.get("busEvent")
        return event if isinstance(event, dict) and isinstance(event.get("id"), str) else None

    @property
    def cancelled(self) -> bool:
        """True once the run should end: cancelled, out of time, or the agent stops."""
        return self._cancelled.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise ActionCancelled once the run should end."""
        if self.cancelled:
            raise ActionCancelled(self._reason)

    def progress(self, percent: float | None, message: str | None = None) -> _Done:
        """How far it is, 0..100 (values beyond are clipped), or None when nobody can say.

        May be awaited, need not be. The newest wins when they come faster than they can be sent.
        """
        clipped = None if percent is None else min(100.0, max(0.0, float(percent)))
        self._say_progress(clipped, None if message is None else cut_line(str(message), 1000))
        return _DONE

    def log(self, text: object) -> None:
        """One or more lines for the output of this run."""
        for line in str(text).splitlines() or [""]:
            self._say(OutputStream.LOG, line)

    def sleep(self, seconds: float) -> None:
        """For plain handlers: wait, but raise ActionCancelled as soon as the run should end."""
        if self._cancelled.wait(seconds):
            raise ActionCancelled(self._reason)

    def cancel(self, reason: str) -> None:
        """Ask the handler to end. Called by the agent; the first reason stays."""
        if not self._cancelled.is_set():
            self._reason = reason
            self._cancelled.set()


_DONE = _Done()
