"""The link checker: crawls a local site of its own and finds dead links."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal

import httpx
from msgspec import Meta

from opstage.demo.crawl import Crawler, Link
from opstage.demo.crew_actions import CrewActions
from opstage.demo.embedded import agent_of
from opstage.demo.files import iso
from opstage.demo.home import Home, run_async
from opstage.demo.site import Site
from opstage_agent import ActionError, ConfigItem, Context, Health, Prepared

ROUND_SECONDS = 180.0
POLITENESS_SECONDS = 0.1
REQUEST_SECONDS = 5.0
CHOICES = 60
"""Pages offered in a form; more would only be scrolled past."""

Page = Annotated[str, Meta(title="Page", description="Path on the site", min_length=1, max_length=200)]


def run(home: Home) -> None:
    """Runs the service until SIGTERM or SIGINT."""
    run_async(lambda: serve(home))


async def serve(home: Home) -> None:
    """Builds and serves the site, crawls it, and is operable, until cancelled."""
    site = Site(home.folder / "site")
    await asyncio.to_thread(site.build)
    await site.start()
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=REQUEST_SECONDS) as client:
            crawler = Crawler(site.url, client, pause_seconds=POLITENESS_SECONDS)
            service = LinkChecker(home, site, crawler)
            async with service.agent:
                await service.work()
    finally:
        await site.stop()


class LinkChecker:
    """The governance of the crawler: health, configuration, actions.

    Links that were broken in the very first round are known to be; a broken link that is not makes the
    service DEGRADED until it works again or is accepted.
    """

    def __init__(self, home: Home, site: Site, crawler: Crawler) -> None:
        self._site = site
        self._crawler = crawler
        self._preferences = home.preferences
        self._round_ended: float | None = None
        self.agent = agent_of(
            home,
            "Link checker",
            "Crawls a site made of the Python library and finds links that lead nowhere.",
            {"health": {"dependencies": [{"name": "site", "type": "http"}]}},
        )
        self._crew_actions = CrewActions(self.agent, crawler.crew, self._preferences)
        crawler.on_change = self.agent.changed
        self._declare()

    async def work(self) -> None:
        """A round now and one every few minutes, for ever. Who pauses the crew pauses this too."""
        try:
            while True:
                if self._crawler.crew.state == "idle":
                    await self._round()
                await asyncio.sleep(ROUND_SECONDS)
        finally:
            await self._crawler.crew.stop()

    async def _round(self) -> None:
        self._crawler.begin()
        self.agent.changed()
        async for _ in self._crawler.watch():
            continue
        self._ended()

    def _ended(self) -> None:
        self._round_ended = time.time()
        if self._preferences.names("accepted") is None:
            self._preferences.keep("accepted", [link.path for link in self._crawler.broken()])
        self.agent.changed()

    def _declare(self) -> None:
        agent = self.agent
        agent.health(self.health)
        agent.config(self.config)
        agent.action(category="diagnostics", order=1, timeout=300, retry_safe=True)(self.recheck_now)
        agent.action(category="diagnostics", order=2, retry_safe=True)(self.broken_links)
        check = agent.action(category="diagnostics", order=3, retry_safe=True)(self.check_link)
        check.prepare(self.prepare_check_link)
        down = agent.action(category="advanced", danger="MEDIUM")(self.take_page_down)
        down.prepare(self.prepare_take_page_down)
        agent.action(category="advanced", retry_safe=True)(self.put_pages_back)
        agent.action(category="advanced", danger="MEDIUM", confirm=True)(self.accept_broken)

    def _new(self) -> list[Link]:
        accepted = set(self._preferences.names("accepted") or ())
        known = self._preferences.names("accepted") is not None
        return [link for link in self._crawler.broken() if known and link.path not in accepted]

    async def health(self) -> Health:
        """UP while every broken link is a known one, DOWN when the site does not answer."""
        broken, new = self._crawler.broken(), self._new()
        details = {
            **self._crew_actions.details(),
            "links": len(self._crawler.links),
            "broken": [link.path for link in broken[:20]],
            "newlyBroken": [link.path for link in new[:20]],
            "lastRoundAt": iso(self._round_ended),
        }
        if any(link.status == 0 for link in broken):
            return Health.down("the site does not answer", details)
        if new:
            return Health.degraded(f"{len(new)} newly broken: {', '.join(x.path for x in new[:3])}", details)
        return Health.up(f"{len(self._crawler.links)} links, {len(broken)} known to be broken", details)

    async def config(self) -> list[ConfigItem]:
        """What the crawler runs with."""
        return [
            ConfigItem("site.url", self._site.url, label="Site", source="runtime"),
            ConfigItem("round.seconds", ROUND_SECONDS, label="Time between rounds", default=ROUND_SECONDS),
            ConfigItem("request.pauseSeconds", self._crawler.pause_seconds, label="Pause after a request"),
            ConfigItem("request.timeoutSeconds", REQUEST_SECONDS, label="Patience per request"),
            ConfigItem(
                "site.credential",
                label="Login of the site",
                sensitive=True,
                secret_ref="agent-local://link-checker/secrets/site",  # noqa: S106 - a reference, no secret
            ),
            self._crew_actions.config(),
        ]

    async def recheck_now(self, ctx: Context, scope: Literal["all", "broken"] = "all") -> dict[str, Any]:
        """Checks every link, or only the broken ones, and prints each as it is checked.

        Joins a round that is under way. Cancelling it ends the round.
        """
        crawler = self._crawler
        if crawler.crew.state in {"paused", "draining"}:
            raise ActionError(f"the crawler is {crawler.crew.state}; resume it first", code="PAUSED")
        if not crawler.begin(only_broken=scope == "broken"):
            ctx.log("A round is under way; following that one.")
        self.agent.changed()
        try:
            async for link in crawler.watch():
                print(f"{link.status or '---'} {link.path} ({link.milliseconds:.0f} ms)")
                percent = 100 * crawler.checked / max(1, crawler.planned)
                ctx.progress(percent, f"{crawler.checked} of {crawler.planned} links")
        except asyncio.CancelledError:
            crawler.crew.purge()
            raise
        self._ended()
        broken = crawler.broken()
        return {"checked": crawler.checked, "broken": len(broken), "list": _table(broken)}

    async def broken_links(self, ctx: Context) -> dict[str, Any]:
        """The links that lead nowhere, where they were found and since when."""
        return {"list": _table(self._crawler.broken())}

    async def check_link(self, ctx: Context, path: Page) -> dict[str, Any]:
        """Checks one link now."""
        known = self._crawler.links.get(path)
        link = await self._crawler.check(path, known.found_on if known else "")
        self.agent.changed()
        return {"detail": {"title": link.path, "data": _row(link)}}

    async def prepare_check_link(self, ctx: Context) -> Prepared:
        """Offers the broken links first, then the pages."""
        paths = [link.path for link in self._crawler.broken()] + self._site.pages()
        return Prepared(initial={"path": paths[0]}, choices={"path": list(dict.fromkeys(paths))[:CHOICES]})

    async def take_page_down(self, ctx: Context, page: Page) -> dict[str, Any]:
        """Takes a page off the site, so that links to it break; see it with the next check."""
        try:
            self._site.take_down(page)
        except FileNotFoundError:
            raise ActionError(f"the site has no page {page}", code="NO_SUCH_PAGE") from None
        link = await self._crawler.check(page, "/")
        self.agent.changed()
        return {"detail": {"title": f"{page} is off the site", "data": _row(link)}}

    async def prepare_take_page_down(self, ctx: Context) -> Prepared:
        """Offers the pages that are on the site."""
        pages = [page for page in self._site.pages() if page != "/index.html"][:CHOICES]
        return Prepared(initial={"page": pages[0] if pages else ""}, choices={"page": pages})

    async def put_pages_back(self, ctx: Context) -> dict[str, Any]:
        """Puts back every page that was taken down, and checks it."""
        back = self._site.put_back()
        for page in back:
            link = await self._crawler.check(page)
            print(f"{link.status} {page}")
        self.agent.changed()
        return {"pages": back}

    async def accept_broken(self, ctx: Context) -> dict[str, Any]:
        """Accepts the links that are broken now as known, so that they no longer degrade the service."""
        accepted = [link.path for link in self._crawler.broken()]
        self._preferences.keep("accepted", accepted)
        self.agent.changed()
        return {"accepted": accepted}


def _row(link: Link) -> dict[str, Any]:
    return {
        "path": link.path,
        "foundOn": link.found_on,
        "status": link.status,
        "works": link.ok,
        "milliseconds": round(link.milliseconds, 1),
        "checkedAt": iso(link.checked_at),
    }


def _table(links: list[Link]) -> dict[str, Any]:
    return {
        "title": "Broken links",
        "emptyText": "Every link works.",
        "columns": [
            {"key": "path", "label": "Link", "format": "code", "copyable": True},
            {"key": "foundOn", "label": "Found on", "format": "code"},
            {"key": "status", "label": "Answer"},
            {"key": "checkedAt", "label": "Checked", "format": "relativeTime"},
        ],
        "data": [{"id": link.path, **_row(link)} for link in links],
        "rowActions": [{"label": "Check again", "action": "checkLink", "payload": {"path": "$row.path"}}],
        "pageActions": [{"label": "Check all again", "action": "recheckNow", "payload": {"scope": "broken"}}],
    }
