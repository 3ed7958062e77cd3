"""Takes the pictures: every page, light and dark, in both languages, on a desk and on a phone."""

from __future__ import annotations

import argparse
import asyncio
import base64
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, ViewportSize, expect
from tests.pictures.scene import scene
from tests.support import chromium
from tests.support.server import PASSWORD, ROOT, USERNAME

FOLDER = ROOT / "docs/images"
QUALITY = 82
PATIENCE_MS = 30_000
PAGES = {
    "fleet": "/",
    "services": "/services",
    "services-chosen": "/services?selector=env%3Dprod&sort=-name",
    "service": "/services/{service}",
    "service-trouble": "/services/{trouble}",
    "service-configuration": "/services/{service}?tab=configuration",
    "action": "/services/{trouble}?action=flushCache",
    "agents": "/agents",
    "agent": "/agents/{agent}",
    "commands": "/commands",
    "command": "/commands/{command}",
    "runs": "/runs",
    "run-new": "/runs/new?selector=env%3Dprod&action=selfTest",
    "run": "/runs/{run}",
    "audit": "/audit",
    "tokens": "/tokens",
    "users": "/users",
    "api-keys": "/api-keys",
    "account": "/account",
    "bus": "/bus",
    "settings": "/settings",
    "diagnostics": "/diagnostics",
    "backups": "/backups",
}
DEVICES = {
    "desktop": ViewportSize(width=1440, height=900),
    "phone": ViewportSize(width=420, height=860),
}
SHADES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("en", "zh-CN")


@dataclass(frozen=True)
class Look:
    """One appearance of the console."""

    shade: Literal["light", "dark"]
    language: str
    device: str


async def take(browser: Browser, url: str, look: Look, pages: dict[str, str], folder: Path) -> None:
    """All pages in one appearance."""
    context = await browser.new_context(
        base_url=url,
        viewport=DEVICES[look.device],
        color_scheme=look.shade,
        locale=look.language,
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto("/login")
    await page.locator("input[type=password]").wait_for()
    await shoot(page, folder / name_of("login", look))
    await page.locator("input").first.fill(USERNAME)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".light")).to_be_visible()
    for name, path in pages.items():
        await page.goto(path)
        await page.locator("main h1, main h2").first.wait_for()
        await expect(page.locator(".light.tone-good")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        await expect(page.locator(".ant-skeleton")).to_have_count(0)
        await shoot(page, folder / name_of(name, look))
    await context.close()


def name_of(page: str, look: Look) -> str:
    """The file of a picture."""
    return f"{page}-{look.device}-{look.shade}-{look.language}.webp"


async def shoot(page: Page, file: Path) -> None:
    """What is in sight, as WebP."""
    devtools = await page.context.new_cdp_session(page)
    shot = await devtools.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    await devtools.detach()
    await asyncio.to_thread(file.write_bytes, base64.b64decode(shot["data"]))


async def take_all(chosen: list[str], folder: Path) -> int:
    """The pictures of the chosen pages; how many there are."""
    looks = [Look(*each) for each in product(SHADES, LANGUAGES, DEVICES)]
    with tempfile.TemporaryDirectory(prefix="opstage-pictures-") as home:
        async with scene(Path(home)) as (demo, ids), chromium.running() as browser:
            pages = {name: PAGES[name].format(**ids) for name in chosen}
            for look in looks:
                await take(browser, demo.server.url, look, pages, folder)
    return len(looks) * (len(chosen) + 1)


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--only", action="append", choices=PAGES, help="only this page; repeatable")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they go")
    wanted = parser.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    count = asyncio.run(take_all(wanted.only or list(PAGES), wanted.folder))
    print(f"{count} pictures in {wanted.folder}")


if __name__ == "__main__":
    main()
