"""The operators' browsers: one frame in flight each, straight from the views."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from opstage.clock import Clock
from opstage.core.access import Capability, allows
from opstage.core.operator_session import Close, Closed, Effect, Opened, OperatorLimits, OperatorSession
from opstage.core.times import iso
from opstage.errors import RateLimited, Unavailable
from opstage.hub.accounts import SignedIn
from opstage.hub.channel import Channel
from opstage.hub.feeds import Feed, Feeds
from opstage.hub.ports import Socket
from opstage.hub.supervisor import Supervisor
from opstage.settings import Settings
from opstage.store import Store, sessions
from opstage_agent import wire
from opstage_agent.wire import CloseCode

log = logging.getLogger("opstage.hub")

PING_SECONDS = 25.0
BUSY_RETRY_SECONDS = 5.0
SESSION_SECONDS = 2.0
"""How often it is looked whether live sessions still are; what ends in this process is known at once."""

Resolve = Callable[[str], Awaitable["Feed | None"]]


class OperatorLink:
    """One browser's connection: reads requests in ``run``, writes frames in a task beside it."""

    def __init__(
        self, signed_in: SignedIn, socket: Socket, session: OperatorSession, clock: Clock, resolve: Resolve
    ) -> None:
        self.signed_in = signed_in
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
        if not allows(self.signed_in.user.role, Capability.READ):
            self._carry_out(self._session.refuse(opened.subscription, "forbidden"))
            return
        try:
            feed = await self._resolve(opened.view)
        except Unavailable:
            self.end(CloseCode.DRAINING, "the database is not available", BUSY_RETRY_SECONDS)
            return
        if feed is None:
            self._carry_out(self._session.refuse(opened.subscription, "not-found"))
            return
        feed.follow(self.wake)
        if self._session.attach(opened.subscription, feed.source):
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
        if now >= self.signed_in.session.expires_at:
            self.end(CloseCode.CREDENTIAL, "the session has expired")
        for effect in self._session.tick(now):
            if isinstance(effect, Close):
                self.end(effect.code, effect.reason)

    async def _pause(self, now: float) -> None:
        moments = [self._session.deadline(), self.signed_in.session.expires_at]
        wake_at = self._session.wake_at(now)
        if wake_at is not None:
            moments.append(wake_at)
        try:
            async with asyncio.timeout(max(0.01, min(moments) - now)):
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
        self._of_user: Counter[str] = Counter()
        self.empty = asyncio.Event()
        self.empty.set()

    def __len__(self) -> int:
        return len(self._links)

    def admit(self, signed_in: SignedIn) -> None:
        """Raise RateLimited when the user holds as many sockets as allowed."""
        if self._of_user[signed_in.user.id] >= self._settings.operator_sockets:
            most = self._settings.operator_sockets
            raise RateLimited(
                f"Expected at most {most} live connections per user.", retry_after=BUSY_RETRY_SECONDS
            )

    async def serve(self, signed_in: SignedIn, socket: Socket) -> None:
        """Carry a signed-in user's connection until it ends."""
        link = OperatorLink(signed_in, socket, self._session(signed_in), self._clock, self._resolve)
        link.release = self._feeds.release
        self._links.add(link)
        self.empty.clear()
        self._of_user[signed_in.user.id] += 1
        try:
            await link.run()
        finally:
            self._links.discard(link)
            self._of_user[signed_in.user.id] -= 1
            if not self._links:
                self.empty.set()

    def end_session(self, session_id: str) -> None:
        """The session ended: so do its sockets."""
        for link in tuple(self._links):
            if link.signed_in.session.id == session_id:
                link.end(CloseCode.CREDENTIAL, "signed out")

    async def watch_sessions(self) -> None:
        """End the sockets of sessions that ended or whose user changed, by whatever process."""
        while True:
            await asyncio.sleep(SESSION_SECONDS)
            asked = {link.signed_in.session.id for link in self._links}
            if not asked:
                continue
            try:
                living = await sessions.living(self._store.reader, asked, self._clock.now())
            except Unavailable:
                continue
            for link in tuple(self._links):
                self._judge(link, asked, living)

    @staticmethod
    def _judge(link: OperatorLink, asked: set[str], living: dict[str, str]) -> None:
        session_id = link.signed_in.session.id
        if session_id in asked and session_id not in living:
            link.end(CloseCode.CREDENTIAL, "the session has ended")
        elif session_id in asked and living[session_id] != link.signed_in.user.role:
            link.end(CloseCode.SERVER_RESTART, "the role has changed", retry_after=0.5)

    def drain(self, code: CloseCode, reason: str) -> None:
        """End all connections."""
        for link in tuple(self._links):
            link.end(code, reason, retry_after=1.0)

    def _session(self, signed_in: SignedIn) -> OperatorSession:
        now = self._clock.now()
        hello = wire.OperatorHello(
            epoch=self._feeds.epoch,
            server_time=iso(now),
            version=self._version,
            ping_seconds=PING_SECONDS,
            user=wire.Viewer(username=signed_in.user.username, role=signed_in.user.role),
        )
        limits = OperatorLimits(
            frame_bytes=self._settings.operator_frame_bytes,
            subscriptions=self._settings.subscriptions,
            ping_seconds=PING_SECONDS,
        )
        return OperatorSession(now, hello=hello, limits=limits)
