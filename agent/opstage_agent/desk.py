"""Commands and results: what is taken, what waits, what is said of it. Part of the session.

Rules (``docs/protocol.md``, Commands and Journal): a repeated command that runs is accepted again,
one that finished sends its result again, a higher attempt of a running command is adopted and not
run twice, a lower one is ignored. One that an earlier process left unfinished runs again only if
that does no harm; of the others nobody knows how they ended, and that is what is said.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import msgspec

from opstage_agent import wire
from opstage_agent.catalogue import Catalogue
from opstage_agent.effects import Effect, Send, Start, Stop, Upload
from opstage_agent.errors import JournalUnavailable
from opstage_agent.journal import Entry, Journal, JournalState, digest
from opstage_agent.outbox import Outbox
from opstage_agent.runs import Run, Runs
from opstage_agent.times import epoch
from opstage_agent.wire import CommandKind, Failure, Result

REPEAT_SECONDS = 30.0
"""After this a result that was not ``stored`` is sent again on the same connection."""
UPLOADS = 4
"""Results that may be on their way over REST; each is held in memory meanwhile."""
BUSY_RETRY_SECONDS = 5.0
JOURNAL_RETRY_SECONDS = 30.0

_log = logging.getLogger("opstage_agent")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, as its runner says it."""

    success: bool
    message: str | None = None
    data: dict[str, Any] | None = None
    error: Failure | None = None
    started_at: str | None = None
    finished_at: str | None = None


