"""Edits wait for the rollout, are read back, and report the ends of their audits to it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import AuditNotice, AuditState, UndoState, state_of
from record.effect import damaged_fields
from record.entry import StoredEdit
from record.record import known_event
from record.scope import Scope
from rollout.operations import RolloutOperations
from rollout.service import Rollout
from tests.support.gated_jobs import OLD_CATEGORY, audit_of, group_of, relist, use_rollout
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.record_entries import NOON
from tests.support.tiny_platform import LEAF, OTHER_LEAF, Refused, product
from worker.config_files import mapping_file
from worker.engine.results import Continue, Done, Wait
from worker.jobs.handlers import job_handlers
from worker.jobs.rollout_edit import release


async def test_an_edit_in_a_new_leaf_is_read_back_clean(runner: JobRunner, redis: Redis, rollout: Rollout) -> None:
    runner.platform.add(product("1"))
    done = await runner.run(relist("1"))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "in_audit"
    assert done.follow_ups[0].delay_seconds <= 1
    step = await runner.run(audit_of(done))
    assert isinstance(step, Continue)
    group = await group_of(redis, f"leaf/US/{LEAF}")
    assert (group.clean, group.looking) == (1, {})
    edit = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(edit, StoredEdit)
    assert [(event.name, event.about.get("result")) for event in edit.events] == [
        ("answered", None),
        ("read_back", "clean"),
    ]


async def look_of(runner: JobRunner) -> object:
    """The result of the last edit's read-back."""
    edit = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(edit, StoredEdit)
    look = edit.event("read_back")
    return look.about["result"] if look is not None else None


