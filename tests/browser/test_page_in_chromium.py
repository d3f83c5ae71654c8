"""The web UI in a browser; `RELIST_SCREENSHOTS=docs/images` takes the screenshots of the docs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from shop_queue.keys import lane_keys
from tests.browser.conftest import TOKEN
from tests.support.browser_fleet import HOSTILE, fleet

pytestmark = pytest.mark.slow
SHOP = "7494000000000000001"
PATIENCE_MS = 60_000


class Visit:
    """A tab, and every error in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.trouble: list[str] = []
        self.hosts: set[str] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    async def picture(self, name: str) -> None:
        if directory := os.environ.get("RELIST_SCREENSHOTS"):
            await self.page.screenshot(path=Path(directory) / f"{name}.png", full_page=name == "page-overview")


async def signed_in(chromium: Browser, address: str) -> Visit:
    visit = Visit(await chromium.new_page(viewport={"width": 1280, "height": 800}))
    page = visit.page
    await page.goto(address)
    await page.get_by_label("Token").fill("not the token")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("Wrong token.")
    # The browser itself logs the 403 of the wrong token.
    visit.trouble.clear()
    await visit.picture("page-login")
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Progress")).to_be_visible()
    return visit


async def test_sign_in_see_progress_and_pause_a_shop(
    redis: Redis, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await fleet(redis, tmp_path / "journal")
    visit = await signed_in(chromium, address)
    page = visit.page
    await expect(page.get_by_role("row", name="Material").first).to_contain_text("in 6 shops")
    assert await page.locator("svg.bar rect.relisted").first.evaluate("rect => rect.getBoundingClientRect().width") > 20
    coloured = await page.locator("rect.relisted").first.evaluate("rect => getComputedStyle(rect).fill")
    assert coloured == "rgb(47, 158, 91)", "the style sheet applies"
    await visit.picture("page-overview")
    await page.get_by_role("link", name="Blue Harbour").click()
    await page.get_by_role("button", name="Pause this shop").click()
    await expect(page.get_by_role("status")).to_contain_text("The shop is paused")
    assert await redis.hget(lane_keys(SHOP).control, "state") == b"paused"
    await visit.picture("page-shop")
    await page.get_by_role("button", name="Resume this shop").click()
    await expect(page.get_by_role("status")).to_contain_text("The shop is active again")
    assert await redis.hget(lane_keys(SHOP).control, "state") == b"active"
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert visit.trouble == []
    assert visit.hosts == {address.removeprefix("http://")}, "no request leaves the machine"


async def test_sellers_text_is_escaped(redis: Redis, chromium: Browser, address: str, tmp_path: Path) -> None:
    await fleet(redis, tmp_path / "journal")
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.goto(f"{address}/shops/{SHOP}")
    await page.get_by_role("link", name=HOSTILE).click()
    await expect(page.get_by_role("heading", level=2).first).to_have_text(HOSTILE)
    await visit.picture("page-product")
    for summary in await page.locator("summary").all():
        await summary.click()
    await expect(page.get_by_text('"category_version": "v2"')).to_be_visible()
    assert await page.title() != "owned"
    assert await page.locator("img").count() == 0
    # If escaping ever fails, the browser must still refuse to run the script.
    await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    await page.wait_for_function("document.querySelector('img').complete")
    assert await page.title() != "1"
    assert any("Content Security Policy" in each and "inline" in each for each in visit.trouble)


def column_of(sheet: Worksheet, title: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == title)


async def test_a_worklist_is_filled_in_and_uploaded(
    redis: Redis, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await fleet(redis, tmp_path / "journal")
    visit = await signed_in(chromium, address)
    page = visit.page
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download XLSX").click()
    file = tmp_path / "worklist.xlsx"
    await (await download.value).save_as(file)
    book = load_workbook(file)
    gaps = book["Gaps by value"]
    assert gaps["B2"].value == "Material"
    unlocked = gaps.cell(2, column_of(gaps, "unlocks products")).value
    gaps.cell(2, column_of(gaps, "answer for all"), "Cotton")
    products = book["Products"]
    products.cell(products.max_row, column_of(products, "answer"), "no answer to this")
    book.save(file)
    await page.get_by_label("Filled-in worklist").set_input_files(file)
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{unlocked} products requeued, 1 rows rejected")
    await visit.picture("page-imported")
    answered = 0
    for place in range(6):
        payloads = await redis.hvals(lane_keys(str(int(SHOP) + place)).jobs)
        answered += sum(b'"501"' in payload for payload in payloads)
    assert answered == unlocked
    assert visit.trouble == []


async def test_progress_refreshes_while_open(redis: Redis, chromium: Browser, address: str, tmp_path: Path) -> None:
    await fleet(redis, tmp_path / "journal")
    visit = await signed_in(chromium, address)
    await visit.page.evaluate("window.still_here = true")
    await redis.hset(lane_keys(SHOP).states, "relisted", 1_234_567)
    drawn = visit.page.locator("rect.relisted title", has_text="1,234,567")
    await expect(drawn).to_have_count(1, timeout=PATIENCE_MS)
    assert await visit.page.evaluate("window.still_here"), "the page was not reloaded"
    assert visit.trouble == []
