"""Every page of the web UI, for both roles, with a fleet at work and with an empty one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.shop import Shop
from record.action_log import NewAction
from record.record import Record
from record.state import Run, StateChange
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.browser_fleet import FLEET_AT, HOSTILE, fleet
from tests.support.web_ui_here import (
    OPEN,
    VIEWER_TOKEN,
    shown,
    sign_in,
    text_of,
    visitor_of,
    web_ui_server,
)

SHOP, PRODUCT = "7494000000000000001", "1729000000000000777"
VIEWS = [
    *("/", "/shops", "/shops?state=paused&sort=risk&region=US", "/shops/pause", f"/shops/{SHOP}", "/products"),
    *("/products?q=linen", f"/products?q={PRODUCT}", "/products?reason=12052104", f"/shops/{SHOP}/products/{PRODUCT}"),
    *("/products?state=relisted", "/questions", "/questions?kind=attribute&show=proposed", "/questions/products"),
    *("/questions/shops", "/worklist", "/runs", "/runs/spring", "/rollout", "/plans", "/reports", "/activity"),
    *("/retry?reason=12052104", "/cancel?run=spring", f"/undo?run=spring&shop={SHOP}", "/rollout/stop?cause=market/MX"),
]


async def filled(redis: Redis, record: Record, directory: Path) -> None:
    await fleet(redis, directory / "journal")
    await record.begin_run(Run("spring", FLEET_AT, "relist", "the first sweep"))
    change = StateChange(FLEET_AT, SHOP, "1729000000000000005", "relisted", "", "spring", "Linen shirt", ("SKU-77",))
    await record.set_states([change])
    await record.add_action(NewAction(FLEET_AT, "Ana", "operator", "shops_paused", {"shops": [SHOP], "count": 1}))


async def test_every_view_is_shown_to_both_roles(redis: Redis, record: Record, address: str, tmp_path: Path) -> None:
    await filled(redis, record, tmp_path)
    async with visitor_of(address) as operator, visitor_of(address) as viewer:
        await sign_in(operator)
        await sign_in(viewer, VIEWER_TOKEN)
        (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(operator, "/questions?kind=brand")))
        for path in [*VIEWS, f"/questions/{key}"]:
            page, same = await text_of(operator, path), await text_of(viewer, path)
            assert page.count("<h1>") == 1
            assert "<title> · relist" not in page
            assert not re.search(r'<form method="post" action="(?!/logout)', same), f"{path} offers a viewer an action"
            assert not re.search(r"<script(?! src=\"/assets/)|<[^<>]*\s(style|on\w+)=|=\"https?://", page), path
            assert "<img" not in page, path


@pytest.mark.parametrize("path", [*(path for path in VIEWS if not re.search(r"/shops/\d|runs/|[?]", path)), "/login"])
async def test_views_of_an_empty_fleet(redis: Redis, record: Record, path: str) -> None:
    async with web_ui_server(redis, OPEN, record) as address, visitor_of(address) as visitor:
        assert "<h1>" in await text_of(visitor, path)


async def test_overview_names_missing_workers_only_while_work_waits(redis: Redis, record: Record) -> None:
    await ShopRegistry(redis).add(Shop(SHOP, "c", "US", "7"))
    async with web_ui_server(redis, OPEN, record) as address, visitor_of(address) as visitor:
        assert "Nothing: every shop works" in await shown(visitor, "/")
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    async with web_ui_server(redis, OPEN, record) as address, visitor_of(address) as visitor:
        page = await shown(visitor, "/")
    assert "No worker is alive , so 1 job cannot run" in page
    assert "Nothing: every shop works" not in page


async def test_overview_answers_the_three_questions(redis: Redis, record: Record, address: str, tmp_path: Path) -> None:
    await filled(redis, record, tmp_path)
    async with visitor_of(address) as session:
        await sign_in(session)
        page = await shown(session, "/")
    for heading in ("Will we make it?", "What is stuck?", "What should people do next?"):
        assert heading in page
    assert "paused 1 shop" in page
    assert "stocktaking" in page


async def test_products_are_found_by_id_title_sku_state_and_reason(
    redis: Redis, record: Record, address: str, tmp_path: Path
) -> None:
    await filled(redis, record, tmp_path)
    async with visitor_of(address) as session:
        await sign_in(session)
        for query in ("q=1729000000000000005", "q=LINEN", "q=sku-77", "state=relisted", "run=spring&q=linen"):
            page = await shown(session, f"/products?{query}")
            assert "Linen shirt 1729000000000000005" in page, query
        assert "No product matches" in await shown(session, "/products?q=no+such+words")
        assert "No product matches" in await shown(session, "/products?q=%25")
        # This product is only in Redis so far.
        assert "Linen" not in await shown(session, "/products?q=1729100000000000001")
        assert "queued" in await shown(session, "/products?q=1729100000000000001")
        assert HOSTILE.split("<")[-1].strip() in await shown(session, f"/products?q={PRODUCT}")


async def test_one_product_is_shown_before_and_after(
    redis: Redis, record: Record, address: str, tmp_path: Path
) -> None:
    await filled(redis, record, tmp_path)
    async with visitor_of(address) as session:
        await sign_in(session)
        page = await shown(session, f"/shops/{SHOP}/products/{PRODUCT}")
    assert "category (changed)" in page
    assert "Category chosen by rule own leaf" in page
    assert "answered : in audit , request req-1" in page.replace("answered:", "answered :")


async def test_thousands_of_shops_are_not_listed_in_every_filter(redis: Redis, record: Record, address: str) -> None:
    for number in range(501):
        await ShopRegistry(redis).add(Shop(str(7494000000000000001 + number), "cipher", "US", str(number), "A shop"))
    async with visitor_of(address) as session:
        await sign_in(session)
        for path in ("/products", "/questions", "/questions/products", "/worklist", "/reports"):
            page = await text_of(session, f"{path}?shop={SHOP}")
            assert '<input name="shop"' in page, path
            assert "A shop" not in page, path
