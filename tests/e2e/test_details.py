"""The page of a service and the page of an agent: everything told, and what can be done there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from tests.e2e.conftest import watching
from tests.support.raw_agent import register, service, welcomed
from tests.support.server import PASSWORD, QUICK, USERNAME, Server
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

VIEWER = "just-looking"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    # The agents of these tests say nothing on their own: they are not to be given up for silence.
    settings = QUICK | {"OPSTAGE_AGENT_HEARTBEAT_INTERVAL_SECONDS": "60"}
    running = Server(Path(tmp_path_factory.mktemp("details")), settings)
    await running.start()
    async with running.operator() as owner:
        body = {"username": VIEWER, "password": PASSWORD, "role": "viewer"}
        await owner.post("/api/admin/users", body)
    yield running
    await running.stop()


async def enrolled(server: Server, code: str) -> tuple[str, str]:
    """(agent id, agent token) of a new agent."""
    async with server.operator() as owner:
        return await register(server, owner, code)


async def service_id(server: Server, code: str) -> str:
    """The id of a service, once it is known."""
    async with server.operator() as owner:
        found = await until(lambda: owner.service(code), f"{code} to appear")
        return str(found["id"])


def panel(page: Page, title: str) -> Locator:
    """A titled part of the page."""
    return page.locator("section.panel").filter(has=page.get_by_role("heading", name=title, exact=True))


async def answer(page: Page, button: str, *, typing: str | None = None) -> None:
    """Press a button of the page and confirm what it asks."""
    await page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    if typing is not None:
        await expect(dialog.get_by_role("button", name=button, exact=True)).to_be_disabled()
        await dialog.get_by_role("textbox").fill(typing)
    await dialog.get_by_role("button", name=button, exact=True).click()
    await expect(dialog).to_have_count(0)


async def test_a_label_set_on_one_page_is_seen_on_another_and_stands_in_the_trail(
    chromium: Browser, server: Server
) -> None:
    _, token = await enrolled(server, "labelled")
    more = {"labels": {"env": "prod"}, "services": [service("labelled", manifest={"labels": {"tier": "db"}})]}
    async with welcomed(server, token, "labelled", **more):
        path = f"/services/{await service_id(server, 'labelled')}"
        async with watching(chromium, server.url, path) as one, watching(chromium, server.url, path) as other:
            await expect(panel(one, "Labels").get_by_text("env=prod")).to_be_visible()
            await expect(panel(one, "Labels").get_by_role("listitem").first).to_contain_text("from its agent")
            for page in (one, other):
                await panel(page, "Labels").get_by_role("button", name="Edit").click()
            dialog, late = one.get_by_role("dialog"), other.get_by_role("dialog")
            await dialog.get_by_label("Value").fill("payments")
            await expect(dialog.get_by_role("alert")).to_contain_text("needs a key")
            await dialog.get_by_label("Key").fill("team")
            await dialog.get_by_role("button", name="Save labels").click()
            await expect(late.get_by_role("alert")).to_contain_text("Somebody else")
            await late.get_by_role("button", name="Start from theirs").click()
            await expect(late.get_by_label("Value")).to_have_value("payments")
            await late.get_by_role("button", name="Back").click()
            shown = panel(other, "Labels").get_by_role("listitem").filter(has_text="team=payments")
            await expect(shown).to_contain_text("set by operators")
            await other.get_by_role("tab", name="Audit").click()
            await expect(other.get_by_role("row").filter(has_text=USERNAME)).to_have_count(1)


async def test_the_history_shows_each_change_of_health_as_it_happens(
    chromium: Browser, server: Server
) -> None:
    _, token = await enrolled(server, "moody")
    async with welcomed(server, token, "moody") as agent:
        found = await service_id(server, "moody")
        async with watching(chromium, server.url, f"/services/{found}") as page, server.operator() as owner:
            changes = panel(page, "Health history").get_by_role("listitem")
            await expect(changes).to_have_text([re.compile("Up")])
            down = {"moody": {"status": "DOWN", "message": "the disk is full"}}
            await agent.say(type="heartbeat", seq=1, running=[], health=down)
            await expect(changes).to_have_text([re.compile("Down.*disk is full"), re.compile("Up")])

            async def stored() -> bool:
                reports = await owner.get(f"/api/admin/capsule-services/{found}/health/history")
                return "DOWN" in [report["status"] for report in reports]

            await until(stored, "the change to be stored")
            await agent.say(type="heartbeat", seq=2, running=[], health={"moody": {"status": "UP"}})
            again = [re.compile("Up.*so far"), re.compile("Down"), re.compile("Up")]
            await expect(changes).to_have_text(again)


async def test_settings_are_found_by_words_and_secrets_stay_hidden(chromium: Browser, server: Server) -> None:
    _, token = await enrolled(server, "configured")
    plain = [{"key": f"plain.{number}", "type": "string", "valuePreview": "shown"} for number in range(9)]
    secret = {"key": "login.password", "type": "secret", "sensitive": True, "valuePreview": "hunter2"}
    kept = {"key": "login.key", "type": "secret", "sensitive": True, "secretRef": "vault://login/key"}
    more = {"services": [service("configured", configs=[*plain, secret, kept])]}
    async with welcomed(server, token, "configured", **more):
        path = f"/services/{await service_id(server, 'configured')}?tab=configuration"
        async with watching(chromium, server.url, path) as page:
            await page.get_by_placeholder("Key, label, value or source").fill("login")
            rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
            await expect(rows).to_have_count(2)
            await expect(page.get_by_text("••••")).to_have_count(2)
            await expect(page.get_by_text("vault://login/key")).to_be_visible()
            await expect(page.get_by_text("hunter2")).to_have_count(0)
            assert "q=login" in page.url


async def test_an_agent_is_disabled_let_in_again_and_asked_for_a_new_token(
    chromium: Browser, server: Server
) -> None:
    agent_id, token = await enrolled(server, "governed")
    async with watching(chromium, server.url, f"/agents/{agent_id}") as page:
        state = page.locator(".page-header")
        await expect(state).to_contain_text(re.compile("not yet connected|Never connected"))
        async with welcomed(server, token, "governed") as agent:
            await expect(state).to_contain_text("Connected")
            await expect(page.get_by_role("link", name="Governed")).to_be_visible()
            await answer(page, "Disable")
            await expect(state).to_contain_text("Disabled")
            await expect(page.get_by_role("row").filter(has_text="Governed")).to_contain_text("Offline")
            assert (await agent.closed())[0] == 4503
        await answer(page, "Enable")
        await expect(state).not_to_contain_text("Disabled")
        async with welcomed(server, token, "governed") as agent:
            await expect(state).to_contain_text("Connected")
            await answer(page, "Rotate token")
            await agent.hear("rotate")
            await expect(page.get_by_text("Rotation asked")).to_be_visible()
            await page.get_by_role("tab", name="Audit").click()
            done = page.get_by_role("row").filter(has_text=USERNAME)
            await expect(done).to_have_count(3)


async def test_what_is_retired_and_deleted_says_so_to_who_looks_at_it(
    chromium: Browser, server: Server
) -> None:
    agent_id, token = await enrolled(server, "leaving")
    async with welcomed(server, token, "leaving") as agent:
        path = f"/services/{await service_id(server, 'leaving')}"
        async with (
            watching(chromium, server.url, path) as page,
            watching(chromium, server.url, path) as other,
        ):
            await answer(page, "Retire")
            for each in (page, other):
                await expect(each.get_by_text("It is off the lists")).to_be_visible()
            await agent.say(type="report", seq=1, services=[service("leaving")])
            await expect(other.get_by_text("It is off the lists")).to_have_count(0)
            await answer(page, "Retire")
            await answer(page, "Delete", typing="leaving")
            await expect(page.get_by_text("Leaving has been deleted")).to_be_visible()
            await expect(other.get_by_text("Leaving has been deleted")).to_be_visible()
        async with watching(chromium, server.url, f"/agents/{agent_id}") as page:
            await answer(page, "Revoke")
            await answer(page, "Retire")
            await expect(page.get_by_text("It is off the lists")).to_be_visible()
            await answer(page, "Delete", typing="leaving")
            await expect(page.get_by_text("leaving has been deleted")).to_be_visible()


async def test_a_viewer_reads_everything_and_is_offered_nothing_to_change(
    chromium: Browser, server: Server
) -> None:
    agent_id, token = await enrolled(server, "looked-at")
    async with welcomed(server, token, "looked-at"):
        found = await service_id(server, "looked-at")
        async with watching(chromium, server.url, f"/services/{found}", VIEWER) as page:
            await expect(panel(page, "Health history")).to_contain_text("Up")
            for name in ("Edit", "Retire", "Run"):
                await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
            await expect(page.get_by_role("link", name="Run on many")).to_have_count(0)
            await panel(page, "Connection").get_by_role("link").click()
            await page.wait_for_url(f"**/agents/{agent_id}")
            await expect(page.get_by_role("row").filter(has_text="Looked-At")).to_contain_text("Healthy")
            for name in ("Edit", "Disable", "Rotate token", "Revoke", "Retire"):
                await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        async with watching(chromium, server.url, "/services/svc_nobody", VIEWER) as page:
            await expect(page.get_by_text("There is no such service")).to_be_visible()
            await page.goto("/agents/agt_nobody")
            await expect(page.get_by_text("There is no such agent")).to_be_visible()
            await page.evaluate("window.neverReloaded = true")
