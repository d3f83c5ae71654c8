"""Both positions of the switches for other clients and for live shops."""

from __future__ import annotations

import time
from typing import Any

import pytest
from yarl import URL

from simulator.reviews import IDENTITY
from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body, open_leaf
from tests.support.simulator_client import Client, signature
from tests.support.simulator_uploads import png, upload
from tests.support.simulator_waiting import reviewed, some_movable, until

CATEGORIES = "/product/202309/categories"
PRODUCTS = "/product/202309/products"
SEARCH = "/product/202502/products/search"
BOTH = pytest.mark.parametrize("position", [False, True])


@pytest.mark.parametrize(
    ("code", "words"), [(36009004, "x-tts-access-token header"), (36009005, "access_token header")]
)
async def test_bad_token_code(platform: Platform, code: int, words: str) -> None:
    client = await platform(bad_token_code=code)
    for headers in ({"x-tts-access-token": "rubbish"}, {"x-none": "1"}):
        answer = await client.call("GET", CATEGORIES, category_version="v2", headers=headers)
        assert (answer.status, answer.code, answer.message) == (401, code, f"{words} is invalid")


@pytest.mark.parametrize("code", [105002, 105001, 36009005, 36009004])
async def test_expired_token_code(platform: Platform, code: int) -> None:
    client = await platform(expired_token_code=code)
    await client.faults(shop_id=client.shop().shop_id, token_expired=True)
    answer = await client.call("GET", CATEGORIES, category_version="v2")
    assert (answer.status, answer.code) == (401, code)


@BOTH
async def test_reads_without_version(platform: Platform, position: bool) -> None:
    client = await platform(answers_without_version_outside_us=position, regions=("MX", "US"))
    leaf = open_leaf(client.world)
    for path in (CATEGORIES, f"{CATEGORIES}/{leaf}/attributes"):
        assert (await client.call("GET", path)).code == (0 if position else 12052217)
        assert (await client.call("GET", path, shop=1)).code == 12052217, "in the US"
    assert (await client.call("GET", f"{CATEGORIES}/{leaf}/rules")).code == 12052217


@BOTH
async def test_accepts_empty_list_body(platform: Platform, position: bool) -> None:
    client = await platform(accepts_empty_list_body=position)
    answer = await client.call("POST", SEARCH, content=b"[]", page_size="1")
    assert answer.code == (0 if position else 36009004)


@BOTH
async def test_accepts_numeric_booleans(platform: Platform, position: bool) -> None:
    client = await platform(accepts_numeric_booleans=position, audit_seconds=(600.0, 600.0))
    query = {"category_version": "v2", "page_size": "100"}
    for sent, wanted in (("1", "AUTHORIZED"), ("0", "UNAUTHORIEZD")):
        answer = await client.call("GET", "/product/202309/brands", is_authorized=sent, **query)
        assert answer.code == (0 if position else 36009004)
        assert {each["authorized_status"] for each in answer.data.get("brands", ())} == (
            {wanted} if position else set()
        )
    ((identity, body),) = some_movable(client)
    await client.edit(identity, {**body, "title": "Another title that is long enough"})
    answer = await client.call("GET", f"{PRODUCTS}/{identity}", return_under_review_version="1")
    assert answer.data.get("title") == ("Another title that is long enough" if position else None)


@pytest.mark.parametrize("most", [0, 3])
async def test_sandbox_requests_per_hour(platform: Platform, most: int) -> None:
    client = await platform(sandbox_requests_per_hour=most)
    answers = [await client.call("GET", CATEGORIES, category_version="v2") for _ in range(5)]
    # The quota restarts with the clock's hour, which may begin in between.
    refused = [(each.status, each.code) for each in answers if each.code]
    assert set(refused) == ({(429, 36009037)} if most else set())
    assert (await client.call("GET", CATEGORIES, category_version="v2", shop=1)).code == 0, "each shop has its own"


@BOTH
async def test_accepts_more_decimals(platform: Platform, position: bool) -> None:
    client = await platform(accepts_more_decimals=position)
    for field, value, code in (
        ("package_weight", {"value": "0.4000", "unit": "KILOGRAM"}, 12052006),
        ("package_dimensions", {"length": "9.125", "width": "9", "height": "9", "unit": "CENTIMETER"}, 12052005),
    ):
        body = create_body(client.world, client.shop(), **{field: value})
        answer = await client.call("POST", PRODUCTS, body)
        assert answer.code == (0 if position else code)


@BOTH
async def test_accepts_incomplete_drafts(platform: Platform, position: bool) -> None:
    client = await platform(accepts_incomplete_drafts=position)
    bare = create_body(client.world, client.shop(), description="", main_images=[])
    assert (await client.call("POST", PRODUCTS, {**bare, "save_mode": "AS_DRAFT"})).code == (
        0 if position else 12052015
    )
    assert (await client.call("POST", PRODUCTS, bare)).code == 12052015, "a listing"


