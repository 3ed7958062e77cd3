"""The agent's side of the channel without any I/O: frames in, effects out, the clock passed in.

One ``Session`` lives as long as the process and survives its connections. To drive it::

    session = Session(journal, identity, services, slots=4)
    effects = session.opened(now)              # a connection is up: the first effect sends hello
    effects = session.receive(text, now)       # a message came in
    effects = session.tick(now)                # at session.deadline(), or any time
    session.closed(now)                        # the connection is gone, whatever the reason

    effects = session.update(services, now)    # what the providers say (after Evaluate, or a change)
    effects = session.progress(command_id, 40, "half way", now)
    effects = session.output(command_id, lines, now)
    effects = session.finished(command_id, outcome, now)     # once for each Start effect
    effects = session.uploaded(command_id, taken, now)       # answer to an Upload effect
    effects = session.leaving("reason", now)   # the process stops: sends bye

Carry effects out in order (see ``effects``). Call everything from one thread. ``now`` is in epoch
seconds and must not go backwards. ``deadline()`` may change with every call; None: nothing to wait
for. Runs go on while no connection is open; what they say waits here, in bounded memory.

Promises: a Start effect comes at most once per command and attempt as long as the journal survives,
and a second time for one command only when its action is ``retrySafe`` (or it is a prepare) and the
process that ran it died; a result is sent again until the server says ``stored``; never more
messages per second than the server's limit.
"""

from __future__ import annotations

import logging
import random as _random
from collections.abc import Callable, Iterable, Iterator

from opstage_agent import inbound, wire
from opstage_agent.catalogue import Catalogue
from opstage_agent.chatter import Chatter
from opstage_agent.desk import Desk, Outcome
from opstage_agent.effects import (
    Answered,
    Close,
    Effect,
    RotateToken,
    Send,
    ServerLeaving,
    Stop,
    Welcomed,
)
from opstage_agent.errors import ServerUnreachable
from opstage_agent.identity import Identity
from opstage_agent.journal import Journal
from opstage_agent.outbox import Outbox
from opstage_agent.publications import Publications, too_large
from opstage_agent.reporter import Reporter
from opstage_agent.times import ahead
from opstage_agent.wire import CloseCode, CommandKind, OutputLine, ReportedService

WELCOME_SECONDS = 15.0
"""How long ``welcome`` may take."""
HOUSEKEEPING_SECONDS = 600.0
FINISHED_IN_HELLO = 500
"""``hello`` must fit a frame; older results are sent all the same."""

_log = logging.getLogger("opstage_agent")


