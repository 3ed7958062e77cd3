"""The lists of services and agents: found, sorted, kept, looked into and chosen from."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.conftest import sign_in
from tests.support.demo import DemoFleet
from tests.support.labelling import SERVICES, label

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

NAMES = ["Account pool", "Documentation indexer", "File worker", "Link checker", "Mailbox poller"]


def names(page: Page) -> Locator:
    """The name in each row of the list, in its order."""
    return page.locator("main .row-link")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


async def open_list(page: Page, path: str, rows: int = len(NAMES)) -> None:
    await sign_in(page, path)
    await expect(names(page)).to_have_count(rows)


async def test_search_order_and_columns_are_in_the_address_and_come_back(page: Page) -> None:
    await open_list(page, "/services")
    state = page.get_by_role("columnheader", name="State")
    await expect(state).to_have_attribute("aria-sort", "ascending")
    await page.get_by_role("button", name="Service", exact=True).click()
    await expect(names(page)).to_have_text(NAMES)
    await expect(state).to_have_attribute("aria-sort", "none")
    await page.get_by_role("button", name="Service", exact=True).click()
    await expect(names(page)).to_have_text(NAMES[::-1])
    await page.get_by_role("button", name="Columns").click()
    await page.get_by_role("checkbox", name="Runtime").check()
    await page.get_by_role("checkbox", name="Version").uncheck()
    await page.keyboard.press("Escape")
    await page.get_by_label("Name, code, agent or label").fill("o")
    await page.get_by_label("Name, code, agent or label").fill("poo")

    await page.reload()
    await expect(names(page)).to_have_text(["Account pool"])
    heads = page.get_by_role("columnheader")
    await expect(heads.filter(has_text="Runtime")).to_be_visible()
    await expect(heads.filter(has_text="Version")).to_have_count(0)
    service = page.get_by_role("columnheader", name="Service")
    await expect(service).to_have_attribute("aria-sort", "descending")
    assert "sort=-name" in page.url
    assert "q=poo" in page.url

    await page.goto("/services")
    await expect(heads.filter(has_text="Runtime")).to_be_visible()


AT_ONCE = """() => {
  const field = document.querySelector("main .toolbar__search input");
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, "worker");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  for (const counter of document.querySelectorAll(".counter")) counter.click();
}"""
"""As fast as on a machine that has drawn nothing between them."""


async def test_what_is_chosen_in_quick_succession_is_all_kept(page: Page) -> None:
    await open_list(page, "/services")
    states = await page.get_by_role("group", name="Filter by state").get_by_role("button").count()
    await page.evaluate(AT_ONCE)
    await expect(page).to_have_url(re.compile(rf"\?q=worker&state=[A-Z]+(%2C[A-Z]+){{{states - 1}}}$"))
    await expect(names(page)).to_have_text(["File worker"])


async def test_a_view_is_kept_under_a_name(page: Page) -> None:
    await open_list(page, "/services?q=worker&sort=-name", rows=1)
    views = page.get_by_role("button", name="Views")
    await views.click()
    await page.get_by_label("Name of the view").fill("Workers")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Workers", exact=True)).to_have_attribute(
        "aria-current", "true"
    )

    await page.goto("/services")
    await views.click()
    await page.get_by_role("button", name="Workers", exact=True).click()
    await expect(names(page)).to_have_text(["File worker"])
    await expect(page).to_have_url(re.compile(r"\?q=worker&sort=-name"))
    await views.click()
    await page.get_by_role("button", name="Rename the view Workers").click()
    await page.get_by_label("Name of the view").first.fill("Those that work")
    await page.get_by_role("button", name="Rename", exact=True).click()
    await page.get_by_role("button", name="Remove the view Those that work").click()
    await expect(page.get_by_role("button", name="Those that work", exact=True)).to_have_count(0)


async def test_a_selector_is_the_servers_and_follows_labels_as_they_change(
    page: Page, demo: DemoFleet
) -> None:
    await open_list(page, "/services")
    selector = page.get_by_label("Label selector")
    await selector.fill("tier=front")
    await selector.press("Enter")
    await expect(page.get_by_text("Nothing matches")).to_be_visible()
    async with demo.server.operator() as owner:
        worker = await owner.service("file-worker")
        assert worker is not None
        await label(owner, f"{SERVICES}/{worker['id']}", tier="front")
        await expect(names(page)).to_have_text(["File worker"])
        await label(owner, f"{SERVICES}/{worker['id']}")
        await expect(page.get_by_text("Nothing matches")).to_be_visible()

    await selector.fill("tier=(")
    await selector.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("character 6")
    await page.get_by_role("button", name="Clear filters").click()
    await expect(names(page)).to_have_count(len(NAMES))


async def test_a_row_is_looked_into_and_rows_are_chosen_by_key(page: Page, demo: DemoFleet) -> None:
    await open_list(page, "/services?sort=name")
    await row(page, "Account pool").focus()
    await page.keyboard.press("ArrowDown")
    await expect(row(page, "Documentation indexer")).to_be_focused()
    await page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_text("Documentation indexer").first).to_be_visible()
    await expect(drawer.locator("a[href$='?action=rebuildIndex']")).to_be_visible()
    await expect(page.locator(".ant-drawer")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(drawer.get_by_text("File worker").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    await expect(row(page, "Documentation indexer")).to_be_focused()

    await row(page, "Account pool").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Shift+Space")
    await expect(page.get_by_role("row", selected=True)).to_have_count(3)
    await page.get_by_label("Name, code, agent or label").fill("pool")
    bar = page.get_by_role("region", name="Selection")
    await expect(bar).to_contain_text("2 of them are not in this list")
    async with demo.server.operator() as owner:
        codes = ("account-pool", "doc-indexer", "file-worker")
        ids = {service["id"] for code in codes if (service := await owner.service(code))}
    await bar.get_by_role("button", name="Run an action…").click()
    await page.wait_for_url("**/runs/new?services=*")
    assert set(page.url.partition("services=")[2].replace("%2C", ",").split(",")) == ids


async def test_agents_are_listed_with_their_services_in_the_preview(page: Page) -> None:
    await open_list(page, "/agents?sort=name")
    await expect(names(page)).to_have_text(NAMES)
    await row(page, "Link checker").click(position={"x": 500, "y": 20})
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_role("link", name="Link checker")).to_be_visible()
    await drawer.get_by_role("link", name="Open the whole page").click()
    await page.wait_for_url("**/agents/agt_*")


async def test_a_phone_sorts_cards_and_runs_all_of_a_selector_by_the_selector(page: Page) -> None:
    await page.set_viewport_size({"width": 420, "height": 800})
    await open_list(page, "/services?selector=env%3Ddemo")
    await page.get_by_role("button", name="Service", exact=True).click()
    await expect(names(page).first).to_have_text("Account pool")
    await row(page, "Account pool").get_by_role("checkbox").check()
    bar = page.get_by_role("region", name="Selection")
    await expect(bar).to_contain_text("1 selected")
    assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    await page.get_by_role("checkbox", name="Select all 5").check()
    await expect(bar).to_contain_text("5 selected")
    await bar.get_by_role("button", name="Run an action…").click()
    await page.wait_for_url("**/runs/new?selector=env%3Ddemo")