async def test_an_answered_field_is_no_change_of_the_platform(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    runner.platform.add(product("1", package_weight={"value": "1", "unit": "KILOGRAM"}))
    answer = {"package_weight": {"value": "2", "unit": "KILOGRAM"}}
    runner.platform.after["edit"] = [lambda: runner.platform.pending["1"].update(answer)]
    await runner.run(audit_of(await runner.run(replace(relist("1"), fields=answer))))
    assert await look_of(runner) == "clean"


async def test_an_old_webhook_does_not_hide_the_version_under_review(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    runner.platform.add(product("1"))
    runner.platform.after["edit"] = [lambda: runner.platform.pending["1"].update(description="")]
    audit = audit_of(await runner.run(relist("1")))
    state = state_of(audit.state, AuditState)
    step = await runner.run(replace(audit, state=replace(state, notice=AuditNotice("APPROVED", 1))))
    assert isinstance(step, Continue)
    await runner.run(step.job)
    assert await look_of(runner) == "damaged"


@pytest.mark.parametrize(
    "change", [{"audit": {"status": "FAILED"}}, {"status": "DELETED", "audit": {"status": "NONE"}}]
)
async def test_a_later_time_of_the_old_version_confirms_nothing(
    runner: JobRunner, redis: Redis, rollout: Rollout, change: dict[str, object]
) -> None:
    runner.platform.add(product("1"))
    audit = audit_of(await runner.run(relist("1")))
    runner.platform.pending.clear()
    runner.platform.products["1"].update(change, update_time=2_000_000_000)
    await runner.run(audit)
    assert await look_of(runner) == "not_seen"


async def test_a_held_job_waits_without_an_attempt(runner: JobRunner, redis: Redis, rollout: Rollout) -> None:
    runner.platform.add(product("1"), product("2"))
    first = await runner.run(relist("1"))
    held = await runner.run(relist("2"))
    assert isinstance(held, Wait)
    assert held.outcome is None, "a window is open again within seconds"
    assert held.job.attempts == 0
    before = dict(runner.platform.calls)
    runner.clock.forward(seconds=5)
    long = await runner.run(held.job)
    assert isinstance(long, Wait)
    assert long.outcome is not None
    (reason,) = long.outcome.reasons
    assert (long.outcome.outcome, reason.code, reason.actor) == ("waiting", "rollout", "platform")
    again = await runner.run(long.job)
    assert isinstance(again, Wait)
    assert again.outcome is None, "waiting is published once"
    assert dict(runner.platform.calls) == before, "a held job makes no call"
    await runner.run(audit_of(first))
    sent = await runner.run(again.job)
    assert isinstance(sent, Done)
    assert sent.outcome.outcome == "in_audit"
    assert len(runner.platform.edits) == 2


async def test_a_product_deleted_during_its_audit_gives_back_its_place(
    runner: JobRunner, redis: Redis, tmp_path: Path
) -> None:
    file = tmp_path / "mapping.csv"
    file.write_text(f"shop,from,to\n*,600001,{OTHER_LEAF}\n")
    use_rollout(runner, redis, mapping=mapping_file(file))
    runner.platform.add(product("1", category_chains=OLD_CATEGORY))
    step = await runner.run(audit_of(await runner.run(relist("1"))))
    assert isinstance(step, Continue)
    state = state_of(step.job.state, AuditState)
    assert state.rollout is not None
    decision, shared = [key for key in state.rollout["permit"]["windows"] if key.startswith("decision/")]
    assert shared.startswith("decision/*/mapping/")
    assert list((await group_of(redis, decision)).auditing) == [f"{SHOP_ID}/1"]

    runner.platform.products["1"].update(status="DELETED", audit={"status": "NONE"})
    waiting = replace(step.job, state=replace(state, waiting_since=1))  # so that it reads the product
    done = await runner.run(waiting)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "gone"
    group = await group_of(redis, decision)
    assert (group.auditing, group.passes, group.rejections) == ({}, 0, 0)


async def test_damage_in_a_leaf_stops_the_field_until_released(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    runner.platform.add(product("1"), product("2"))
    runner.platform.after["edit"] = [lambda: runner.platform.pending["1"].update(description="")]
    step = await runner.run(audit_of(await runner.run(relist("1"))))
    assert isinstance(step, Continue), "a difference needs a second look"
    operations = RolloutOperations(redis)
    assert await operations.causes() == ()
    await runner.run(step.job)
    (cause,) = await operations.causes()
    assert cause.key == f"field/description/US/{LEAF}"
    assert cause.examples == [f"{SHOP_ID}/1: description"]
    held = await runner.run(relist("2"))
    assert isinstance(held, Wait)
    assert len(runner.platform.edits) == 1
    await operations.release(cause.key)
    await rollout.check_epoch()
    sent = await runner.run(held.job)
    assert isinstance(sent, Done)
    assert sent.outcome.outcome == "in_audit"


async def test_a_sellers_change_before_the_read_back_is_not_damage(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    runner.platform.add(product("1"), product("2"))
    runner.platform.after["edit"] = [lambda: runner.platform.pending["1"].update(title="The seller's new title")]
    step = await runner.run(audit_of(await runner.run(relist("1"))))
    assert isinstance(step, Continue), "a difference needs a second look"
    await runner.run(step.job)
    assert await RolloutOperations(redis).causes() == ()
    (edit,) = [each async for each in runner.record.edits(Scope(SHOP_ID, "1"))]
    assert isinstance(edit, StoredEdit)
    look = edit.event("read_back")
    assert look is not None
    assert (look.about["result"], look.about["changed"]) == ("changed", ["title"])
    assert not damaged_fields(edit), "an undo must not put the seller's old title back"
    sent = await runner.run(relist("2"))
    assert isinstance(sent, Done)
    assert sent.outcome.outcome == "in_audit"


async def test_an_undo_is_not_held_by_the_damage_it_repairs(runner: JobRunner, redis: Redis, rollout: Rollout) -> None:
    runner.platform.add(product("1"))
    runner.platform.after["edit"] = [lambda: runner.platform.pending["1"].update(description="")]
    step = await runner.run(audit_of(await runner.run(relist("1"))))
    assert isinstance(step, Continue)
    await runner.run(step.job)
    assert len(await RolloutOperations(redis).causes()) == 1
    await rollout.check_epoch()
    runner.platform.approve("1")
    edited = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(edited, StoredEdit)
    await runner.record.append_event(known_event(edited.id, NOON, "audit_ended", outcome="relisted"))
    undo = Job(SHOP_ID, "undo:1", "undo", run_id="undo-spring-1", state=UndoState(edits=(edited.id,)))
    done = await runner.run(undo)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "in_audit"
    assert runner.platform.edits[-1]["description"] == product("1")["description"]
    await runner.run(audit_of(done))
    edit = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(edit, StoredEdit)
    read_back = edit.event("read_back")
    assert read_back is not None
    assert read_back.about["result"] == "clean"


async def test_a_rejected_audit_counts_against_the_mapping_row(runner: JobRunner, redis: Redis, tmp_path: Path) -> None:
    file = tmp_path / "mapping.csv"
    file.write_text(f"shop,from,to\n*,600001,{OTHER_LEAF}\n")
    use_rollout(runner, redis, mapping=mapping_file(file))
    runner.platform.add(product("1", category_chains=OLD_CATEGORY))

    step = await runner.run(audit_of(await runner.run(relist("1"))))
    assert isinstance(step, Continue)
    state = state_of(step.job.state, AuditState)
    assert state.edit is not None
    del runner.platform.pending["1"]
    runner.platform.products["1"].update(audit={"status": "FAILED"})
    notice = AuditNotice("FAILED", state.edit.edited_at + 1)
    done = await runner.run(replace(step.job, state=replace(state, notice=notice)))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "rejected"
    assert state.rollout is not None
    decision, shared = [key for key in state.rollout["permit"]["windows"] if key.startswith("decision/")]
    assert shared.startswith("decision/*/mapping/")
    edit = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(edit, StoredEdit)
    assert edit.decision == decision
    assert decision.startswith(f"decision/US/mapping/600001>{OTHER_LEAF}/")
    group = await group_of(redis, decision)
    assert (group.rejections, group.passes, group.examples) == (1, 0, [f"{SHOP_ID}/1"])


async def test_a_refused_edit_returns_its_permit(runner: JobRunner, redis: Redis, rollout: Rollout) -> None:
    runner.platform.add(product("1"))

    def refuse() -> None:
        raise Refused(36009002, "too many requests", 429)

    runner.platform.before["edit"] = [refuse] * 8
    await runner.run(relist("1"))
    assert (await group_of(redis, f"leaf/US/{LEAF}")).looking == {}


async def test_off_holds_nothing_but_samples_and_names_damage(runner: JobRunner, redis: Redis) -> None:
    runner.services = replace(runner.services, rollout=Rollout(redis, "off", random=Random(1)))
    runner.handlers = job_handlers(runner.services, redis)
    sampled = []
    for number in range(1, 101):
        identity = str(number)
        runner.platform.add(product(identity))
        cleared = partial(_clear_description, runner, identity)
        runner.platform.after["edit"] = [cleared]
        done = await runner.run(relist(identity))
        assert isinstance(done, Done), "nothing is held"
        if done.follow_ups[0].delay_seconds < 60:
            sampled.append(audit_of(done))
    assert len(sampled) == 1
    step = await runner.run(sampled[0])
    assert isinstance(step, Continue)
    await runner.run(step.job)
    (cause,) = await RolloutOperations(redis).causes()
    assert (cause.key, cause.alert_only) == (f"field/description/US/{LEAF}", True)
    runner.platform.add(product("101"))
    assert isinstance(await runner.run(relist("101")), Done), "an alert holds nothing"


def _clear_description(runner: JobRunner, product_id: str) -> None:
    runner.platform.pending[product_id].update(description="")


def test_the_release_names_version_and_facts() -> None:
    version, _, facts = release().partition("+")
    assert version
    assert len(facts) == 12
