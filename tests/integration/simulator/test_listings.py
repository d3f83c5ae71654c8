"""Edit, partial edit, create and the reviews that follow, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.media import image_uri
from simulator.shapes import to_edit
from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body
from tests.support.simulator_waiting import reviewed, some_movable

CREATE = "/product/202309/products"


async def test_a_complete_edit_moves_a_product_and_damages_nothing(platform: Platform) -> None:
    client = await platform()
    for identity, body in some_movable(client, 5):
        before = await client.get(identity)
        answer = await client.edit(identity, body)
        assert answer.code == 0
        assert answer.data["audit"] == {"status": "AUDITING"}
        assert [sku["id"] for sku in answer.data["skus"]] == [sku["id"] for sku in before["skus"]]
        listing = await reviewed(client, identity)
        assert listing.on_v2
        assert (await client.get(identity))["audit"] == {"status": "APPROVED"}
    ledger = await client.ledger()
    assert (ledger["moved"], ledger["damaged"], ledger["edits_accepted"]) == (5, 0, 5)


async def test_the_live_version_stays_until_the_review_ends(platform: Platform) -> None:
    client = await platform(audit_seconds=(600.0, 600.0))
    ((identity, body),) = some_movable(client)
    before = await client.get(identity)
    unreviewed = f"/product/202309/products/{identity}"
    assert (await client.call("GET", unreviewed, return_under_review_version="true")).code == 12052547
    await client.edit(identity, {**body, "title": "Another title that is long enough"})
    live = await client.get(identity)
    assert (live["title"], live["audit"]) == (before["title"], {"status": "AUDITING"})
    waiting = await client.get(identity, return_under_review_version="true")
    assert waiting["title"] == "Another title that is long enough"


async def test_a_rejected_edit_leaves_the_old_version_live(platform: Platform) -> None:
    client = await platform(audit_reject_share=1.0)
    ((identity, body),) = some_movable(client)
    before = await client.get(identity)
    await client.edit(identity, {**body, "title": "Another title that is long enough"})
    listing = await reviewed(client, identity)
    after = await client.get(identity)
    assert (after["title"], after["audit"]["status"], listing.on_v2) == (before["title"], "FAILED", False)
    assert after["audit_failed_reasons"][0]["reasons"]
    assert (await client.ledger())["rejected"] == 1


async def test_an_edit_wipes_omitted_fields_but_price_and_stock(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client, video={}, search_terms=[])
    before = await client.get(identity)
    required = ("title", "description", "category_id", "category_version", "main_images", "skus", "product_attributes")
    bare = {name: body[name] for name in required}
    if "package_dimensions" in body:
        bare["package_dimensions"] = body["package_dimensions"]
    del body["skus"][0]["seller_sku"]
    assert (await client.edit(identity, {**bare, "search_terms": []})).code == 0
    await reviewed(client, identity)
    after = await client.get(identity)
    assert {"video", "search_terms"} & after.keys() == set()
    assert "seller_sku" not in after["skus"][0]
    for old, new in zip(before["skus"], after["skus"], strict=True):
        assert (old["price"], old["inventory"]) == (new["price"], new["inventory"])
    (damage,) = (await client.ledger())["damage"].values()
    assert {"video", "search_terms", "skus.seller_sku"} <= set(damage)
    assert not {"skus.price", "skus.inventory"} & set(damage)


async def test_an_omitted_sku_is_deleted_and_recorded(platform: Platform) -> None:
    client = await platform()
    identity, body = next(each for each in some_movable(client, 30) if len(each[1]["skus"]) > 1)
    gone = body["skus"].pop()
    assert (await client.edit(identity, body)).code == 0
    await reviewed(client, identity)
    assert gone["id"] not in [sku["id"] for sku in (await client.get(identity))["skus"]]
    assert (await client.ledger())["damage"] == {identity: ["skus.deleted"]}


async def test_a_sale_during_the_review_is_not_undone(platform: Platform) -> None:
    client = await platform(audit_seconds=(0.2, 0.2))
    ((identity, body),) = some_movable(client)
    sku = (await client.get(identity))["skus"][0]
    await client.edit(identity, body)
    sale = {"shop_id": client.shop().shop_id, "product_id": identity, "sku_id": sku["id"], "quantity": 1}
    assert (await client.plain("POST", "/simulator/sales", sale)).status == 200
    await reviewed(client, identity)
    after = (await client.get(identity))["skus"][0]["inventory"][0]["quantity"]
    assert after == sku["inventory"][0]["quantity"] - 1
    assert (await client.ledger())["damaged"] == 0


async def test_an_edit_that_sends_stock_undoes_a_sale(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client)
    sku = (await client.get(identity))["skus"][0]
    body["skus"][0]["inventory"] = sku["inventory"]
    sale = {"shop_id": client.shop().shop_id, "product_id": identity, "sku_id": sku["id"], "quantity": 1}
    await client.plain("POST", "/simulator/sales", sale)
    await client.edit(identity, body)
    await reviewed(client, identity)
    assert (await client.ledger())["damage"] == {identity: ["skus.inventory"]}


async def test_fields_of_get_in_an_edit_are_ignored(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client, brand={})
    brand = body.pop("brand_id")
    await client.edit(identity, {**body, "brand": {"id": brand}})
    await reviewed(client, identity)
    assert "brand" not in await client.get(identity)
    assert (await client.ledger())["damage"] == {identity: ["brand"]}


async def test_the_old_edit_is_answered_without_an_audit(platform: Platform) -> None:
    client = await platform()
    (first, _), (second, body) = some_movable(client, 2)
    assert "audit" not in (await client.edit(second, body, "202309")).data
    old = await client.call("POST", f"/product/202309/products/{first}/partial_edit", {"category_version": "v2"})
    assert (old.code, "audit" in old.data) == (0, False)


async def test_price_alone_needs_no_audit(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client)
    await client.edit(identity, body)
    await reviewed(client, identity)
    body["skus"][0]["price"] = {"currency": "USD", "amount": "3.33"}
    answer = await client.edit(identity, body)
    assert answer.data["audit"] == {"status": "APPROVED"}
    assert (await client.get(identity))["skus"][0]["price"]["sale_price"] == "3.33"


@pytest.mark.parametrize("status", ["FREEZE", "DELETED"])
async def test_some_statuses_allow_no_edit(platform: Platform, status: str) -> None:
    client = await platform(products=3000)
    shop = client.shop()
    index = next(index for index in range(shop.products) if shop.traits.of(index).status == status)
    product = client.world.make(shop, index)
    answer = await client.edit(product["id"], {**to_edit(product), "category_version": "v2"})
    assert answer.code == 12052901


async def test_a_live_listing_can_have_a_draft(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client)
    draft = {**body, "title": "A draft of another title", "save_mode": "AS_DRAFT"}
    assert (await client.edit(identity, draft)).data["audit"] == {"status": "NONE"}
    live = await client.get(identity)
    assert live["has_draft"]
    assert live["title"] == body["title"]
    assert (await client.get(identity, return_draft_version="true"))["title"] == "A draft of another title"
    assert (await client.edit(identity, {**body, "save_mode": "NOW"})).code == 36009004


async def test_a_draft_stays_a_draft_or_goes_on_sale(platform: Platform) -> None:
    client = await platform(products=6000)
    shop = client.shop()
    drafts = []
    for index in range(shop.products):
        product = client.world.make(shop, index)
        node = client.world.trees.v2.get(product["category_chains"][-1]["id"])
        if product["status"] == "DRAFT" and node and node.leaf and node.permissions == ("AVAILABLE",):
            drafts.append(product)
    kept, published = 0, 0
    for number, product in enumerate(drafts):
        body = create_body(client.world, shop, category_id=product["category_chains"][-1]["id"])
        body["skus"] = [{**sku, "sales_attributes": sku["sales_attributes"]} for sku in to_edit(product)["skus"]]
        mode = "AS_DRAFT" if number % 2 else "LISTING"
        if (await client.edit(product["id"], {**body, "save_mode": mode})).code == 0:
            await reviewed(client, product["id"])
            status = (await client.get(product["id"]))["status"]
            kept += status == "DRAFT"
            published += status == "ACTIVATE"
            assert status == ("DRAFT" if number % 2 else "ACTIVATE")
    assert kept
    assert published
    assert (await client.ledger())["drafts_published"] == published


async def test_a_partial_edit_replaces_whole_properties_and_moves_nothing(platform: Platform) -> None:
    client = await platform()
    ((identity, _),) = some_movable(client, package_dimensions={}, video={})
    before = await client.get(identity)
    path = f"/product/202509/products/{identity}/partial_edit"
    changes = {"category_version": "v2", "category_id": "1", "title": "A new title for it", "search_terms": ["one"]}
    answer = await client.call("POST", path, changes)
    assert (answer.code, answer.data["audit"]) == (0, {"status": "AUDITING"})
    listing = await reviewed(client, identity)
    after = await client.get(identity)
    assert (after["title"], after["search_terms"], after["video"]) == ("A new title for it", ["one"], before["video"])
    assert after["category_chains"] == before["category_chains"]
    assert not listing.on_v2
    half = {"category_version": "v2", "package_dimensions": {"length": "5", "unit": "CENTIMETER"}}
    assert (await client.call("POST", path, half)).code == 12052004
    assert (await client.call("POST", path, {"title": "x"})).code == 12052217
    assert (await client.call("POST", path, {"category_version": "v2", "title": ""})).code == 12052261


async def test_a_partial_edit_builds_on_the_version_under_review(platform: Platform) -> None:
    client = await platform(audit_seconds=(600.0, 600.0))
    ((identity, body),) = some_movable(client)
    await client.edit(identity, {**body, "title": "The title under review"})
    path = f"/product/202509/products/{identity}/partial_edit"
    await client.call("POST", path, {"category_version": "v2", "search_terms": ["one"]})
    waiting = await client.get(identity, return_under_review_version="true")
    assert (waiting["title"], waiting["search_terms"]) == ("The title under review", ["one"])
    assert (await client.ledger())["reviews_superseded"] == 1


async def test_a_created_product_is_reviewed_found_and_read(platform: Platform) -> None:
    client = await platform()
    body = create_body(client.world, client.shop(), idempotency_key="k-1", is_not_for_sale=False)
    answer = await client.call("POST", CREATE, body)
    assert answer.code == 0
    assert "audit" not in answer.data
    assert len({sku["id"] for sku in answer.data["skus"]}) == 2
    identity = answer.data["product_id"]
    await reviewed(client, identity)
    product = await client.get(identity)
    assert (product["status"], product["title"]) == ("ACTIVATE", body["title"])
    assert product["skus"][0]["price"]["sale_price"] == "12.50"
    search = {"seller_skus": ["NEW-Red"], "category_version": "v2"}
    found = await client.call("POST", "/product/202502/products/search", search, page_size="10")
    assert [each["id"] for each in found.data["products"]] == [identity]
    assert (await client.ledger())["created"] == 1


async def test_a_used_idempotency_key_is_refused_and_creates_nothing(platform: Platform) -> None:
    client = await platform()
    body = create_body(client.world, client.shop(), idempotency_key="k-1")
    assert (await client.call("POST", CREATE, body)).code == 0
    assert (await client.call("POST", CREATE, body)).code == 12052996
    assert (await client.ledger())["created"] == 1
    other = create_body(client.world, client.shop(1), idempotency_key="k-1")
    assert (await client.call("POST", CREATE, other, shop=1)).code == 0, "unique per shop"
    assert (await client.call("POST", CREATE, {**body, "idempotency_key": "k" * 128})).code == 0
    assert (await client.call("POST", CREATE, {**body, "idempotency_key": "k" * 129})).code == 98001004


async def test_a_refused_create_does_not_use_up_its_key(platform: Platform) -> None:
    client = await platform()
    body = create_body(client.world, client.shop(), idempotency_key="k-1")
    assert (await client.call("POST", CREATE, {**body, "title": ""})).code == 12052261
    assert (await client.call("POST", CREATE, body)).code == 0


async def test_invite_only_in_the_us_waits_for_qualification(platform: Platform) -> None:
    client = await platform(audit_seconds=(0.0, 0.0))
    leaf = next(node.id for node in client.world.trees.v2.values() if node.leaf and "INVITE_ONLY" in node.permissions)
    body = create_body(client.world, client.shop(), category_id=leaf)
    body["certifications"] = [{"id": "7001", "images": [{"uri": image_uri(1)}], "expiration_date": 2**31}]
    body["size_chart"] = {"image": {"uri": image_uri(1, 1200, 1200)}}
    answer = await client.call("POST", CREATE, body)
    assert answer.code == 0, answer
    while (product := await client.get(answer.data["product_id"]))["audit"]["status"] == "AUDITING":
        pass
    assert product["audit"] == {"status": "PRE_APPROVED", "pre_approved_reasons": ["RESTRICTED_CATEGORY_PENDING"]}
    assert product["status"] == "PENDING"


async def test_listing_check_reports_all_problems(platform: Platform) -> None:
    client = await platform()
    path = "/product/202309/products/listing_check"
    body = create_body(client.world, client.shop())
    good = await client.call("POST", path, body)
    assert good.data == {"check_result": "PASS", "fail_reasons": []}
    bad = await client.call("POST", path, {**body, "title": "", "product_attributes": []}, is_diagnosis_required="true")
    assert (bad.code, bad.data["check_result"]) == (0, "FAILED")
    assert [each["code"] for each in bad.data["fail_reasons"]] == [12052261, 12052104]
    assert bad.data["diagnoses"][0]["field"] == "TITLE"
    assert (await client.ledger())["created"] == 0


async def test_batches_report_failures_inside_a_success(platform: Platform) -> None:
    client = await platform(products=3000)
    shop = client.shop()
    status_of: dict[str, str] = {}
    for index in range(shop.products):
        status_of.setdefault(shop.traits.of(index).status, client.world.make(shop, index)["id"])
    path = "/product/202309/products/deactivate"
    foreign = client.world.make(client.shop(1), 0)["id"]
    ids = [status_of["ACTIVATE"], status_of["FREEZE"], foreign, "17"]
    answer = await client.call("POST", path, {"product_ids": ids})
    failures = {each["detail"]["product_id"]: each["code"] for each in answer.data["errors"]}
    assert (answer.code, failures) == (0, {status_of["FREEZE"]: 12052901, foreign: 12052048, "17": 12052032})
    assert (await client.get(ids[0]))["status"] == "SELLER_DEACTIVATED"
    path = "/product/202309/products/activate"
    assert (await client.call("POST", path, {"product_ids": ids[:1]})).data == {"errors": []}
    await reviewed(client, ids[0])
    assert (await client.get(ids[0]))["status"] == "ACTIVATE"
    assert (await client.call("POST", path, {"product_ids": ["1"] * 21})).code == 12019120
    wrong: list[Any] = [None, [], "1", [1]]
    for each in wrong:
        assert (await client.call("POST", path, {"product_ids": each})).code == 36009004


async def test_foreign_and_unknown_products_do_not_exist(platform: Platform) -> None:
    client = await platform()
    for identity in ("17", "abc", client.world.make(client.shop(1), 0)["id"]):
        assert (await client.call("GET", f"/product/202309/products/{identity}")).code == 12019150
        assert (await client.edit(identity, {})).code == 12052260
