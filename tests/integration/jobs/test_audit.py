"""An accepted edit is followed to the end of its audit."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from model.job import Job
from model.job_state import AcceptedEdit, AuditNotice, AuditState, RelistState, state_of
from record.effect import effect_of
from record.entry import StoredEdit
from record.scope import Scope
from record.state import ProductState
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.record_entries import an_edit
from tests.support.tiny_platform import LEAF, OTHER_LEAF, product
from worker.engine.results import Continue, Done, Result, Wait
from worker.jobs.audit import REPLACED_SECONDS, audit_job

EDITED = int(time.time()) - 3600


def waiting(edited_at: int = EDITED, notice: AuditNotice | None = None, edit_id: int = 0) -> Job:
    job = audit_job(
        Job(SHOP_ID, "1", run_id="r", trace_id="t"), "1", AcceptedEdit(LEAF, "req-9", edited_at, edit_id=edit_id)
    )
    return replace(job, state=replace(state_of(job.state, AuditState), notice=notice))


def under(leaf: str) -> list[dict[str, object]]:
    return [{"id": leaf, "local_name": "x", "is_leaf": True}]


async def test_an_approval_by_webhook_is_confirmed_by_a_read(runner: JobRunner) -> None:
    runner.platform.add(product("1", audit={"status": "APPROVED"}, category_chains=under(LEAF)))
    done = await runner.run(waiting(notice=AuditNotice("APPROVED", EDITED + 1)))
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id, done.outcome.request_id) == ("relisted", LEAF, "req-9")
    assert runner.platform.calls["get"] == 1


@pytest.mark.parametrize(
    ("status", "leaf", "outcome"),
    [("AUDITING", OTHER_LEAF, None), ("AUDITING", LEAF, None), ("APPROVED", OTHER_LEAF, "rejected")],
)
async def test_an_approval_of_another_edit_does_not_end_the_audit(
    runner: JobRunner, status: str, leaf: str, outcome: str | None
) -> None:
    runner.platform.add(product("1", audit={"status": status}, category_chains=under(leaf)))
    step = await runner.run(waiting(notice=AuditNotice("APPROVED", EDITED + 1)))
    if outcome is None:
        assert isinstance(step, Continue)
        assert step.seconds <= 30, "the webhook may have come a moment early"
        assert state_of(step.job.state, AuditState).notice is None
    else:
        assert isinstance(step, Done)
        assert step.outcome.outcome == outcome


async def test_a_pre_approved_product_waits_for_the_seller(runner: JobRunner) -> None:
    audit = {"status": "PRE_APPROVED", "pre_approved_reasons": ["KYC_PENDING"]}
    runner.platform.add(product("1", audit=audit))
    first = await runner.run(waiting())
    assert isinstance(first, Wait)
    assert first.outcome is not None
    (reason,) = first.outcome.reasons
    assert (first.outcome.outcome, reason.code, reason.actor) == ("waiting", "pre_approved", "seller")
    assert "KYC_PENDING" in reason.message
    runner.clock.forward(hours=2)
    second = await runner.run(first.job)
    assert isinstance(second, Wait)
    assert second.outcome is None, "the outcome is published once"
    assert "7200 s" in second.reason, "its age is shown"
    runner.platform.products["1"]["audit"] = {"status": "APPROVED"}
    done = await runner.run(second.job)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "relisted"


async def test_a_rejection_by_webhook_is_looked_up(runner: JobRunner) -> None:
    why = [{"position": "image", "reasons": ["The image is blurred"], "suggestions": ["Take another"]}]
    runner.platform.add(product("1", audit={"status": "FAILED"}, audit_failed_reasons=why))
    done = await runner.run(waiting(notice=AuditNotice("FAILED", EDITED + 1)))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "rejected"
    assert [reason.message for reason in done.outcome.reasons] == ["The image is blurred (Take another)"]


@pytest.mark.parametrize("status", ["APPROVED", "FAILED"])
@pytest.mark.parametrize("seconds", [-600, -1, 0])
async def test_a_webhook_from_before_the_edit_is_ignored(runner: JobRunner, status: str, seconds: int) -> None:
    runner.platform.add(product("1", audit={"status": "AUDITING"}))
    old = waiting(notice=AuditNotice(status, EDITED + seconds))
    step = await runner.run(old)
    assert isinstance(step, Continue)
    assert step.seconds >= 60, "it is not a reason to look again soon"
    assert state_of(step.job.state, AuditState).notice is None


@pytest.mark.parametrize(("leaf", "outcome"), [(LEAF, "relisted"), (OTHER_LEAF, "rejected")])
async def test_a_poll_decides_by_the_live_listing(runner: JobRunner, leaf: str, outcome: str) -> None:
    runner.platform.add(product("1", audit={"status": "APPROVED"}, category_chains=under(leaf)))
    done = await runner.run(waiting())
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
async def test_the_live_listing_outranks_a_rejection_by_webhook(
    runner: JobRunner, status: str, leaf: str, outcome: str | None, code: str
) -> None:
    runner.platform.add(product("1", audit={"status": status}, category_chains=under(leaf)))
    step = await runner.run(waiting(notice=AuditNotice("FAILED", EDITED + 1)))
    if outcome is None:
        assert isinstance(step, Continue)
        return
    assert isinstance(step, Done)
    assert step.outcome.outcome == outcome
    assert [reason.code for reason in step.outcome.reasons] == ([code] if code else [])


async def test_a_poll_right_after_the_edit_is_inconclusive(runner: JobRunner) -> None:
    runner.platform.add(product("1", audit={"status": "NONE"}, category_chains=under(OTHER_LEAF)))
    assert isinstance(await runner.run(waiting(edited_at=int(time.time()))), Continue)


@pytest.mark.parametrize("status", ["PASSED", "approved", "QUALITY_CHECK"])
async def test_a_status_unknown_to_this_release_ends_with_the_listing_on_the_leaf(
    runner: JobRunner, status: str
) -> None:
    runner.platform.add(product("1", audit={"status": status}, category_chains=under(LEAF)))
    number = await runner.record.append(an_edit("1", shop_id=SHOP_ID, run_id="r"))
    done = await runner.run(waiting(edit_id=number))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "relisted"


@pytest.mark.parametrize("leaf", [LEAF, OTHER_LEAF])
async def test_a_status_unknown_to_this_release_alone_ends_no_audit(runner: JobRunner, leaf: str) -> None:
    runner.platform.add(product("1", audit={"status": "QUALITY_CHECK"}, category_chains=under(leaf)))
    assert isinstance(await runner.run(waiting()), Continue)


async def test_a_product_deleted_during_its_audit_is_gone(runner: JobRunner) -> None:
    done = await runner.run(waiting())
    assert isinstance(done, Done)
    assert done.outcome.outcome == "gone"


async def test_a_product_that_the_seller_deleted_during_its_audit_is_gone(runner: JobRunner) -> None:
    """The platform may continue to show a deleted product, in the leaf of the edit and without an audit."""
    shown = product("1", audit={"status": "NONE"}, category_chains=under(LEAF), status="DELETED")
    runner.platform.add(shown)
    number = await runner.record.append(an_edit("1", shop_id=SHOP_ID, run_id="r"))
    done = await runner.run(waiting(edit_id=number))
    assert isinstance(done, Done)
    assert (done.outcome.outcome, [each.code for each in done.outcome.reasons]) == ("gone", ["product_deleted"])
    found = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(found, StoredEdit)
    assert effect_of(found) == "none"


async def edited(runner: JobRunner, seconds_ago: int, job: Job | None = None) -> Job:
    """Edits product 1, which stays in its leaf. Returns the job that follows its audit."""
    runner.platform.add(product("1"))
    done = await runner.run(job or Job(SHOP_ID, "1", run_id="r", category_id=LEAF))
    assert isinstance(done, Done)
    (audit,) = (each.job for each in done.follow_ups)
    state = state_of(audit.state, AuditState)
    assert state.edit is not None
    edit = replace(state.edit, edited_at=state.edit.edited_at - seconds_ago)
    return replace(audit, state=replace(state, edit=edit))


async def save_over(runner: JobRunner, audit: Job) -> Result:
    """The seller saves another version, on v1, which goes live. Returns the result of the look after that."""
    runner.platform.save("1", title="A title that the seller saved during the audit, of glass")
    runner.platform.approve("1")
    runner.platform.on_v1 = {"1"}
    return await runner.run(audit)


async def test_a_version_that_the_seller_saved_over_ours_may_be_on_v2(runner: JobRunner) -> None:
    audit = await edited(runner, 3660)
    runner.platform.save("1", title="A title that the seller saved during the audit, of glass")
    runner.platform.approve("1")
    done = await runner.run(audit)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "relisted"


async def test_a_search_may_show_late_that_the_product_is_on_v2(runner: JobRunner) -> None:
    step = await save_over(runner, await edited(runner, 40))
    assert isinstance(step, Continue)
    assert 0 < step.seconds <= REPLACED_SECONDS - 40


async def test_a_product_whose_seller_saved_over_the_edit_is_edited_once_more(runner: JobRunner) -> None:
    done = await save_over(runner, await edited(runner, 130))
    assert isinstance(done, Done)
    assert (done.outcome.outcome, [each.code for each in done.outcome.reasons]) == ("waiting", ["edit_replaced"])
    (again,) = (each.job for each in done.follow_ups)
    assert (again.kind, again.id, again.run_id, again.category_id) == ("relist", "1", "r", LEAF)
    redone = await runner.run(again)
    assert isinstance(redone, Done)
    assert redone.outcome.outcome == "in_audit"
    assert runner.platform.products["1"]["title"] == "A title that the seller saved during the audit, of glass"
    assert runner.platform.calls["edit"] == 2
    first, second = [each async for each in runner.record.edits(Scope(SHOP_ID, "1"))]
    assert isinstance(first, StoredEdit)
    assert isinstance(second, StoredEdit)
    assert (effect_of(first), effect_of(second)) == ("none", "in_audit")


async def test_a_product_is_edited_at_most_twice_for_one_decision(runner: JobRunner) -> None:
    repeated = Job(SHOP_ID, "1", run_id="r", category_id=LEAF, state=RelistState(repeated=True))
    done = await save_over(runner, await edited(runner, 3660, repeated))
    assert isinstance(done, Done)
    assert (done.outcome.outcome, [each.code for each in done.outcome.reasons]) == ("rejected", ["not_on_v2"])
    assert done.follow_ups == ()


@pytest.mark.parametrize(("seconds_ago", "end"), [(130, ""), (3660, "not_on_v2")])
async def test_a_version_that_nobody_saved_does_not_prove_that_the_edit_is_live(
    runner: JobRunner, seconds_ago: int, end: str
) -> None:
    """The platform has dropped the edit: the product looks as before, and as after an edit that keeps its leaf."""
    audit = await edited(runner, seconds_ago)
    runner.platform.products.clear()
    runner.platform.add(product("1", audit={"status": "APPROVED"}))
    step = await runner.run(audit)
    if not end:
        assert isinstance(step, Continue)
        return
    assert isinstance(step, Done)
    assert (step.outcome.outcome, [each.code for each in step.outcome.reasons]) == ("rejected", [end])


async def test_a_product_that_is_frozen_during_its_audit_waits_for_the_thaw(runner: JobRunner) -> None:
    audit = await edited(runner, 130)
    runner.platform.approve("1")
    runner.platform.products["1"] |= {"status": "FREEZE", "product_status": "FREEZE", "audit": {"status": "NONE"}}
    runner.platform.on_v1 = {"1"}
    done = await runner.run(audit)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "waiting"
    (again,) = (each.job for each in done.follow_ups)
    frozen = await runner.run(again)
    assert isinstance(frozen, Wait)
    assert frozen.outcome is not None
    assert [each.code for each in frozen.outcome.reasons] == ["product_frozen"]
    assert runner.platform.calls["edit"] == 1


async def test_the_end_of_the_audit_is_recorded(runner: JobRunner) -> None:
    runner.platform.add(product("1", audit={"status": "APPROVED"}, category_chains=under(LEAF)))
    number = await runner.record.append(an_edit("1", shop_id=SHOP_ID, run_id="r"))
    await runner.run(waiting(notice=AuditNotice("APPROVED", EDITED + 1), edit_id=number))
    found = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(found, StoredEdit)
    assert [(event.name, event.about["outcome"]) for event in found.events] == [("audit_ended", "relisted")]
    state = await runner.record.product(SHOP_ID, "1")
    assert isinstance(state, ProductState)
    assert (state.state, state.run_id) == ("relisted", "r")


async def test_an_audit_without_a_number_still_leaves_its_state(runner: JobRunner) -> None:
    """The audit job was queued by a release without entry numbers."""
    runner.platform.add(product("1", audit={"status": "APPROVED"}, category_chains=under(LEAF)))
    await runner.run(waiting(notice=AuditNotice("APPROVED", EDITED + 1)))
    assert (await runner.record.counts())["relisted"] == 1
