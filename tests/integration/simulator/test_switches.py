"""Both positions of every switch of the fact table."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from simulator.media import image_uri
from simulator.shapes import to_edit
from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body
from tests.support.simulator_waiting import reviewed, some_movable

CATEGORIES = "/product/202309/categories"
SEARCH = "/product/202502/products/search"
BOTH = pytest.mark.parametrize("position", [False, True])


@BOTH
async def test_accepts_v1(platform: Platform, position: bool) -> None:
    client = await platform(accepts_v1=position)
    answer = await client.call("GET", CATEGORIES)
    assert answer.code == (0 if position else 12052217)
    if not position:
        return
    assert len(answer.data["categories"]) == len(client.world.trees.v1)
    ((identity, _),) = some_movable(client)
    product = await client.get(identity)
    assert (await client.edit(identity, to_edit(product))).code == 0
    assert not (await reviewed(client, identity)).on_v2
    split = next(iter(client.world.trees.splits))
    attributes = await client.call("GET", f"{CATEGORIES}/{split}/attributes", category_version="v1")
    assert {"200001"} <= {each["id"] for each in attributes.data["attributes"]}, "the old tree's own ids"


@BOTH
async def test_version_case_insensitive(platform: Platform, position: bool) -> None:
    client = await platform(version_case_insensitive=position)
    assert (await client.call("GET", CATEGORIES, category_version="V2")).code == (0 if position else 36009004)
    found = await client.call("POST", SEARCH, {"category_version": "V1"}, page_size="1")
    assert found.code == (0 if position else 36009004)


@BOTH
async def test_refuses_edit_during_audit(platform: Platform, position: bool) -> None:
    client = await platform(refuses_edit_during_audit=position, audit_seconds=(600.0, 600.0))
    ((identity, body),) = some_movable(client)
    assert (await client.edit(identity, body)).code == 0
    again = await client.edit(identity, {**body, "title": "The later edit wins where it is taken"})
    assert again.code == (12052901 if position else 0)
    waiting = await client.get(identity, return_under_review_version="true")
    assert (waiting["title"] == body["title"]) == position
    assert (await client.ledger())["reviews_superseded"] == (0 if position else 1)


@BOTH
async def test_old_tokens_die(platform: Platform, position: bool) -> None:
    client = await platform(old_tokens_die=position)
    old = client.shop().access_token()
    await client.faults(shop_id=client.shop().shop_id, generation=1)
    assert client.shop().access_token() != old
    answer = await client.call("GET", CATEGORIES, category_version="v2", headers={"x-tts-access-token": old})
    assert answer.code == (105002 if position else 0)
    assert (await client.call("GET", CATEGORIES, category_version="v2")).code == 0


@BOTH
async def test_old_refresh_tokens_die(platform: Platform, position: bool) -> None:
    client = await platform(old_refresh_tokens_die=position)
    query = {"app_key": "simulated-key", "app_secret": "simulated-secret", "grant_type": "refresh_token"}
    query["refresh_token"] = client.shop().refresh_token
    assert (await client.plain("GET", "/api/v2/token/refresh", **query)).code == 0
    again = await client.plain("GET", "/api/v2/token/refresh", **query)
    assert again.code == (36004004 if position else 0)


@BOTH
async def test_accepts_query_token(platform: Platform, position: bool) -> None:
    client = await platform(accepts_query_token=position)
    answer = await client.call(
        "GET", CATEGORIES, category_version="v2", access_token=client.shop().access_token(), headers={"x-none": "1"}
    )
    assert answer.code == (0 if position else 36009004)


@BOTH
async def test_signs_empty_object(platform: Platform, position: bool) -> None:
    client = await platform(signs_empty_object=position)
    with_it = await client.call("POST", SEARCH, content=b"{}", page_size="1")
    without = await client.call("POST", SEARCH, content=b"{}", page_size="1", sign_content=False)
    assert (with_it.code, without.code) == ((0, 106001) if position else (106001, 0))


@pytest.mark.parametrize("status", [200, 400])
async def test_business_errors_status(platform: Platform, status: int) -> None:
    client = await platform(business_errors_status=status)
    answer = await client.call("GET", CATEGORIES, category_version="v1")
    assert (answer.status, answer.code) == (status, 12052217)
    dead = await client.call("GET", CATEGORIES, headers={"x-tts-access-token": "x"})
    assert dead.status == 401


@pytest.mark.parametrize("code", [12052093, 12052109])
async def test_quota_code(platform: Platform, code: int) -> None:
    client = await platform(quota_code=code, quota_per_day=1)
    (first, body), (second, other) = some_movable(client, 2)
    assert (await client.edit(first, body)).code == 0
    assert (await client.edit(second, other)).code == code
    create = await client.call("POST", "/product/202309/products", create_body(client.world, client.shop()))
    assert create.code == code
    created = create_body(client.world, client.shop(1))
    assert (await client.call("POST", "/product/202309/products", created, shop=1)).code == 0, "each shop has its own"
    await client.faults(quota_per_day=None)
    assert (await client.edit(second, other)).code == 0


@BOTH
async def test_unknown_brand_is_refused(platform: Platform, position: bool) -> None:
    client = await platform(unknown_brand_is_refused=position)
    ((identity, body),) = some_movable(client)
    answer = await client.edit(identity, {**body, "brand_id": "123"})
    assert answer.code == (12052026 if position else 0)
    if not position:
        (warning,) = answer.data["warnings"]
        assert "[brand_id]:123" in warning["message"]
        await reviewed(client, identity)
        assert "brand" not in await client.get(identity)


@BOTH
async def test_shows_v2_chains(platform: Platform, position: bool) -> None:
    client = await platform(shows_v2_chains=position)
    world, shop = client.world, client.shop()
    for identity, body in some_movable(client, 20):
        tree = world.trees.v2 if position else world.trees.v1
        product = await client.get(identity)
        assert product["category_chains"] == world.trees.chain(body["category_id"], tree)
    gone = next(
        product
        for product in (world.make(shop, index) for index in range(shop.products))
        if product["category_chains"][-1]["id"] not in world.trees.v2
    )
    assert (await client.get(gone["id"]))["category_chains"] == gone["category_chains"]


@BOTH
async def test_pages_by_offset(platform: Platform, position: bool) -> None:
    client = await platform(pages_by_offset=position)
    before = (await client.call("POST", SEARCH, {"category_version": "v1"}, page_size="100")).data
    first = (await client.call("POST", SEARCH, {"category_version": "v1"}, page_size="10")).data
    assert base64.b64decode(first["next_page_token"]).startswith(b"offset=10")
    moved = [body for body in some_movable(client, 50) if body[0] in [each["id"] for each in first["products"]]]
    for identity, body in moved:
        await client.edit(identity, body)
        await reviewed(client, identity)
    assert moved
    query = {"page_size": "10", "page_token": first["next_page_token"]}
    second = (await client.call("POST", SEARCH, {"category_version": "v1"}, **query)).data
    skipped = len(moved) if position else 0
    assert [each["id"] for each in second["products"]] == [
        each["id"] for each in before["products"][10 + skipped : 20 + skipped]
    ]


@BOTH
async def test_edit_reactivates(platform: Platform, position: bool) -> None:
    client = await platform(edit_reactivates=position)
    ((identity, body),) = some_movable(client)
    await client.call("POST", "/product/202309/products/deactivate", {"product_ids": [identity]})
    assert (await client.edit(identity, body)).code == 0
    await reviewed(client, identity)
    assert (await client.get(identity))["status"] == ("ACTIVATE" if position else "SELLER_DEACTIVATED")
    assert (await client.ledger())["damage"] == ({identity: ["product_status", "status"]} if position else {})


@BOTH
async def test_edit_discards_draft(platform: Platform, position: bool) -> None:
    client = await platform(edit_discards_draft=position)
    ((identity, body),) = some_movable(client)
    assert (await client.edit(identity, {**body, "save_mode": "AS_DRAFT", "title": "Unpublished"})).code == 0
    assert (await client.get(identity))["has_draft"]
    assert (await client.edit(identity, body)).code == 0
    await reviewed(client, identity)
    assert (await client.get(identity))["has_draft"] is not position
    shown = await client.get(identity, return_draft_version="true")
    assert (shown["title"] == "Unpublished") is not position
    assert (await client.ledger())["drafts_discarded"] == position


@BOTH
async def test_drops_values_without_id(platform: Platform, position: bool) -> None:
    client = await platform(drops_values_without_id=position)
    ((identity, body),) = some_movable(client)
    for attribute in body["skus"][0]["sales_attributes"]:
        del attribute["value_id"]
    assert (await client.edit(identity, body)).code == 0
    await reviewed(client, identity)
    sku = (await client.get(identity))["skus"][0]
    assert (sku["sales_attributes"] == []) == position
    assert (await client.ledger())["damage"] == ({identity: ["skus.sales_attributes"]} if position else {})


@BOTH
async def test_platforms_survive_omission(platform: Platform, position: bool) -> None:
    client = await platform(platforms_survive_omission=position)
    ((identity, body),) = some_movable(client, integrated_platform_statuses=[])
    before = await client.get(identity)
    del body["listing_platforms"]
    assert (await client.edit(identity, body)).code == 0
    await reviewed(client, identity)
    after = await client.get(identity)
    kept = before["integrated_platform_statuses"]
    assert after.get("integrated_platform_statuses") == (kept if position else None)
    assert (await client.ledger())["damaged"] == int(not position)


@BOTH
async def test_webhook_needs_https(platform: Platform, position: bool) -> None:
    client = await platform(webhook_needs_https=position)
    for address, good in (
        ("https://seller.example/hooks", True),
        ("http://127.0.0.1:9000/hooks", not position),
        ("https://10.0.0.1/hooks", not position),
    ):
        body = {"address": address, "event_type": "PRODUCT_STATUS_CHANGE"}
        assert (await client.call("PUT", "/event/202309/webhooks", body)).code == (0 if good else 36009004)


@BOTH
async def test_tells_retry_after(platform: Platform, position: bool) -> None:
    client = await platform(unlimited=False, reads_per_second=(1, 1), tells_retry_after=position)
    answers = [await client.call("GET", CATEGORIES, category_version="v2") for _ in range(3)]
    throttled = [each for each in answers if each.code == 36009002]
    assert throttled
    for each in throttled:
        assert each.status == 429
        assert ("retry-after" in each.headers) == position


@BOTH
async def test_an_authorised_brand_may_be_closed_in_a_category(platform: Platform, position: bool) -> None:
    client = await platform(unavailable_brand_share=float(position))
    body = create_body(client.world, client.shop(), brand_id=min(client.shop().authorized_brands))
    query: Any = {"category_version": "v2", "category_id": body["category_id"], "page_size": "100"}
    brands = (await client.call("GET", "/product/202309/brands", is_authorized="true", **query)).data["brands"]
    assert {each["brand_status"] for each in brands} == {"UNAVAILABLE" if position else "AVAILABLE"}
    answer = await client.call("POST", "/product/202309/products", body)
    assert answer.code == (12052201 if position else 0)


@BOTH
async def test_an_unsupported_size_chart_is_ignored(platform: Platform, position: bool) -> None:
    client = await platform(size_chart_unsupported_share=float(position))
    body = create_body(client.world, client.shop(), size_chart={"image": {"uri": image_uri(1)}})
    created = (await client.call("POST", "/product/202309/products", body)).data["product_id"]
    await reviewed(client, created)
    assert ("size_chart" in await client.get(created)) == (not position)
