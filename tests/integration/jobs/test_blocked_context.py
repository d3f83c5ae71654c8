"""Context of an outcome for the seller: the title, the path of the leaf, and the form of an answer."""

from __future__ import annotations

from model.job import Job
from model.job_state import AcceptedEdit
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Done
from worker.jobs.audit import audit_job


async def test_a_missing_attribute_names_product_category_and_form(runner: JobRunner) -> None:
    bare = product("1", product_attributes=[])
    runner.platform.add(bare)
    done = await runner.run(Job(SHOP_ID, "1"))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "needs_input"
    assert done.outcome.title == bare["title"]
    assert done.outcome.category_path not in ("", LEAF)
    (reason,) = done.outcome.reasons
    assert reason.form is not None
    assert reason.form.name in reason.message
    assert reason.allowed_values


async def test_a_rejected_audit_keeps_the_decisions_of_the_edit(runner: JobRunner) -> None:
    answers = ({"id": "1", "values": [{"id": "2"}]},)
    decided = Job(SHOP_ID, "1", category_id=LEAF, brand_id="9", attributes=answers, origin_category="Tops")
    job = audit_job(decided, "1", AcceptedEdit(LEAF, "req-9", 1_700_000_000))
    assert (job.category_id, job.brand_id, job.attributes, job.origin_category) == (LEAF, "9", answers, "Tops")
    runner.platform.add(product("1", audit={"status": "FAILED"}, audit_failed_reasons=[{"reasons": ["Blurred"]}]))
    done = await runner.run(job)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.title) == ("rejected", product("1")["title"])
