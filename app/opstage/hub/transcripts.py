"""What a command wrote, and how far it is, for those who ask by REST instead of following a view."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from opstage.core.output import OutputBuffer
from opstage.hub.command_views import CommandViews
from opstage.hub.dispatcher import Dispatcher
from opstage.store import Store, commands
from opstage.store.records import CommandRecord
from opstage_agent.wire import OutputLine

READ_BYTES = 256 * 1024
"""Text of one answer; at least one line comes if there is one."""


@dataclass(frozen=True)
class Transcript:
    """A stretch of lines, the first of them number ``offset``, and the command as it stood then."""

    command: CommandRecord
    attempt: int
    offset: int
    lines: list[OutputLine]
    dropped: int
    """Lines missing just before ``offset``."""
    total: int
    """The number that the next line to come will have."""


class Transcripts:
    """Reads outputs from memory while a command goes on, and from the database afterwards."""

    def __init__(self, store: Store, dispatcher: Dispatcher, views: CommandViews) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._views = views

    async def news(self, command_id: str, offset: int, seconds: float) -> None:
        """Return once line ``offset`` is there, or anything else of the command changed, at the latest
        after ``seconds``; at once when it has ended or the server stops."""
        job = self._dispatcher.jobs.get(command_id)
        if job is None or self._dispatcher.closed:
            return
        if job.output is None or job.output.total <= offset:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await job.news.wait()

    async def read(self, command_id: str, offset: int, limit: int) -> Transcript | None:
        """At most ``limit`` lines from number ``offset`` on; None: there is no such command."""
        job = self._dispatcher.jobs.get(command_id)
        if job is not None:
            return _transcript(job.shown, job.output, offset, limit)
        command = await commands.get(self._store.reader, command_id)
        if command is None:
            return None
        return _transcript(command, await self._views.stored_output(command_id), offset, limit)


def _transcript(command: CommandRecord, output: OutputBuffer | None, offset: int, limit: int) -> Transcript:
    output = output or OutputBuffer()
    start, lines, dropped = output.read(min(offset, output.total), READ_BYTES)
    return Transcript(command, output.attempt, start, lines[:limit], dropped, output.total)
