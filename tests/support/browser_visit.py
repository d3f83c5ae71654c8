"""A tab of a real browser in the web UI, and all errors in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.support.web_ui_here import OPERATOR_TOKEN

PATIENCE_MS = 60_000
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 320, "height": 640}
AXE = (Path(__file__).parents[1] / "browser" / "axe" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

CONTROLS = """() => {
    const kinds = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']";
    const shown = [...document.querySelectorAll(kinds)].filter(each => each.checkVisibility());
    window.controls = shown;
    document.activeElement.blur();
    return shown.length;
}"""
FOCUSED = """() => {
    const outlined = getComputedStyle(document.activeElement).outlineStyle !== "none";
    return outlined ? window.controls.indexOf(document.activeElement) : -1;
}"""
NAMES = "() => window.controls.map((each, place) => [place, each.outerHTML.slice(0, 120)])"


class Visit:
    """A tab, every error in it, and the hosts that it contacts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.trouble: list[str] = []
        self.hosts: set[str] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        page.on("response", lambda answer: self.trouble.append(answer.url) if answer.status == 404 else None)
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    async def picture(self, name: str, *, whole: bool = False) -> None:
        if directory := os.environ.get("RELIST_SCREENSHOTS"):
            await self.page.screenshot(path=Path(directory) / f"{name}.png", full_page=whole)

    async def violations(self) -> list[str]:
        """Violations of WCAG 2.2 AA and of good practice that axe-core finds on the current page."""
        # The CSP of the page forbids scripts from elsewhere; the debugger's `evaluate` is not bound by it.
        await self.page.evaluate(AXE)
        found: dict[str, Any] = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )
        return [
            f"{each['id']}: {each['help']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
            for each in found["violations"]
        ]

    async def controls_without_tab_stop(self) -> list[str]:
        """The visible links, buttons and fields that the Tab key does not reach, or reaches without an outline."""
        controls = await self.page.evaluate(CONTROLS)
        reached = set()
        for _ in range(controls + 10):  # a field for a date has several stops
            await self.page.keyboard.press("Tab")
            reached.add(await self.page.evaluate(FOCUSED))
        return [name for place, name in await self.page.evaluate(NAMES) if place not in reached]

    async def is_too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(
            await self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )


async def opened(chromium: Browser, address: str, viewport: ViewportSize = WIDE, **options: Any) -> Visit:
    visit = Visit(await chromium.new_page(viewport=viewport, **options))
    await visit.page.goto(address)
    return visit


async def signed_in(
    chromium: Browser, address: str, token: str = OPERATOR_TOKEN, viewport: ViewportSize = WIDE, **options: Any
) -> Visit:
    visit = await opened(chromium, address, viewport, **options)
    await visit.page.get_by_label("Token").fill(token)
    await visit.page.get_by_label("Your name").fill("Ana")
    await visit.page.get_by_role("button", name="Sign in").click()
    await expect(visit.page.get_by_role("heading", name="Progress")).to_be_visible()
    return visit
