"""Settings, the bus, diagnostics and backups: pages of the server itself, live and by role."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.e2e.axe import faults
from tests.e2e.conftest import browser_of, sign_in
from tests.support import publisher
from tests.support.publisher import Publisher
from tests.support.raw_agent import register, welcomed
from tests.support.server import PASSWORD, USERNAME, Server
from tests.support.upkeep import database

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SECRET = "quite a long secret"
NO_TIMER = {"OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "0"}
"""Only a sweep that somebody asks for finds what is due."""
ROLES = {"olga": "operator", "vera": "viewer"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server with the bus, an operator and a viewer."""
    running = Server(Path(tmp_path_factory.mktemp("system")), publisher.SETTINGS | NO_TIMER)
    await running.start()
    async with running.operator() as owner:
        for username, role in ROLES.items():
            body = {"username": username, "password": SECRET, "role": role}
            await owner.post("/api/admin/users", body)
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def pages(chromium: Browser, server: Server) -> AsyncIterator[dict[str, Page]]:
    """A page of each role, signed in."""
    async with AsyncExitStack() as stack:
        opened = {}
        for username, password in {USERNAME: PASSWORD, "olga": SECRET, "vera": SECRET}.items():
            context = await stack.enter_async_context(browser_of(chromium, server.url))
            page = await context.new_page()
            await sign_in(page, "/", username, password)
            opened[ROLES.get(username, "owner")] = page
        yield opened


async def test_an_owner_changes_settings_and_others_see_it(pages: dict[str, Page]) -> None:
    owner, viewer = pages["owner"], pages["viewer"]
    await viewer.goto("/settings")
    await expect(viewer.get_by_text("Owners change these settings")).to_be_visible()
    await owner.goto("/settings")
    await owner.get_by_label("Offline threshold").fill("0")
    await owner.get_by_label("Audit events").fill("7")
    await expect(
        owner.get_by_role("alert").get_by_text("A whole number from 1 to 31,536,000.")
    ).to_be_visible()
    await expect(owner.get_by_role("button", name="Save")).to_be_disabled()
    assert await faults(owner) == []
    await owner.get_by_label("Offline threshold").fill("120")
    await owner.get_by_role("button", name="Save").click()
    await expect(viewer.get_by_text("120 seconds")).to_be_visible()
    await expect(viewer.get_by_text("7 days")).to_be_visible()
    await expect(viewer.get_by_text("saved here")).to_have_count(2)
    await expect(viewer.get_by_role("spinbutton")).to_have_count(0)
    await owner.get_by_role("button", name="Use 90 of the environment").click()
    await owner.get_by_role("button", name="Save").click()
    await expect(viewer.get_by_text("saved here")).to_have_count(1)
    await expect(viewer.get_by_text("7 days")).to_have_count(0)


async def test_operators_run_maintenance_and_viewers_do_not(pages: dict[str, Page], server: Server) -> None:
    async with server.operator() as owner:
        await owner.registration_token("forgotten")
    with closing(database(server)) as connection, connection:
        connection.execute("UPDATE registration_tokens SET expires_at = '2001-01-01T00:00:00.000Z'")
    operator, viewer = pages["operator"], pages["viewer"]
    await operator.goto("/settings")
    await operator.get_by_role("button", name="Run now").click()
    await expect(operator.get_by_role("status")).to_contain_text(["Registration tokens expired1"])
    await viewer.goto("/settings")
    await expect(viewer.get_by_text("Operators and owners can run it.")).to_be_visible()
    await expect(viewer.get_by_role("button", name="Run now")).to_have_count(0)


