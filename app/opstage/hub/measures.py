"""What this process counted and measured since it started: gone with it, and cheap enough to do always.

What is stored is counted elsewhere: commands and audit events in ``tallies.py``, the fleet in ``census.py``.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable

from opstage.core.histogram import FAST, REQUESTS, SLOW, Histogram
from opstage.hub.jobs import Job
from opstage.store.records import AuditRecord

LAG_SECONDS = 1.0
"""How often it is looked how late the event loop is."""


class Measures:
    """Counts and durations. Whoever does a thing tells it here; nothing is stored."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        """Answered HTTP requests by (class, status)."""
        self.request_seconds: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(REQUESTS))
        self.refused_sockets: Counter[int] = Counter()
        """WebSocket handshakes that were refused, by status."""
        self.polled_heartbeats = 0
        """Heartbeats that came by REST."""
        self.audit_events: Counter[str] = Counter()
        """Audit events by result."""
        self.sign_in_failures = 0
        self.commands_created = 0
        self.commands_finished: Counter[str] = Counter()
        """By the status they ended with."""
        self.command_polls = 0
        """Answered polls of agents without a socket."""
        self.oversized_results = 0
        """Results refused with ``COMMAND_RESULT_TOO_LARGE``, over either transport."""
        self.command_wait = Histogram(SLOW)
        """From creation to the agent's acceptance, of commands that ended."""
        self.command_run = Histogram(SLOW)
        """From the acceptance to the end, of commands that ended."""
        self.loop_lag = Histogram(FAST)

    def requested(self, kind: str, status: int, seconds: float) -> None:
        """An HTTP request was answered."""
        self.requests[kind, status] += 1
        self.request_seconds[kind].observe(seconds)

    def audited(self, events: Iterable[AuditRecord]) -> None:
        """Audit events were stored."""
        for event in events:
            self.audit_events[event.result] += 1
            self.sign_in_failures += event.action == "session.login.failed"

    def created(self, job: Job) -> None:
        """A command was made: asked for, retried, by a run or the bus, or for a form."""
        self.commands_created += 1

    def ended(self, job: Job) -> None:
        """A command came to its end."""
        command = job.command
        self.commands_finished[command.status] += 1
        if command.started_at is not None:
            self.command_wait.observe(command.started_at - command.created_at)
            if command.completed_at is not None:
                self.command_run.observe(command.completed_at - command.started_at)

    def oversized(self) -> None:
        """A result was refused for its size."""
        self.oversized_results += 1

    async def watch_loop(self) -> None:
        """Measure how late the event loop runs what is due, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self.loop_lag.observe(loop.time() - due)
