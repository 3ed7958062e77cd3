"""Actions and their commands: filled in, started, followed, stopped, done again, in a real browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from tests.e2e.conftest import sign_in
from tests.support.crew import crew
from tests.support.demo import DemoFleet
from tests.support.server import PASSWORD, Operator
from tests.support.waiting import until
from tests.support.workshop import KEY, workshop

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

LIVE = 500
"""Ended commands that the live list holds."""
AT_ONCE = 50


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owner(demo: DemoFleet) -> AsyncIterator[Operator]:
    async with demo.server.operator() as operator:
        yield operator


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(
    demo: DemoFleet, owner: Operator, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The id of a service whose actions end in every way."""
    async with workshop(
        demo.server, owner, "workshop", Path(tmp_path_factory.mktemp("workshop"))
    ) as service_id:
        yield service_id


async def open_form(page: Page, service_id: str, action: str) -> Locator:
    """The drawer of an action whose form is up to date."""
    await sign_in(page, f"/services/{service_id}?action={action}")
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_text("The form is up to date.")).to_be_visible()
    return drawer


async def begun(page: Page, owner: Operator, service_id: str, action: str, **payload: object) -> str:
    """The id of a new command, on whose page the browser is."""
    made = await owner.execute(service_id, action, payload)
    await sign_in(page, f"/commands/{made['id']}")
    return str(made["id"])


async def test_a_complaint_of_the_server_stands_at_its_field(page: Page, service: str) -> None:
    drawer = await open_form(page, service, "order")
    await expect(drawer).to_contain_text("New in the form: Colour.")
    pieces = drawer.get_by_label("Pieces")
    await pieces.fill("9")
    await drawer.get_by_role("button", name="Run").click()
    field = drawer.locator(".ant-form-item").filter(has=page.get_by_label("Pieces")).last
    await expect(field).to_contain_text("maximum")
    await pieces.fill("3")
    await expect(field).not_to_contain_text("maximum")
    await drawer.get_by_role("button", name="Run").click()
    await page.wait_for_url("**/commands/cmd_*")
    await expect(page.get_by_role("heading", name="Order")).to_be_visible()


async def test_what_was_typed_waits_for_whose_session_was_ended(
    page: Page, owner: Operator, service: str
) -> None:
    user = await owner.post(
        "/api/admin/users", {"username": "typist", "password": PASSWORD, "role": "operator"}
    )
    await sign_in(page, f"/services/{service}?action=logIn", "typist")
    form = page.get_by_role("dialog")
    name, secret = form.get_by_label("User"), form.get_by_label("Password", exact=True)
    await name.fill("somebody")
    await secret.fill("typed in vain")
    for session in await owner.get("/api/admin/sessions", userId=user["id"]):
        await owner.delete(f"/api/admin/sessions/{session['id']}")
    await expect(page.get_by_text("Your session has ended.")).to_be_visible()
    assert "typed in vain" not in await page.evaluate("JSON.stringify({ ...sessionStorage })")
    await page.get_by_label("Username").fill("typist")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    note = form.get_by_text("What you typed before your session ended is back")
    await expect(note).to_be_visible()
    await expect(name).to_have_value("somebody")
    await expect(secret).to_have_value("")
    await name.fill("somebody else")
    await expect(note).to_have_count(0)


async def test_a_key_is_shown_once_and_gone_after_that(page: Page, owner: Operator, service: str) -> None:
    await begun(page, owner, service, "newKey")
    await page.get_by_role("button", name="Show the key once").click()
    await expect(page.get_by_text(KEY)).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("shown already")).to_be_visible()
    await expect(page.get_by_text(KEY)).to_have_count(0)


async def test_output_is_searched_filtered_and_kept_as_a_file(
    page: Page, owner: Operator, service: str
) -> None:
    await begun(page, owner, service, "writeMuch")
    await expect(page.get_by_text("10000 lines")).to_be_visible()
    log = page.get_by_role("log")
    await log.focus()
    await page.keyboard.press("/")
    await page.keyboard.type("needle")
    await expect(page.get_by_text("1 of 100", exact=True)).to_be_visible()
    await page.keyboard.press("Shift+Enter")
    await expect(page.get_by_text("100 of 100", exact=True)).to_be_visible()
    await expect(log.locator("mark").filter(has_text="needle").first).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await page.get_by_role("radiogroup", name="Stream").get_by_text("log").click()
    await expect(log.get_by_text("needle 9900")).to_be_visible()
    await expect(log.get_by_text("of the flood")).to_have_count(0)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()
    file = await (await download.value).path()
    lines = (await asyncio.to_thread(file.read_text)).splitlines()
    assert (len(lines), lines[0], lines[-1]) == (10_000, "needle 0", "line 9999 of the flood")


async def test_a_command_is_cancelled_and_retried(page: Page, owner: Operator, service: str) -> None:
    first = await begun(page, owner, service, "waitLong")
    timeline = page.get_by_role("list", name="Timeline")
    await expect(timeline).to_contain_text("At 50 %")
    await page.get_by_role("button", name="Cancel command").click()
    await page.get_by_role("tooltip").get_by_role("button", name="Cancel command").press("Enter")
    await expect(timeline.get_by_role("listitem").last).to_contain_text("Cancelled")
    await page.get_by_role("button", name="Retry").click()
    await page.wait_for_url(lambda url: "/commands/cmd_" in url and first not in url)
    await expect(timeline).to_contain_text("At 50 %")
    second = page.url.rsplit("/", 1)[1]
    await owner.post(f"/api/admin/commands/{second}/cancel")
    await expect(timeline.get_by_role("listitem").last).to_contain_text("Cancelled")


