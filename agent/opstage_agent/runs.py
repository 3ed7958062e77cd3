"""What runs in this process and what waits for a slot. Bookkeeping only: no frames, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from opstage_agent.output import OutputBuffer
from opstage_agent.wire import Attempt, Command, CommandKind

PREPARE_SLOTS = 4
"""Forms open while every slot is busy: prepares have slots of their own."""
QUEUE_LIMIT = 16
"""Commands that may wait for a slot; the server has at most 8 in flight."""
TAILS_LIMIT = 8
"""Ended runs whose last output may still wait to be sent."""


@dataclass(slots=True)
class Run:
    """One command in execution, with what its handler said and the server has not heard."""

    command_id: str
    attempt: int
    kind: CommandKind
    output: OutputBuffer = field(default_factory=OutputBuffer)
    progress: tuple[float | None, str | None] | None = None
    output_due: float = 0.0
    spoke_at: float = 0.0
    output_first: bool = False
    """Whose turn it is when the message rate allows for one of progress and output."""

    @property
    def talk_due(self) -> float | None:
        """When what the handler said may go at the earliest, or None when it said nothing."""
        if self.progress is not None:
            return 0.0
        return self.output_due if self.output.pending else None


class Runs:
    """Slots, the queue before them, and the last words of runs that ended."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.running: dict[str, Run] = {}
        self.queue: dict[str, Command] = {}
        self.tails: dict[str, Run] = {}

    def free(self, kind: CommandKind) -> int:
        """How many more commands of this kind can start now."""
        busy = sum(run.kind is kind for run in self.running.values())
        return (PREPARE_SLOTS if kind is CommandKind.ACTION_PREPARE else self.slots) - busy

    def attempts(self) -> list[Attempt]:
        """What runs, for ``hello``."""
        return [Attempt(command_id=r.command_id, attempt=r.attempt) for r in self.running.values()]

    def start(self, command: Command) -> Run:
        """Take a slot."""
        run = Run(command.command_id, command.attempt, command.kind)
        self.running[command.command_id] = run
        return run

    def wait(self, command: Command) -> bool:
        """Queue the command, or renew its attempt in the queue; False when the queue is full."""
        waiting = self.queue.get(command.command_id)
        if waiting is None and len(self.queue) >= QUEUE_LIMIT:
            return False
        if waiting is None or command.attempt > waiting.attempt:
            self.queue[command.command_id] = command
        return True

    def startable(self) -> Command | None:
        """Remove and return the oldest queued command that has a slot."""
        for command in self.queue.values():
            if self.free(command.kind) > 0:
                return self.queue.pop(command.command_id)
        return None

    def end(self, command_id: str) -> Run | None:
        """Give the slot back; what was not sent of its output and progress stays for a while."""
        run = self.running.pop(command_id, None)
        if run is not None:
            self.tails[command_id] = run
            run.output_due = 0.0
            while len(self.tails) > TAILS_LIMIT:
                self.tails.pop(next(iter(self.tails)))
        return run

    def disconnected(self) -> None:
        """The server sends again what was not accepted; output in flight may be lost."""
        self.queue.clear()
        for run in (*self.running.values(), *self.tails.values()):
            run.output.rewind()
