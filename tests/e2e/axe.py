"""The rules of WCAG 2.2, levels A and AA, on the page as it stands."""

from __future__ import annotations

from playwright.async_api import Page
from tests.support.server import ROOT

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """async (tags) => {
  const { violations } = await window.axe.run(document, { runOnly: tags });
  const where = (node) => `${node.target.join(" ")}: ${node.failureSummary}`;
  return violations.map(({ id, nodes }) => `${id}\\n` + nodes.slice(0, 5).map(where).join("\\n"));
}"""


async def faults(page: Page) -> list[str]:
    """What hinders people: the rule, and the first places where it is broken."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(CHECK, TAGS)
    return found
