"""What the agent says of its services by itself, as numbered frames: reports and heartbeats."""

from __future__ import annotations

from collections.abc import Callable

from opstage_agent import wire
from opstage_agent.catalogue import Catalogue
from opstage_agent.effects import Effect, Evaluate, Send
from opstage_agent.outbox import Outbox
from opstage_agent.runs import Runs


class Reporter:
    """Tells the server what it has not heard of the catalogue yet, and now and then that the agent lives."""

    def __init__(self, catalogue: Catalogue, runs: Runs, outbox: Outbox, random: Callable[[], float]) -> None:
        self._catalogue = catalogue
        self._runs = runs
        self._outbox = outbox
        self._random = random
        self._seq = 0
        self._heartbeat_seconds = 30.0
        self._beat_due = 0.0

    def opened(self) -> None:
        """A connection is up: the numbers begin anew."""
        self._seq = 0

    def welcomed(self, heartbeat_seconds: float, now: float) -> None:
        """The server says how often it wants a heartbeat; the first one comes at some moment of that time."""
        self._heartbeat_seconds = max(1.0, heartbeat_seconds)
        self._beat_due = now + self._random() * self._heartbeat_seconds

    def due_at(self) -> float:
        """When the next heartbeat is due."""
        return self._beat_due

    def flush(self, now: float) -> list[Effect]:
        """Reports, then health or a heartbeat, as far as the message rate allows."""
        effects: list[Effect] = []
        while self._catalogue.report_due() and self._outbox.admit(now):
            news = self._catalogue.take_report()
            retired = news.retired or None
            effects.append(Send(wire.Report(seq=self._count(), services=news.services, retired=retired)))
        beat = now >= self._beat_due
        if (beat or self._catalogue.health_due()) and self._outbox.admit(now):
            effects.append(Send(self._heartbeat()))
            if beat:
                self._beat_due = now + self._heartbeat_seconds * (0.9 + 0.2 * self._random())
                effects.append(Evaluate())
        return effects

    def _heartbeat(self) -> wire.Heartbeat:
        health = self._catalogue.take_health() or None
        return wire.Heartbeat(seq=self._count(), running=list(self._runs.running), health=health)

    def _count(self) -> int:
        self._seq += 1
        return self._seq
