"""The undo job reverts recorded edits and keeps the seller's later changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

import worker.jobs.edit
from model.job import Job
from model.job_state import UndoState
from record.entry import EventName, StoredEdit
from record.scope import Scope
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.record_entries import NOON, all_of
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import LEAF, OTHER_LEAF, product
from worker.engine.results import Done, Wait

BEFORE = product("1")
OAK = [{"id": "100", "name": "Material", "values": [{"id": "2", "name": "Oak"}]}]
MOVED = [{"id": OTHER_LEAF, "parent_id": "850000", "local_name": "Boxes", "is_leaf": True}]
CHANGED = {"product_attributes": OAK, "category_chains": MOVED}


def colour(value_id: str, name: str) -> dict[str, str]:
    return {"id": "100089", "name": "Colour", "value_id": value_id, "value_name": name}


async def done(runner: JobRunner, job: Job) -> Done:
    result = await runner.run(job)
    assert isinstance(result, Done), result
    return result


async def test_an_edit_is_reverted_and_a_seller_change_stays(runner: JobRunner) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, CHANGED)
    runner.platform.add({**BEFORE, **CHANGED, "title": "The seller's new title, of glass"})
    outcome = (await done(runner, undo)).outcome
    assert (outcome.outcome, outcome.category_id) == ("in_audit", LEAF)
    (sent,) = runner.platform.edits
    assert sent["title"] == "The seller's new title, of glass"
    assert sent["product_attributes"] == [{"id": "100", "values": [{"id": "1", "name": "Glass"}]}]


async def test_an_undo_is_recorded_with_the_edit_and_can_be_undone(runner: JobRunner) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, CHANGED)
    runner.platform.add({**BEFORE, **CHANGED})
    await runner.run(undo)
    first, second = await all_of(runner.record.edits(Scope(SHOP_ID, "1")))
    assert isinstance(first, StoredEdit)
    assert isinstance(second, StoredEdit)
    event = first.event("undone")
    assert event is not None
    assert event.about["run_id"] == second.run_id == "undo-spring-1"
    assert second.kind == "undo"
    runner.platform.products["1"] = product("1")
    await runner.run(replace(undo, run_id="undo-undo-spring-1-1", state=UndoState(edits=(second.id,))))
    assert [edit["category_id"] for edit in runner.platform.edits] == [LEAF, OTHER_LEAF]


@pytest.mark.parametrize("events", [
    (("refused", ""),),
    (("answered", "in_audit"), ("audit_ended", "rejected")),
    (),
], ids=["refused", "audit failed", "unanswered"])  # fmt: skip
async def test_an_edit_without_effect_is_left_alone(
    runner: JobRunner, events: tuple[tuple[EventName, str], ...]
) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, CHANGED, events)
    runner.platform.add({**BEFORE, "title": "The seller's new title, of glass"})
    outcome = (await done(runner, undo)).outcome
    assert (outcome.outcome, runner.platform.edits) == ("done", [])
    assert "did not take effect" in outcome.warnings[0]


async def test_the_outcome_names_values_that_the_category_no_longer_accepts(runner: JobRunner) -> None:
    unlisted = [{"id": "100", "name": "Material", "values": [{"id": "9", "name": "Bone"}]}]
    undo = await recorded_undo(
        runner.record, SHOP_ID, {**BEFORE, "product_attributes": unlisted}, {"product_attributes": []}
    )
    runner.platform.add({**BEFORE, "product_attributes": []})
    outcome = (await done(runner, undo)).outcome
    assert (outcome.outcome, runner.platform.edits) == ("done", [])
    assert outcome.warnings == ("Material: Bone is not one of the values of Material", "nothing to restore")


async def test_an_undo_keeps_a_value_that_the_live_listing_has_and_its_leaf_no_longer_lists(
    runner: JobRunner,
) -> None:
    unlisted = [{"id": "100", "name": "Material", "values": [{"id": "9", "name": "Bone"}]}]
    before = {**BEFORE, "product_attributes": unlisted}
    undo = await recorded_undo(runner.record, SHOP_ID, before, {"title": "The edit's own title, of glass"})
    runner.platform.add({**before, "title": "The edit's own title, of glass"})
    assert (await done(runner, undo)).outcome.outcome == "in_audit"
    (sent,) = runner.platform.edits
    assert sent["title"] == BEFORE["title"]
    assert sent["product_attributes"] == [{"id": "100", "values": [{"id": "9", "name": "Bone"}]}]


async def test_everything_changed_since_sends_no_edit(runner: JobRunner) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, {"product_attributes": OAK})
    runner.platform.add({**BEFORE, "product_attributes": []})
    outcome = (await done(runner, undo)).outcome
    assert (outcome.outcome, runner.platform.edits) == ("done", [])
    assert outcome.warnings == (
        "changed since the edit, left as it is: attribute Material",
        "nothing to restore",
    )


async def test_an_undo_waits_for_the_audit_of_its_edit(runner: JobRunner) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, CHANGED, (("answered", "in_audit"),))
    runner.platform.add({**BEFORE, "audit": {"status": "AUDITING"}})
    waiting = await runner.run(undo)
    assert isinstance(waiting, Wait)
    assert waiting.outcome is not None
    assert waiting.outcome.reasons[0].code == "under_review"
    runner.platform.products["1"] = {**BEFORE, **CHANGED, "audit": {"status": "APPROVED"}}
    assert (await done(runner, waiting.job)).outcome.outcome == "in_audit"


async def test_a_required_attribute_of_the_edit_stays(runner: JobRunner) -> None:
    v1 = [{"id": "404", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]
    before = product("1", category_chains=v1, product_attributes=[])
    undo = await recorded_undo(runner.record, SHOP_ID, before, {"product_attributes": OAK, "category_chains": MOVED})
    runner.platform.add({**before, "product_attributes": OAK, "category_chains": MOVED})
    outcome = (await done(runner, undo)).outcome
    assert (outcome.outcome, runner.platform.edits) == ("done", [])
    assert any("not on the v2 tree" in warning for warning in outcome.warnings)
    assert any("requires stay: Material" in warning for warning in outcome.warnings)


async def test_a_sku_added_while_the_undo_waits_is_kept(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    red = {"id": "19", "seller_sku": "jar-red", "price": {"amount": "1"}, "sales_attributes": [colour("1", "Red")]}
    undo = await recorded_undo(runner.record, SHOP_ID, product("1", skus=[red]), CHANGED)
    runner.platform.add(product("1", skus=[red], **CHANGED))
    ages = iter([10.0, 0.0, 0.0])
    monkeypatch.setattr(worker.jobs.edit.ProductRead, "is_fresh", property(lambda _: next(ages) < 5))
    new = {"id": "77", "seller_sku": "jar-blue", "price": {"amount": "2"}, "sales_attributes": [colour("2", "Blue")]}
    runner.platform.after["get"] = [lambda: runner.platform.products["1"]["skus"].append(new)]
    await runner.run(undo)
    assert [[sku["id"] for sku in edit["skus"]] for edit in runner.platform.edits] == [["19", "77"]]


async def test_parts_that_cannot_be_restored_are_warnings(runner: JobRunner) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, CHANGED)
    runner.platform.add(product("1", skus=[{"id": "50", "seller_sku": "other"}], **CHANGED))
    outcome = (await done(runner, undo)).outcome
    assert any("was deleted since" in warning for warning in outcome.warnings)


async def test_an_entry_that_cannot_be_found_fails(runner: JobRunner) -> None:
    runner.platform.add(BEFORE)
    outcome = (await done(runner, Job(SHOP_ID, "undo:1", "undo", state=UndoState(edits=(99,))))).outcome
    assert (outcome.outcome, outcome.reasons[0].code) == ("failed", "record_unreadable")


async def test_a_job_of_an_older_release_finds_its_entry_by_time(runner: JobRunner) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, CHANGED)
    runner.platform.add({**BEFORE, **CHANGED})
    old = replace(undo, product=BEFORE, state=UndoState(edited_at=NOON.isoformat()))
    assert (await done(runner, old)).outcome.category_id == LEAF


async def test_a_dry_run_sends_nothing(runner: JobRunner) -> None:
    undo = await recorded_undo(runner.record, SHOP_ID, BEFORE, CHANGED)
    runner.platform.add({**BEFORE, **CHANGED})
    assert (await done(runner, replace(undo, dry_run=True))).outcome.outcome == "planned"
    assert runner.platform.edits == []
