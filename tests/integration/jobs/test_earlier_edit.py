"""An edit that was sent but not committed is followed by the next worker, and not repeated without a new decision."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from model.job import Job
from model.job_state import RelistState
from record.effect import effect_of
from record.entry import NewEdit, NewEvent, StoredEdit
from record.group import WriteGroup
from record.record import Record
from record.scope import Scope
from record.undo_scope import Coverage, products_to_undo
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import Cut, product
from worker.engine.call_permits import JobPermits, LeaseOver, ShopRateLimiter
from worker.engine.results import Done, Result, Snooze, Wait
from worker.jobs.earlier_edit import ARRIVAL_SECONDS

RELIST = Job(SHOP_ID, "1", run_id="r")
OAK = ({"id": "100", "values": [{"id": "2", "name": "Oak"}]},)
WEIGHT = {"value": "1.2", "unit": "KILOGRAM"}


def lose_lease(runner: JobRunner) -> None:
    """The shop goes to a worker that knows only the record, the platform and the uncommitted job."""
    runner.services.edits.lease_lost(SHOP_ID)


def fail_audit(runner: JobRunner) -> None:
    del runner.platform.pending["1"]
    runner.platform.products["1"]["audit"] = {"status": "FAILED"}
    runner.platform.products["1"]["audit_failed_reasons"] = [{"reasons": ["the title is unclear"]}]


def done(result: Result) -> Done:
    assert isinstance(result, Done), result
    return result


async def entries(runner: JobRunner) -> list[StoredEdit]:
    return [each async for each in runner.record.edits(Scope(SHOP_ID, "1")) if isinstance(each, StoredEdit)]


@pytest.mark.parametrize("is_answered", [True, False])
async def test_an_uncommitted_edit_whose_audit_failed_is_not_repeated(runner: JobRunner, is_answered: bool) -> None:
    runner.platform.add(product("1"))
    if not is_answered:
        runner.platform.after["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    fail_audit(runner)
    taken_over = done(await runner.run(RELIST))
    assert taken_over.outcome.outcome == "in_audit"
    assert len(runner.platform.edits) == 1
    (audit,) = (each.job for each in taken_over.follow_ups)
    runner.clock.forward(hours=1)
    assert done(await runner.run(audit)).outcome.outcome == "rejected"
    (edit,) = await entries(runner)
    assert [each.name for each in edit.events] == ["answered", "audit_ended"]

    assert done(await runner.run(RELIST)).outcome.outcome == "in_audit"
    assert len(runner.platform.edits) == 2, "a retry after the known end is a new decision"


async def test_new_content_is_a_new_decision(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    fail_audit(runner)
    done(await runner.run(replace(RELIST, attributes=OAK)))
    assert len(runner.platform.edits) == 2


async def test_an_answer_for_another_field_is_a_new_decision(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    fail_audit(runner)
    done(await runner.run(replace(RELIST, fields={"package_weight": WEIGHT})))
    assert [each.get("package_weight") for each in runner.platform.edits] == [None, WEIGHT]


@pytest.mark.parametrize("answer", [{"attributes": OAK}, {"fields": {"package_weight": WEIGHT}}])
async def test_an_answer_is_sent_although_an_unanswered_edit_is_live(runner: JobRunner, answer: dict[str, Any]) -> None:
    """The entry has no answer for ever if the record was unavailable when the answer came."""
    runner.platform.add(product("1"))
    runner.platform.after["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.platform.approve("1")
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    done(await runner.run(replace(RELIST, run_id="another", **answer)))
    assert len(runner.platform.edits) == 2
    sent = runner.platform.edits[-1]
    assert sent["product_attributes"][0]["values"][0]["name"] == ("Oak" if "attributes" in answer else "Glass")
    assert sent.get("package_weight") == answer.get("fields", {}).get("package_weight")


async def test_another_run_is_a_new_decision(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    fail_audit(runner)
    done(await runner.run(replace(RELIST, run_id="another")))
    assert len(runner.platform.edits) == 2


async def test_an_earlier_failed_audit_does_not_end_an_unanswered_edit(runner: JobRunner) -> None:
    runner.platform.add(product("1", audit={"status": "FAILED"}))
    runner.platform.before["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    done(await runner.run(RELIST))
    assert len(runner.platform.edits) == 1


@pytest.mark.parametrize("shown", ["AUDITING", "FAILED"])
async def test_an_edit_on_its_way_is_waited_for(runner: JobRunner, shown: str) -> None:
    runner.platform.add(product("1"))
    runner.platform.before["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    (entry,) = await entries(runner)
    wait = await runner.run(RELIST)
    assert isinstance(wait, Snooze), "its worker was suspended, so it may arrive after this read"
    assert wait.seconds == ARRIVAL_SECONDS
    runner.platform.edit_product("1", {}, dict(entry.edit))
    if shown == "FAILED":
        fail_audit(runner)
    taken_over = done(await runner.run(RELIST))
    assert taken_over.outcome.outcome == "in_audit"
    assert len(runner.platform.edits) == 1


@pytest.mark.parametrize("is_answered", [True, False])
async def test_an_uncommitted_edit_that_is_live_is_not_repeated(runner: JobRunner, is_answered: bool) -> None:
    """It keeps the leaf, so that only a search shows that the product is on v2: an earlier one found it on v1."""
    found = replace(RELIST, state=RelistState(on_v1=True))
    runner.platform.add(product("1"))
    if not is_answered:
        runner.platform.after["edit"] = [_cut]
    await runner.run_uncommitted(found)
    lose_lease(runner)
    runner.platform.approve("1")
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    taken_over = done(await runner.run(found))
    assert taken_over.outcome.outcome == "in_audit"
    assert len(runner.platform.edits) == 1
    (audit,) = (each.job for each in taken_over.follow_ups)
    runner.clock.forward(hours=1)
    assert done(await runner.run(audit)).outcome.outcome == "relisted"


@pytest.mark.parametrize("is_answered", [True, False])
async def test_an_uncommitted_edit_in_audit_is_followed(runner: JobRunner, is_answered: bool) -> None:
    runner.platform.add(product("1"))
    if not is_answered:
        runner.platform.after["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    taken_over = done(await runner.run(RELIST))
    assert taken_over.outcome.outcome == "in_audit"
    # Only an accepted edit may have been committed, so that its audit is followed already.
    assert [(each.job.kind, each.keeps_audit) for each in taken_over.follow_ups] == [("audit", is_answered)]
    assert len(runner.platform.edits) == 1
    (entry,) = await entries(runner)
    assert [each.name for each in entry.events] == ["answered"]


async def test_an_uncommitted_edit_that_is_approved_ends_as_relisted(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.platform.approve("1")
    taken_over = done(await runner.run(RELIST))
    assert taken_over.outcome.outcome == "in_audit"
    (audit,) = (each.job for each in taken_over.follow_ups)
    runner.clock.forward(hours=1)
    assert done(await runner.run(audit)).outcome.outcome == "relisted"
    (entry,) = await entries(runner)
    assert effect_of(entry) == "live"
    assert done(await runner.run(RELIST)).outcome.outcome == "already_v2", "the end is known"


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_product_that_an_uncommitted_edit_put_on_sale_is_taken_off(
    runner: JobRunner, is_answered: bool
) -> None:
    runner.platform.add(product("1", status="SELLER_DEACTIVATED"))
    if not is_answered:
        runner.platform.after["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.platform.approve("1")
    runner.platform.products["1"]["status"] = "ACTIVATE"
    taken_over = done(await runner.run(RELIST))
    (audit,) = (each.job for each in taken_over.follow_ups)
    assert done(await runner.run(audit)).outcome.outcome == "relisted"
    assert runner.platform.products["1"]["status"] == "SELLER_DEACTIVATED"


@pytest.mark.parametrize("is_answered", [True, False])
async def test_an_uncommitted_edit_is_followed_although_the_platform_lost_a_required_field(
    runner: JobRunner, is_answered: bool
) -> None:
    """Asking a person for the field would hide the damage from the rollout."""
    runner.platform.add(product("1"))
    if not is_answered:
        runner.platform.after["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.platform.approve("1")
    runner.platform.products["1"]["product_attributes"] = []
    runner.platform.products["1"]["title"] = "A jar"
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    taken_over = done(await runner.run(RELIST))
    assert taken_over.outcome.outcome == "in_audit"
    (audit,) = (each.job for each in taken_over.follow_ups)
    runner.clock.forward(hours=1)
    done(await runner.run(audit))
    assert done(await runner.run(RELIST)).outcome.outcome == "needs_input", "a new decision about the live product"
    assert len(runner.platform.edits) == 1


async def test_a_later_answer_is_not_lost_with_a_required_field(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.after["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.platform.approve("1")
    runner.platform.products["1"] |= {"product_attributes": [], "title": "A jar"}
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    weighed = replace(RELIST, fields={"package_weight": WEIGHT})
    assert done(await runner.run(weighed)).outcome.outcome == "needs_input", "the question keeps the answer"
    done(await runner.run(replace(weighed, attributes=OAK)))
    assert runner.platform.edits[-1]["package_weight"] == WEIGHT


async def test_an_edit_that_never_arrives_is_sent_after_the_wait(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.before["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.clock.forward(seconds=ARRIVAL_SECONDS / 2)
    wait = await runner.run(RELIST)
    assert isinstance(wait, Snooze)
    runner.clock.forward(seconds=wait.seconds)
    done(await runner.run(RELIST))
    assert len(runner.platform.edits) == 1


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_worker_with_a_wrong_clock_holds_up_no_product(runner: JobRunner, hours: int) -> None:
    runner.platform.add(product("1"))
    runner.platform.before["edit"] = [_cut]
    await runner.run_uncommitted(RELIST)
    lose_lease(runner)
    runner.clock.forward(hours=hours)
    done(await runner.run(RELIST))


async def test_a_job_stopped_while_its_entry_is_written_has_not_sent(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    began = asyncio.Event()
    write = runner.record.database.write

    async def slow_write(group: WriteGroup) -> list[int]:
        numbers = await write(group)
        if group.edits:
            began.set()
            await asyncio.sleep(0)
        return numbers

    runner.record.database.write = slow_write  # type: ignore[method-assign]
    running = asyncio.create_task(runner.run_uncommitted(RELIST))
    await began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await runner.record.append_event(NewEvent(1, runner.clock(), "read_back"))
    (entry,) = await entries(runner)
    assert effect_of(entry) == "not_sent"
    assert runner.platform.edits == []


async def test_an_undo_meets_a_relist_of_the_same_product(runner: JobRunner) -> None:
    """The undo has read the product when the edit of the relist is sent, so it reads again and waits for the audit."""
    changed = product("1", title="A title that a run has changed, of glass")
    undo = await recorded_undo(runner.record, SHOP_ID, product("1"), {"title": changed["title"]})
    runner.platform.add(changed)
    append, second = Record.append, list[asyncio.Task[Result]]()

    async def append_after_the_relist(record: Record, edit: NewEdit) -> int:
        if edit.kind == "undo" and not second:
            second.append(asyncio.create_task(runner.run(RELIST)))
            await second[0]
        return await append(record, edit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Record, "append", append_after_the_relist)
        result = await runner.run(undo)
    assert done(second[0].result()).outcome.outcome == "in_audit"
    assert isinstance(result, Wait)
    assert len(runner.platform.edits) == 1


async def test_an_edit_abandoned_with_the_lease_is_not_counted(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.platform.add(product("1"))
    append, has_lease = Record.append, [True]

    async def append_slowly(record: Record, edit: NewEdit) -> int:
        number = await append(record, edit)
        has_lease[0] = False
        return number

    monkeypatch.setattr(Record, "append", append_slowly)
    limiter = ShopRateLimiter(None, 1e6, 1e6, time.monotonic())
    permits = JobPermits(limiter, None, time.monotonic, is_leased=lambda: has_lease[0])
    with pytest.raises(LeaseOver):
        await runner.handlers["relist"].run(RELIST, permits)
    assert runner.platform.edits == []
    (given_up,) = await entries(runner)
    assert effect_of(given_up) == "not_sent"
    assert await runner.record.last_sent(SHOP_ID, "1") is None
    coverage = Coverage()
    assert [each async for each in products_to_undo(runner.record, Scope(run_id="r"), coverage)] == []
    assert coverage == Coverage()


def _cut() -> None:
    raise Cut
