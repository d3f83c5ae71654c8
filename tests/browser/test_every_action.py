"""Every action by keyboard, on a dark phone, without JavaScript; and what viewers and strangers may do."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from redis.asyncio import Redis

from record.record import Record
from tests.support.browser_actions import ACTIONS
from tests.support.browser_visit import PHONE, opened, signed_in
from tests.support.web_ui_fleet import VIEWS, full_fleet
from tests.support.web_ui_here import VIEWER_TOKEN

pytestmark = pytest.mark.slow
SEARCHES = {"Show", "Download", "Download XLSX", "See what this stops …"}
"""Buttons of forms that only read."""


@pytest.mark.parametrize("route", ACTIONS)
async def test_an_operator_acts_by_keyboard_without_javascript_on_a_phone(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path, route: str
) -> None:
    await full_fleet(redis, record, tmp_path)
    hardest = {"java_script_enabled": False, "color_scheme": "dark"}
    visit = await signed_in(chromium, address, viewport=PHONE, **hardest)
    says = await ACTIONS[route](visit.page, address, tmp_path)
    await expect(visit.page.get_by_role("main")).to_contain_text(says)
    assert visit.trouble == []


async def test_a_viewer_sees_every_view_and_no_button_that_acts(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address, VIEWER_TOKEN)
    offered = {}
    for path in VIEWS:
        await visit.page.goto(address + path)
        names = {await each.inner_text() for each in await visit.page.get_by_role("button").all()}
        if unexpected := names - SEARCHES - {"Sign out"}:
            offered[path] = unexpected
    assert offered == {}
    assert visit.trouble == []


async def test_a_stranger_sees_nothing_but_the_sign_in(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await opened(chromium, address)
    for path in VIEWS:
        await visit.page.goto(address + path)
        await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert "Blue Harbour" not in await visit.page.content(), path
