"""Debian's Chromium, driven by Playwright, and the web UI it opens."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from gateway.web.routes import WebUI
from http_server.health import health_application, serve
from record.opening import open_record

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM = Path(os.environ.get("RELIST_TEST_CHROMIUM", "/usr/bin/chromium"))
TOKEN = "a token of some length"


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
async def address(redis: Redis, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of the web UI."""

    async def ready() -> str:
        return ""

    app = health_application(CollectorRegistry(), ready)
    record = open_record("", tmp_path / "journal")
    page = WebUI(redis, TOKEN, record)
    page.add_to(app)
    runner, port = await serve(app, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()
    await page.close()
    await record.close()
