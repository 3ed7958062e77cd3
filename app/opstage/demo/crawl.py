"""Follows every link of a site and remembers which ones are broken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

from opstage.demo.crew import Crew


@dataclass(frozen=True)
class Link:
    """One link as last checked. ``status`` is 0 when nobody answered."""

    path: str
    found_on: str
    status: int
    milliseconds: float
    checked_at: float

    @property
    def ok(self) -> bool:
        """True for an answer below 400."""
        return 0 < self.status < 400


class Crawler:
    """Checks links of one site with a crew; ``pause_seconds`` is the politeness after each request.

    ``on_change`` is called when a link becomes broken or whole.
    """

    def __init__(
        self,
        start: str,
        client: httpx.AsyncClient,
        *,
        size: int = 2,
        pause_seconds: float = 0.1,
    ) -> None:
        self.start_url = start
        self.pause_seconds = pause_seconds
        self.links: dict[str, Link] = {}
        self.crew: Crew[tuple[str, str]] = Crew(self._check, size=size)
        self.on_change: Callable[[], None] = lambda: None
        self._client = client
        self._follow = True
        self._planned: set[str] = set()
        self._checked: list[Link] = []

    @property
    def planned(self) -> int:
        """Links known to belong to the current round."""
        return len(self._planned)

    @property
    def checked(self) -> int:
        """Links already checked in the current round."""
        return len(self._checked)

    def broken(self) -> list[Link]:
        """Links that did not work when last checked, by path."""
        return sorted((link for link in self.links.values() if not link.ok), key=lambda link: link.path)

    def begin(self, *, only_broken: bool = False) -> bool:
        """Starts a round from the front page, or over the broken links; False when one is under way."""
        if not self.crew.idle or self.crew.draining:
            return False
        self._planned, self._checked, self._follow = set(), [], not only_broken
        if only_broken:
            for link in self.broken():
                self._plan(link.path, link.found_on)
        else:
            self._plan(urlsplit(self.start_url).path, "")
        return True

    async def watch(self) -> AsyncIterator[Link]:
        """The links of the current round as they are checked, until the round ends or is purged."""
        seen, checked = 0, self._checked
        while True:
            while seen < len(checked):
                yield checked[seen]
                seen += 1
            if self.crew.idle:
                return
            await self.crew.wait_for(partial(self._has_more, checked, seen))

    async def check(self, path: str, found_on: str = "") -> Link:
        """Checks one link now, outside any round, without following it.

        Raises ValueError when the link leads to another site.
        """
        if urlsplit(urljoin(self.start_url, path)).netloc != urlsplit(self.start_url).netloc:
            raise ValueError(f"a path on {self.start_url} was expected, not {path!r}")
        return await self._visit(path, found_on, follow=False)

    def _has_more(self, checked: list[Link], seen: int) -> bool:
        return len(checked) > seen or self.crew.idle

    def _plan(self, path: str, found_on: str) -> None:
        if path not in self._planned and self.crew.add((path, found_on)):
            self._planned.add(path)

    async def _check(self, item: tuple[str, str]) -> None:
        self._checked.append(await self._visit(*item, follow=self._follow))
        await asyncio.sleep(self.pause_seconds)

    async def _visit(self, path: str, found_on: str, *, follow: bool) -> Link:
        began = time.perf_counter()
        try:
            answer = await self._client.get(urljoin(self.start_url, path))
            status, text = answer.status_code, answer.text
        except httpx.HTTPError:
            status, text = 0, ""
        link = Link(path, found_on, status, (time.perf_counter() - began) * 1000, time.time())
        self._remember(link)
        if follow and link.ok:
            for target in links_of(text):
                self._plan_if_own(urljoin(self.start_url, target), path)
        return link

    def _remember(self, link: Link) -> None:
        before = self.links.get(link.path)
        self.links[link.path] = link
        if link.ok != (before is None or before.ok):
            self.on_change()

    def _plan_if_own(self, url: str, found_on: str) -> None:
        parts = urlsplit(url)
        if parts.netloc == urlsplit(self.start_url).netloc:
            self._plan(parts.path, found_on)


class _Anchors(HTMLParser):
    """Collects the targets of links."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for each opening tag."""
        if tag == "a":
            self.targets.extend(value for name, value in attrs if name == "href" and value)


def links_of(page: str) -> list[str]:
    """The targets of a page's links in order, as written."""
    parser = _Anchors()
    parser.feed(page)
    return parser.targets
