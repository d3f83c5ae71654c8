"""A new product is listed once, whatever happens to the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.job import Job
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.tiny_platform import LEAF, Cut
from worker.engine.results import Done, Result, Retry

SKU = {
    "seller_sku": "jar-1",
    "price": {"amount": "9.50", "currency": "USD"},
    "inventory": [{"warehouse_id": "1", "quantity": 3}],
}
NEW: dict[str, Any] = {
    "title": "A jar of glass that holds a litre",
    "description": "<p>Holds a litre.</p>",
    "category_id": LEAF,
    "main_images": [{"uri": "tos/1"}],
    "product_attributes": [{"id": "100", "values": [{"id": "1"}]}],
    "skus": [SKU],
}
JOB = Job(SHOP_ID, "list:erp-1", "list", external_id="erp-1", product=NEW)


def cut() -> None:
    raise Cut


def the_id(result: Result) -> str:
    assert isinstance(result, Done), result
    assert result.outcome.outcome == "in_audit"
    return result.outcome.product_id


async def test_a_new_product_is_created_on_its_v2_leaf_and_its_audit_followed(desk: Desk) -> None:
    done = await desk.run(JOB)
    identity = the_id(done)
    assert desk.platform.products[identity]["external_product_id"] == "erp-1"
    assert isinstance(done, Done)
    assert done.follow_ups[0].job.id == f"audit:{identity}"
    assert desk.platform.calls["search"] == 0


@pytest.mark.parametrize("seller_sku", ["jar-1", ""])
async def test_an_answer_that_was_lost_is_looked_up_before_anything_is_sent_again(desk: Desk, seller_sku: str) -> None:
    sku = {**SKU, "seller_sku": seller_sku} if seller_sku else {name: SKU[name] for name in ("price", "inventory")}
    job = replace(JOB, product={**NEW, "skus": [sku]})
    desk.platform.after["create"] = [cut]
    assert isinstance(await desk.run(job), Retry)
    (identity,) = desk.platform.products
    desk.platform.products[identity]["create_time"] = int(desk.clock().timestamp())
    assert the_id(await desk.run(replace(job, attempts=1))) == identity
    assert (len(desk.platform.products), desk.platform.calls["create"]) == (1, 1)


async def test_a_creation_that_never_arrived_is_sent_again(desk: Desk) -> None:
    desk.platform.before["create"] = [cut]
    assert isinstance(await desk.run(JOB), Retry)
    the_id(await desk.run(replace(JOB, attempts=1)))
    assert len(desk.platform.products) == 1


async def test_a_worker_that_died_after_sending_makes_no_second_listing(desk: Desk) -> None:
    first = the_id(await desk.run(JOB))
    assert the_id(await desk.run(JOB)) == first
    assert len(desk.platform.products) == 1


async def test_a_used_key_whose_listing_is_not_to_be_found_yet_is_tried_later(desk: Desk) -> None:
    await desk.run(JOB)
    desk.platform.products.clear()
    later = await desk.run(JOB)
    assert isinstance(later, Retry)
    assert later.code == "12052996"


async def test_a_correction_is_a_new_request(desk: Desk) -> None:
    await desk.run(JOB)
    desk.platform.products.clear()
    the_id(await desk.run(replace(JOB, product={**NEW, "title": "A jar of clear glass that holds a litre"})))


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"skus": [{"seller_sku": "jar-1"}]}, {"skus[0].price", "skus[0].inventory"}),
        ({"product_attributes": []}, {"product_attributes"}),
        ({"category_id": "999"}, {"category_id"}),
        ({"category_id": ""}, {"category_id"}),
        ({"main_images": []}, {"main_images"}),
    ],
)
async def test_what_is_missing_is_told_and_nothing_is_sent(
    desk: Desk, change: dict[str, Any], fields: set[str]
) -> None:
    done = await desk.run(replace(JOB, product={**NEW, **change}))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "needs_input"
    assert {reason.field for reason in done.outcome.reasons} == fields
    assert desk.platform.calls["create"] == 0


async def test_without_a_category_the_recommended_one_is_proposed_and_not_taken(desk: Desk) -> None:
    done = await desk.run(replace(JOB, product={**NEW, "category_id": ""}))
    assert isinstance(done, Done)
    assert [value.id for value in done.outcome.reasons[0].allowed_values] == [LEAF]