async def test_a_route_is_made_tried_and_switched_on(pages: dict[str, Page], server: Server) -> None:
    page, viewer = pages["operator"], pages["viewer"]
    async with server.operator() as owner, AsyncExitStack() as stack:
        agents = {}
        for code in ("shop", "press"):
            agent_id, token = await register(server, owner, code)
            socket = await stack.enter_async_context(welcomed(server, token, code))
            agents[code] = Publisher(server, code, agent_id, token, socket, "rest")
        await page.goto("/bus")
        await page.get_by_role("button", name="New route").click()
        form = page.get_by_role("dialog", name="New route")
        await form.get_by_label("Event type").fill("Order")
        await form.get_by_role("button", name="Create route").click()
        await expect(form.get_by_text("Lower-case words joined by dots")).to_be_visible()
        await expect(form.get_by_text("This is needed.").first).to_be_visible()
        await form.get_by_label("Name").fill("A label for each order")
        await form.get_by_label("Event type").fill("order.created")
        await form.get_by_label("Target service").fill("press")
        await form.get_by_label("Action", exact=True).click()
        await page.get_by_title("Echo (echo)").click()
        await form.get_by_role("button", name="Add a line").click()
        await expect(form.get_by_label("Field, line 1")).to_have_value("text")
        await form.get_by_label("Value, line 1").fill("join(")
        await form.get_by_role("button", name="Create route").click()
        await expect(form.get_by_role("alert").get_by_text("Expected a JMESPath expression")).to_be_visible()
        assert await faults(page) == []
        await form.get_by_label("Value, line 1").fill("payload.city")
        await form.get_by_role("button", name="Create route").click()
        await expect(page.get_by_role("link", name="A label for each order")).to_be_visible()

        await viewer.goto("/bus?tab=events")
        await expect(viewer.get_by_text("No event yet")).to_be_visible()
        await agents["shop"].publish("order.created", payload={"city": "Ulm"})
        await viewer.get_by_role("link", name="order.created").click()
        event = viewer.get_by_role("dialog", name="order.created")
        await expect(event.get_by_role("row").filter(has_text="A label for each order")).to_contain_text(
            "Dry run"
        )
        await expect(event.get_by_text('"Ulm"')).to_be_visible()

        await page.get_by_role("radiogroup", name="State of A label").get_by_text("On", exact=True).click()
        await viewer.goto("/bus")
        await expect(viewer.get_by_role("row").filter(has_text="A label for each order")).to_contain_text(
            "On"
        )
        await expect(viewer.get_by_role("button", name=re.compile("New route|Delete"))).to_have_count(0)
        await agents["shop"].publish("order.created", payload={"city": "Bonn"})
        await page.get_by_role("tab", name="Events").click()
        await page.get_by_role("link", name="order.created").first.click()
        await (
            page.get_by_role("dialog", name="order.created").get_by_role("link", name="Open command").click()
        )
        await page.wait_for_url("**/commands/cmd_*")
        await expect(page.get_by_text("Bonn").first).to_be_visible()

        await page.goto("/bus")
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("tooltip").get_by_role("button", name="Delete").press("Enter")
        await expect(viewer.get_by_text("No route yet")).to_be_visible()
        await viewer.get_by_role("tab", name="Bus audit").click()
        await expect(viewer.get_by_text("bus.route.deleted")).to_be_visible()


async def test_a_bus_that_is_off_says_how_to_switch_it_on(page: Page) -> None:
    await sign_in(page, "/bus")
    await expect(page.get_by_text("OPSTAGE_CAPSULE_BUS_ENABLED=true")).to_be_visible()
    await expect(page.get_by_role("navigation").get_by_role("link", name="Bus")).to_have_count(0)


async def test_diagnostics_are_live_and_not_for_viewers(pages: dict[str, Page], server: Server) -> None:
    page, viewer = pages["operator"], pages["viewer"]
    await viewer.goto("/diagnostics")
    await expect(viewer.get_by_text("Your role does not open this page")).to_be_visible()
    await page.goto("/diagnostics")
    await expect(page.get_by_text(f":{server.port}")).to_be_visible()
    await page.get_by_role("button", name="Measure now").click()
    await expect(page.get_by_text(re.compile(r"^\d+ms$")).first).to_be_visible()
    users = page.locator(".facts__row").filter(has_text="Users").get_by_role("definition")
    await expect(users).to_have_text("3")
    async with server.operator() as owner:
        await owner.post("/api/admin/users", {"username": "late", "password": SECRET})
    await expect(users).to_have_text("4")


async def test_an_owner_takes_a_backup_home(pages: dict[str, Page], server: Server, tmp_path: Path) -> None:
    page, operator = pages["owner"], pages["operator"]
    await operator.goto("/backups")
    await expect(operator.get_by_text("Your role does not open this page")).to_be_visible()
    await page.goto("/backups")
    await expect(page.get_by_text("No backup on the server")).to_be_visible()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Back up now").click()
    download = await downloading.value
    await download.save_as(tmp_path / "taken.db")
    with closing(sqlite3.connect(tmp_path / "taken.db")) as taken:
        assert taken.execute("SELECT count(*) FROM users").fetchone()[0] >= 3
    name = download.suggested_filename
    await expect(page.get_by_role("table").get_by_text(name)).to_be_visible()
    await expect(
        page.get_by_text(f"opstage restore '{server.folder / 'data' / 'backups' / name}'")
    ).to_be_visible()

    folder = server.folder / "data" / "backups"
    folder.rename(tmp_path / "elsewhere")
    folder.touch()
    await page.get_by_role("button", name="Back up now").click()
    await expect(page.get_by_role("alert")).to_contain_text("DATABASE_UNAVAILABLE")
    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    await page.get_by_role("button", name="Back up now").click()
    await expect(page.get_by_text("is downloaded")).to_be_visible()
