"""One product moved: two calls, an image of it on disk, and nothing of what the seller did meanwhile taken back."""

from __future__ import annotations

from typing import Any

import pytest

import worker.jobs.edit
from model.job import ON_V1, Job
from record.entry import StoredEdit
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.record_entries import stored_edits
from tests.support.tiny_platform import LEAF, MATERIAL, Cut, Refused, product
from worker.engine.results import Done, Park, Retry, Snooze

JOB = Job(SHOP_ID, "1", trace_id="erp-1")


def raising(error: Exception) -> Any:
    def happen() -> None:
        raise error

    return happen


async def test_two_calls_a_product_that_a_search_has_found_and_the_audit_follows(desk: Desk) -> None:
    desk.platform.add(product("1"), product("2"))
    done = await desk.run(JOB)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id) == ("in_audit", LEAF)
    (audit,) = done.follow_ups
    assert (audit.job.id, audit.job.kind, audit.delay_seconds, audit.job.trace_id) == ("audit:1", "audit", 60, "erp-1")
    before = dict(desk.platform.calls)
    await desk.run(Job(SHOP_ID, "2", state={ON_V1: True}))
    assert {name: n - before[name] for name, n in desk.platform.calls.items() if n > before[name]} == {
        "get": 1,
        "edit": 1,
    }


async def test_the_before_image_is_on_disk_before_the_edit_leaves(desk: Desk) -> None:
    desk.platform.add(product("1"))
    on_disk: list[StoredEdit] = []
    desk.platform.before["edit"] = [lambda: on_disk.extend(stored_edits(desk.journal_dir))]
    await desk.run(JOB)
    (entry,) = on_disk
    assert (entry.product_id, entry.before, entry.edit["category_id"]) == ("1", product("1"), LEAF)
    assert (entry.rule, entry.events) == ("own_leaf", ())


async def test_what_the_seller_changed_meanwhile_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.platform.add(product("1"))
    ages = iter([10.0, 0.0, 0.0])
    monkeypatch.setattr(worker.jobs.edit.Read, "is_fresh", property(lambda _: next(ages) < 5))
    desk.platform.after["get"] = [
        lambda: desk.platform.products["1"].update(title="Now with a lid, of glass, one litre")
    ]
    await desk.run(JOB)
    assert [edit["title"] for edit in desk.platform.edits] == ["Now with a lid, of glass, one litre"]
    assert desk.platform.calls["get"] == 2


async def test_a_product_that_is_never_fresh_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.platform.add(product("1"))
    monkeypatch.setattr(worker.jobs.edit, "FRESH_SECONDS", -1)
    assert isinstance(await desk.run(JOB), Snooze)
    assert desk.platform.edits == []


async def test_a_dry_run_sends_no_edit(desk: Desk) -> None:
    desk.platform.add(product("1"))
    done = await desk.run(Job(SHOP_ID, "1", dry_run=True))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "planned"
    assert desk.platform.edits == []


async def test_a_changed_catalogue_is_read_again_and_the_edit_planned_anew(desk: Desk) -> None:
    desk.platform.add(product("1"))
    finish = {**MATERIAL, "id": "101", "name": "Finish", "values": [{"id": "9", "name": "Matt"}]}

    def change() -> None:
        desk.platform.attributes = [MATERIAL, finish]
        raise Refused(12052104, "Finish is required")

    desk.platform.before["edit"] = [change]
    done = await desk.run(JOB)
    assert isinstance(done, Done)
    (reason,) = done.outcome.reasons
    assert (done.outcome.outcome, reason.attribute_id) == ("needs_input", "101")
    assert desk.platform.calls["attributes"] == 2


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
async def test_what_the_platform_is_to_blame_for_never_ends_a_product(
    desk: Desk, error: Exception, kind: type[Any]
) -> None:
    desk.platform.add(product("1"))
    desk.platform.before["edit"] = [raising(error)] * 8
    assert isinstance(await desk.run(JOB), kind)


async def test_a_product_that_is_gone_is_told_as_gone(desk: Desk) -> None:
    done = await desk.run(JOB)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "gone"


async def test_an_unknown_shop_is_told_and_nothing_is_called(desk: Desk) -> None:
    done = await desk.run(Job("404", "1"))
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.reasons[0].code) == ("failed", "unknown_shop")
    assert not desk.platform.calls


async def test_a_shop_whose_market_is_closed_waits_with_that_reason(desk: Desk) -> None:
    desk.clock.forward(days=-365 * 3)
    parked = await desk.run(JOB)
    assert isinstance(parked, Park)
    assert "v2 opens in US on 2024-09-05" in parked.reason
    assert parked.seconds is not None
    assert not desk.platform.calls


