"""A listing is created once, even if responses are lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.job import Job
from record.entry import StoredEdit
from record.scope import Scope
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.new_listing import NEW, SKU
from tests.support.tiny_platform import LEAF, Cut, Refused
from worker.engine.results import Done, Result, Retry

JOB = Job(SHOP_ID, "list:erp-1", "list", external_id="erp-1", product=NEW)


def cut() -> None:
    raise Cut


def the_id(result: Result) -> str:
    assert isinstance(result, Done), result
    assert result.outcome.outcome == "in_audit"
    return result.outcome.product_id


async def test_a_listing_is_created_and_its_audit_followed(runner: JobRunner) -> None:
    done = await runner.run(JOB)
    identity = the_id(done)
    assert runner.platform.products[identity]["external_product_id"] == "erp-1"
    assert isinstance(done, Done)
    assert done.follow_ups[0].job.id == f"audit:{identity}"
    assert runner.platform.calls["search"] == 1, "it is looked up before it is created"


@pytest.mark.parametrize("seller_sku", ["jar-1", ""])
async def test_a_lost_response_is_looked_up_before_a_retry(runner: JobRunner, seller_sku: str) -> None:
    sku = {**SKU, "seller_sku": seller_sku} if seller_sku else {name: SKU[name] for name in ("price", "inventory")}
    job = replace(JOB, product={**NEW, "skus": [sku]})
    runner.platform.after["create"] = [cut]
    assert isinstance(await runner.run(job), Retry)
    (identity,) = runner.platform.products
    runner.platform.products[identity]["create_time"] = int(runner.clock().timestamp())
    assert the_id(await runner.run(replace(job, attempts=1))) == identity
    assert (len(runner.platform.products), runner.platform.calls["create"]) == (1, 1)


async def test_a_creation_that_never_arrived_is_repeated(runner: JobRunner) -> None:
    runner.platform.before["create"] = [cut]
    assert isinstance(await runner.run(JOB), Retry)
    the_id(await runner.run(replace(JOB, attempts=1)))
    assert len(runner.platform.products) == 1


async def test_a_crash_after_sending_makes_no_second_listing(runner: JobRunner) -> None:
    first = the_id(await runner.run(JOB))
    assert the_id(await runner.run(JOB)) == first
    assert len(runner.platform.products) == 1


async def test_a_listing_that_is_fed_again_keeps_the_job_that_follows_its_audit(runner: JobRunner) -> None:
    first, second = await runner.run(JOB), await runner.run(replace(JOB, trace_id="again"))
    for done, keeps_audit in ((first, False), (second, True)):
        assert isinstance(done, Done)
        assert [each.keeps_audit for each in done.follow_ups] == [keeps_audit], "it has the places and the entry"


async def test_a_used_key_without_a_listing_is_retried(runner: JobRunner) -> None:
    await runner.run(JOB)
    runner.platform.products.clear()
    later = await runner.run(JOB)
    assert isinstance(later, Retry)
    assert later.code == "12052996"


async def test_a_corrected_body_gets_a_new_key(runner: JobRunner) -> None:
    await runner.run(JOB)
    runner.platform.products.clear()
    the_id(await runner.run(replace(JOB, product={**NEW, "title": "A jar of clear glass that holds a litre"})))


@pytest.mark.parametrize(
    "change", [{"title": "A jar of clear glass that holds a litre"}, {"description": "<p>New.</p>"}]
)
async def test_a_correction_makes_no_second_listing(runner: JobRunner, change: dict[str, str]) -> None:
    first = the_id(await runner.run(JOB))
    refused = await runner.run(replace(JOB, product={**NEW, **change}))
    assert isinstance(refused, Done)
    (reason,) = refused.outcome.reasons
    assert (refused.outcome.outcome, reason.code, refused.outcome.product_id) == (
        "needs_input",
        "already_listed",
        first,
    )
    assert first in reason.message
    assert (len(runner.platform.products), runner.platform.calls["create"]) == (1, 1)


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
async def test_missing_fields_are_reported_and_nothing_is_sent(
    runner: JobRunner, change: dict[str, Any], fields: set[str]
) -> None:
    done = await runner.run(replace(JOB, product={**NEW, **change}))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "needs_input"
    assert {reason.field for reason in done.outcome.reasons} == fields
    assert runner.platform.calls["create"] == 0


async def test_a_recommended_category_is_only_proposed(runner: JobRunner) -> None:
    done = await runner.run(replace(JOB, product={**NEW, "category_id": ""}))
    assert isinstance(done, Done)
    assert [value.id for value in done.outcome.reasons[0].allowed_values] == [LEAF]


def refused() -> None:
    raise Refused(12052932, "description breaks the format rules")


async def test_refusals_of_creations_are_learned_separately_from_edits(runner: JobRunner) -> None:
    glowing = {**NEW, "description": "<p>Holds a litre \N{SPARKLES}</p>"}
    runner.platform.before["create"] = [refused] * 3
    for number in range(4):
        job = replace(JOB, id=f"list:erp-{number}", external_id=f"erp-{number}", product=glowing)
        done = await runner.run(job)
        assert isinstance(done, Done)
        assert (done.outcome.outcome, done.outcome.reasons[0].code) == ("needs_input", "12052932")
    assert "refused 3 other products" in done.outcome.reasons[0].message
    assert runner.platform.calls["create"] == 3
    assert [*await runner.services.refusals.learned("US")] == ["new_description_emoji"]


async def test_the_record_follows_a_creation_whose_response_was_lost(runner: JobRunner) -> None:
    runner.platform.after["create"] = [cut]
    lost = await runner.run(JOB)
    assert isinstance(lost, Retry)
    assert lost.job is not None
    done = await runner.run(replace(lost.job, attempts=1))
    assert isinstance(done, Done)
    runner.clock.forward(hours=1)
    await runner.run(done.follow_ups[0].job)
    (entry,) = [each async for each in runner.record.edits(Scope(SHOP_ID))]
    assert isinstance(entry, StoredEdit)
    assert [each.name for each in entry.events] == ["answered", "audit_ended"]
