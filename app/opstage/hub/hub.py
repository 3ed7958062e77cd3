"""The running parts, joined: what the web layer talks to."""

from __future__ import annotations

import asyncio
import contextlib
import secrets

from opstage.clock import Clock
from opstage.core.commands import lease_seconds
from opstage.core.selector import parse
from opstage.errors import Unavailable
from opstage.hub import rows
from opstage.hub.accounts import Accounts
from opstage.hub.actions import Actions
from opstage.hub.api_keys import ApiKeys
from opstage.hub.arrivals import Arrivals
from opstage.hub.backups import Backups
from opstage.hub.bus import Bus
from opstage.hub.census import Population
from opstage.hub.command_views import CommandViews
from opstage.hub.connections import Connections
from opstage.hub.credentials import Credentials
from opstage.hub.denials import Denials
from opstage.hub.dispatcher import Dispatcher
from opstage.hub.enrolment import Enrolment
from opstage.hub.feeds import Feed, Feeds
from opstage.hub.fleet import Fleet
from opstage.hub.labelling import Labelling
from opstage.hub.limits import Limits
from opstage.hub.measures import Measures
from opstage.hub.old_payloads import OldPayloads
from opstage.hub.one_time import OneTimeKeys
from opstage.hub.operators import Operators
from opstage.hub.passwords import Passwords
from opstage.hub.people import People
from opstage.hub.policies import Policies
from opstage.hub.reporting import Reporting
from opstage.hub.retention import Retention
from opstage.hub.retirement import Retirement
from opstage.hub.rotation import Rotation
from opstage.hub.run_targets import RunTargets
from opstage.hub.run_views import RunViews
from opstage.hub.runs import Runs
from opstage.hub.service_views import ServiceViews
from opstage.hub.supervisor import Supervisor
from opstage.hub.sweeper import Sweeper
from opstage.hub.tallies import Tallies
from opstage.hub.trail import Trail
from opstage.hub.transcripts import Transcripts
from opstage.hub.transitions import Transitions
from opstage.hub.usage import Usage
from opstage.settings import Settings
from opstage.store import Store, StoreUnavailable, agents, audit, commands, services
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

        self.supervisor = Supervisor()
        self.measures = Measures()
        self.tallies = Tallies(store, clock)
        self.policies = Policies(settings, store, clock)
        self.feeds = Feeds(secrets.token_hex(8), clock)

        # Agents and services as they are.
        self.transitions = Transitions(store, clock)
        self.fleet = Fleet(settings, self.policies, clock, self.feeds, self.transitions)
        self.population = Population(self.fleet, self.feeds.fleet.view, clock)
        self.service_views = ServiceViews(store, self.feeds, self.fleet, self.supervisor)
        self.reporting = Reporting(store, clock, self.fleet)
        self.labelling = Labelling(store, clock, self.fleet)

        # Commands, and what makes them.
        self.command_views = CommandViews(store, clock, self.feeds)
        self.one_time = OneTimeKeys(store, clock, secret, settings.one_time_seconds)
        self.dispatcher = Dispatcher(
            settings, store, clock, self.command_views, self.supervisor, self.one_time
        )
        self.transcripts = Transcripts(store, self.dispatcher, self.command_views)
        self.actions = Actions(settings, store, clock, self.fleet, self.dispatcher)
        self.run_views = RunViews(store, self.feeds)
        self.run_targets = RunTargets(store, self.fleet, self.actions)
        self.runs = Runs(
            *(store, clock, self.actions, self.dispatcher),
            *(self.run_targets, self.run_views, self.supervisor),
        )
        self.bus = Bus(settings, clock, self.fleet, self.dispatcher)

        # Agents at the door.
        self.denials = Denials(store, clock, self.supervisor)
        self.limits = Limits(settings, clock)
        self.arrivals = Arrivals(settings.handshakes_per_second, clock, lambda: self.connections.arriving)
        self.connections = Connections(
            settings, store, clock, self.fleet, self.dispatcher, self.command_views, self.reporting, self.bus
        )
        credentials = Credentials(store)
        self.rotation = Rotation(settings, store, clock, self.fleet, self.connections, credentials)
        self.enrolment = Enrolment(
            store,
            clock,
            self.transitions,
            self.fleet,
            self.connections,
            self.reporting,
            credentials,
            self.rotation,
            self.denials,
        )
        self.retirement = Retirement(
            store, clock, self.fleet, self.feeds, self.dispatcher, self.connections, credentials
        )

        # People, and programs that act for them.
        passwords = Passwords()
        self.accounts = Accounts(settings, store, clock, secret, passwords)
        self.people = People(store, clock, passwords)
        self.usage = Usage(store, clock)
        self.api_keys = ApiKeys(store, clock, self.usage)
        self.operators = Operators(settings, store, clock, self.feeds, self.view, version)

        # Upkeep.
        retention = Retention(
            *(self.policies, store, self.feeds, self.run_views, self.tallies, settings.sweep_batch)
        )
        self.sweeper = Sweeper(
            self.policies, store, clock, self.fleet, self.dispatcher, self.transitions, retention
        )
        self.backups = Backups(settings, store, clock)
        self.trail = Trail(store, clock)
        self._join()

    async def start(self) -> None:
        """Take up what is stored and start the loops. The store is open."""
        reader = self.store.reader
        await self.policies.load()
        await self.tallies.load()
        self.fleet.load(await agents.load_all(reader), await services.load_all(reader))
        self.command_views.load(await commands.newest(reader))
        self.dispatcher.load(await commands.load_open(reader))
        for job in self.dispatcher.jobs:
            await self.command_views.restore_output(job)
        await self.runs.load()
        self._audited(list(reversed(await audit.newest(reader))))
        keep = self.supervisor.keep
        keep("transitions", self.transitions.run)
        keep("sweeper", self.sweeper.run)
        keep("outputs", self.command_views.keep_outputs)
        keep("pace", self.feeds.pace.run)
        keep("backups", self.backups.run)
        keep("lag", self.measures.watch_loop)
        keep("credentials", self.operators.watch)
        keep("usage", self.usage.run)
        keep("old payloads", OldPayloads(self.store, self.clock).run)

    async def stop(self) -> None:
        """Stop the loops and store what was gathered. The connections are gone by now.

        A database that does not answer must not keep the process: what is gathered is told again
        by the agents.
        """
        with contextlib.suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(STOP_SECONDS):
                await self.command_views.save_outputs()
                await self.transitions.flush()
                await self.usage.flush()
        await self.supervisor.stop()

    def drain(self) -> None:
        """Take nothing new and send everybody away, with a moment to come back at."""
        self.draining = True
        self.connections.drain(CloseCode.DRAINING, "the server stops")
        self.operators.drain(CloseCode.SERVER_RESTART, "the server stops")
        self.dispatcher.close()

    async def empty(self) -> None:
        """Return when no live connection is left."""
        await self.connections.empty.wait()
        await self.operators.empty.wait()

    def require_open(self) -> None:
        """Raise Unavailable while draining."""
        if self.draining:
            raise Unavailable("The server stops.", retry_after=DRAIN_RETRY_SECONDS)

    async def view(self, name: str) -> Feed | None:
        """The feed an operator asks for by name, or None if there is no such view.

        Raises SelectorError for a selection that cannot be understood.
        """
        always = self.feeds.always(name)
        if always is not None:
            return always
        kind, colon, key = name.partition(":")
        if kind == "fleet" and colon:
            return self.feeds.fleet.select(parse(key))
        if kind == "service" and key:
            return await self.feeds.open_detail(name, lambda feed: self.service_views.fill(feed, key))
        if kind == "command" and key:
            return await self.feeds.open_detail(name, lambda feed: self.command_views.fill(feed, key))
        if kind == "run" and key:
            return await self.feeds.open_detail(name, lambda feed: self.run_views.fill(feed, key))
        return None

    def lease_seconds(self) -> float:
        """How long a command at an agent may be silent."""
        return lease_seconds(self.fleet.thresholds.heartbeat_seconds, self.settings.lease_seconds)

    def _join(self) -> None:
        """Who tells whom, beside who was given to whom above."""
        self.store.on_audit = self._recorded
        self.policies.changed = self._policies_changed
        self.fleet.showing.service_changed = self.service_views.changed
        self.fleet.showing.went_offline = self.dispatcher.abandoned
        self.command_views.job_of = self.dispatcher.jobs.get
        self.one_time.taken = self.command_views.key_taken
        self.command_views.changed = self.runs.changed
        self.command_views.deleted = self.runs.deleted
        self.run_views.live_of = self.runs.live
        self.dispatcher.jobs.created = self.measures.created
        self.dispatcher.jobs.ended = self.measures.ended
        self.dispatcher.oversized = self.measures.oversized
        self.dispatcher.ask_before(self.retirement.admit)
        self.dispatcher.join(
            self.connections.link_of, self.lease_seconds, lambda: self.fleet.thresholds.restart_seconds
        )
        self.connections.retire = self.retirement.said
        self.accounts.session_ended = self.operators.end_credential
        self.accounts.sessions_ended = self.operators.end_user
        self.people.sessions_ended = self.operators.end_user
        self.people.role_changed = self.operators.role_changed
        self.api_keys.ended = self.operators.end_credential

    def _policies_changed(self) -> None:
        self.sweeper.reschedule()
        self.supervisor.once("thresholds", self.fleet.derive_all())

    def _recorded(self, events: list[AuditRecord]) -> None:
        self.measures.audited(events)
        self.tallies.audited(events)
        self._audited(events)

    def _audited(self, events: list[AuditRecord]) -> None:
        for event in events:
            self.feeds.put_audit(event.id, rows.encode(rows.audit_row(event)))
