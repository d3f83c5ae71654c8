"""A record, and the web UI with tokens for both roles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from record.opening import open_record
from record.record import Record
from tests.support.web_ui_here import OPERATOR_TOKEN, TOKENS, sign_in, visitor_of, web_ui_server


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


@pytest.fixture
async def ana(address: str) -> AsyncIterator[ClientSession]:
    """Ana, an operator who is signed in."""
    async with visitor_of(address) as session:
        await sign_in(session, OPERATOR_TOKEN, "Ana")
        yield session
