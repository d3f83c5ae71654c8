"""Debian's Chromium, driven by Playwright, and the web UI it opens."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from config.markets import load_markets
from record.opening import open_record
from record.record import Record
from tests.support.web_ui_here import TOKENS, web_ui_server

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM = Path(os.environ.get("RELIST_TEST_CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="session")
def executable() -> Path:
    if not CHROMIUM.exists():
        pytest.fail(
            f"{CHROMIUM} is missing: install it with `apt-get update && apt-get install -y chromium`,"
            " or name another by RELIST_TEST_CHROMIUM"
        )
    return CHROMIUM


@pytest.fixture
async def chromium(executable: Path) -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright  # read by every process of `make test`, even if no test runs

    async with async_playwright() as playwright:
        # The sandbox needs privileges that root in a container lacks; the page under test is trusted.
        browser = await playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    record = open_record("", tmp_path / "journal")
    yield record
    await record.close()


@pytest.fixture
async def address(redis: Redis, record: Record) -> AsyncIterator[str]:
    """The URL of the web UI."""
    async with web_ui_server(redis, TOKENS, record, markets=load_markets()) as address:
        yield address
