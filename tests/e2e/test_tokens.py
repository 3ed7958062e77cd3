"""Registration tokens: what the page says to run brings a service in, and the page sees it come."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.axe import faults
from tests.e2e.conftest import sign_in
from tests.support.demo import DemoFleet
from tests.support.server import environment

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

TOKENS = "/api/admin/registration-tokens"
SECRET = "quite a long secret"


def saved(program: str, folder: Path) -> BinaryIO:
    """The program lies in a folder of its own; the file for what it says."""
    folder.mkdir()
    (folder / "app.py").write_text(program)
    return (folder / "log").open("wb")


@asynccontextmanager
async def running(
    program: str, folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """A program as somebody would save and start it."""
    with saved(program, folder) as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "app.py", cwd=folder, env=environment(settings or {}), stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 60)


async def code(dialog: Locator, name: str) -> str:
    """The text of one of the blocks to copy."""
    return await dialog.get_by_role("figure", name=name).locator("pre").inner_text()


def container_settings(command: str) -> dict[str, str]:
    """The variables that ``docker run`` would set, for a process on this machine."""
    words = shlex.split(command.replace("\\\n", " "))
    given = dict(words[at + 1].partition("=")[::2] for at, word in enumerate(words) if word == "-e")
    url = given["OPSTAGE_BACKEND_URL"].replace("host.docker.internal", "127.0.0.1")
    return given | {"OPSTAGE_BACKEND_URL": url, "OPSTAGE_AGENT_TOKEN_FILE": "identity.json"}


async def new_token(page: Page) -> Locator:
    """Fill in the form, the wrong way first; the drawer of the token."""
    await sign_in(page, "/tokens")
    await page.get_by_role("button", name="Create token").click()
    form = page.get_by_role("dialog", name="New registration token")
    await expect(form.get_by_label("Name")).to_be_focused()
    await form.get_by_label("How many agents").fill("0")
    await form.get_by_label("Agent codes").fill("Shown!")
    await form.get_by_role("button", name="Create token").click()
    for complaint in ("Give it a name", "A whole number from 1 to 10,000", "Only a-z, 0-9"):
        await expect(form.get_by_text(complaint)).to_be_visible()
    await form.get_by_label("Name").fill("made in the browser")
    await form.get_by_label("How many agents").fill("3")
    await form.get_by_label("Agent codes").fill("shown-*")
    await form.get_by_label("Labels").fill("team=web")
    await page.keyboard.press("Enter")
    await form.get_by_role("button", name="Create token").click()
    return page.get_by_role("dialog", name="made in the browser")


async def test_what_the_page_says_to_run_joins_and_the_page_sees_it(
    page: Page, demo: DemoFleet, tmp_path: Path
) -> None:
    dialog = await new_token(page)
    await expect(dialog.get_by_text("Waiting for an agent to register")).to_be_visible()
    assert await faults(page) == []
    field = dialog.get_by_label("Code of the service")
    await field.fill("other")
    await expect(dialog.get_by_text("only lets in codes like shown-*")).to_be_visible()
    await field.fill("shown-app")
    async with running(await code(dialog, "app.py"), tmp_path / "app"):
        await expect(dialog.get_by_text("Agent registered")).to_be_visible()
        await expect(dialog.get_by_text("Agent connected")).to_be_visible()
        await expect(dialog.get_by_text("1 service reported")).to_be_visible()
        await field.fill("shown-beside")
        await dialog.get_by_role("tab", name="Sidecar").click()
        beside = await code(dialog, "sidecar.py")
        await field.fill("shown-box")
        await dialog.get_by_role("tab", name="Container").click()
        image, command = await code(dialog, "app.py"), await code(dialog, "Terminal")
        target = beside.replace("http://127.0.0.1:9000/health", f"{demo.server.url}/health")
        async with (
            running(target, tmp_path / "beside"),
            running(image, tmp_path / "box", container_settings(command)),
        ):
            for name in ("Shown app", "Shown beside", "Shown box"):
                row = dialog.get_by_role("row").filter(has_text=name)
                await expect(row).to_contain_text("Online")
                await expect(row.get_by_text("connected", exact=True)).to_be_visible()
            async with demo.server.operator() as owner:
                found = await owner.agent("shown-beside")
                assert found is not None
                assert (found["mode"], found["operatorLabels"]) == ("sidecar", {"team": "web"})
        await page.reload()
        await expect(page.get_by_text("Agent connected")).to_have_count(0)
        await expect(dialog.get_by_text("Used by (3 of 3)")).to_be_visible()
        await expect(page.get_by_text(re.compile("opstage_reg_"))).to_have_count(0)
        await dialog.get_by_role("row").get_by_role("link", name="Shown app").click()
        await page.wait_for_url("**/agents/agt_*")
        await expect(page.get_by_role("heading", name="Shown app")).to_be_visible()


async def test_who_may_only_look_sees_a_token_come_and_go(page: Page, demo: DemoFleet) -> None:
    async with demo.server.operator() as owner:
        await owner.post("/api/admin/users", {"username": "glance", "password": SECRET, "role": "viewer"})
        await sign_in(page, "/tokens?create=1", "glance", SECRET)
        await expect(page.get_by_role("heading", name="Registration tokens").first).to_be_visible()
        made = await owner.post(TOKENS, {"name": "seen by others", "codePattern": "seen-*"})
        await page.get_by_role("link", name="seen by others").click()
        dialog = page.get_by_role("dialog", name="seen by others")
        await expect(dialog.get_by_text("Waiting for an agent to register")).to_be_visible()
        stranger = {"registrationToken": made["token"], "agent": {"code": "stranger"}}
        assert (await page.request.post("/api/agents/register", data=stranger)).status == 401
        await expect(dialog.get_by_text("stranger was not let in: its code does not fit")).to_be_visible()
        assert await faults(page) == []
        await owner.post(f"{TOKENS}/{made['id']}/revoke")
        await expect(dialog.get_by_text("Revoked before an agent used it")).to_be_visible()
        await expect(dialog.get_by_role("tab")).to_have_count(0)
        for name in ("Create token", "Revoke", "Delete"):
            await expect(page.get_by_role("button", name=name)).to_have_count(0)
        await owner.delete(f"{TOKENS}/{made['id']}")
        await expect(dialog.get_by_text("There is no such token.")).to_be_visible()
