"""A record, and the web UI with tokens for both roles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from record.opening import open_record
from record.record import Record
from tests.support.web_ui_here import TOKENS, web_ui_server


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    record = open_record("", tmp_path / "journal")
    yield record
    await record.close()


@pytest.fixture
async def address(redis: Redis, record: Record) -> AsyncIterator[str]:
    """The URL of the web UI."""
    async with web_ui_server(redis, TOKENS, record) as address:
        yield address
