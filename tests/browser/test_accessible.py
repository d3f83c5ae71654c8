"""No view violates WCAG 2.2 AA by axe-core, in light and dark; none scrolls sideways on a phone of 320 pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, expect
from redis.asyncio import Redis

from model.shop import Shop
from record.record import Record
from shop_queue.shop_registry import ShopRegistry
from tests.support.browser_visit import PHONE, WIDE, opened, signed_in
from tests.support.web_ui_fleet import SHOP, VIEWS, full_fleet, trouble

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation_on_any_view(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    await full_fleet(redis, record, tmp_path)
    first = await opened(chromium, address, color_scheme=scheme)
    assert await first.violations() == [], "/login"
    visit = await signed_in(chromium, address, color_scheme=scheme)
    found = {}
    for path in VIEWS:
        await visit.page.goto(address + path)
        if violations := await visit.violations():
            found[path] = violations
    await visit.page.goto(address + "/questions")
    await visit.page.get_by_role("rowheader").get_by_role("link").first.click()
    await expect(visit.page.get_by_role("heading", name="The question")).to_be_visible()
    if violations := await visit.violations():
        found["a question"] = violations
    assert found == {}


async def test_nothing_scrolls_sideways_on_a_phone_or_a_wide_screen(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    await ShopRegistry(redis).add(Shop("7494000000000000099", "c", "US", "7494000000000000099", "L" * 200))
    visit = await signed_in(chromium, address, viewport=PHONE)
    wide = []
    for path in VIEWS:
        await visit.page.set_viewport_size(WIDE)
        await visit.page.goto(address + path)
        if await visit.is_too_wide():
            wide.append(f"{path} on a wide screen")
        await visit.page.set_viewport_size(PHONE)
        if await visit.is_too_wide():
            wide.append(path)
        if violations := await visit.violations():
            wide.append(f"{path}: {violations}")
    await visit.page.goto(f"{address}/")
    await visit.picture("page-phone")
    assert wide == []


async def test_all_problems_together_are_accessible_on_a_phone(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address, viewport=PHONE)
    try:
        await trouble(redis)
        await visit.page.goto(f"{address}/")
        stuck = visit.page.locator("#stuck")
        for text in (
            "The platform does not respond to 1 of 2 workers",
            "mapping-of-all-shops.csv: row 1",
            "A worker on machine-3",
            "Redis is full",
            "Workers run 2 versions",
            "the shop is inactive (36009043)",
        ):
            await expect(stuck).to_contain_text(text, timeout=30_000)
        assert not await visit.is_too_wide()
        assert await visit.violations() == []
    finally:
        await redis.config_set("maxmemory", "0")


async def test_tab_reaches_every_control_of_every_view_and_shows_the_focus(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    missed = {}
    for path in VIEWS:
        await visit.page.goto(address + path)
        if names := await visit.controls_without_tab_stop():
            missed[path] = names
    assert missed == {}


async def test_the_content_is_reached_at_once_and_a_shop_paused_by_keyboard_alone(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address, viewport=WIDE)
    page = visit.page
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"
    await page.goto(f"{address}/shops/{SHOP}")
    for _ in range(60):
        await page.keyboard.press("Tab")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "the focus is always visible"
        if await page.evaluate("document.activeElement.textContent") == "Pause this shop":
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Paused")
    assert visit.trouble == []
