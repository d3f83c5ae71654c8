"""A relist costs two calls, records a before-image first, and keeps the seller's changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import worker.jobs.edit
from model.job import Job
from model.job_state import AuditState, RelistState, state_of
from record.entry import StoredEdit
from record.state import Run
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.record_entries import stored_edits
from tests.support.tiny_platform import LEAF, MATERIAL, Cut, Refused, product
from worker.engine.results import Done, Park, Retry, Snooze
from worker.jobs.audit import SETTLING_SECONDS

JOB = Job(SHOP_ID, "1", trace_id="erp-1")


def raising(error: Exception) -> Any:
    def happen() -> None:
        raise error

    return happen


async def test_a_product_found_by_a_search_costs_two_calls(runner: JobRunner) -> None:
    runner.platform.add(product("1"), product("2"))
    done = await runner.run(JOB)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id) == ("in_audit", LEAF)
    (audit,) = done.follow_ups
    assert (audit.job.id, audit.job.kind, audit.delay_seconds, audit.job.trace_id) == ("audit:1", "audit", 60, "erp-1")
    before = dict(runner.platform.calls)
    await runner.run(Job(SHOP_ID, "2", state=RelistState(on_v1=True)))
    assert {name: n - before[name] for name, n in runner.platform.calls.items() if n > before[name]} == {
        "get": 1,
        "edit": 1,
    }


async def test_the_before_image_is_durable_before_the_edit(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    on_disk: list[StoredEdit] = []
    runner.platform.before["edit"] = [lambda: on_disk.extend(stored_edits(runner.journal_dir))]
    await runner.run(JOB)
    (entry,) = on_disk
    assert (entry.product_id, entry.before, entry.edit["category_id"]) == ("1", product("1"), LEAF)
    assert (entry.rule, entry.events) == ("own_leaf", ())


async def test_a_sellers_change_during_the_wait_is_kept(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    runner.platform.add(product("1"))
    ages = iter([10.0, 0.0, 0.0])
    monkeypatch.setattr(worker.jobs.edit.ProductRead, "is_fresh", property(lambda _: next(ages) < 5))
    runner.platform.after["get"] = [
        lambda: runner.platform.products["1"].update(title="Now with a lid, of glass, one litre")
    ]
    await runner.run(JOB)
    assert [edit["title"] for edit in runner.platform.edits] == ["Now with a lid, of glass, one litre"]
    assert runner.platform.calls["get"] == 2


async def test_a_job_whose_reads_are_always_stale_waits(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    runner.platform.add(product("1"))
    monkeypatch.setattr(worker.jobs.edit, "FRESH_SECONDS", -1)
    assert isinstance(await runner.run(JOB), Snooze)
    assert runner.platform.edits == []


async def test_a_dry_run_sends_no_edit(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    done = await runner.run(Job(SHOP_ID, "1", dry_run=True))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "planned"
    assert runner.platform.edits == []


def require_finish_at_the_edit(runner: JobRunner) -> None:
    """The platform adds a required attribute just before the first edit, and refuses the edit."""
    finish = {**MATERIAL, "id": "101", "name": "Finish", "values": [{"id": "9", "name": "Matt"}]}

    def change() -> None:
        runner.platform.attributes = [MATERIAL, finish]
        raise Refused(12052104, "Finish is required")

    runner.platform.before["edit"] = [change]


async def test_a_changed_catalogue_is_fetched_and_the_edit_replanned(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    require_finish_at_the_edit(runner)
    done = await runner.run(JOB)
    assert isinstance(done, Done)
    (reason,) = done.outcome.reasons
    assert (done.outcome.outcome, reason.attribute_id) == ("needs_input", "101")
    assert runner.platform.calls["attributes"] == 2


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refused(36009002, "too many requests", 429), Snooze),
        (Refused(12052093, "daily quota"), Park),
        (Refused(105005, "no permission", 401), Park),
        (Refused(36009003, "internal error", 500), Retry),
        (Cut(), Retry),
    ],
)
async def test_platform_errors_never_end_a_product(runner: JobRunner, error: Exception, kind: type[Any]) -> None:
    runner.platform.add(product("1"))
    runner.platform.before["edit"] = [raising(error)] * 8
    assert isinstance(await runner.run(JOB), kind)


async def test_a_missing_product_is_gone(runner: JobRunner) -> None:
    done = await runner.run(JOB)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "gone"


async def test_an_unknown_shop_fails_without_a_call(runner: JobRunner) -> None:
    done = await runner.run(Job("404", "1"))
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.reasons[0].code) == ("failed", "unknown_shop")
    assert not runner.platform.calls


async def test_a_shop_in_a_closed_market_is_parked(runner: JobRunner) -> None:
    runner.clock.forward(days=-365 * 3)
    parked = await runner.run(JOB)
    assert isinstance(parked, Park)
    assert "v2 opens in US on 2024-09-05" in parked.reason
    assert parked.seconds is not None
    assert not runner.platform.calls


async def test_a_full_disk_stops_the_edit_and_parks_the_shop(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.journal_dir.write_text("in the way")
    parked = await runner.run(JOB)
    assert isinstance(parked, Park)
    assert runner.platform.edits == []


async def test_a_dry_run_can_use_the_listing_check(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.check = {"check_result": "FAILED", "fail_reasons": [{"code": 12052700, "message": "Title invalid"}]}
    job = Job(SHOP_ID, "1", dry_run=True, run_id="plan", state=RelistState(ask_platform=True))
    done = await runner.run(job)
    assert isinstance(done, Done)
    assert [reason.code for reason in done.outcome.reasons] == ["12052700"]
    runner.platform.check = {"check_result": "PASS"}
    done = await runner.run(job)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "planned"
    assert (runner.platform.calls["check"], runner.platform.edits) == (2, [])


async def test_a_stale_catalogue_refetches_the_new_leaf(runner: JobRunner) -> None:
    gone = [{"id": "999999", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]
    agreed = [{"id": LEAF, "local_name": "Jars"}]
    runner.platform.add(product("1", category_chains=gone, recommended_categories=agreed))
    require_finish_at_the_edit(runner)
    done = await runner.run(JOB)
    assert isinstance(done, Done)
    assert [reason.attribute_id for reason in done.outcome.reasons] == ["101"]


async def test_reads_are_retried_and_writes_are_not(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiktok_shop.retry.READ_PAUSES", (0.0, 0.0))
    runner.platform.add(product("1"))
    broken, busy = raising(Cut()), raising(Refused(36009003, "internal", 500))
    runner.platform.before = {"get": [broken, busy], "rules": [busy], "edit": [busy]}
    assert isinstance(await runner.run(JOB), Retry)
    assert (runner.platform.calls["get"], runner.platform.calls["rules"], runner.platform.calls["edit"]) == (3, 2, 1)
    runner.platform.before = {"get": [busy, busy, busy]}
    assert isinstance(await runner.run(JOB), Retry)
    assert runner.platform.calls["get"] == 6


async def last_events(runner: JobRunner) -> list[tuple[str, object]]:
    found = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(found, StoredEdit)
    return [(event.name, event.about.get("outcome")) for event in found.events]


async def test_the_response_and_the_state_are_recorded(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    done = await runner.run(JOB)
    assert isinstance(done, Done)
    assert await last_events(runner) == [("answered", "in_audit")]
    assert (await runner.record.counts())["in_audit"] == 1
    (audit,) = done.follow_ups
    followed = state_of(audit.job.state, AuditState).edit
    assert followed is not None
    assert followed.edit_id == 1


async def test_a_refused_edit_is_recorded_as_refused(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.before["edit"] = [raising(Refused(12052700, "The title is not valid"))]
    await runner.run(JOB)
    assert await last_events(runner) == [("refused", None)]


async def test_an_edit_whose_response_was_lost_is_attributed_to_the_job(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.after["edit"] = [raising(Cut())]
    retried = await runner.run(JOB)
    assert isinstance(retried, Retry)
    assert await last_events(runner) == []
    runner.platform.approve("1")
    done = await runner.run(Job(SHOP_ID, "1", attempts=1))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "relisted"
    assert await last_events(runner) == [("answered", "relisted")]
    assert (await runner.record.counts())["relisted"] == 1


async def test_an_approval_in_the_answer_is_confirmed_by_a_read(runner: JobRunner) -> None:
    """As if the platform responded immediately but dropped the edit of the second product."""
    platform = runner.platform
    platform.add(product("1"), product("2"))
    platform.answered_audit = "APPROVED"

    def dropped() -> None:
        del platform.pending["2"]
        platform.products["2"]["audit"] = {"status": "APPROVED"}

    platform.after["edit"] = [lambda: platform.approve("1"), dropped]
    audits = []
    for each in "12":
        done = await runner.run(Job(SHOP_ID, each))
        assert isinstance(done, Done)
        assert done.outcome.outcome == "in_audit"
        assert done.follow_ups[0].delay_seconds <= SETTLING_SECONDS
        audits.append(done.follow_ups[0].job)
    ends = [await runner.run(two_hours_later(each)) for each in audits]
    assert [each.outcome.outcome for each in ends if isinstance(each, Done)] == ["relisted", "rejected"]


def two_hours_later(audit: Job) -> Job:
    state = state_of(audit.state, AuditState)
    assert state.edit is not None
    return replace(audit, state=replace(state, edit=replace(state.edit, edited_at=state.edit.edited_at - 7_200)))


async def test_a_slow_record_does_not_let_an_old_read_through(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.platform.add(product("1"))
    ages = iter([0.0, 12.0, 0.0, 0.0])  # before and after the entry of each attempt
    monkeypatch.setattr(worker.jobs.edit.ProductRead, "is_fresh", property(lambda _: next(ages) < 5))
    await runner.run(JOB)
    assert (runner.platform.calls["get"], runner.platform.calls["edit"]) == (2, 1)
    first, second = stored_edits(runner.journal_dir)
    assert first.id != second.id
    assert await last_events(runner) == [("answered", "in_audit")]


async def test_a_dry_run_leaves_no_state(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    await runner.run(Job(SHOP_ID, "1", dry_run=True, run_id="plan"))
    assert sum((await runner.record.counts()).values()) == 0


async def test_a_run_is_listed_from_its_first_work_on(runner: JobRunner) -> None:
    runner.platform.add(product("1"), product("2", product_attributes=[]))
    edited, asked = Job(SHOP_ID, "1", run_id="spring"), Job(SHOP_ID, "2", run_id="summer")
    for job in (edited, replace(edited, id="2"), asked, Job(SHOP_ID, "1", dry_run=True, run_id="plan")):
        await runner.run(job)
    runs = [(each.run_id, each.kind) for each in await runner.record.runs() if isinstance(each, Run)]
    assert sorted(runs) == [("spring", "relist"), ("summer", "relist")]
    assert len(await runner.record.runs("spr")) == 1
