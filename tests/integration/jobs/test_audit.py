"""An accepted edit is followed to its end; `relisted` is said only of a live listing."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from model.job import Job
from record.entry import StoredEdit
from record.state import ProductState
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.record_entries import an_edit
from tests.support.tiny_platform import LEAF, OTHER_LEAF, product
from worker.engine.results import Continue, Done
from worker.jobs.audit import audit_job, first_access

EDITED = int(time.time()) - 3600


def waiting(edited_at: int = EDITED, **state: Any) -> Job:
    job = audit_job(Job(SHOP_ID, "1", run_id="r", trace_id="t"), "1", LEAF, "req-9", edited_at)
    return replace(job, state={**(job.state or {}), **state})


def under(leaf: str) -> list[dict[str, object]]:
    return [{"id": leaf, "local_name": "x", "is_leaf": True}]


async def test_good_news_needs_no_call(desk: Desk) -> None:
    job = waiting(audit_status="APPROVED", audit_at=EDITED + 1)
    assert first_access(job) is None
    done = await desk.run(job)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id, done.outcome.request_id) == ("relisted", LEAF, "req-9")
    assert not desk.platform.calls


async def test_bad_news_is_looked_up_for_its_reasons(desk: Desk) -> None:
    why = [{"position": "image", "reasons": ["The image is blurred"], "suggestions": ["Take another"]}]
    desk.platform.add(product("1", audit={"status": "FAILED"}, audit_failed_reasons=why))
    done = await desk.run(waiting(audit_status="FAILED", audit_at=EDITED + 1))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "rejected"
    assert [reason.message for reason in done.outcome.reasons] == ["The image is blurred (Take another)"]


@pytest.mark.parametrize("status", ["APPROVED", "FAILED"])
@pytest.mark.parametrize("seconds", [-600, -1, 0])
async def test_news_from_before_the_edit_may_be_about_another_version(desk: Desk, status: str, seconds: int) -> None:
    desk.platform.add(product("1", audit={"status": "AUDITING"}))
    old = waiting(audit_status=status, audit_at=EDITED + seconds)
    assert first_access(old) == "read"
    step = await desk.run(old)
    assert isinstance(step, Continue)
    assert step.seconds == 60
    assert "audit_status" not in (step.job.state or {})


@pytest.mark.parametrize(("leaf", "outcome"), [(LEAF, "relisted"), (OTHER_LEAF, "rejected")])
async def test_without_news_the_live_listing_is_looked_at(desk: Desk, leaf: str, outcome: str) -> None:
    desk.platform.add(product("1", audit={"status": "APPROVED"}, category_chains=under(leaf)))
    done = await desk.run(waiting())
    assert isinstance(done, Done)
    assert done.outcome.outcome == outcome


@pytest.mark.parametrize(
    ("status", "leaf", "outcome", "code"),
    [
        ("AUDITING", OTHER_LEAF, None, ""),
        ("APPROVED", LEAF, "relisted", ""),
        ("APPROVED", OTHER_LEAF, "rejected", "audit_failed"),
        ("NONE", LEAF, "rejected", "audit_failed"),
        ("FAILED", OTHER_LEAF, "rejected", "audit_failed"),
    ],
)
async def test_bad_news_counts_less_than_what_the_platform_shows(
    desk: Desk, status: str, leaf: str, outcome: str | None, code: str
) -> None:
    desk.platform.add(product("1", audit={"status": status}, category_chains=under(leaf)))
    step = await desk.run(waiting(audit_status="FAILED", audit_at=EDITED + 1))
    if outcome is None:
        assert isinstance(step, Continue)
        return
    assert isinstance(step, Done)
    assert step.outcome.outcome == outcome
    assert [reason.code for reason in step.outcome.reasons] == ([code] if code else [])


async def test_a_look_right_after_the_edit_may_show_what_was_before_it(desk: Desk) -> None:
    desk.platform.add(product("1", audit={"status": "NONE"}, category_chains=under(OTHER_LEAF)))
    assert isinstance(await desk.run(waiting(edited_at=int(time.time()))), Continue)


async def test_a_product_deleted_under_audit_is_gone(desk: Desk) -> None:
    done = await desk.run(waiting())
    assert isinstance(done, Done)
    assert done.outcome.outcome == "gone"


async def test_the_audits_end_is_in_the_record(desk: Desk) -> None:
    number = await desk.record.append(an_edit("1", shop_id=SHOP_ID, run_id="r"))
    await desk.run(waiting(audit_status="APPROVED", audit_at=EDITED + 1, edit_id=number))
    found = await desk.record.last_edit(SHOP_ID, "1")
    assert isinstance(found, StoredEdit)
    assert [(event.name, event.about["outcome"]) for event in found.events] == [("audit_ended", "relisted")]
    state = await desk.record.product(SHOP_ID, "1")
    assert isinstance(state, ProductState)
    assert (state.state, state.run_id) == ("relisted", "r")


async def test_an_audit_without_a_number_still_leaves_its_state(desk: Desk) -> None:
    """Queued by a release that kept no numbers."""
    await desk.run(waiting(audit_status="APPROVED", audit_at=EDITED + 1))
    assert (await desk.record.counts())["relisted"] == 1
