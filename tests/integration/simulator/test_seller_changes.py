"""Changes by sellers, on demand and on a timer, and how the ledger counts them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_client import Client
from tests.support.simulator_waiting import reviewed, some_movable, until


async def change(client: Client, kind: str, product_id: str | None = None) -> Any:
    wanted = {"shop_id": client.shop().shop_id, "kind": kind, "product_id": product_id}
    answer = await client.plain("POST", "/simulator/seller-changes", wanted)
    assert answer.status == 200, answer.raw
    return orjson.loads(answer.raw)


async def test_a_new_title_is_reviewed_and_goes_live(platform: Platform) -> None:
    client = await platform()
    ((identity, _),) = some_movable(client)
    title = (await change(client, "title", identity))["value"]
    await reviewed(client, identity)
    assert (await client.get(identity))["title"] == title
    assert (await client.ledger())["seller_changes"] == 1


async def test_an_edit_over_a_title_under_review_is_a_loss(platform: Platform) -> None:
    client = await platform(audit_seconds=(600.0, 600.0))
    ((identity, body),) = some_movable(client)
    await change(client, "title", identity)
    under_review = await client.get(identity, return_under_review_version="true")
    assert under_review["title"] != (await client.get(identity))["title"]
    await client.edit(identity, body)
    ledger = await client.ledger()
    assert ledger["seller_changes_lost"] == 1
    assert "change of title" in ledger["losses"][identity]


@pytest.mark.parametrize(("kind", "field"), [("price", "price"), ("stock", "inventory")])
async def test_offers_change_immediately(platform: Platform, kind: str, field: str) -> None:
    client = await platform()
    ((identity, _),) = some_movable(client)
    before = await client.get(identity)
    await change(client, kind, identity)
    after = await client.get(identity)
    assert after["skus"][0][field] != before["skus"][0][field]
    assert (after["audit"], after["title"]) == (before["audit"], before["title"])


async def test_a_deleted_product_cannot_be_edited(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client)
    await change(client, "delete", identity)
    assert (await client.get(identity))["status"] == "DELETED"
    assert (await client.edit(identity, body)).code == 12052901
    again = {"shop_id": client.shop().shop_id, "kind": "title", "product_id": identity}
    assert (await client.plain("POST", "/simulator/seller-changes", again)).status == 404


async def test_an_added_product_is_found_by_a_search(platform: Platform) -> None:
    client = await platform()
    identity = (await change(client, "add"))["product_id"]
    product = await client.get(identity)
    wanted = {"sku_ids": [product["skus"][0]["id"]]}
    found = await client.call("POST", "/product/202502/products/search", wanted, page_size="10")
    assert [each["id"] for each in found.data["products"]] == [identity]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"kind": "rename"}, 400),
        ({"kind": "title", "product_id": "17"}, 404),
        ({"kind": "title", "shop_id": "17"}, 404),
        (["title"], 400),
    ],
)
async def test_a_wrong_change_is_named(platform: Platform, wanted: Any, status: int) -> None:
    client = await platform()
    sent = {"shop_id": client.shop().shop_id, **wanted} if isinstance(wanted, dict) else wanted
    answer = await client.plain("POST", "/simulator/seller-changes", sent)
    assert (answer.status, answer.raw.count(b"\n")) == (status, 1)


async def test_sellers_work_on_a_timer(platform: Platform) -> None:
    client = await platform(seller_changes_per_second=200.0)
    shops = client.world.shops

    def kinds() -> set[str]:
        return {kind for shop in shops for kind in shop.seller_activity}

    await until(lambda: kinds() >= {"title", "price", "stock", "delete", "add"})
    assert all(each["products_with_losses"] == 0 for each in (await client.ledger(0), await client.ledger(1)))
