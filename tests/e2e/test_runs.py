"""One action on many services: put together, watched, stopped, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.conftest import sign_in
from tests.support.crew import Crew, Frame, crew
from tests.support.demo import DemoFleet
from tests.support.labelling import SERVICES, label
from tests.support.server import PASSWORD, Operator
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

CELLS = "Outcome of every target"


async def take(agent: Crew, count: int) -> dict[str, Frame]:
    """So many commands, now running, by the code of their service."""
    taken = [await agent.take() for _ in range(count)]
    return {frame["serviceCode"]: frame for frame in taken}


async def choose(page: Page, *names: str) -> None:
    """Pick services from the fleet."""
    for name in names:
        await page.get_by_label("Name, code, agent or label").fill(name)
        await page.get_by_role("checkbox", name=re.compile(name)).check()


def counter(page: Page, state: str) -> Locator:
    """The filter that says how many are in a state."""
    return page.get_by_role("group", name="Filter by state").get_by_role("button", name=state)


async def shown(page: Page) -> dict[str, str]:
    """The state of every target, as its cell tells it."""
    cells = page.get_by_role("group", name=CELLS).get_by_role("link")
    labels = [await cell.get_attribute("aria-label") or "" for cell in await cells.all()]
    return {name: state.upper() for name, state in (label.split(": ") for label in labels)}


async def stored(owner: Operator, run_id: str) -> dict[str, str]:
    """The same as REST tells it."""
    rows: list[dict[str, Any]] = await owner.get(f"/api/admin/runs/{run_id}/targets")
    return {row["serviceName"]: row["status"] for row in rows}


async def same(page: Page, owner: Operator, run_id: str) -> None:
    """Wait until page and REST say the same of every target."""

    async def look() -> bool:
        return await shown(page) == await stored(owner, run_id)

    await until(look, "the cells to show what REST says")


async def test_services_are_chosen_and_each_outcome_is_seen_as_rest_tells_it(
    page: Page, demo: DemoFleet
) -> None:
    async with demo.server.operator() as owner, crew(demo.server, owner, "stays", 2) as agent:
        async with crew(demo.server, owner, "leaves", 1):
            await sign_in(page, "/runs")
            await page.get_by_role("main").get_by_role("link", name="Run on many").first.click()
            await choose(page, "Stays-00", "Stays-01", "Leaves-00")
            await page.get_by_role("radio", name=re.compile("Echo")).check()
            await expect(page.get_by_text("3 services are ready")).to_be_visible()
        table = page.get_by_role("table", name="Targets")
        await expect(table.get_by_role("row", name=re.compile("Leaves-00"))).to_contain_text(
            "Will be skipped. The agent is offline."
        )
        await expect(page.get_by_text("2 services are ready, 1 will be skipped")).to_be_visible()
        await page.get_by_label("text").fill("to all of you")
        await page.get_by_role("button", name="Run on 2 services").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Run “Echo” on 2 services?")
        await dialog.get_by_role("button", name="Yes, run it").press("Enter")
        await page.wait_for_url("**/runs/run_*")
        run_id = page.url.rsplit("/", 1)[1]

        taken = await take(agent, 2)
        assert {frame["payload"]["text"] for frame in taken.values()} == {"to all of you"}
        await expect(counter(page, "Running")).to_contain_text("2")
        await agent.finish(taken["stays-00"])
        await agent.fail(taken["stays-01"])

        await expect(page.get_by_role("status").filter(has_text="Not every service succeeded")).to_have_text(
            "Not every service succeeded: 1 succeeded, 1 failed, and 1 was skipped."
        )
        await same(page, owner, run_id)
        await counter(page, "Failed").click()
        rows = page.get_by_role("table", name="Targets").get_by_role("row")
        await expect(rows).to_have_count(2)
        await expect(rows.last).to_contain_text("it broke")
        await rows.last.get_by_role("link", name="Stays-01").click()
        await page.wait_for_url("**/commands/cmd_*")
        await expect(page.get_by_text("it broke").first).to_be_visible()
        await page.go_back()
        await page.get_by_role("link", name="Run again on the failed one").click()
        await expect(page.get_by_role("radio", name=re.compile("Echo"))).to_be_checked()
        await expect(page.get_by_role("checkbox", checked=True)).to_have_accessible_name(
            re.compile("Stays-01")
        )


async def test_a_run_that_is_stopped_skips_whose_turn_had_not_come(page: Page, demo: DemoFleet) -> None:
    async with demo.server.operator() as owner, crew(demo.server, owner, "queue", 3) as agent:
        body = {"actionName": "echo", "serviceIds": agent.all, "concurrency": 1}
        run = await owner.post("/api/admin/runs", body)
        taken = await agent.take()
        await sign_in(page, "/runs?state=RUNNING")
        row = page.get_by_role("row").filter(has_text="Running")
        await expect(row).to_contain_text("0 of 3 done")
        await row.get_by_role("link", name="Echo").click()
        await page.get_by_role("button", name="Stop…").click()
        await expect(page.get_by_role("dialog")).to_contain_text("2 services are waiting for their turn")
        await page.get_by_role("button", name="Start no more").press("Enter")
        await expect(page.get_by_text("Stopping, 2 of 3 done")).to_be_visible()
        await agent.finish(taken)
        await expect(
            page.get_by_text("Stopped by an operator: 1 succeeded and 2 were skipped.")
        ).to_be_visible()
        await same(page, owner, run["id"])
        cells = page.get_by_role("group", name=CELLS)
        await cells.get_by_role("link").first.focus()
        await page.keyboard.press("End")
        await expect(cells.get_by_role("link").last).to_be_focused()
        await expect(page.get_by_text("The run was stopped before its turn.").first).to_be_visible()
        await expect(page.get_by_role("link", name="Run on the 2 not reached")).to_be_visible()


async def test_a_selector_is_counted_anew_when_labels_change(page: Page, demo: DemoFleet) -> None:
    async with demo.server.operator() as owner, crew(demo.server, owner, "marked", 2) as agent:
        first, second = (f"{SERVICES}/{each}" for each in agent.all)
        await sign_in(page, "/runs/new?selector=batch%3Dspring")
        await expect(page.get_by_text("It selects 0 services.")).to_be_visible()
        await label(owner, first, batch="spring")
        await expect(page.get_by_text("It selects 1 service.")).to_be_visible()
        await label(owner, second, batch="spring")
        await expect(page.get_by_text("It selects 2 services.")).to_be_visible()
        await page.get_by_label("Selector").fill("batch=(")
        await expect(page.get_by_role("status").filter(has_text="Expected a value")).to_be_visible()
        await expect(page.get_by_role("table", name="Targets")).to_have_count(0)


async def test_who_may_only_look_is_told_so(page: Page, demo: DemoFleet) -> None:
    async with demo.server.operator() as owner:
        body = {"username": "run-viewer", "password": PASSWORD, "role": "viewer"}
        await owner.post("/api/admin/users", body)
    await sign_in(page, "/runs/new", "run-viewer")
    await expect(page.get_by_text("Your role does not open this page")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^Run"))).to_have_count(0)
    await page.get_by_role("main").get_by_role("link", name="Runs").click()
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    await expect(page.get_by_role("main").get_by_role("link", name="Run on many")).to_have_count(0)
