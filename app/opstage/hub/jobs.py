"""Unfinished commands in memory: what is stored, the state machine's view of it, and who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from opstage.core.command import Command, CommandStatus
from opstage.core.output import OutputBuffer
from opstage.core.payload_secrets import without_secrets
from opstage.core.times import iso_or_none
from opstage.store.records import CommandRecord, ResultRecord
from opstage_agent import wire


def command_of(record: CommandRecord) -> Command:
    """The state machine's view of a stored command."""
    return Command(
        id=record.id,
        agent_id=record.agent_id,
        service_id=record.service_id,
        service_code=record.service_code,
        kind=wire.CommandKind(record.type),
        action_name=record.action_name,
        created_at=record.created_at,
        status=CommandStatus(record.status),
        attempt=record.attempt,
        retry_safe=record.retry_safe,
        timeout_seconds=record.timeout_seconds,
        expires_at=record.expires_at,
        sent_at=record.sent_at,
        started_at=record.started_at,
        completed_at=record.completed_at,
        cancel_requested_at=record.cancel_requested_at,
        cancel_reason=record.cancel_reason,
        percent=record.percent,
        progress_message=record.progress_message,
        error_code=record.error_code,
        error_message=record.error_message,
    )


def record_of(record: CommandRecord, command: Command, now: float) -> CommandRecord:
    """The stored command in its new state."""
    return replace(
        record,
        status=command.status,
        attempt=command.attempt,
        sent=command.sent,
        sent_at=command.sent_at,
        started_at=command.started_at,
        completed_at=command.completed_at,
        lease_until=command.lease_until,
        not_before=command.not_before,
        cancel_requested_at=command.cancel_requested_at,
        cancel_reason=command.cancel_reason,
        percent=command.percent,
        progress_message=command.progress_message,
        error_code=command.error_code,
        error_message=command.error_message,
        updated_at=now,
    )


def ended_record(job: Job, record: CommandRecord) -> CommandRecord:
    """The stored command once it ended: the secrets go out of its payload."""
    if job.kept is job.record.payload:
        return record
    return replace(record, payload=job.kept, secrets_dropped=True)


def frame_of(job: Job) -> wire.Command:
    """The command as the agent gets it, with its raw payload."""
    command = job.command
    return wire.Command(
        command_id=command.id,
        attempt=command.attempt,
        kind=command.kind,
        service_code=command.service_code,
        action_name=command.action_name,
        payload=job.record.payload,
        expires_at=iso_or_none(command.expires_at),
        timeout_seconds=command.timeout_seconds,
    )


@dataclass(slots=True, eq=False)
class Job:
    """An unfinished command. Change it only while holding ``lock``."""

    record: CommandRecord
    command: Command
    kept: dict[str, Any]
    """What stays of the payload when the command ends, and all that people see of it before."""
    output: OutputBuffer | None = None
    result: ResultRecord | None = None
    key_until: float | None = None
    """The one-time key of the result waits to be read until then."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, whenever there is something new to see."""
    timer: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, record: CommandRecord, command: Command, input_schema: dict[str, Any] | None) -> Job:
        """The job of a command whose action has this schema; None: it is not known."""
        kept = without_secrets(record.payload, input_schema)
        return cls(record, command, record.payload if kept == record.payload else kept)

    @property
    def shown(self) -> CommandRecord:
        """The command without the secrets in its payload."""
        return self.record if self.kept is self.record.payload else replace(self.record, payload=self.kept)

    def ring(self) -> None:
        """There is something new to see."""
        self.news.set()
        self.news = asyncio.Event()


class Jobs:
    """All unfinished commands, by id and by agent."""

    def __init__(self) -> None:
        self._by_id: dict[str, Job] = {}
        self._by_agent: dict[str, dict[str, Job]] = {}
        self.created: Callable[[Job], None] = lambda job: None
        """Told each job whose command is new, whoever asked for it."""
        self.ended: Callable[[Job], None] = lambda job: None
        """Told each job whose command came to its end."""

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._by_id.values()))

    def get(self, command_id: str) -> Job | None:
        """The job, if the command is unfinished."""
        return self._by_id.get(command_id)

    def of(self, agent_id: str) -> list[Job]:
        """The agent's jobs."""
        return list(self._by_agent.get(agent_id, {}).values())

    def add(self, job: Job) -> None:
        """Take up a job."""
        self._by_id[job.command.id] = job
        self._by_agent.setdefault(job.command.agent_id, {})[job.command.id] = job

    def drop(self, job: Job) -> None:
        """The command ended."""
        self._by_id.pop(job.command.id, None)
        mine = self._by_agent.get(job.command.agent_id, {})
        mine.pop(job.command.id, None)
        if not mine:
            self._by_agent.pop(job.command.agent_id, None)
        if job.timer is not None:
            job.timer.cancel()
        if job.command.finished:
            self.ended(job)
