"""What operators can do to the demo services, run by the agent's own runner."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from tests.unit.demo.console import DEADLINE, Console, until

from opstage.demo import doc_indexer, file_worker
from opstage.demo.account_pool import AccountKeeper
from opstage.demo.accounts import AccountPool
from opstage.demo.auth_server import AuthServer
from opstage.demo.crawl import Crawler
from opstage.demo.doc_indexer import DocIndexer
from opstage.demo.file_worker import FileWorker
from opstage.demo.home import Home
from opstage.demo.link_checker import LinkChecker
from opstage.demo.mailbox_poller import MailboxPoller
from opstage.demo.maildrop import Maildrop, Sender
from opstage.demo.services import SERVICES, main, run_service
from opstage.demo.site import Site
from opstage.demo.spool import Workshop

Source = Callable[[str, str], Path]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home("some-service", folder, "http://127.0.0.1:1")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Writes a Python module and gives its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


# --- link checker --------------------------------------------------------------------------------


@pytest.fixture
async def links(home: Home, source: Source) -> AsyncIterator[Console]:
    site = Site(home.folder / "site")
    site.build([source("alpha.py", "import beta, json"), source("beta.py", "import org.example")])
    await site.start()
    async with httpx.AsyncClient(trust_env=False) as client:
        crawler = Crawler(site.url, client, pause_seconds=0)
        yield Console(LinkChecker(home, site, crawler).agent)
        await crawler.crew.stop()
    await site.stop()


async def test_a_recheck_prints_every_link_and_tells_its_progress(links: Console) -> None:
    data = await links.run("recheckNow")
    assert (data["checked"], data["broken"]) == (5, 1)
    assert any(line.startswith("404 /org.html") for line in links.output)
    assert len(links.output) == 5
    assert links.percents[-1] == 100
    assert data["list"]["data"][0]["id"] == "/org.html"


async def test_a_newly_broken_link_degrades_the_checker_until_it_is_repaired(links: Console) -> None:
    await links.run("recheckNow")
    assert (await links.health()).status == "UP"
    assert (
        "/json.html"
        in (await links.form("takePageDown"))["action"]["inputSchema"]["properties"]["page"]["enum"]
    )
    await links.run("takePageDown", page="/json.html")
    health = await links.health()
    assert (health.status, health.message) == ("DEGRADED", "1 newly broken: /json.html")
    assert await links.run("putPagesBack") == {"pages": ["/json.html"]}
    assert (await links.health()).status == "UP"


async def test_broken_links_can_be_accepted(links: Console) -> None:
    await links.run("recheckNow")
    await links.run("takePageDown", page="/json.html")
    assert (await links.run("acceptBroken"))["accepted"] == ["/json.html", "/org.html"]
    assert (await links.health()).status == "UP"


async def test_a_paused_checker_says_so_instead_of_waiting(links: Console) -> None:
    await links.run("pause")
    assert await links.refused("recheckNow") == "PAUSED"
    await links.run("resume")
    await links.run("recheckNow")


@pytest.mark.parametrize(("workers", "code"), [(0, "ACTION_PAYLOAD_INVALID"), (17, "ACTION_PAYLOAD_INVALID")])
async def test_concurrency_has_bounds(links: Console, workers: int, code: str) -> None:
    assert await links.refused("setConcurrency", workers=workers) == code


async def test_concurrency_survives_a_restart(links: Console, home: Home) -> None:
    assert (await links.run("setConcurrency", workers=5))["concurrency"] == 5
    assert home.preferences.number("concurrency", 2) == 5


# --- file worker ---------------------------------------------------------------------------------


@pytest.fixture
async def files(home: Home, source: Source, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Console]:
    monkeypatch.setattr(file_worker, "BREATHER_SECONDS", 0)
    workshop = Workshop(home.folder, [source(f"m{number}.py", "x = 1\n" * 200) for number in range(5)])
    worker = FileWorker(home, workshop)
    yield Console(worker.agent)
    await worker._crew.stop()


async def test_added_files_are_packed_and_draining_waits_for_them(files: Console) -> None:
    await files.run("addFiles", count=20, codec="xz")
    data = await files.run("drain")
    assert (data["done"], data["queued"], data["state"]) == (20, 0, "paused")
    assert len((await files.run("recentFiles"))["list"]["data"]) == 20


async def test_a_corrupted_file_degrades_the_worker_until_it_is_repaired(files: Console) -> None:
    await files.run("addFiles", count=3)
    await files.run("drain")
    name = (await files.form("corruptFile"))["initialPayload"]["name"]
    assert (await files.run("corruptFile", name=name))["intact"] is False
    assert (await files.health()).status == "DEGRADED"
    assert (await files.run("verifyAll", pauseMilliseconds=0))["damaged"] == 1
    assert f"DAMAGED {name}" in files.output
    assert (await files.run("repairDamaged"))["repaired"] == [name]
    assert (await files.health()).status == "UP"


async def test_a_long_verification_can_be_cancelled(files: Console) -> None:
    await files.run("addFiles", count=30)
    await files.run("drain")
    assert await files.cancelled("verifyAll", pauseMilliseconds=1000) == "CANCELLED"


async def test_purging_forgets_the_queue_and_a_restart_finds_its_files(files: Console, home: Home) -> None:
    await files.run("pause")
    await files.run("addFiles", count=7)
    assert await files.run("purgeQueue") == {"forgotten": 7}
    assert len(Workshop(home.folder).waiting()) == 7


async def test_a_failure_on_purpose_has_the_code_and_text_asked_for(files: Console) -> None:
    outcome = await files.attempt("failOnPurpose", reason="no more space", code="DISK_FULL")
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.message) == ("DISK_FULL", "no more space")


# --- account pool --------------------------------------------------------------------------------


@pytest.fixture
async def accounts(home: Home) -> AsyncIterator[Console]:
    server = AuthServer(time.time)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        pool = AccountPool(client, home.folder / "passwords.json", time.time)
        for account in pool.accounts.values():
            server.set_password(account.id, account.password)
        console = Console(AccountKeeper(home, server, pool).agent)
        await console.run("refreshAll")
        yield console
    await server.stop()


async def test_a_broken_login_degrades_the_pool_until_it_is_healed(accounts: Console) -> None:
    assert (await accounts.health()).status == "UP"
    await accounts.run("breakLogin", account="grace")
    health = await accounts.health()
    assert (health.status, health.message) == ("DEGRADED", "1 of 6 accounts need a login: Grace Hopper")
    assert await accounts.refused("refreshLogin", account="grace") == "LOGIN_FAILED"
    form = await accounts.form("healLogin")
    assert form["action"]["inputSchema"]["properties"]["account"]["enum"] == ["grace"]
    await accounts.run("healLogin", account="grace")
    assert (await accounts.health()).status == "UP"


async def test_expiring_all_sessions_takes_the_pool_down_until_all_are_refreshed(accounts: Console) -> None:
    assert await accounts.run("expireSessions") == {"ended": 6}
    assert (await accounts.health()).status == "DOWN"
    assert await accounts.run("refreshAll") == {"refreshed": 6, "failed": []}
    assert (await accounts.health()).status == "UP"


async def test_a_changed_password_is_told_to_nobody(accounts: Console) -> None:
    data = await accounts.run("changePassword", account="ada", newPassword="correct horse battery")
    told = repr((data, await accounts.health(), await accounts.run("listAccounts"), accounts.output))
    assert "correct horse battery" not in told


async def test_every_row_of_the_account_table_can_be_opened(accounts: Console) -> None:
    rows = (await accounts.run("listAccounts"))["list"]["data"]
    assert len(rows) == 6
    for row in rows:
        assert (await accounts.run("showAccount", account=row["id"]))["detail"]["data"]["leftMs"] > 0
    assert await accounts.refused("showAccount", account="nobody") == "NO_SUCH_ACCOUNT"


# --- mailbox poller ------------------------------------------------------------------------------


@pytest.fixture
def mail(home: Home, source: Source) -> Console:
    drop = Maildrop(home.folder / "mail")
    return Console(MailboxPoller(home, drop, Sender(drop, [source("m.py", '"""A module."""\n')])).agent)


async def test_polling_prints_what_became_of_each_mail(mail: Console) -> None:
    await mail.run("sendMail", to=["a@b.example", "c@d.example"], subject="Whole")
    await mail.run("sendMail", subject="Damaged", damage="cut off")
    assert await mail.run("pollNow") == {"delivered": 1, "newlyQuarantined": 1}
    assert sorted(line.split()[0] for line in mail.output) == ["QUARANTINE", "delivered"]


async def test_too_much_in_quarantine_degrades_the_poller_until_it_is_emptied(mail: Console) -> None:
    await mail.run("setTolerance", mails=0)
    await mail.run("sendMail", damage="no sender")
    await mail.run("pollNow")
    assert (await mail.health()).status == "DEGRADED"
    (row,) = (await mail.run("listQuarantine"))["list"]["data"]
    assert "X-Lost" in (await mail.run("showMail", key=row["id"]))["detail"]["data"]["text"]
    assert await mail.run("emptyQuarantine") == {"deleted": 1}
    assert (await mail.health()).status == "UP"
    assert await mail.refused("releaseMail", key=row["id"]) == "NO_SUCH_MAIL"


async def test_a_mail_to_nobody_is_refused_by_the_form(mail: Console) -> None:
    assert await mail.refused("sendMail", to=[]) == "ACTION_PAYLOAD_INVALID"
    assert await mail.refused("sendMail", to=["no address"]) == "ACTION_PAYLOAD_INVALID"


async def test_reading_everything_again_can_be_cancelled(mail: Console) -> None:
    await mail.run("sendBatch", count=10)
    await mail.run("pollNow")
    assert await mail.cancelled("readAgain", pauseMilliseconds=1000) == "CANCELLED"


# --- documentation indexer -----------------------------------------------------------------------


@pytest.fixture
async def docs(home: Home, source: Source, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Console]:
    for number in range(6):
        source(f"m{number}.py", f'"""Module number {number} of the library."""\n')
    root = source("pack/__init__.py", '"""A package of boxes."""\n').parents[1]
    monkeypatch.setattr("opstage.demo.sources.library", lambda: root)
    monkeypatch.setattr(doc_indexer, "PAUSE_MILLISECONDS", 1)
    indexer = DocIndexer(home)
    monkeypatch.setattr(indexer.agent, "start", lambda: None)
    thread = threading.Thread(target=indexer.serve)
    thread.start()
    console = Console(indexer.agent)
    await console.until_health("UP")
    yield console
    indexer.stop()
    await asyncio.to_thread(thread.join, DEADLINE)
    assert not thread.is_alive()


async def test_the_library_is_indexed_and_can_be_searched(docs: Console) -> None:
    found = (await docs.run("search", words="number library", limit=3))["list"]["data"]
    assert len(found) == 3
    assert (await docs.run("search", words="boxes"))["list"]["data"][0]["name"] == "pack"


async def test_a_forgotten_package_degrades_a_paused_index_until_it_is_resumed(docs: Console) -> None:
    await docs.run("pause")
    form = await docs.form("forgetPackages")
    assert form["action"]["inputSchema"]["properties"]["packages"]["items"]["enum"] == ["pack"]
    assert await docs.run("forgetPackages", packages=["pack"]) == {"forgotten": 1}
    assert (await docs.health()).message == "not indexed yet: 1 of 7 files"
    assert await docs.refused("forgetPackages", packages=["nothing"]) == "NO_SUCH_PACKAGE"
    await docs.run("resume")
    await docs.until_health("UP")


async def test_a_cancelled_rebuild_is_finished_by_the_next_look(docs: Console) -> None:
    assert await docs.cancelled("rebuildIndex", pauseMilliseconds=500) == "CANCELLED"
    health = await docs.until_health("UP")
    assert health.details is not None
    assert health.details["files"] == 7


async def test_a_rebuild_tells_its_progress_and_only_one_runs_at_a_time(docs: Console) -> None:
    command = docs.begin("rebuildIndex", pauseMilliseconds=200)
    await until(lambda: len(docs.output) > 1)
    assert await docs.refused("rebuildIndex") == "BUSY"
    outcome = await docs._ended(command)
    assert outcome.success
    assert docs.percents[-1] == 100
    assert (outcome.data or {})["files"] == 7


async def test_a_mistake_in_a_handler_becomes_an_error(docs: Console) -> None:
    outcome = await docs.attempt("failOnPurpose", reason="on purpose")
    assert outcome.error is not None
    assert outcome.error.message == "RuntimeError: on purpose"


# --- the registry --------------------------------------------------------------------------------


def test_an_unknown_service_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="link-checker"):
        run_service("nothing", url="http://127.0.0.1:1", data_dir=tmp_path)


def test_a_service_that_runs_already_is_not_started_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(iter(SERVICES))
    with Home(name, tmp_path / "demo" / name, "http://127.0.0.1:1").claimed():
        assert main([name, "--data-dir", str(tmp_path)]) == 1
    assert "already runs as process" in capsys.readouterr().err
