"""The operators' browsers and programs: one frame in flight each, straight from the views."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from opstage.clock import Clock
from opstage.core.access import Capability, allows
from opstage.core.operator_session import Close, Closed, Effect, Opened, OperatorLimits, OperatorSession
from opstage.core.selector import SelectorError
from opstage.core.times import iso
from opstage.errors import RateLimited, Unavailable
from opstage.hub.channel import Channel
from opstage.hub.feeds import Feed, Feeds
from opstage.hub.ports import Socket
from opstage.hub.principals import Principal
from opstage.hub.supervisor import Supervisor
from opstage.settings import Settings
from opstage.store import Store, api_keys, sessions
from opstage_agent import wire
from opstage_agent.wire import CloseCode

log = logging.getLogger("opstage.hub")

PING_SECONDS = 25.0
BUSY_RETRY_SECONDS = 5.0
WATCH_SECONDS = 2.0
"""How often it is looked whether live credentials still are; what ends in this process is known at once."""

Resolve = Callable[[str], Awaitable["Feed | None"]]


class OperatorLink:
    """One operator's connection: reads requests in ``run``, writes frames in a task beside it."""

    def __init__(
        self, principal: Principal, socket: Socket, session: OperatorSession, clock: Clock, resolve: Resolve
    ) -> None:
        self.principal = principal
        self._channel = Channel(socket)
        self._session = session
        self._clock = clock
        self._resolve = resolve
        self._woken = asyncio.Event()
        self._feeds: dict[str, Feed] = {}
        self._supervisor = Supervisor()
        self.release: Callable[[Feed], None] = lambda feed: None
        """Told each feed that this link does not follow any more."""

    async def run(self) -> None:
        """Serve until either side ends it."""
        writing = asyncio.create_task(self._write())
        try:
            async for message in self._channel.messages():
                self._carry_out(self._session.receive(message, self._clock.now()))
        finally:
            writing.cancel()
            await self._supervisor.stop()
            await asyncio.gather(writing, return_exceptions=True)
            for subscription in tuple(self._feeds):
                self._leave(subscription)
            await self._channel.finish()

    def wake(self) -> None:
        """Something this link follows was published."""
        self._woken.set()

    def end(self, code: CloseCode, reason: str, retry_after: float | None = None) -> None:
        """End the connection, telling the browser why."""
        self._channel.end(code, reason, retry_after)
        self._woken.set()

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Opened):
                self._supervisor.once("subscribe", self._open(effect))
            elif isinstance(effect, Closed):
                self._leave(effect.subscription)
            elif isinstance(effect, Close):
                self.end(effect.code, effect.reason)
        self._woken.set()

    async def _open(self, opened: Opened) -> None:
        if not allows(self.principal.role, Capability.READ):
            self._carry_out(self._session.refuse(opened.subscription, "forbidden"))
            return
        try:
            feed = await self._resolve(opened.view)
        except Unavailable:
            self.end(CloseCode.DRAINING, "the database is not available", BUSY_RETRY_SECONDS)
            return
        except SelectorError as error:
            self._carry_out(self._session.reject(opened.subscription, str(error)))
            return
        if feed is None:
            self._carry_out(self._session.refuse(opened.subscription, "not-found"))
            return
        feed.follow(self.wake)
        if self._session.attach(opened.subscription, feed.source, opened.view):
            self._feeds[opened.subscription] = feed
        elif feed not in self._feeds.values():
            feed.leave(self.wake)
            self.release(feed)
        self._woken.set()

    def _leave(self, subscription: str) -> None:
        feed = self._feeds.pop(subscription, None)
        if feed is not None and feed not in self._feeds.values():
            feed.leave(self.wake)
            self.release(feed)

    async def _write(self) -> None:
        while not self._channel.over:
            self._woken.clear()
            now = self._clock.now()
            self._check(now)
            message = None if self._channel.over else self._session.next_frame(now)
            if message is None:
                await self._pause(now)
            elif not await self._channel.send(message):
                return

    def _check(self, now: float) -> None:
        """Asked before every frame: is this still somebody who may see it?"""
        if self.principal.expires_at is not None and now >= self.principal.expires_at:
            self.end(CloseCode.CREDENTIAL, "the session or API key has expired")
        for effect in self._session.tick(now):
            if isinstance(effect, Close):
                self.end(effect.code, effect.reason)

    async def _pause(self, now: float) -> None:
        moments = [self._session.deadline(), self.principal.expires_at, self._session.wake_at(now)]
        earliest = min(each for each in moments if each is not None)
        try:
            async with asyncio.timeout(max(0.01, earliest - now)):
                await self._woken.wait()
        except TimeoutError:
            return


