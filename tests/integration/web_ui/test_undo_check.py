"""Before an undo the page counts the changed fields of all products, and checks the first ones on the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from config.markets import load_markets
from gateway.page_access import client_opener
from shop_queue.keys import lane_keys
from tests.support.job_runner import SHOP_ID, JobRunner, job_runner
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import OTHER_LEAF, product
from tests.support.web_ui_here import OPERATOR_TOKEN, TOKENS, shown, sign_in, visitor_of, web_ui_server
from token_store.cipher import TokenCipher

OAK = [{"id": "100", "name": "Material", "values": [{"id": "2", "name": "Oak"}]}]
MOVED = [{"id": OTHER_LEAF, "parent_id": "850000", "local_name": "Boxes", "is_leaf": True}]
CHANGED: dict[str, Any] = {"product_attributes": OAK, "category_chains": MOVED}
V1 = [{"id": "404", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]


@pytest.fixture
async def runner(redis: Redis, tmp_path: Path) -> AsyncIterator[JobRunner]:
    async with job_runner(redis, tmp_path) as runner:
        yield runner


@asynccontextmanager
async def undo_page(redis: Redis, runner: JobRunner, page: str = "") -> AsyncIterator[str]:
    """The text of the page that asks before the run is undone."""
    opener = client_opener(redis, TokenCipher("k" * 16), runner.services.transport)
    options = {"markets": load_markets(), "open_client": opener}
    async with web_ui_server(redis, TOKENS, runner.record, **options) as address, visitor_of(address) as ana:
        await sign_in(ana, OPERATOR_TOKEN, "Ana")
        yield await shown(ana, f"/undo?run=spring{page}")


async def test_live_products_show_restored_kept_and_lost_fields(redis: Redis, runner: JobRunner) -> None:
    for number in ("1", "2", "5"):
        await recorded_undo(runner.record, SHOP_ID, product(number), CHANGED)
    await recorded_undo(runner.record, SHOP_ID, product("3", category_chains=V1), {"category_chains": MOVED})
    await recorded_undo(runner.record, SHOP_ID, product("4"), CHANGED, (("refused", ""),))
    runner.platform.add(product("1", **CHANGED), product("2", product_attributes=[], category_chains=MOVED))
    runner.platform.add(product("3", category_chains=MOVED), product("4"))
    async with undo_page(redis, runner) as page:
        assert "4 products changed by run spring are restored" in page
        assert f"1 of shop {SHOP_ID}: would restore attribute Material, category" in page
        assert f"2 of shop {SHOP_ID}: changed since the edit, stays: attribute Material" in page
        assert f"3 of shop {SHOP_ID}: cannot be restored: the category Old jars (404) is not on the v2 tree" in page
        assert f"5 of shop {SHOP_ID}: cannot be restored: the product no longer exists" in page
        assert "1 edit without effect" in page
    assert runner.platform.edits == []
    assert await redis.hlen(lane_keys(SHOP_ID).jobs) == 0  # type: ignore[misc]


async def test_fields_are_counted_for_all_products_and_ten_are_read(redis: Redis, runner: JobRunner) -> None:
    for number in range(10, 22):
        await recorded_undo(runner.record, SHOP_ID, product(str(number)), CHANGED)
        runner.platform.add(product(str(number), **CHANGED))
    async with undo_page(redis, runner) as page:
        assert "12 products changed by run spring are restored" in page
        assert "The edits changed: attribute Material of 12 products, category of 12 products" in page
        assert "The first 10 products of 12 were checked" in page
        assert page.count("would restore attribute Material, category") == 10
        assert "Check the next ten" in page
        assert "Check the previous ten" not in page
    async with undo_page(redis, runner, "&page=2") as page:
        assert "Products 11 to 12 of 12 were checked" in page
        assert page.count("would restore attribute Material, category") == 2
        assert "Check the previous ten" in page
