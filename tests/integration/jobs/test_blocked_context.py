"""What a job tells the people who must act: the title, the leaf's path, and how an answer may look."""

from __future__ import annotations

from model.job import Job
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Done
from worker.jobs.audit import audit_job


async def test_a_missing_attribute_is_asked_for_by_name_under_a_path_and_a_title(desk: Desk) -> None:
    bare = product("1", product_attributes=[])
    desk.platform.add(bare)
    done = await desk.run(Job(SHOP_ID, "1"))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "needs_input"
    assert done.outcome.title == bare["title"]
    assert done.outcome.category_path not in ("", LEAF)
    (reason,) = done.outcome.reasons
    assert reason.form is not None
    assert reason.form.name in reason.message
    assert reason.allowed_values


async def test_a_refused_audit_keeps_what_the_edit_was_decided_by(desk: Desk) -> None:
    answers = ({"id": "1", "values": [{"id": "2"}]},)
    decided = Job(SHOP_ID, "1", category_id=LEAF, brand_id="9", attributes=answers, origin_category="Tops")
    job = audit_job(decided, "1", LEAF, "req-9", 1_700_000_000)
    assert (job.category_id, job.brand_id, job.attributes, job.origin_category) == (LEAF, "9", answers, "Tops")
    desk.platform.add(product("1", audit={"status": "FAILED"}, audit_failed_reasons=[{"reasons": ["Blurred"]}]))
    done = await desk.run(job)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.title) == ("rejected", product("1")["title"])
