"""A product without a usable weight is asked about, answered in a sheet, and edited with the answer."""

from __future__ import annotations

import orjson
import pytest

from model.blocked_product import BlockedProduct, context_of
from model.job import Job
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Done
from worklist.answers import parse_answer
from worklist.missing_fields import missing_fields_of


async def test_an_answered_weight_reaches_the_edit_and_its_follow_ups(runner: JobRunner) -> None:
    runner.platform.add(product("1", package_weight={"value": "0", "unit": "KILOGRAM"}))
    asked = await runner.run(Job(SHOP_ID, "1"))
    assert isinstance(asked, Done)
    assert asked.outcome.outcome == "needs_input"
    record = {"outcome": "needs_input", "reasons": [each.record() for each in asked.outcome.reasons]}
    stored = orjson.dumps(record | context_of(Job(SHOP_ID, "1"), asked.outcome))
    (missing,) = missing_fields_of(BlockedProduct.load(SHOP_ID, "1", stored))
    assert missing.question.kind == "weight"

    answered = parse_answer(missing.question, "1,2 kg").added_to(BlockedProduct.load(SHOP_ID, "1", stored).retry())
    done = await runner.run(answered)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id) == ("in_audit", LEAF)
    (edit,) = runner.platform.edits
    assert edit["package_weight"] == {"value": "1.2", "unit": "KILOGRAM"}
    (audit,) = done.follow_ups
    assert audit.job.fields == answered.fields, "a rejected edit is tried again with the answer"


@pytest.mark.parametrize(("live", "outcome"), [("0", "in_audit"), ("1.2", "already_v2")])
async def test_an_answer_is_sent_for_a_product_on_v2_that_lacks_it(runner: JobRunner, live: str, outcome: str) -> None:
    runner.platform.add(product("1", package_weight={"value": live, "unit": "KILOGRAM"}))
    runner.platform.on_v1.clear()
    weight = {"value": "1.2", "unit": "KILOGRAM"}
    done = await runner.run(Job(SHOP_ID, "1", fields={"package_weight": weight}))
    assert isinstance(done, Done)
    assert done.outcome.outcome == outcome
    assert [each["package_weight"] for each in runner.platform.edits] == [weight] * (outcome == "in_audit")