class Desk:
    """Takes commands and keeps results until the server holds them."""

    def __init__(self, journal: Journal, catalogue: Catalogue, outbox: Outbox, slots: int) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._outbox = outbox
        self.runs = Runs(slots)
        self.connected = False
        self.stopping = False
        self.server_offset = 0.0
        """Server clock minus ours, in seconds."""
        self.result_bytes = wire.RESULT_BYTES
        self._due: dict[str, None] = {}
        self._unconfirmed: dict[str, float] = {}
        self._uploading: set[str] = set()

    # --- commands --------------------------------------------------------------------------------

    def take(self, frame: wire.Command, now: float) -> list[Effect]:
        """A command came in."""
        try:
            return self._place(frame, now)
        except JournalUnavailable as error:
            return self._reject(frame, "JOURNAL_UNAVAILABLE", str(error), JOURNAL_RETRY_SECONDS)

    def cancel(self, frame: wire.Cancel, now: float) -> list[Effect]:
        """Whatever the attempt: the operator wants it to end."""
        reason = frame.reason or "Cancelled by the server."
        if frame.command_id in self.runs.running:
            return [Stop(frame.command_id, reason)]
        waiting = self.runs.queue.pop(frame.command_id, None)
        if waiting is not None:
            return self._end_unstarted(waiting, Failure(code="CANCELLED", message=reason), now)
        if self._journal.result(frame.command_id) is not None:
            self._due[frame.command_id] = None
        return []

    def start_waiting(self, now: float) -> list[Effect]:
        """Start what waits while there are slots."""
        effects: list[Effect] = []
        while (command := self.runs.startable()) is not None:
            effects += self.take(command, now)
        return effects

    def turn_away_expired(self, now: float) -> None:
        """What waited too long for a slot is refused."""
        for command in [c for c in self.runs.queue.values() if self._expired(c, now)]:
            del self.runs.queue[command.command_id]
            self._reject(command, "COMMAND_EXPIRED", "The command expired while it waited for a slot.")

    def _place(self, frame: wire.Command, now: float) -> list[Effect]:
        entry = self._journal.entry(frame.command_id)
        if entry is None:
            return self._admit(frame, now)
        if frame.attempt < entry.attempt:
            return []
        if digest(frame) != entry.digest:
            return self._reject(frame, "COMMAND_MISMATCH", "This id was sent before with other content.")
        run = self.runs.running.get(frame.command_id)
        if run is not None:
            return self._accept_again(run, frame)
        if entry.state is JournalState.LOST:
            return self._place_lost(frame, entry, now)
        self._journal.adopt(frame.command_id, frame.attempt)
        self._due[frame.command_id] = None
        return []

    def _accept_again(self, run: Run, frame: wire.Command) -> list[Effect]:
        if frame.attempt > run.attempt:
            run.attempt = frame.attempt
            self._journal.adopt(frame.command_id, frame.attempt)
        self._outbox.put(wire.Accept(command_id=frame.command_id, attempt=run.attempt))
        return []

    def _place_lost(self, frame: wire.Command, entry: Entry, now: float) -> list[Effect]:
        repeatable = frame.kind is CommandKind.ACTION_PREPARE or self._catalogue.retry_safe(
            frame.service_code, frame.action_name
        )
        if not repeatable:
            self.give_up(frame.command_id, frame.attempt, now)
            return []
        return self._admit(frame, now) if frame.attempt > entry.attempt else []

    def _admit(self, frame: wire.Command, now: float) -> list[Effect]:
        if self._expired(frame, now):
            return self._reject(frame, "COMMAND_EXPIRED", "The command expired before it could start.")
        if self.stopping:
            return self._reject(frame, "AGENT_STOPPING", "The agent is stopping.", BUSY_RETRY_SECONDS)
        if frame.command_id not in self.runs.queue and self.runs.free(frame.kind) > 0:
            return self._start(frame, now)
        if self.runs.wait(frame):
            return []
        return self._reject(
            frame, "AGENT_BUSY", "All slots are busy and the queue is full.", BUSY_RETRY_SECONDS
        )

    def _start(self, frame: wire.Command, now: float) -> list[Effect]:
        self._journal.accept(frame, now)
        self.runs.start(frame)
        self._outbox.put(wire.Accept(command_id=frame.command_id, attempt=frame.attempt))
        return [Start(frame)]

    def _end_unstarted(self, frame: wire.Command, failure: Failure, now: float) -> list[Effect]:
        """End a command that never ran; noted first, so that a repeat cannot start it."""
        try:
            self._journal.accept(frame, now)
        except JournalUnavailable:
            return self._reject(frame, failure.code, failure.message)
        self._conclude(
            Result(command_id=frame.command_id, attempt=frame.attempt, success=False, error=failure), now
        )
        return []

    def _expired(self, frame: wire.Command, now: float) -> bool:
        if frame.expires_at is None:
            return False
        try:
            return epoch(frame.expires_at) <= now + self.server_offset
        except ValueError:
            return False

    def _reject(
        self, frame: wire.Command, code: str, message: str, retry_after: float | None = None
    ) -> list[Effect]:
        self._outbox.put(
            wire.Reject(
                command_id=frame.command_id,
                attempt=frame.attempt,
                code=code,
                message=message,
                retry_after_seconds=retry_after,
            )
        )
        return []

    # --- results ---------------------------------------------------------------------------------

    def finished(self, command_id: str, outcome: Outcome, now: float) -> list[Effect]:
        """A run ended: keep its result, give its slot to the next."""
        run = self.runs.end(command_id)
        if run is None:
            return []
        result = Result(
            command_id=command_id,
            attempt=run.attempt,
            success=outcome.success,
            message=outcome.message,
            data=outcome.data,
            error=outcome.error,
            started_at=outcome.started_at,
            finished_at=outcome.finished_at,
        )
        self._conclude(_fitting(result, self.result_bytes), now)
        return self.start_waiting(now)

    def give_up(self, command_id: str, attempt: int, now: float) -> None:
        """Say that an earlier process began this command and nobody knows how it ended."""
        text = "The agent was restarted while this command ran; it was not run again."
        failure = Failure(code="OUTCOME_UNKNOWN", message=text)
        self._journal.adopt(command_id, attempt)
        self._conclude(Result(command_id=command_id, attempt=attempt, success=False, error=failure), now)

    def give_up_lost(self, now: float) -> None:
        """``give_up`` for everything an earlier process left."""
        for attempt in self._journal.lost():
            self.give_up(attempt.command_id, attempt.attempt, now)

    def held(self, command_id: str, attempt: int | None) -> None:
        """The server holds the result of this attempt; None: of whichever."""
        result = self._journal.result(command_id)
        # An old attempt is answered "stored" as well and means nothing for the newest.
        if result is None or (attempt is not None and attempt < result.attempt):
            return
        self._journal.stored(command_id)
        self._unconfirmed.pop(command_id, None)
        self._due.pop(command_id, None)

    def uploaded(self, command_id: str, taken: bool, now: float) -> None:
        """The end of an upload. One that failed is tried again later."""
        self._uploading.discard(command_id)
        if taken:
            self.held(command_id, None)
        else:
            self._unconfirmed[command_id] = now

    def welcome(self) -> None:
        """Every result that the server may not hold is due."""
        self._due = {attempt.command_id: None for attempt in self._journal.unstored()}
        self._unconfirmed.clear()

    def closed(self) -> None:
        """Nothing can be sent now."""
        self.connected = False
        self._due.clear()
        self._unconfirmed.clear()
        self.runs.disconnected()

    def has_last_words(self) -> bool:
        """True when results, or the last output of ended runs, can be sent."""
        return bool(self.runs.tails) or self._next_result() is not None

    def _next_result(self) -> str | None:
        """The command whose result may go next. The last output of ended runs goes before any."""
        if len(self._uploading) >= UPLOADS:
            return None
        ready = (i for i in self._due if i not in self._uploading)
        return next(ready, None)

    def flush_results(self, frame_bytes: int, now: float) -> list[Effect]:
        """Results that are due, as far as the message rate allows; those that fit no frame over REST."""
        effects: list[Effect] = []
        while (command_id := self._next_result()) is not None and self._outbox.admit(now):
            del self._due[command_id]
            result = self._journal.result(command_id)
            if result is None:
                continue  # The server has it by now.
            if len(wire.encode(result)) <= frame_bytes:
                self._unconfirmed[command_id] = now
                effects.append(Send(result))
            else:
                self._uploading.add(command_id)
                effects.append(Upload(result))
        return effects

    def repeat_unconfirmed(self, now: float) -> None:
        """Make results due again that the server was silent about."""
        for command_id, sent_at in list(self._unconfirmed.items()):
            if sent_at + REPEAT_SECONDS <= now:
                del self._unconfirmed[command_id]
                self._due[command_id] = None

    def repeat_at(self) -> float | None:
        """When ``repeat_unconfirmed`` has something to do."""
        return min(self._unconfirmed.values()) + REPEAT_SECONDS if self._unconfirmed else None

    def _conclude(self, result: Result, now: float) -> None:
        self._journal.finish(result, now)
        if self.connected:
            self._due[result.command_id] = None


def _fitting(result: Result, limit: int) -> Result:
    """The result; beyond the server's limit without its data, since whether it worked is known."""
    size = len(msgspec.json.encode([result.message, result.data or {}, result.error or {}]))
    if size <= limit:
        return result
    note = f"The result had {size} bytes; the server takes {limit}."
    _log.warning("Data of the result of %s left out: %s", result.command_id, note)
    return msgspec.structs.replace(
        result,
        message=(result.message or "")[:1000] or None,
        data={"omitted": note},
        error=_short(result.error),
    )


def _short(failure: Failure | None) -> Failure | None:
    return failure and Failure(code=failure.code[:80], message=failure.message[:1000])
