"""Operations that other clients call: offers, deleting, brands, uploads, warehouses, diagnoses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body, open_leaf
from tests.support.simulator_client import Client
from tests.support.simulator_uploads import form
from tests.support.simulator_waiting import reviewed, some_movable

PRODUCTS = "/product/202309/products"


async def test_prices_change_without_a_review(platform: Platform) -> None:
    client = await platform()
    ((identity, _),) = some_movable(client)
    sku = (await client.get(identity))["skus"][0]
    body = {"skus": [{"id": sku["id"], "price": {"currency": "USD", "amount": "12.34"}}]}
    assert (await client.call("POST", f"{PRODUCTS}/{identity}/prices/update", body)).code == 0
    after = await client.get(identity)
    assert (after["skus"][0]["price"]["sale_price"], after["audit"]["status"]) == ("12.34", "APPROVED")
    assert (await client.ledger())["damaged"] == 0


async def test_stock_changes_in_the_named_warehouse(platform: Platform) -> None:
    client = await platform()
    ((identity, _),) = some_movable(client)
    sku = (await client.get(identity))["skus"][0]
    warehouse = sku["inventory"][0]["warehouse_id"]
    body = {"skus": [{"id": sku["id"], "inventory": [{"warehouse_id": warehouse, "quantity": 7}]}]}
    assert (await client.call("POST", f"{PRODUCTS}/{identity}/inventory/update", body)).code == 0
    found = await client.call("POST", "/product/202309/inventory/search", {"product_ids": [identity]})
    (product,) = found.data["inventory"]
    held = {each["warehouse_id"]: each["available_quantity"] for each in product["skus"][0]["warehouse_inventory"]}
    assert held[warehouse] == 7
    by_sku = await client.call("POST", "/product/202309/inventory/search", {"sku_ids": [sku["id"]]})
    assert [each["id"] for each in by_sku.data["inventory"][0]["skus"]] == [sku["id"]]


@pytest.mark.parametrize(
    ("operation", "sku", "code"),
    [
        ("prices", {"id": "17", "price": {"currency": "USD", "amount": "1.00"}}, 12052557),
        ("prices", {"price": {"currency": "EUR", "amount": "1.00"}}, 12052084),
        ("prices", {"price": {"currency": "USD", "amount": "0"}}, 12052073),
        ("prices", {"price": "1"}, 12052571),
        ("inventory", {"inventory": [{"warehouse_id": "1", "quantity": 1}]}, 12052097),
        ("inventory", {"inventory": [{"quantity": -1}]}, 12052055),
        ("inventory", {"inventory": []}, 12052486),
    ],
)
async def test_a_wrong_offer_changes_nothing(platform: Platform, operation: str, sku: Any, code: int) -> None:
    client = await platform()
    ((identity, _),) = some_movable(client)
    before = await client.get(identity)
    good = {"id": before["skus"][0]["id"]}
    good |= {"price": {"currency": "USD", "amount": "9.99"}, "inventory": [{"quantity": 1}]}
    body = {"skus": [good, {**good, **sku}]}
    assert (await client.call("POST", f"{PRODUCTS}/{identity}/{operation}/update", body)).code == code
    assert await client.get(identity) == before
    assert (await client.call("POST", f"{PRODUCTS}/{identity}/{operation}/update", {"skus": {}})).code == 36009004


async def test_a_deleted_product_can_be_recovered(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client)
    foreign = client.world.make(client.shop(1), 0)["id"]
    answer = await client.call("DELETE", PRODUCTS, {"product_ids": [identity, "17", foreign]})
    failures = {each["detail"]["product_id"]: each["code"] for each in answer.data["errors"]}
    assert failures == {"17": 12052032, foreign: 12052048}
    assert (await client.get(identity))["status"] == "DELETED"
    prices = await client.call("POST", f"{PRODUCTS}/{identity}/prices/update", {"skus": [{}]})
    assert prices.code == 12052901
    assert (await client.call("POST", f"{PRODUCTS}/recover", {"product_ids": [identity]})).data == {"errors": []}
    assert (await client.get(identity))["status"] == "SELLER_DEACTIVATED"
    (again,) = (await client.call("POST", f"{PRODUCTS}/recover", {"product_ids": [identity]})).data["errors"]
    assert again["code"] == 12052901
    assert (await client.edit(identity, body)).code == 0


async def brands(client: Client, shop: int, name: str) -> list[str]:
    query = {"brand_name": name, "category_version": "v2", "page_size": "10"}
    answer = await client.call("GET", "/product/202309/brands", shop=shop, **query)
    return [each["id"] for each in answer.data["brands"]]


async def test_a_custom_brand_belongs_to_its_seller(platform: Platform) -> None:
    client = await platform()
    path = "/product/202309/brands"
    answer = await client.call("POST", path, {"name": "Our own brand"}, shop_cipher=None)
    identity = answer.data["id"]
    assert await brands(client, 0, "our own") == [identity]
    assert await brands(client, 1, "our own") == []
    created = await client.call("POST", PRODUCTS, create_body(client.world, client.shop(), brand_id=identity))
    await reviewed(client, created.data["product_id"])
    assert (await client.get(created.data["product_id"]))["brand"]["name"] == "Our own brand"
    for name in ("Our own brand", "x", "x" * 31, 5):
        assert (await client.call("POST", path, {"name": name}, shop_cipher=None)).code != 0
    assert (await client.call("POST", path, {"name": "Another brand"})).code == 36009004, "takes no cipher"


async def test_brands_are_suggested_from_the_title(platform: Platform) -> None:
    client = await platform()
    answer = await client.call("POST", "/product/202609/brands/suggest", {"product_title": "A jar of Brand 7"})
    assert [each["name"] for each in answer.data["brands"]] == ["Brand 7"]
    assert (await client.call("POST", "/product/202609/brands/suggest", {})).code == 12052261


async def test_an_uploaded_file_can_be_a_certificate(platform: Platform) -> None:
    client = await platform()

    async def upload(content: bytes, name: str) -> Any:
        raw = form(content, None).replace(
            b"--line--",
            b'--line\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + name.encode() + b"\r\n--line--",
        )
        kind = "multipart/form-data; boundary=line"
        path = "/product/202309/files/upload"
        return await client.call("POST", path, content=raw, content_type=kind, sign_content=False, shop_cipher=None)

    uploaded = await upload(b"%PDF-1.7 certificate", "CERT.PDF")
    assert uploaded.code == 0
    files = [{"id": uploaded.data["id"], "name": "CERT.PDF", "format": "PDF"}]
    certifications = [{"id": "7001", "files": files, "expiration_date": 2**31}]
    body = create_body(client.world, client.shop(), certifications=certifications)
    assert (await client.call("POST", PRODUCTS, body)).code == 0
    assert (await upload(b"GIF89a", "CERT.PDF")).code == 12038015
    assert (await upload(b"%PDF-1.7", "")).code == 11050001


async def test_shops_warehouses_and_delivery_options(platform: Platform) -> None:
    client = await platform(shops_per_authorization=2)
    answer = await client.call("GET", "/seller/202309/shops", shop_cipher=None)
    assert [each["id"] for each in answer.data["shops"]] == [shop.shop_id for shop in client.world.shops]
    await client.faults(shop_id=client.shop(1).shop_id, inactive="shop")
    answer = await client.call("GET", "/seller/202309/shops", shop_cipher=None)
    assert [each["id"] for each in answer.data["shops"]] == [client.shop().shop_id]
    warehouses = (await client.call("GET", "/logistics/202309/warehouses")).data["warehouses"]
    assert tuple(each["id"] for each in warehouses) == client.shop().seller.warehouses
    path = f"/logistics/202309/warehouses/{warehouses[0]['id']}/delivery_options"
    options = (await client.call("GET", path)).data["delivery_options"]
    assert [each["name"] for each in options] == ["SEND_BY_SELLER", "STANDARD"]
    assert (await client.call("GET", "/logistics/202309/warehouses/1/delivery_options")).code == 36009004
    assert (await client.call("GET", "/seller/202309/permissions", shop_cipher=None)).data == {"permissions": []}


async def test_short_titles_are_diagnosed(platform: Platform) -> None:
    client = await platform()
    titles = ("A jar", "A sturdy jar for the kitchen, the journey and the garden")
    ids = []
    for number, title in enumerate(titles):
        body = create_body(client.world, client.shop(), title=title, category_id=open_leaf(client.world))
        for place, sku in enumerate(body["skus"]):
            sku["identifier_code"]["code"] = f"12345678901{number}{place}0"
        created = (await client.call("POST", PRODUCTS, body)).data["product_id"]
        await reviewed(client, created)
        ids.append(created)
    path = "/product/202405/products/diagnoses"
    answer = await client.call("GET", path, product_ids=",".join((*ids, "17")))
    tiers = {each["id"]: each["listing_quality"]["current_tier"] for each in answer.data["products"]}
    assert tiers == {ids[0]: "POOR", ids[1]: "GOOD"}
    assert (await client.call("GET", path, product_ids=",".join(["1"] * 21))).code == 12019120