@BOTH
async def test_refuses_invite_only_outside_us(platform: Platform, position: bool) -> None:
    client = await platform(refuses_invite_only_outside_us=position, regions=("MX",))
    leaf = next(each.id for each in client.world.trees.v2.values() if each.leaf and "INVITE_ONLY" in each.permissions)
    body = create_body(client.world, client.shop(), category_id=leaf)
    answer = await client.call("POST", PRODUCTS, body)
    assert answer.code == (12052221 if position else 0)
    if position:
        return
    listing = client.world.touch(client.shop(), client.world.index_of(client.shop(), answer.data["product_id"]))
    await until(lambda: listing.stays_pending)
    product = await client.get(answer.data["product_id"])
    assert (product["status"], product["audit"]["status"]) == ("PENDING", "AUDITING")
    assert (await client.ledger())["stays_pending"] == 1


@pytest.mark.parametrize("least", [100, 300])
async def test_main_image_least_px(platform: Platform, least: int) -> None:
    client = await platform(main_image_least_px=least)
    assert (await upload(client, png(100, 100))).code == (0 if least == 100 else 12038014)
    assert (await upload(client, png(300, 300))).code == 0


@BOTH
async def test_loses_webhook_registration(platform: Platform, position: bool) -> None:
    client = await platform(loses_webhook_registration=position)
    topics = (
        "PRODUCT_STATUS_CHANGE",
        "PRODUCT_CATEGORY_CHANGE",
        "PRODUCT_AUDIT_STATUS_CHANGE",
        "SELLER_DEAUTHORIZATION",
    )

    async def put(topic: str) -> int:
        body = {"address": "https://seller.example/hooks", "event_type": topic}
        answer = await client.call("PUT", "/event/202309/webhooks", body)
        assert answer.code == 0
        return int((await client.call("GET", "/event/202309/webhooks")).data["total_count"])

    counts = [await put(topic) for topic in topics]
    assert counts == [1, 2, 3, 3 if position else 4]
    assert await put(topics[-1]) == 4


@BOTH
async def test_omits_empty_lists(platform: Platform, position: bool) -> None:
    client = await platform(omits_empty_lists=position)
    answer = await client.call("POST", SEARCH, {"seller_skus": ["unknown"]}, page_size="10")
    assert answer.data["total_count"] == 0
    assert ("products" in answer.data) == (not position)


@BOTH
async def test_accepts_zero_dimensions(platform: Platform, position: bool) -> None:
    client = await platform(accepts_zero_dimensions=position)
    ((identity, body),) = some_movable(client)
    sizes = {"length": "0", "width": "0", "height": "0", "unit": "CENTIMETER"}
    answer = await client.edit(identity, {**body, "package_dimensions": sizes})
    assert answer.code == (0 if position else 12052005)


@BOTH
async def test_accepts_legacy_values(platform: Platform, position: bool) -> None:
    client = await platform(accepts_legacy_values=position)
    ((identity, body),) = some_movable(client)
    listing = client.world.touch(client.shop(), client.world.index_of(client.shop(), identity))
    legacy = {"id": "100001", "name": "Season", "values": [{"id": "42", "name": "Monsoon"}]}
    listing.live = listing.original = {**listing.live, "product_attributes": [legacy]}
    body["product_attributes"] = [*body["product_attributes"], {"id": "100001", "values": [{"id": "42"}]}]
    assert (await client.edit(identity, body)).code == (0 if position else 12052529)


@pytest.mark.parametrize("most", [0, 160])
async def test_longest_package_cm(platform: Platform, most: int) -> None:
    client = await platform(longest_package_cm=most)
    ((identity, body),) = some_movable(client)
    sizes = {"length": "150", "width": "10", "height": "10", "unit": "CENTIMETER"}
    assert (await client.edit(identity, {**body, "package_dimensions": sizes})).code == (12052116 if most else 0)


@BOTH
async def test_description_images_need_sizes(platform: Platform, position: bool) -> None:
    client = await platform(description_images_need_sizes=position)
    ((identity, body),) = some_movable(client)
    text = '<p>a</p><img src="https://simulated.invalid/a"/>'
    assert (await client.edit(identity, {**body, "description": text})).code == (12052348 if position else 0)


@pytest.mark.parametrize("position", [1, 3])
async def test_shops_per_authorization(platform: Platform, position: int) -> None:
    client = await platform(shops_per_authorization=position, shops=3)
    assert len((await client.call("GET", "/authorization/202309/shops")).data["shops"]) == position


@pytest.mark.parametrize(("inactive", "code"), [("shop", 36009043), ("seller", 36009044)])
async def test_an_inactive_shop_or_seller_is_refused(platform: Platform, inactive: str, code: int) -> None:
    client = await platform()
    await client.faults(shop_id=client.shop().shop_id, inactive=inactive)
    answer = await client.call("GET", CATEGORIES, category_version="v2")
    assert (answer.status, answer.code) == (401, code)
    assert (await client.call("GET", CATEGORIES, category_version="v2", shop=1)).code == 0
    await client.faults(shop_id=client.shop().shop_id, inactive="")
    assert (await client.call("GET", CATEGORIES, category_version="v2")).code == 0


