"""One stay of an agent with its server: from the token file to the last bye, in one event loop."""

from __future__ import annotations

import asyncio
import logging
import platform
import secrets
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack

from opstage_agent import wire
from opstage_agent.backoff import Backoff
from opstage_agent.connection import Connection, socket_url
from opstage_agent.desk import Outcome
from opstage_agent.enrol import Credentials, enrol
from opstage_agent.errors import OpstageError, ServerUnreachable
from opstage_agent.identity import Identity
from opstage_agent.journal import Journal
from opstage_agent.link import Link
from opstage_agent.mailbox import Said
from opstage_agent.options import Options
from opstage_agent.registry import Service
from opstage_agent.rest import Rest
from opstage_agent.rotation import Rotation
from opstage_agent.runner import Runner
from opstage_agent.session import Session
from opstage_agent.survey import Survey
from opstage_agent.times import steady_clock
from opstage_agent.version import NAME, VERSION

LAST_WORDS_SECONDS = 1.0
"""How long results and ``bye`` may take at the end."""

_log = logging.getLogger("opstage_agent")


class Membership:
    """Everything that exists while an agent runs. Used once: ``begin``, then ``end``."""

    def __init__(self, services: Mapping[str, Service], primary: Service, options: Options) -> None:
        self._services = services
        self._primary = primary
        self._options = options
        self._clock = steady_clock()
        self._stack = AsyncExitStack()
        self._task: asyncio.Task[None] | None = None
        self._runner = Runner(
            services,
            clock=self._clock,
            finished=self._finished,
            said=self._said,
            agent_id=lambda: self.agent_id,
        )
        self._survey = Survey(services.values())
        self._link: Link | None = None
        self._connection: Connection | None = None
        self._begun = asyncio.Event()
        self.agent_id = ""
        self.error: OpstageError | None = None
        """What ended the connection for good, if something did."""

    @property
    def connected(self) -> bool:
        """True while the server has welcomed the agent."""
        return self._link is not None and self._link.connected

    async def begin(self) -> None:
        """Start in the background. Strict: wait for the identity and raise what prevents it."""
        self._task = asyncio.create_task(self._live(), name="opstage-agent")
        if self._options.strict:
            await self._identified(self._task)

    async def _identified(self, living: asyncio.Task[None]) -> None:
        """Return once there is an identity. Raises what prevents or ended it."""
        begun = asyncio.create_task(self._begun.wait())
        await asyncio.wait({begun, living}, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if self.error is not None:
            raise self.error

    def look_again(self) -> None:
        """Something changed."""
        if self._link is not None:
            self._link.look_again()

    async def publish(self, event: wire.Event) -> wire.EventStored:
        """Hand a bus event over and wait for its answer, over as many connections as it takes.

        Raises what ended the agent, if something did.
        """
        if self._task is not None:
            await self._identified(self._task)
        if self._link is None:
            raise ServerUnreachable("The agent ends.")
        return await self._link.publish(event)

    async def end(self) -> None:
        """Finish what runs within the grace, say bye, leave nothing behind. Bounded in time."""
        if self._link is not None:
            self._link.stop_taking()
            await self._runner.drain(self._options.stop_grace)
        if (
            self._link is not None
            and self._link.open
            and self._connection is not None
            and self._task is not None
        ):
            self._connection.leave("The agent was stopped.")
            await asyncio.wait({self._task}, timeout=LAST_WORDS_SECONDS)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._stack.aclose()

    async def _live(self) -> None:
        """Until the end, or until an error that cannot be healed: the service goes on without us."""
        try:
            await self._connect()
        except OpstageError as error:
            self.error = error
            _log.error("The agent is inactive: %s: %s", type(error).__name__, error)
        except Exception:
            self.error = OpstageError("The agent failed; see the log.")
            _log.exception("The agent is inactive after an error of its own.")
        if self._link is not None and self.error is not None:
            self._link.give_up(self.error)

    async def _connect(self) -> None:
        socket_url(self._options.url)
        rest = await self._stack.enter_async_context(Rest(self._options.url))
        credentials = await self._enrol(rest)
        self.agent_id = credentials.agent_id
        rest.sign_in(credentials.agent_id, credentials.agent_token)
        journal = Journal.open(self._options.journal_file, self._clock())
        self._stack.callback(journal.close)
        session = Session(journal, self._identity(), await self._survey.look(), slots=self._options.slots)
        rotation = Rotation(rest, self._options.token_file)
        self._link = Link(session, self._runner, self._survey, rest, self._clock, rotation)
        self._stack.push_async_callback(self._link.end)
        self._link.begin()
        self._connection = Connection(self._options.url, self._link, rest, self._clock)
        self._begun.set()
        await self._connection.run()

    async def _enrol(self, rest: Rest) -> Credentials:
        agent = {
            "code": self._primary.code,
            "name": self._primary.name,
            "mode": self._primary.mode,
            "runtime": self._primary.runtime,
        }
        backoff = Backoff()
        while True:
            try:
                return await enrol(rest, self._options.token_file, self._options.registration_token, agent)
            except ServerUnreachable as error:
                if self._options.strict:
                    raise
                delay = backoff.after_failure(error.retry_after)
                _log.warning("Not registered yet (%s); next try in %.0f s.", error, delay)
                await asyncio.sleep(delay)

    def _identity(self) -> Identity:
        return Identity(
            instance=secrets.token_urlsafe(12),
            sdk=wire.Sdk(name=NAME, version=VERSION),
            runtime=f"python {platform.python_version()}",
            hostname=socket.gethostname(),
            labels=self._options.labels,
            capabilities=["cancel", "output", "progress", "prepare"],
        )

    def _finished(self, command_id: str, outcome: Outcome) -> None:
        if self._link is not None:
            self._link.finished(command_id, outcome)

    def _said(self, said: Said) -> None:
        if self._link is not None:
            self._link.said(said)
