"""Commands as people see them: rows in the ``commands`` view and in open details, and their output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

import msgspec
from msgspec.structs import replace

from opstage.clock import Clock
from opstage.core.output import OutputBuffer
from opstage.core.payload_secrets import without_secrets
from opstage.core.rows import CommandDetailRow
from opstage.hub import rows
from opstage.hub.feeds import Feed, Feeds
from opstage.hub.jobs import Job
from opstage.store import Store, StoreUnavailable, command_secrets, commands, outputs
from opstage.store.records import CommandRecord, OutputRecord
from opstage_agent import wire

OUTPUT_BATCH_SECONDS = 5.0
"""How much output a crash of the server may cost; the gap is announced."""
NEWEST_OF_SERVICE = 20


class CommandViews:
    """Puts commands into the views; keeps the output of those that run."""

    def __init__(self, store: Store, clock: Clock, feeds: Feeds) -> None:
        self._store = store
        self._clock = clock
        self._feeds = feeds
        self._unsaved: dict[str, Job] = {}
        self.job_of: Callable[[str], Job | None] = lambda command_id: None
        self.changed: Callable[[Job], None] = lambda job: None
        """Told of each command that is new, or changed."""
        self.deleted: Callable[[str], None] = lambda command_id: None
        """Told the id of each command that is no more."""

    def load(self, newest: Iterable[CommandRecord]) -> None:
        """The newest finished commands, newest first, as after a start."""
        for record in reversed(list(newest)):
            self._feeds.put_finished(record.id, rows.encode(rows.command_row(record)))

    def command(self, job: Job) -> None:
        """The command is new, or changed."""
        encoded = rows.encode(rows.command_row(job.record))
        if job.command.finished:
            self._feeds.put_finished(job.record.id, encoded)
        else:
            self._feeds.commands.put(job.record.id, encoded)
        service = self._feeds.detail(f"service:{job.record.service_id}")
        if service is not None and job.record.type == "ACTION_EXECUTE":
            service.put_newest(job.record.id, encoded, NEWEST_OF_SERVICE)
        self._detail(job)
        self.changed(job)
        job.ring()

    def key_taken(self, command_id: str) -> None:
        """Somebody read the one-time key of the command's result: nobody else will."""
        feed = self._feeds.detail(f"command:{command_id}")
        encoded = None if feed is None else feed.view.get(command_id)
        if feed is not None and encoded is not None:
            row = msgspec.json.decode(encoded, type=CommandDetailRow)
            feed.put(command_id, rows.encode(replace(row, one_time_key_until=None)))

    def gone(self, command_id: str) -> None:
        """The command was deleted."""
        self._unsaved.pop(command_id, None)
        self._feeds.commands.remove(command_id)
        self._feeds.close_detail(f"command:{command_id}")
        self.deleted(command_id)

    def _detail(self, job: Job) -> None:
        feed = self._feeds.detail(f"command:{job.record.id}")
        if feed is not None:
            feed.source.output = job.output or feed.source.output
            feed.put(job.record.id, rows.encode(self.detail(job)))

    @staticmethod
    def detail(job: Job) -> CommandDetailRow:
        """An unfinished command in full."""
        lines = 0 if job.output is None else job.output.total
        return rows.command_detail_row(job.shown, job.result, lines, job.key_until)

    def shown(self, record: CommandRecord) -> CommandRecord:
        """The command as people may see it: without the secrets in its payload, unfinished or not."""
        if record.completed_at is not None:
            return record
        job = self.job_of(record.id)
        kept = without_secrets(record.payload, None) if job is None else job.kept
        return replace(record, payload=kept)

    def outline(self, record: CommandRecord) -> CommandDetailRow:
        """The command without what came of it, as lists have it."""
        return rows.command_detail_row(self.shown(record), None, 0)

    def output(self, job: Job, frame: wire.Output) -> None:
        """The command wrote lines. Frames of another attempt than the agent holds are ignored."""
        if not job.command.counts(frame.attempt):
            return
        if job.output is None:
            job.output = OutputBuffer()
        if not job.output.append(frame.offset, frame.lines, frame.attempt):
            return
        self._unsaved[job.record.id] = job
        job.ring()
        feed = self._feeds.detail(f"command:{job.record.id}")
        if feed is not None:
            feed.source.output = job.output
            feed.mark()

    async def stored_lines(self, command_id: str) -> int:
        """How many lines a finished command wrote."""
        output = await self.stored_output(command_id)
        return 0 if output is None else output.total

    async def stored_output(self, command_id: str) -> OutputBuffer | None:
        """What a finished command wrote, as far as it is kept."""
        stored = await outputs.load(self._store.reader, command_id)
        return None if stored is None else _restored(stored)

    async def restore_output(self, job: Job) -> None:
        """After a start: what was stored of the output of a command that goes on."""
        stored = await outputs.load(self._store.reader, job.record.id)
        if stored is not None and job.output is None:
            job.output = _restored(stored)

    async def keep_outputs(self) -> None:
        """Store output of running commands every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(OUTPUT_BATCH_SECONDS)
            await self.save_outputs()

    async def save_outputs(self) -> None:
        """Store the output that came since the last time; kept for the next time if the database refuses."""
        unsaved, self._unsaved = self._unsaved, {}
        for command_id, job in unsaved.items():
            if job.command.finished:
                continue
            save = partial(outputs.save, output=stored_output(job), now=self._clock.now())
            try:
                await self._store.write(save)
            except StoreUnavailable:
                self._unsaved.setdefault(command_id, job)

    async def fill(self, feed: Feed, command_id: str) -> bool:
        """Fill a ``command:<id>`` feed; False if there is no such command."""
        detail = await commands.detail(self._store.reader, command_id)
        if detail is None:
            return False
        stored = await outputs.load(self._store.reader, command_id)
        key_until = await command_secrets.held_until(self._store.reader, command_id, self._clock.now())
        if command_id in feed.view:
            # It changed while the database was read, so what is there is newer.
            return True
        job = self.job_of(command_id)
        if job is not None and not job.command.finished:
            feed.source.output = job.output
            feed.put(command_id, rows.encode(self.detail(job)))
            return True
        output = None if stored is None else _restored(stored)
        feed.source.output = output
        lines = 0 if output is None else output.total
        row = rows.command_detail_row(self.shown(detail.command), detail.result, lines, key_until)
        feed.put(command_id, rows.encode(row))
        return True


def stored_output(job: Job) -> OutputRecord:
    """The job's output as it is stored."""
    output = job.output or OutputBuffer()
    return OutputRecord(
        command_id=job.record.id,
        attempt=output.attempt,
        lines=output.lines,
        dropped_from=output.dropped_from,
        dropped_count=output.dropped_count,
    )


def _restored(stored: OutputRecord) -> OutputBuffer:
    return OutputBuffer.restored(
        stored.lines,
        attempt=stored.attempt,
        dropped_from=stored.dropped_from,
        dropped_count=stored.dropped_count,
    )