async def test_secrets_that_were_dropped_are_typed_again_for_a_retry(
    page: Page, owner: Operator, service: str
) -> None:
    first = await begun(page, owner, service, "logIn", user="ada", password="canary")
    await expect(page.get_by_text("wrong password")).to_be_visible()
    await page.get_by_role("button", name="Retry").click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_label("User")).to_have_value("ada")
    await drawer.get_by_role("button", name="Run").click()
    await expect(drawer.get_by_text("Needed.")).to_be_visible()
    await drawer.get_by_label("Password").fill("again")
    await drawer.get_by_role("button", name="Run").click()
    await page.wait_for_url(lambda url: "/commands/cmd_" in url and first not in url)
    await expect(page.get_by_text("wrong password")).to_be_visible()
    trail = await owner.get("/api/admin/audit-events", targetId=page.url.rsplit("/", 1)[1])
    assert "command.retried" in [event["action"] for event in trail]


async def test_the_dangerous_is_retried_only_by_typing_its_target(
    page: Page, owner: Operator, service: str
) -> None:
    made = await owner.execute(service, "breakDown", {}, confirmation=True)
    await sign_in(page, f"/commands/{made['id']}")
    await expect(page.get_by_text("told to fail")).to_be_visible()
    await page.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog")
    sure = dialog.get_by_role("button", name="Yes, run it")
    await expect(sure).to_be_disabled()
    typed = dialog.get_by_label("Type workshop to confirm")
    await typed.fill("worksho")
    await typed.press("Enter")
    await expect(sure).to_be_disabled()
    await typed.fill("workshop")
    await typed.press("Enter")
    await page.wait_for_url(lambda url: "/commands/cmd_" in url and made["id"] not in url)
    await expect(page.get_by_text("told to fail")).to_be_visible()


async def test_a_row_opens_its_action_and_the_list_is_had_again(
    page: Page, owner: Operator, service: str
) -> None:
    first = await begun(page, owner, service, "guests", greeted=True)
    table = page.get_by_role("region", name="Guests")
    await expect(table).to_contain_text("1.5 KiB")
    await expect(table.get_by_text("Guest 25")).to_have_count(0)
    await page.get_by_role("listitem", name="3").click()
    row = table.get_by_role("row").filter(has_text="Guest 25")
    await row.get_by_role("button", name="Greet").click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_label("Name")).to_have_value("Guest 25")
    await drawer.get_by_role("button", name="Run").click()
    await expect(page.get_by_text("Hello, Guest 25")).to_be_visible()
    await page.get_by_role("button", name="Run “Guests” again").click()
    await expect(table).to_contain_text("Guest 1")
    again = await owner.command(page.url.rsplit("/", 1)[1])
    assert (again["id"] != first, again["payload"]) == (True, {"greeted": True})


async def test_an_agent_that_lost_its_memory_leaves_an_unknown_outcome(
    page: Page, demo: DemoFleet, owner: Operator
) -> None:
    async with crew(demo.server, owner, "forgetful", 1) as agent:
        command_id = await begun(page, owner, agent.all[0], "echo")
        await agent.take()
        await expect(page.get_by_text("Running").first).to_be_visible()
    async with crew(demo.server, owner, "forgetful", 1):
        await expect(page.get_by_text("Whether it finished is not known")).to_be_visible()
        await expect(page.get_by_role("button", name="Retry")).to_be_visible()
    assert (await owner.command(command_id))["errorCode"] == "OUTCOME_UNKNOWN"


async def test_a_viewer_looks_and_changes_nothing(
    page: Page, demo: DemoFleet, owner: Operator, service: str
) -> None:
    await owner.post("/api/admin/users", {"username": "onlooker", "password": PASSWORD, "role": "viewer"})
    key = await owner.execute(service, "newKey")
    waiting = await owner.execute(service, "waitLong")
    await sign_in(page, f"/commands/{key['id']}", "onlooker", PASSWORD)
    await expect(
        page.get_by_text("Only who started the command, or an operator, can see it.")
    ).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("Run again|Show the key"))).to_have_count(0)
    await page.goto(f"/commands/{waiting['id']}")
    await expect(page.get_by_role("list", name="Timeline")).to_contain_text("At 50 %")
    await expect(page.get_by_role("button", name="Cancel command")).to_have_count(0)
    await owner.post(f"/api/admin/commands/{waiting['id']}/cancel")
    await page.goto(f"/services/{service}?action=order")
    await expect(page.get_by_role("dialog")).to_contain_text("operator role")


async def test_older_commands_are_fetched_and_stand_apart(page: Page, owner: Operator, service: str) -> None:
    old = [await owner.execute(service, "guests", {}) for _ in range(3)]
    for _ in range(LIVE // AT_ONCE + 1):
        await asyncio.gather(*(owner.execute(service, "greet", {"name": "all"}) for _ in range(AT_ONCE)))

    async def all_ended() -> bool:
        unfinished = {"serviceId": service, "status": ["PENDING", "RUNNING"]}
        return not await owner.get("/api/admin/commands", **unfinished)

    await until(all_ended, "the commands to end", seconds=120)
    await sign_in(page, f"/commands?service={service}&action=guests&q=guests")
    await expect(page.get_by_text("Nothing matches")).to_be_visible()
    await page.get_by_role("button", name="Load older commands").click()
    older = page.get_by_role("table", name="Older commands")
    for each in old:
        await expect(older.locator(f"a[href$='{each['id']}']")).to_be_visible()
    await expect(older.get_by_text("Greet")).to_have_count(0)
    await page.get_by_role("button", name="Clear filters").click()
    await expect(
        page.get_by_role("table", name="Commands", exact=True).get_by_text("Greet").first
    ).to_be_visible()
