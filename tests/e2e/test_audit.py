"""The audit page: what happens is on it at once, and all of it can be found, taken away and proven."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from tests.e2e.axe import faults
from tests.e2e.conftest import browser_of, choose, sign_in
from tests.support.demo import DemoFleet
from tests.support.server import Operator, Server
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

EVENTS = "/api/admin/audit-events"
MADE = "registration_token.created"


async def all_events(operator: Operator, **query: Any) -> list[str]:
    """Ids of all events that match, newest first."""
    found: list[str] = []
    while True:
        rows = await operator.get(EVENTS, **query, pageSize=100, page=len(found) // 100 + 1)
        found += [row["id"] for row in rows]
        if len(rows) < 100:
            return found


async def test_the_tail_shows_what_happens_and_waits_for_who_reads(page: Page, demo: DemoFleet) -> None:
    await page.set_viewport_size({"width": 1280, "height": 500})
    await sign_in(page, f"/audit?action={MADE}")
    async with demo.server.operator() as operator:
        await expect(page.get_by_text("The trail begins here.")).to_be_visible()
        for number in range(12):
            await operator.registration_token(f"tail {number}")
        newest = page.get_by_role("row").nth(1)
        await expect(newest).to_contain_text("tail 11")
        await page.mouse.move(700, 400)
        await page.mouse.wheel(0, 300)
        await expect(page.get_by_text("New events wait while you read.")).to_be_visible()
        await operator.registration_token("while reading")
        await page.get_by_role("button", name="1 new event").click()
        await expect(newest).to_contain_text("while reading")
        await page.get_by_role("button", name="Pause").click()
        await operator.registration_token("while paused")
        await expect(page.get_by_role("button", name="1 new event")).to_be_visible()
        await expect(page.get_by_text("while paused")).to_have_count(0)
        await page.get_by_role("button", name="Resume").click()
        await expect(newest).to_contain_text("while paused")


async def test_filters_stay_in_the_address_and_an_export_holds_what_rest_answers(
    page: Page, demo: DemoFleet, tmp_path: Path
) -> None:
    async with demo.server.operator() as operator:
        for number in range(110):
            await operator.registration_token(f"many {number}")
        wanted = await all_events(operator, action="registration_token.*")
        await sign_in(page, "/audit")
        await choose(page, page.get_by_role("combobox", name="What"), "All: Registration")
        await expect(page).to_have_url(re.compile(r"action=registration_token\.\*"))
        await page.reload()
        await expect(page.get_by_text(f"{len(wanted)} events")).to_be_visible()
        table = page.get_by_role("table")
        await expect(table.get_by_text(MADE).first).to_be_visible()
        await expect(table.get_by_text("session.login.succeeded")).to_have_count(0)
        await to_the_end(page)
        await page.get_by_role("button", name="Export").press("Enter")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="JSON", exact=True).click()
        await (await download.value).save_as(tmp_path / "audit.json")
        rows = json.loads((tmp_path / "audit.json").read_text())["data"]
        assert [row["id"] for row in rows] == wanted


async def to_the_end(page: Page) -> None:
    """Scroll until the oldest event is there, a page of them at a time."""
    end = page.get_by_text("The trail begins here.")

    async def scrolled() -> bool:
        await page.keyboard.press("End")
        return await end.is_visible()

    await page.get_by_role("main").click(position={"x": 2, "y": 2})
    await until(scrolled, "the beginning of the trail")


async def test_an_event_says_what_changed_and_leads_on(page: Page, demo: DemoFleet) -> None:
    async with demo.server.operator() as operator:
        body = {"username": "changed", "password": "a long password", "role": "operator"}
        user = await operator.post("/api/admin/users", body)
        await operator.patch(f"/api/admin/users/{user['id']}", {"role": "viewer"})
        event = (await operator.get(EVENTS, action="user.updated", targetId=user["id"]))[0]
    await sign_in(page, f"/audit?targetId={user['id']}")
    await page.get_by_role("link", name="User changed").click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_role("row", name="Role operator viewer")).to_be_visible()
    await expect(drawer.get_by_text("Status")).to_have_count(0)
    await expect(drawer.get_by_text(event["hash"])).to_be_visible()
    assert await faults(page) == []
    await page.reload()
    await drawer.get_by_text("Raw JSON").click()
    await expect(drawer).to_contain_text(f'"sequence": {event["sequence"]}')
    await drawer.get_by_role("button", name="All of this kind").click()
    await expect(drawer).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"/audit\?action=user\.updated$"))
    await page.goto("/audit?event=aud_none")
    await expect(drawer).to_contain_text("There is no such event")


async def test_the_chain_is_verified_and_a_touched_event_is_named(chromium: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.start()
    async with server.operator() as operator, browser_of(chromium, server.url) as context:
        await operator.registration_token("touched")
        await operator.registration_token("after it")
        touched = (await operator.get(EVENTS, action=MADE))[1]
        page = await context.new_page()
        await sign_in(page, "/audit")
        await page.get_by_role("button", name="Verify chain").click()
        head = (await operator.get(f"{EVENTS}/verify"))["headHash"]
        await expect(page.get_by_role("status").filter(has_text="Chain verified")).to_contain_text(head)
        with closing(sqlite3.connect(tmp_path / "data/opstage.db", timeout=60)) as connection, connection:
            forged = ("forged", touched["id"])
            connection.execute("UPDATE audit_events SET target_name = ? WHERE id = ?", forged)
        await page.get_by_role("button", name="Verify chain").click()
        await expect(page.get_by_text("not as it was written: 1 finding")).to_be_visible()
        await page.get_by_role("link", name="Open the event").click()
        await expect(page.get_by_role("dialog")).to_contain_text("forged")
    await server.stop()