class Operators:
    """All operator connections."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, feeds: Feeds, resolve: Resolve, version: str
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._feeds = feeds
        self._resolve = resolve
        self._version = version
        self._links: set[OperatorLink] = set()
        self._of_owner: Counter[str] = Counter()
        self.empty = asyncio.Event()
        self.empty.set()

    def __len__(self) -> int:
        return len(self._links)

    def admit(self, principal: Principal) -> None:
        """Raise RateLimited when the user, or the key, holds as many sockets as allowed."""
        if self._of_owner[principal.owner_id] >= self._settings.operator_sockets:
            most = self._settings.operator_sockets
            raise RateLimited(
                f"Expected at most {most} live connections per user.", retry_after=BUSY_RETRY_SECONDS
            )

    async def serve(self, principal: Principal, socket: Socket) -> None:
        """Carry an operator's connection until it ends."""
        link = OperatorLink(principal, socket, self._session(principal), self._clock, self._resolve)
        link.release = self._feeds.release
        self._links.add(link)
        self.empty.clear()
        self._of_owner[principal.owner_id] += 1
        try:
            await link.run()
        finally:
            self._links.discard(link)
            self._of_owner[principal.owner_id] -= 1
            if not self._links:
                self.empty.set()

    def end_credential(self, credential_id: str) -> None:
        """The session or API key ended: so do its sockets."""
        self._end(lambda each: each.credential_id == credential_id, "the session or API key has ended")

    def end_user(self, user_id: str, keep: str | None = None) -> None:
        """Sessions of the user ended, all but ``keep``: so do their sockets."""
        self._end(
            lambda each: each.owner_id == user_id and each.credential_id != keep, "the session has ended"
        )

    def role_changed(self, user_id: str, role: str) -> None:
        """The user has another role: connections that began with the old one begin anew."""
        for link in tuple(self._links):
            if link.principal.owner_id == user_id and link.principal.role != role:
                link.end(CloseCode.SERVER_RESTART, "the role has changed", retry_after=0.5)

    def _end(self, which: Callable[[Principal], bool], reason: str) -> None:
        for link in tuple(self._links):
            if which(link.principal):
                link.end(CloseCode.CREDENTIAL, reason)

    async def watch(self) -> None:
        """End the sockets of credentials that ended or whose user changed, by whatever process."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            with contextlib.suppress(Unavailable):
                await self._look()

    async def _look(self) -> None:
        asked = {link.principal.credential_id: link.principal for link in self._links}
        people = [each for each, principal in asked.items() if principal.key is None]
        keys = {each: principal.role for each, principal in asked.items() if principal.key is not None}
        reader, now = self._store.reader, self._clock.now()
        living = await sessions.living(reader, people, now) if people else {}
        if keys:
            living |= {each: keys[each] for each in await api_keys.living(reader, keys, now)}
        for credential_id, principal in asked.items():
            role = living.get(credential_id)
            if role is None:
                self.end_credential(credential_id)
            elif role != principal.role:
                self.role_changed(principal.owner_id, role)

    def drain(self, code: CloseCode, reason: str) -> None:
        """End all connections."""
        for link in tuple(self._links):
            link.end(code, reason, retry_after=1.0)

    def _session(self, principal: Principal) -> OperatorSession:
        now = self._clock.now()
        hello = wire.OperatorHello(
            epoch=self._feeds.epoch,
            server_time=iso(now),
            version=self._version,
            ping_seconds=PING_SECONDS,
            user=wire.Viewer(username=principal.name, role=principal.role),
        )
        limits = OperatorLimits(
            frame_bytes=self._settings.operator_frame_bytes,
            subscriptions=self._settings.subscriptions,
            ping_seconds=PING_SECONDS,
        )
        return OperatorSession(now, hello=hello, limits=limits)
