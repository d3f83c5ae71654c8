"""Refusals, slow reviews, throttling, lost answers and interrupts cost at most single facts, and leave no products
behind.
"""

from __future__ import annotations

import asyncio

import pytest

from calibration.findings import Measured, NotMeasured
from calibration.plan import EXPERIMENTS
from tests.integration.calibration.conftest import Shops
from tests.support.simulator_waiting import until

ONLY_IN_THE_US = "pre_approved_spelling"
EDITS = tuple(fact for each in EXPERIMENTS if each.stage == "products" for fact in each.facts if fact != ONLY_IN_THE_US)


async def test_lost_answers_and_errors_are_survived(shops: Shops) -> None:
    shop = await shops()
    faults = shop.running.world.faults
    faults.reset_share = faults.error_share = faults.malformed_share = 0.02
    findings = await shop.calibrate(*EDITS)
    missing = [each for each in findings.values() if isinstance(each, NotMeasured)]
    assert not missing
    faults.reset_share = faults.error_share = faults.malformed_share = 0.0
    await shop.calibrate("empty_search")
    assert shop.changed_titles() == []


async def test_a_lost_answer_to_a_creation_does_not_create_twice(shops: Shops) -> None:
    shop = await shops()
    faults = shop.running.world.faults
    await shop.calibrate("empty_search")
    faults.only, faults.reset_share = ("create_product",), 1.0
    creating = asyncio.create_task(shop.bench.create())
    await until(lambda: bool(shop.shop.created))
    faults.reset_share = 0.0
    sample, _ = await creating
    assert sample is not None
    assert [sample.id] == [*shop.shop.created.values()]
    assert shop.changed_titles() == [sample.body["title"]]


async def test_throttling_is_waited_out(shops: Shops) -> None:
    shop = await shops(unlimited=False, reads_per_second=(15, 15), writes_per_second=(10, 10))
    findings = await shop.calibrate("package_size_sum", "unknown_brand", "edit_of_deactivated")
    assert all(isinstance(each, Measured) for each in findings.values())
    assert shop.changed_titles() == []


async def test_a_review_that_does_not_end_is_named(shops: Shops) -> None:
    shop = await shops(audit_seconds=(600.0, 600.0))
    shop.bench.review_seconds = 0.3
    findings = await shop.calibrate(*EDITS, "v1_refused")
    package = findings["package_size_sum"]
    assert isinstance(package, NotMeasured)
    assert package.reason == "a review took longer than 0.3 s"
    assert isinstance(findings["v1_refused"], Measured)
    assert isinstance(findings["search_pages"], Measured), "drafts need no review"
    assert shop.changed_titles() == []


async def test_rejected_reviews_are_tried_again(shops: Shops) -> None:
    shop = await shops(audit_reject_share=0.3)
    findings = await shop.calibrate("package_size_sum", "unknown_brand", "edit_of_deactivated")
    assert sum(isinstance(each, Measured) for each in findings.values()) >= 2
    assert shop.changed_titles() == []


async def test_refused_creations_are_named(shops: Shops) -> None:
    shop = await shops(quota_per_day=0)
    findings = await shop.calibrate("package_size_sum", "v1_refused")
    package = findings["package_size_sum"]
    assert isinstance(package, NotMeasured)
    assert "the daily listing quota is used up: refused with 12052093" in package.reason
    assert isinstance(findings["v1_refused"], Measured)


async def test_an_unverified_seller_is_named(shops: Shops) -> None:
    shop = await shops()
    shop.shop.kyc_pending = True
    package = (await shop.calibrate("package_size_sum"))["package_size_sum"]
    assert isinstance(package, NotMeasured)
    assert "PRE_APPROVED" in package.reason
    assert shop.changed_titles() == []


async def test_a_used_up_hourly_quota_ends_the_run_with_its_reason(shops: Shops) -> None:
    shop = await shops(sandbox_requests_per_hour=15)
    findings = await shop.calibrate("v1_refused", "package_size_sum", "sandbox_quota")
    assert isinstance(findings["sandbox_quota"], Measured)
    package = findings["package_size_sum"]
    assert isinstance(package, NotMeasured)
    assert "run again in the next hour" in package.reason


async def test_an_interrupt_removes_the_samples(shops: Shops) -> None:
    shop = await shops(audit_seconds=(600.0, 600.0))
    running = asyncio.create_task(shop.calibrate(*EDITS))
    await until(lambda: len(shop.shop.created) >= 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert shop.changed_titles() == []


async def test_the_next_run_removes_leftovers_of_a_killed_one(shops: Shops) -> None:
    shop = await shops()
    await shop.calibrate("empty_search")
    for mode in ("LISTING", "AS_DRAFT"):
        assert (await shop.bench.create(save_mode=mode))[0] is not None
    shop.bench.created.clear()
    assert len(shop.changed_titles()) == 2
    await shop.calibrate("empty_search")
    assert shop.result.leftovers.removed == 2
    assert shop.changed_titles() == []


async def test_no_other_product_is_touched(shops: Shops) -> None:
    shop = await shops()
    await shop.calibrate()
    assert shop.changed_titles() == []
    assert {each.live["id"] for each in shop.shop.touched.values() if each.edits} <= {*shop.shop.created.values()}


async def test_existing_webhooks_are_not_changed(shops: Shops) -> None:
    shop = await shops(loses_webhook_registration=True)
    before = {"PRODUCT_STATUS_CHANGE": ("https://seller.example/hooks", 1)}
    shop.shop.webhooks.update(before)
    found = (await shop.calibrate("webhook_registration", "webhook_address"))["webhook_registration"]
    assert isinstance(found, Measured)
    assert found.value is True
    assert shop.shop.webhooks == before
