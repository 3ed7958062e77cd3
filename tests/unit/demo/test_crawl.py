"""The link checker's work: a real site over a real socket, crawled with a real client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from opstage.demo.crawl import Crawler, Link, links_of
from opstage.demo.site import Site

DEADLINE = 60.0
MODULES = {
    "alpha": "import beta, json",
    "beta": "import alpha\nimport org.example",
    "gamma": "import _private",
}
PAGES = ["/alpha.html", "/beta.html", "/gamma.html", "/index.html", "/json.html"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    sources = tmp_path / "sources"
    sources.mkdir()
    for name, text in MODULES.items():
        (sources / f"{name}.py").write_text(f'"""The module <{name}>."""\n{text}\n')
    made = Site(tmp_path / "site")
    made.build(sorted(sources.iterdir()))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def crawler(site: Site) -> AsyncIterator[Crawler]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Crawler(site.url, client, pause_seconds=0)


async def round_of(crawler: Crawler, *, only_broken: bool = False) -> list[Link]:
    assert crawler.begin(only_broken=only_broken)
    async with asyncio.timeout(DEADLINE):
        return [link async for link in crawler.watch()]


async def test_a_site_has_a_page_per_module_and_per_library_module_it_imports(site: Site) -> None:
    # What no Python has, like org, is linked but has no page. Known names only come from the library.
    assert site.pages() == PAGES


async def test_a_round_visits_every_link_once_and_finds_the_broken_ones(crawler: Crawler) -> None:
    links = await round_of(crawler)
    paths = [link.path for link in links]
    assert sorted(paths) == sorted({"/", *PAGES, "/org.html"} - {"/index.html"})
    assert [(link.path, link.found_on, link.status) for link in crawler.broken()] == [
        ("/org.html", "/beta.html", 404)
    ]
    assert crawler.planned == crawler.checked == len(links)


async def test_a_page_taken_down_is_noticed_and_heals_when_it_is_back(site: Site, crawler: Crawler) -> None:
    await round_of(crawler)
    site.take_down("/alpha.html")
    await round_of(crawler)
    assert [link.path for link in crawler.broken()] == ["/alpha.html", "/org.html"]
    assert site.put_back() == ["/alpha.html"]
    again = await round_of(crawler, only_broken=True)
    assert sorted(link.path for link in again) == ["/alpha.html", "/org.html"]
    assert [link.path for link in crawler.broken()] == ["/org.html"]


async def test_a_change_of_a_link_is_told_once(site: Site) -> None:
    told: list[str] = []
    async with httpx.AsyncClient(trust_env=False) as client:
        crawler = Crawler(site.url, client, pause_seconds=0)
        crawler.on_change = lambda: told.append("changed")
        await round_of(crawler)
        await round_of(crawler)
    assert told == ["changed"]


async def test_no_second_round_starts_while_one_is_under_way(crawler: Crawler) -> None:
    assert crawler.begin()
    assert not crawler.begin()
    await crawler.crew.stop()


async def test_purging_ends_a_watched_round_early(crawler: Crawler) -> None:
    crawler.begin()
    seen = 0
    async with asyncio.timeout(DEADLINE):
        async for _ in crawler.watch():
            seen += 1
            crawler.crew.purge()
    assert 1 <= seen < len(PAGES)


async def test_a_site_that_does_not_answer_makes_links_with_status_0(site: Site, crawler: Crawler) -> None:
    await site.stop()
    link = await crawler.check("/index.html")
    assert (link.status, link.ok) == (0, False)


@pytest.mark.parametrize("path", ["//example.org/", "http://127.0.0.1:9/"])
async def test_nothing_outside_the_site_is_ever_asked_for(crawler: Crawler, path: str) -> None:
    with pytest.raises(ValueError, match="was expected"):
        await crawler.check(path)


async def test_no_path_leads_out_of_the_site(site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("secret")
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{site.url}x/%2e%2e/../secret.html")
    assert answer.status_code == 404


def test_links_are_read_from_anchors_only() -> None:
    page = '<a href="/a.html">a</a><link href="/x.css"><a name="n">n</a><A HREF="b.html">b</A>'
    assert links_of(page) == ["/a.html", "b.html"]