async def test_drafts_are_outside_the_daily_quota(platform: Platform) -> None:
    client = await platform(quota_per_day=1)
    draft = create_body(client.world, client.shop(), save_mode="AS_DRAFT", product_attributes=[])
    listing = create_body(client.world, client.shop())
    codes = [(await client.call("POST", PRODUCTS, each)).code for each in (draft, draft, listing, draft, listing)]
    assert codes == [0, 0, 0, 0, 12052093]


async def test_two_content_type_lines_are_refused_with_the_envelope(platform: Platform) -> None:
    client = await platform()
    headers = [("content-type", "application/json"), ("content-type", "application/json")]
    query = {"app_key": "simulated-key", "timestamp": str(int(time.time())), "page_size": "1"}
    query["sign"] = signature(SEARCH, query, b"{}")
    url = URL(client.running.url + SEARCH).with_query(query)
    async with client.session.post(url, data=b"{}", headers=headers) as answer:
        body = await answer.json()
    assert (answer.status, body["code"], body["data"]) == (400, 36009022, None)
    assert (await client.call("GET", CATEGORIES, category_version="v2")).code == 0


async def test_pre_approval_lasts_until_the_identity_is_verified(platform: Platform) -> None:
    client = await platform()
    shop_id = client.shop().shop_id
    await client.faults(shop_id=shop_id, kyc_pending=True)
    ((identity, body),) = some_movable(client)
    await client.edit(identity, body)
    listing = client.world.touch(client.shop(), client.world.index_of(client.shop(), identity))
    await until(lambda: listing.live["audit"]["status"] == "PRE_APPROVED")
    product = await client.get(identity)
    assert product["audit"] == {"status": "PRE_APPROVED", "pre_approved_reasons": [IDENTITY]}
    assert ((await client.ledger())["pre_approved"], listing.on_v2) == (1, False)
    await client.faults(shop_id=shop_id, kyc_pending=False)
    assert (await client.get(identity))["audit"] == {"status": "APPROVED"}
    assert listing.on_v2


async def test_generated_products_of_an_unverified_seller_are_verified_too(platform: Platform) -> None:
    client = await platform(profile="mexico", products=2000)
    shop = client.shop()
    waiting = shop.traits.indexes(shop.products, lambda traits: traits.kyc_pending)
    identity = client.world.make(shop, waiting[0])["id"]
    assert (await client.get(identity))["audit"]["status"] == "PRE_APPROVED"
    await client.faults(shop_id=shop.shop_id, kyc_pending=False)
    product = await client.get(identity)
    assert (product["status"], product["audit"]["status"]) == ("ACTIVATE", "APPROVED")


async def test_a_product_can_be_deleted_only_in_its_detail(platform: Platform) -> None:
    client = await platform(profile="mexico", products=2000)
    shop = client.shop()
    index = shop.traits.indexes(shop.products, lambda traits: traits.deleted_in_detail)[0]
    identity = client.world.make(shop, index)["id"]
    sku = client.world.make(shop, index)["skus"][0]["id"]
    (row,) = (await client.call("POST", SEARCH, {"sku_ids": [sku]}, page_size="10")).data["products"]
    assert (row["id"], row["status"]) == (identity, "ACTIVATE")
    assert (await client.get(identity))["status"] == "DELETED"
    assert (await client.edit(identity, {})).code == 12052901


async def test_switches_change_while_it_runs(platform: Platform) -> None:
    client = await platform()
    assert await switches(client, {"accepts_v1": True, "old_tokens_die": False}) == 200
    assert (await client.call("GET", CATEGORIES)).code == 0
    shown = (await client.plain("GET", "/simulator/switches")).raw
    assert b'"accepts_v1":true' in shown
    old = client.shop().access_token()
    await client.faults(shop_id=client.shop().shop_id, generation=1)
    answer = await client.call("GET", CATEGORIES, category_version="v2", headers={"x-tts-access-token": old})
    assert answer.code == 0


@pytest.mark.parametrize(
    "wanted",
    [{"accepts_v1": 1}, {"speed": 5}, {"seed": 5}, {"quota_code": 5}, ["accepts_v1"], {"accepts_v1": True, "x": 1}],
)
async def test_a_wrong_switch_is_named_and_changes_nothing(platform: Platform, wanted: Any) -> None:
    client = await platform()
    before = (await client.plain("GET", "/simulator/switches")).raw
    answer = await client.plain("POST", "/simulator/switches", wanted)
    assert (answer.status, answer.raw.count(b"\n")) == (400, 1)
    assert (await client.plain("GET", "/simulator/switches")).raw == before


async def switches(client: Client, wanted: dict[str, Any]) -> int:
    return (await client.plain("POST", "/simulator/switches", wanted)).status


async def test_an_accepted_edit_is_reviewed_under_every_profile(platform: Platform) -> None:
    for profile in ("general", "indonesia", "united-states", "vietnam"):
        client = await platform(profile=profile, products=600)
        ((identity, body),) = some_movable(client)
        assert (await client.edit(identity, body)).code == 0
        assert (await reviewed(client, identity)).on_v2
