"""Debian's chromium, as all tests, pictures and benchmarks start it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

PROGRAM = shutil.which("chromium")
NEEDED = "needs Debian's chromium: apt-get install chromium"

_UNWANTED = [
    # The address bar's pop-ups are pages of their own, loaded for each window: most of a browser's work here.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    # Playwright's own list, which this one replaces.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "PaintHolding"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "ThirdPartyStoragePartitioning"),
    *("MediaRouter", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
]
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_UNWANTED)}",
]


@asynccontextmanager
async def running() -> AsyncIterator[Browser]:
    """A browser, ended in the end. AssertionError where none is installed."""
    assert PROGRAM is not None, NEEDED
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=_FLAGS)
        yield browser
        await browser.close()
