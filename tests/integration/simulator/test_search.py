"""Search Products: filters, pages and the window of 10,000."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from simulator.products import EPOCH, SPACING
from simulator.traits import PERIOD
from tests.integration.simulator.conftest import Platform
from tests.support.simulator_client import Client
from tests.support.simulator_waiting import reviewed, some_movable

SEARCH = "/product/202502/products/search"


async def everything(client: Client, body: dict[str, Any], size: int = 100) -> tuple[list[dict[str, Any]], int]:
    """The products of all pages, and the total of the first page."""
    found: list[dict[str, Any]] = []
    token, total = "", -1
    while True:
        query = {"page_size": str(size), **({"page_token": token} if token else {})}
        answer = await client.call("POST", SEARCH, body, **query)
        assert answer.code == 0, answer
        found += answer.data["products"]
        total = answer.data["total_count"] if total < 0 else total
        assert answer.data["total_count"] == total
        token = answer.data["next_page_token"]
        if not token:
            return found, total


def actual(client: Client) -> list[dict[str, Any]]:
    return [client.world.peek(client.shop(), index) for index in range(client.world.count(client.shop()))]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_by_category_version_before_and_after_a_move(platform: Platform, version: str) -> None:
    client = await platform()
    shop = client.shop()
    for identity, body in some_movable(client, 3):
        await client.edit(identity, body)
        await reviewed(client, identity)
    found, total = await everything(client, {"category_version": version}, size=30)
    wanted = [i for i in range(shop.products) if client.world.on_v2(shop, i) == (version == "v2")]
    assert [each["id"] for each in found] == [client.world.peek(shop, i)["id"] for i in wanted]
    assert total == len(found)


@pytest.mark.parametrize("status", ["DRAFT", "SELLER_DEACTIVATED", "FREEZE", "DELETED", "FAILED", "ACTIVATE", "ALL"])
async def test_by_status(platform: Platform, status: str) -> None:
    client = await platform(shops=1, products=PERIOD)
    found, total = await everything(client, {"status": status})
    assert [each["id"] for each in found] == [
        each["id"] for each in actual(client) if status in ("ALL", each["status"])
    ]
    assert total == len(found) > 0


async def test_by_audit_seller_sku_sku_id_and_tier(platform: Platform) -> None:
    client = await platform(shops=1, products=PERIOD)
    found, total = await everything(client, {"audit_status": ["AUDITING"]})
    assert total == len(found) > 0
    assert {each["audit"]["status"] for each in found} == {"AUDITING"}
    some = actual(client)[5:8]
    for name, ids in (
        ("seller_skus", [each["skus"][0]["seller_sku"] for each in some]),
        ("sku_ids", [each["skus"][0]["id"] for each in some]),
    ):
        found, total = await everything(client, {name: [*ids, "Red-nothing-17", "17"]})
        assert ([each["id"] for each in found], total) == ([each["id"] for each in some], 3)
    found, total = await everything(client, {"listing_quality_tiers": ["POOR"]})
    assert total == len(found) == sum(each.get("listing_quality_tier") == "POOR" for each in actual(client))


@pytest.mark.parametrize("bound", ["update_time", "create_time"])
async def test_by_time_both_ends_included(platform: Platform, bound: str) -> None:
    client = await platform(products=1200)
    everyone = actual(client)
    for first, last in (
        (EPOCH + 100 * SPACING, EPOCH + 160 * SPACING),
        (EPOCH, EPOCH),
        (client.world.source.started_at - 86400, client.world.source.started_at),
    ):
        found, total = await everything(client, {f"{bound}_ge": first, f"{bound}_le": last})
        wanted = [each["id"] for each in everyone if first <= each[bound] <= last]
        assert ([each["id"] for each in found], total) == (wanted, len(wanted))


async def test_pages_end_at_ten_thousand_results(platform: Platform) -> None:
    client = await platform(shops=1, products=10_300)
    # The page token that page 99 would return.
    token = base64.b64encode(b"offset=9900&index=9900&total=10300").decode()
    last = await client.call("POST", SEARCH, {}, page_size="100", page_token=token)
    assert (last.code, len(last.data["products"]), last.data["total_count"]) == (0, 100, 10_300)
    beyond = await client.call("POST", SEARCH, {}, page_size="100", page_token=last.data["next_page_token"])
    assert beyond.code == 12052180
    rest = await client.call("POST", SEARCH, {"update_time_ge": EPOCH + 10_000 * SPACING}, page_size="100")
    assert rest.data["total_count"] >= 290


async def test_a_search_does_not_generate_every_product(platform: Platform) -> None:
    client = await platform(shops=1, products=1_000_000)
    body = {"category_version": "v1", "update_time_ge": EPOCH + 900_000 * SPACING}
    answer = await client.call("POST", SEARCH, body, page_size="100")
    assert (len(answer.data["products"]), answer.data["total_count"] > 90_000) == (100, True)
    assert not client.shop().touched


@pytest.mark.parametrize(
    ("body", "query", "code"),
    [
        ({}, {"page_size": "0"}, 12019109),
        ({}, {"page_size": "101"}, 12019109),
        ({}, {"page_size": None}, 12019109),
        ({}, {"page_token": "rubbish"}, 12019108),
        ({"category_version": "v3"}, {}, 36009004),
        ({"category_version": "V1"}, {}, 36009004),
        ({"status": "SOLD"}, {}, 36009004),
        ({"seller_skus": ["s"] * 11}, {}, 12019027),
        ({"seller_skus": "s"}, {}, 36009004),
        ({"sku_ids": ["1"] * 11}, {}, 12019087),
        ({"create_time_ge": "yesterday"}, {}, 12019118),
        ({"update_time_ge": 5, "update_time_le": 4}, {}, 12019119),
    ],
)
async def test_bad_searches(platform: Platform, body: Any, query: dict[str, Any], code: int) -> None:
    client = await platform()
    assert (await client.call("POST", SEARCH, body, **{"page_size": "10", **query})).code == code


@pytest.mark.parametrize("version", ["202312", "202309"])
async def test_older_searches_ignore_category_version(platform: Platform, version: str) -> None:
    client = await platform()
    path = f"/product/{version}/products/search"
    answer = await client.call("POST", path, {"category_version": "v2"}, page_size="10")
    assert answer.data["total_count"] == client.shop().products


async def test_a_result_has_the_fields_of_the_sample(platform: Platform) -> None:
    client = await platform(products=2000)
    found, _ = await everything(client, {})
    assert {"id", "title", "status", "skus", "sales_regions", "create_time", "update_time", "audit"} <= found[0].keys()
    assert {"id", "seller_sku", "price", "inventory"} <= found[0]["skus"][0].keys()
    assert any("recommended_categories" in each for each in found)
