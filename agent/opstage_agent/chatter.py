"""What handlers say while they run, as frames: progress and output, within the message rate."""

from __future__ import annotations

from opstage_agent import wire
from opstage_agent.effects import Effect, Send
from opstage_agent.outbox import Outbox
from opstage_agent.runs import Run, Runs

TOGETHER_SECONDS = 0.1
"""Progress and output of this long are sent together."""
SLOW_OUTPUT_SECONDS = 2.0
"""The same, for a command that has said more than the server keeps."""


class Chatter:
    """Takes from the runs what they said and the server has not heard; no run silences another."""

    def __init__(self, runs: Runs, outbox: Outbox) -> None:
        self._runs = runs
        self._outbox = outbox
        self._due = 0.0
        self.output_bytes = wire.OUTPUT_KEPT_BYTES
        """What the server keeps of one command's output."""

    def opened(self, now: float) -> None:
        """A connection is up."""
        self._due = now

    def due_at(self) -> float | None:
        """When there will be something to say; None while nothing was said."""
        talk = min((due for run in self._speakers() if (due := run.talk_due) is not None), default=None)
        return None if talk is None else max(self._due, talk, self._outbox.admits_chatter_at())

    def flush(self, now: float) -> list[Effect]:
        """The last words of ended runs, which go before their results, then a turn for each that runs."""
        effects: list[Effect] = []
        for run in list(self._runs.tails.values()):
            effects += self._last_words(run, now)
        if now >= self._due:
            for run in self._speakers():
                effects += self._turn(run, now)
            if effects:
                self._due = now + TOGETHER_SECONDS
        return effects

    def _last_words(self, run: Run, now: float) -> list[Effect]:
        effects: list[Effect] = []
        while run.output.pending and self._outbox.admit(now):
            effects.append(self._output(run))
        if run.progress is not None and self._outbox.admit(now):
            effects.append(self._progress(run))
        if not run.output.pending and run.progress is None:
            del self._runs.tails[run.command_id]
        return effects

    def _turn(self, run: Run, now: float) -> list[Effect]:
        """At most one progress and one output frame of this run, which then waits for its turn.

        When the rate allows for one of them only, they alternate: a handler that tells its progress
        at every step must not silence its own output.
        """
        turns = [self._tell_progress, self._tell_output]
        effects: list[Effect] = []
        for tell in reversed(turns) if run.output_first else turns:
            effects += tell(run, now)
        if effects:
            run.spoke_at = now
        return effects

    def _tell_progress(self, run: Run, now: float) -> list[Effect]:
        if run.progress is None or not self._outbox.admit_chatter(now):
            return []
        run.output_first = True
        return [self._progress(run)]

    def _tell_output(self, run: Run, now: float) -> list[Effect]:
        due = run.output.pending and now >= run.output_due
        if not due or not self._outbox.admit_chatter(now):
            return []
        run.output_first = False
        frame = self._output(run)
        if run.output.handed_out > self.output_bytes:
            run.output_due = now + SLOW_OUTPUT_SECONDS
        return [frame]

    def _speakers(self) -> list[Run]:
        """Every run, the one that was silent longest first."""
        return sorted(self._runs.running.values(), key=lambda run: run.spoke_at)

    @staticmethod
    def _progress(run: Run) -> Send:
        (percent, message), run.progress = run.progress or (None, None), None
        return Send(
            wire.Progress(command_id=run.command_id, attempt=run.attempt, percent=percent, message=message)
        )

    @staticmethod
    def _output(run: Run) -> Send:
        offset, lines = run.output.take() or (0, [])
        return Send(wire.Output(command_id=run.command_id, attempt=run.attempt, offset=offset, lines=lines))
