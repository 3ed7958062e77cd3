"""Users, API keys and one's own account: what an owner changes holds on the pages of others at once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from tests.e2e.axe import faults
from tests.e2e.conftest import browser_of, choose, sign_in
from tests.support.demo import DemoFleet

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SECRET = "quite a long secret"
USERS = "/api/admin/users"


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(chromium: Browser, demo: DemoFleet) -> AsyncIterator[Page]:
    """A page of another browser."""
    async with browser_of(chromium, demo.server.url) as context:
        yield await context.new_page()


async def made(demo: DemoFleet, username: str, role: str = "viewer") -> str:
    """A user; the id."""
    async with demo.server.operator() as owner:
        body = {"username": username, "password": SECRET, "role": role}
        user_id: str = (await owner.post(USERS, body))["id"]
        return user_id


def row(page: Page, text: str) -> Locator:
    """The row of a table in which this stands."""
    return page.get_by_role("row").filter(has_text=text)


async def confirm(page: Page, word: str) -> None:
    """Say yes to the question beside a button."""
    await page.get_by_role("tooltip").get_by_role("button", name=word).press("Enter")


async def test_a_user_is_made_and_what_changes_for_them_shows_at_once(page: Page, elsewhere: Page) -> None:
    await sign_in(page, "/users")
    await page.get_by_role("button", name="Create user").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Username")).to_be_focused()
    await page.keyboard.type("maria")
    await dialog.get_by_role("radio", name=re.compile("Operator")).check()
    await dialog.get_by_label("Password", exact=True).fill("short")
    await dialog.get_by_role("button", name="Create user").click()
    await expect(dialog.get_by_text("At least 12 characters.")).to_be_visible()
    await dialog.get_by_label("Password", exact=True).fill(SECRET)
    await dialog.get_by_role("button", name="Create user").click()
    await expect(dialog.get_by_text(SECRET)).to_be_visible()
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Done").click()
    await expect(row(page, "maria")).to_contain_text("never")

    await sign_in(elsewhere, "/audit", "maria", SECRET)
    await expect(row(page, "maria")).not_to_contain_text("never")
    await expect(elsewhere.get_by_role("button", name="Export")).to_be_visible()
    await elsewhere.evaluate("window.sameDocument = true")
    await row(page, "maria").get_by_role("button", name="Change maria").click()
    await dialog.get_by_role("radio", name=re.compile("Viewer")).check()
    await expect(dialog.get_by_text("It holds at once")).to_be_visible()
    await dialog.get_by_role("button", name="Save").click()
    await expect(elsewhere.get_by_role("button", name="Export")).to_have_count(0)
    assert await elsewhere.evaluate("window.sameDocument")
    await elsewhere.goto("/users")
    await expect(elsewhere.get_by_text("Your role does not open this page")).to_be_visible()

    await row(page, "maria").get_by_role("button", name="Reset password of maria").click()
    await dialog.get_by_role("button", name="Make one up").click()
    await dialog.get_by_role("button", name="Reset password").click()
    handed = await dialog.get_by_role("definition").nth(1).inner_text()
    await expect(elsewhere.get_by_label("Password", exact=True)).to_be_visible()
    await sign_in(elsewhere, "/", "maria", handed.strip())


async def test_the_last_owner_and_a_taken_name_are_refused_in_words(page: Page, demo: DemoFleet) -> None:
    async with demo.server.operator() as owner:
        others = await owner.get(USERS, role="owner", status="ACTIVE")
        assert [user["username"] for user in others] == ["owner"], "another test left an owner behind"
    await sign_in(page, "/users")
    await row(page, "you").get_by_role("button", name="Change owner").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("radio", name="Disabled").check()
    await expect(dialog.get_by_text("This is your own account.")).to_be_visible()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert").last).to_contain_text("last active owner")
    await dialog.get_by_role("button", name="Close").click()
    await expect(row(page, "you")).to_contain_text("Active")
    await page.goto("/users?create=1")
    await dialog.get_by_label("Username").fill("owner")
    await dialog.get_by_label("Password", exact=True).fill(SECRET)
    await dialog.get_by_role("button", name="Create user").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("There is a user of this name already.")


async def test_a_session_that_is_ended_ends_its_pages(page: Page, elsewhere: Page, demo: DemoFleet) -> None:
    user_id = await made(demo, "traveller")
    await sign_in(page, "/", "traveller", SECRET)
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Your account").press("Enter")
    await expect(row(page, "this one")).to_contain_text("Chrome")
    ends = page.get_by_role("button", name="End", exact=True)
    await expect(ends).to_have_count(1)
    await sign_in(elsewhere, "/", "traveller", SECRET)
    await expect(ends).to_have_count(2)
    await page.get_by_role("row").filter(has=ends, has_not_text="this one").get_by_role("button").click()
    await confirm(page, "End")
    await expect(elsewhere.get_by_label("Password", exact=True)).to_be_visible()
    await expect(ends).to_have_count(1)

    await sign_in(elsewhere, f"/users?sessions={user_id}&of=traveller")
    await elsewhere.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    await confirm(elsewhere, "End")
    await expect(page.get_by_label("Password", exact=True)).to_be_visible()
    await expect(elsewhere.get_by_text("Signed in nowhere")).to_be_visible()


async def test_a_password_is_changed_by_who_knows_the_present_one(
    page: Page, elsewhere: Page, demo: DemoFleet
) -> None:
    await made(demo, "careful")
    await sign_in(elsewhere, "/", "careful", SECRET)
    await sign_in(page, "/account", "careful", SECRET)
    await page.get_by_label("Present password").fill("not the present one")
    await page.get_by_label("New password").fill("short")
    change = page.get_by_role("button", name="Change password")
    await change.click()
    await expect(page.get_by_text("At least 12 characters.")).to_be_visible()
    await page.get_by_label("New password").fill("another long secret")
    await change.click()
    await expect(page.get_by_text("The present password is wrong.")).to_be_visible()
    await page.get_by_label("Present password").fill(SECRET)
    await change.click()
    await expect(page.get_by_text("Password changed.")).to_be_visible()
    await expect(elsewhere.get_by_label("Password", exact=True)).to_be_visible()
    await sign_in(elsewhere, "/", "careful", "another long secret")


async def test_times_are_shown_in_the_chosen_zone_everywhere(context: BrowserContext) -> None:
    page = await context.new_page()
    await sign_in(page, "/account")
    await choose(page, page.get_by_role("combobox", name="Time zone"), "shanghai")
    await expect(page.get_by_text(re.compile(r"GMT\+8"))).to_be_visible()
    await page.goto("/audit")
    await expect(page.get_by_role("row").nth(1)).to_contain_text("GMT+8")
    await page.get_by_label("From", exact=True).fill("2020-05-01T12:00")
    await expect(page).to_have_url(re.compile("from=2020-05-01T04%3A00"))


async def test_a_key_is_shown_once_opens_what_it_may_and_ends(page: Page, demo: DemoFleet) -> None:
    await sign_in(page, "/api-keys")
    await page.get_by_role("button", name="Create key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Create key").click()
    await expect(dialog.get_by_text("Give it a name")).to_be_visible()
    await dialog.get_by_label("Name").fill("made by hand")
    await dialog.get_by_role("button", name="Create key").click()
    key = await dialog.get_by_role("code").first.inner_text()
    await expect(dialog.locator(".shown-once")).to_have_css("display", "flex")
    await expect(dialog.get_by_text(f'"Authorization: Bearer {key}"')).to_be_visible()
    assert await faults(page) == []
    async with httpx.AsyncClient(
        base_url=demo.server.url, headers={"Authorization": f"Bearer {key}"}
    ) as program:
        assert (await program.get("/api/admin/agents")).status_code == 200
        assert (await program.get(USERS)).status_code == 403
        await dialog.get_by_role("button", name="Done").click()
        await page.reload()
        await expect(row(page, "made by hand")).to_contain_text("Viewer")
        await expect(page.get_by_text(key)).to_have_count(0)
        await row(page, "made by hand").get_by_role("button", name="Revoke").click()
        await confirm(page, "Revoke")
        await expect(row(page, "made by hand")).to_contain_text("Revoked")
        assert (await program.get("/api/admin/agents")).status_code == 401
    await row(page, "made by hand").get_by_role("button", name="Delete").click()
    await confirm(page, "Delete")
    await expect(row(page, "made by hand")).to_have_count(0)
