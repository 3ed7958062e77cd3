"""The running parts, joined: what the web layer talks to."""

from __future__ import annotations

import asyncio
import contextlib
import secrets

from opstage.clock import Clock
from opstage.core.commands import lease_seconds
from opstage.errors import Unavailable
from opstage.hub import rows
from opstage.hub.accounts import Accounts
from opstage.hub.actions import Actions
from opstage.hub.arrivals import Arrivals
from opstage.hub.command_views import CommandViews
from opstage.hub.connections import Connections
from opstage.hub.dispatcher import Dispatcher
from opstage.hub.enrolment import Enrolment
from opstage.hub.feeds import Feed, Feeds
from opstage.hub.fleet import Fleet
from opstage.hub.operators import Operators
from opstage.hub.reporting import Reporting
from opstage.hub.service_views import ServiceViews
from opstage.hub.supervisor import Supervisor
from opstage.hub.sweeper import Sweeper
from opstage.hub.transitions import Transitions
from opstage.settings import Settings
from opstage.store import Store, agents, audit, commands, services
from opstage.store.records import AuditRecord
from opstage_agent.wire import CloseCode

DRAIN_RETRY_SECONDS = 2.0
STOP_SECONDS = 1.5


class Hub:
    """Owns every running part between ``start`` and ``stop``."""

    def __init__(self, settings: Settings, clock: Clock, store: Store, secret: str, version: str) -> None:
        self.settings = settings
        self.clock = clock
        self.store = store
        self.version = version
        self.started_at = clock.now()
        self.draining = False
        self.arrivals = Arrivals(settings.handshakes_per_second, clock, lambda: self.connections.arriving)
        self.supervisor = Supervisor()
        self.feeds = Feeds(secrets.token_hex(8), clock)
        self.transitions = Transitions(store, clock)
        self.fleet = Fleet(settings, clock, self.feeds, self.transitions)
        self.command_views = CommandViews(store, clock, self.feeds)
        self.service_views = ServiceViews(store, self.feeds, self.fleet, self.supervisor)
        self.dispatcher = Dispatcher(settings, store, clock, self.command_views, self.supervisor)
        self.reporting = Reporting(store, clock, self.fleet)
        self.connections = Connections(
            settings, store, clock, self.fleet, self.dispatcher, self.command_views, self.reporting
        )
        self.enrolment = Enrolment(
            store, clock, self.transitions, self.fleet, self.connections, self.reporting
        )
        self.actions = Actions(settings, store, clock, self.fleet, self.dispatcher)
        self.accounts = Accounts(settings, store, clock, secret)
        self.operators = Operators(settings, store, clock, self.feeds, self.view, version)
        self.sweeper = Sweeper(settings, store, clock, self.feeds, self.command_views)
        self._join()

    def _join(self) -> None:
        self.store.on_audit = self._audited
        self.fleet.service_changed = self.service_views.changed
        self.fleet.went_offline = self.dispatcher.abandoned
        self.command_views.job_of = self.dispatcher.jobs.get
        self.dispatcher.link_of = self.connections.link_of
        self.dispatcher.lease = self.lease_seconds
        self.dispatcher.restart_grace = lambda: self.fleet.restart_seconds
        self.accounts.session_ended = self.operators.end_session

    def lease_seconds(self) -> float:
        """How long a command at an agent may be silent."""
        return lease_seconds(self.fleet.heartbeat_seconds, self.settings.lease_seconds)

    async def start(self) -> None:
        """Take up what is stored and start the loops. The store is open."""
        reader = self.store.reader
        self.fleet.load(await agents.load_all(reader), await services.load_all(reader))
        self.command_views.load(await commands.newest(reader))
        self.dispatcher.load(await commands.load_open(reader))
        for job in self.dispatcher.jobs:
            await self.command_views.restore_output(job)
        self._audited(list(reversed(await audit.newest(reader))))
        keep = self.supervisor.keep
        keep("transitions", self.transitions.run)
        keep("sweeper", self.sweeper.run)
        keep("outputs", self.sweeper.keep_outputs)
        keep("pace", self.feeds.pace.run)
        keep("sessions", self.operators.watch_sessions)

    async def stop(self) -> None:
        """Stop the loops and store what was gathered. The connections are gone by now.

        A database that does not answer must not keep the process: what is gathered is told again
        by the agents.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self.command_views.save_outputs()
                await self.transitions.flush()
        await self.supervisor.stop()

    def drain(self) -> None:
        """Take nothing new and send everybody away, with a moment to come back at."""
        self.draining = True
        self.connections.drain(CloseCode.DRAINING, "the server stops")
        self.operators.drain(CloseCode.SERVER_RESTART, "the server stops")
        self.dispatcher.polls.ring_all()

    async def empty(self) -> None:
        """Return when no live connection is left."""
        await self.connections.empty.wait()
        await self.operators.empty.wait()

    def require_open(self) -> None:
        """Raise Unavailable while draining."""
        if self.draining:
            raise Unavailable("The server stops.", retry_after=DRAIN_RETRY_SECONDS)

    async def view(self, name: str) -> Feed | None:
        """The feed an operator asks for by name, or None if there is no such view."""
        always = self.feeds.always(name)
        if always is not None:
            return always
        kind, _, key = name.partition(":")
        if kind == "service" and key:
            return await self.feeds.open_detail(name, lambda feed: self.service_views.fill(feed, key))
        if kind == "command" and key:
            return await self.feeds.open_detail(name, lambda feed: self.command_views.fill(feed, key))
        return None

    def _audited(self, events: list[AuditRecord]) -> None:
        for event in events:
            self.feeds.put_audit(event.id, rows.encode(rows.audit_row(event)))