class Session:
    """See the module."""

    def __init__(
        self,
        journal: Journal,
        identity: Identity,
        services: Iterable[ReportedService],
        *,
        slots: int = 4,
        random: Callable[[], float] = _random.random,
    ) -> None:
        self._journal = journal
        self._identity = identity
        self._outbox = Outbox()
        self._catalogue = Catalogue(services)
        self._desk = Desk(journal, self._catalogue, self._outbox, slots)
        self._reporter = Reporter(self._catalogue, self._desk.runs, self._outbox, random)
        self._chatter = Chatter(self._desk.runs, self._outbox)
        self._publications = Publications()
        self._limits = wire.Limits()
        self._welcomed = False
        self._welcome_due = 0.0
        self._housekeeping_due = 0.0
        self.service_ids: dict[str, str] = {}
        """Ids the server gave to the service codes, as far as it said."""

    # --- the connection --------------------------------------------------------------------------

    @property
    def welcomed(self) -> bool:
        """True between ``welcome`` and the end of the connection."""
        return self._welcomed

    @property
    def running(self) -> list[str]:
        """Ids of the commands that run."""
        return list(self._desk.runs.running)

    def free_slots(self) -> int:
        """How many more commands could start now."""
        runs = self._desk.runs
        return max(0, runs.free(CommandKind.ACTION_EXECUTE) - len(runs.queue))

    def opened(self, now: float) -> list[Effect]:
        """A connection is up: say hello, completely."""
        self._welcomed = False
        self._desk.connected = True
        self._reporter.opened()
        self._limits = wire.Limits()
        self._welcome_due = now + WELCOME_SECONDS
        self._chatter.opened(now)
        self._outbox.open(self._limits.messages_per_second, now)
        self._outbox.admit(now)
        return [Send(self._hello())]

    def closed(self, now: float) -> None:
        """The connection is gone. What was not confirmed is taken up by the next one."""
        self._welcomed = False
        self._outbox.clear()
        self._desk.closed()
        self._publications.closed()
        self._journal.prune(now)

    def stop_taking(self) -> None:
        """From here on new commands are rejected; running ones go on."""
        self._desk.stopping = True

    def leaving(self, reason: str | None, now: float) -> list[Effect]:
        """The process stops: what may still go goes, then ``bye``. New commands are turned away."""
        self.stop_taking()
        if not self._desk.connected:
            return []
        return [*self._flush(now), Send(wire.AgentBye(reason=reason))]

    def _hello(self) -> wire.Hello:
        return self._identity.hello(
            services=self._catalogue.offer_all(),
            running=self._desk.runs.attempts(),
            finished=self._journal.unstored()[-FINISHED_IN_HELLO:],
        )

    # --- frames in -------------------------------------------------------------------------------

    def receive(self, data: str | bytes, now: float) -> list[Effect]:
        """One message of the server. What cannot be used is answered with ``error``; it goes on."""
        try:
            frame = inbound.decode(data)
        except inbound.Unusable as error:
            self._outbox.put(error.answer)
            return self._flush(now)
        return self.receive_frame(frame, now)

    def receive_frame(self, frame: wire.AgentDown, now: float) -> list[Effect]:
        """As ``receive``, for a frame that came another way."""
        effects = self._handle(frame, now)
        return effects + self._flush(now)

    def _handle(self, frame: wire.AgentDown, now: float) -> list[Effect]:
        match frame:
            case wire.Command():
                return self._desk.take(frame, now)
            case wire.Stored():
                self._desk.held(frame.command_id, frame.attempt)
            case wire.Cancel():
                return self._desk.cancel(frame, now)
            case wire.Welcome():
                return self._welcome(frame, now)
            case wire.Reported():
                self._note_services(frame.services, frame.rejected)
            case wire.Want():
                self._catalogue.forget_offers()
            case wire.ErrorFrame():
                _log.warning("The server could not use a %s: %s %s", frame.about, frame.code, frame.message)
            case wire.EventStored() | wire.Rotate() | wire.ServerBye():
                return [_passed_on(frame)]
        return []

    def _welcome(self, frame: wire.Welcome, now: float) -> list[Effect]:
        self._welcomed = True
        self._limits = frame.limits
        self._desk.result_bytes = frame.limits.result_bytes
        self._chatter.output_bytes = frame.limits.output_bytes
        self._desk.server_offset = ahead(frame.server_time, now)
        self._reporter.welcomed(frame.heartbeat_seconds, now)
        self._outbox.limit(frame.limits.messages_per_second)
        self._note_services(frame.services, None)
        for command_id in frame.forget:
            self._desk.held(command_id, None)
        self._desk.welcome()
        running = self._desk.runs.running
        stops = [Stop(i, "The server no longer wants this run.") for i in frame.stop if i in running]
        return [Welcomed(frame.agent_id, frame.connection_id), *stops]

    def _note_services(self, services: list[wire.ServiceRef], rejected: list[wire.Rejected] | None) -> None:
        self.service_ids.update((ref.code, ref.id) for ref in services)
        for entry in rejected or ():
            _log.warning("The server does not take service %s: %s", entry.code, entry.error)

    # --- what the service says -------------------------------------------------------------------

    def update(self, services: Iterable[ReportedService], now: float) -> list[Effect]:
        """The complete services as they are now; only what changed is sent."""
        self._catalogue.replace(services)
        return self._flush(now)

    def progress(
        self, command_id: str, percent: float | None, message: str | None, now: float
    ) -> list[Effect]:
        """How far a run is. The newest wins when they come faster than they may be sent."""
        run = self._desk.runs.running.get(command_id)
        if run is None:
            return []
        run.progress = (percent, message)
        return self._flush(now)

    def output(self, command_id: str, lines: Iterable[OutputLine], now: float) -> list[Effect]:
        """Lines a run wrote, in order."""
        run = self._desk.runs.running.get(command_id)
        if run is None:
            return []
        for line in lines:
            run.output.append(line)
        return self._flush(now)

    def finished(self, command_id: str, outcome: Outcome, now: float) -> list[Effect]:
        """A run ended. Its last output goes first, then its result, until the server holds it."""
        effects = self._desk.finished(command_id, outcome, now)
        return effects + self._flush(now)

    def uploaded(self, command_id: str, taken: bool, now: float) -> list[Effect]:
        """Whether the server took the result of an Upload effect; if not it is tried again."""
        self._desk.uploaded(command_id, taken, now)
        return self._flush(now)

    def publish(self, event: wire.Event, now: float) -> list[Effect]:
        """Send a bus event, now or on the next connection, until an Answered effect tells its answer.

        ServerUnreachable when too many wait already.
        """
        if self._publications.full:
            raise ServerUnreachable("Too many events wait for the server to take them.")
        self._publications.add(event)
        return self._flush(now)

    def withdraw(self, event_ref: str) -> None:
        """Nobody waits for the answer to this event any more."""
        self._publications.drop(event_ref)

    def give_up_lost(self, now: float) -> list[Effect]:
        """Where ``hello`` cannot tell the server which commands died with an earlier process."""
        self._desk.give_up_lost(now)
        return self._flush(now)

    # --- time ------------------------------------------------------------------------------------

    def deadline(self) -> float | None:
        """When ``tick`` has something to do; None while there is no connection."""
        if not self._desk.connected:
            return None
        if not self._welcomed:
            return self._welcome_due
        return min(self._waits())

    def _waits(self) -> Iterator[float]:
        yield max(self._reporter.due_at(), self._outbox.admits_at())
        if (repeat := self._desk.repeat_at()) is not None:
            yield repeat
        talks = self._desk.has_last_words() or self._catalogue.news_due() or self._publications.due
        if self._outbox.waiting or talks:
            yield self._outbox.admits_at()
        if (talk := self._chatter.due_at()) is not None:
            yield talk

    def tick(self, now: float) -> list[Effect]:
        """Heartbeats, repeats, and what had to wait for the message rate."""
        if not self._desk.connected:
            return []
        if not self._welcomed and now >= self._welcome_due:
            return [Close(CloseCode.TOO_SLOW, f"no welcome within {WELCOME_SECONDS:g} s")]
        if now >= self._housekeeping_due:
            self._housekeeping_due = now + HOUSEKEEPING_SECONDS
            self._journal.prune(now)
        self._desk.turn_away_expired(now)
        self._desk.repeat_unconfirmed(now)
        return self._flush(now)

    # --- frames out ------------------------------------------------------------------------------

    def _flush(self, now: float) -> list[Effect]:
        if not self._desk.connected:
            return []
        effects: list[Effect] = []
        while (frame := self._outbox.next_frame(now)) is not None:
            effects.append(Send(frame))
        if self._outbox.overrun:
            return [*effects, Close(CloseCode.TOO_SLOW, "more frames than can be answered")]
        if self._welcomed and not self._outbox.waiting:
            effects += self._reporter.flush(now)
            effects += self._chatter.flush(now)
            effects += self._desk.flush_results(self._limits.frame_bytes, now)
            effects += self._flush_events(now)
        return effects

    def _flush_events(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        while self._publications.due and self._outbox.admit(now):
            event = self._publications.take()
            unfit = too_large(event, self._limits.frame_bytes)
            effects.append(Send(event) if unfit is None else Answered(unfit))
        return effects


def _passed_on(frame: wire.EventStored | wire.Rotate | wire.ServerBye) -> Effect:
    """What is not the session's own business."""
    match frame:
        case wire.EventStored():
            return Answered(frame)
        case wire.Rotate():
            return RotateToken()
        case wire.ServerBye():
            return ServerLeaving(frame.code, frame.message, frame.retry_after_seconds)