async def test_a_full_disk_stops_the_edit_and_parks_the_shop(desk: Desk) -> None:
    desk.platform.add(product("1"))
    desk.journal_dir.write_text("in the way")
    parked = await desk.run(JOB)
    assert isinstance(parked, Park)
    assert desk.platform.edits == []


async def test_a_plan_may_ask_the_platform_itself(desk: Desk) -> None:
    desk.platform.add(product("1"))
    desk.platform.check = {"check_result": "FAILED", "fail_reasons": [{"code": 12052700, "message": "Title invalid"}]}
    job = Job(SHOP_ID, "1", dry_run=True, run_id="plan", state={"ask_platform": True})
    done = await desk.run(job)
    assert isinstance(done, Done)
    assert [reason.code for reason in done.outcome.reasons] == ["12052700"]
    desk.platform.check = {"check_result": "PASS"}
    done = await desk.run(job)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "planned"
    assert (desk.platform.calls["check"], desk.platform.edits) == (2, [])


async def test_the_catalogue_that_is_read_again_is_that_of_the_new_leaf(desk: Desk) -> None:
    gone = [{"id": "999999", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]
    agreed = [{"id": LEAF, "local_name": "Jars"}]
    desk.platform.add(product("1", category_chains=gone, recommended_categories=agreed))
    finish = {**MATERIAL, "id": "101", "name": "Finish", "values": [{"id": "9", "name": "Matt"}]}

    def change() -> None:
        desk.platform.attributes = [MATERIAL, finish]
        raise Refused(12052104, "Finish is required")

    desk.platform.before["edit"] = [change]
    done = await desk.run(JOB)
    assert isinstance(done, Done)
    assert [reason.attribute_id for reason in done.outcome.reasons] == ["101"]


async def test_a_read_that_fails_is_sent_again_and_a_write_is_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiktok_shop.retry.READ_PAUSES", (0.0, 0.0))
    desk.platform.add(product("1"))
    broken, busy = raising(Cut()), raising(Refused(36009003, "internal", 500))
    desk.platform.before = {"get": [broken, busy], "rules": [busy], "edit": [busy]}
    assert isinstance(await desk.run(JOB), Retry)
    assert (desk.platform.calls["get"], desk.platform.calls["rules"], desk.platform.calls["edit"]) == (3, 2, 1)
    desk.platform.before = {"get": [busy, busy, busy]}
    assert isinstance(await desk.run(JOB), Retry)
    assert desk.platform.calls["get"] == 6


async def last_events(desk: Desk) -> list[tuple[str, object]]:
    found = await desk.record.last_edit(SHOP_ID, "1")
    assert isinstance(found, StoredEdit)
    return [(event.name, event.about.get("outcome")) for event in found.events]


async def test_the_answer_and_the_state_are_in_the_record(desk: Desk) -> None:
    desk.platform.add(product("1"))
    done = await desk.run(JOB)
    assert isinstance(done, Done)
    assert await last_events(desk) == [("answered", "in_audit")]
    assert (await desk.record.counts())["in_audit"] == 1
    (audit,) = done.follow_ups
    state = audit.job.state or {}
    assert state["edit_id"] == 1


async def test_a_refused_edit_is_recorded_as_refused(desk: Desk) -> None:
    desk.platform.add(product("1"))
    desk.platform.before["edit"] = [raising(Refused(12052700, "The title is not valid"))]
    await desk.run(JOB)
    assert await last_events(desk) == [("refused", None)]


async def test_an_edit_whose_answer_was_lost_counts_as_ours(desk: Desk) -> None:
    desk.platform.add(product("1"))
    desk.platform.after["edit"] = [raising(Cut())]
    retried = await desk.run(JOB)
    assert isinstance(retried, Retry)
    assert await last_events(desk) == []
    desk.platform.products["1"]["audit"] = {"status": "APPROVED"}
    done = await desk.run(Job(SHOP_ID, "1", attempts=1))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "relisted"
    assert await last_events(desk) == [("answered", "relisted")]
    assert (await desk.record.counts())["relisted"] == 1


async def test_a_slow_record_does_not_let_an_old_read_through(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.platform.add(product("1"))
    ages = iter([0.0, 12.0, 0.0, 0.0])
    monkeypatch.setattr(worker.jobs.edit.Read, "is_fresh", property(lambda _: next(ages) < 5))
    await desk.run(JOB)
    assert (desk.platform.calls["get"], desk.platform.calls["edit"]) == (2, 1)
    first, second = stored_edits(desk.journal_dir)
    assert first.id != second.id
    assert await last_events(desk) == [("answered", "in_audit")]


async def test_a_dry_run_leaves_no_state(desk: Desk) -> None:
    desk.platform.add(product("1"))
    await desk.run(Job(SHOP_ID, "1", dry_run=True, run_id="plan"))
    assert sum((await desk.record.counts()).values()) == 0
