"""An operator undoes a cause, or replaces the row behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import RelistState, UndoState
from record.entry import StoredEdit
from record.record import known_event
from rollout.operations import RolloutOperations
from rollout.service import Rollout
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.record_entries import NOON
from tests.support.tiny_platform import LEAF, OTHER_LEAF, product
from worker.config_files import mapping_file
from worker.engine.results import Continue, Done, Result, Wait
from worker.jobs.handlers import job_handlers


@pytest.fixture
def rollout(runner: JobRunner, redis: Redis, tmp_path: Path) -> Rollout:
    file = tmp_path / "mapping.csv"
    file.write_text(f"shop,from,to\n*,{LEAF},{OTHER_LEAF}\n")
    rollout = Rollout(redis, "normal")
    runner.services = replace(runner.services, rollout=rollout, mapping=mapping_file(file))
    runner.handlers = job_handlers(runner.services, redis)
    return rollout


def audit_of(result: Result) -> Job:
    assert isinstance(result, Done), result
    (follow_up,) = result.follow_ups
    return follow_up.job


async def moved(runner: JobRunner, product_id: str) -> StoredEdit:
    """Moves the product by the mapping row, and ends the read-back and the audit of its edit."""
    runner.platform.add(product(product_id, title=f"A jar of {product_id} litres"))
    step = await runner.run(
        audit_of(await runner.run(Job(SHOP_ID, product_id, run_id="spring", state=RelistState(on_v1=True))))
    )
    assert isinstance(step, Continue)
    runner.platform.approve(product_id)
    edit = await runner.record.last_edit(SHOP_ID, product_id)
    assert isinstance(edit, StoredEdit)
    await runner.record.append_event(known_event(edit.id, NOON, "audit_ended", outcome="relisted"))
    return edit


def undo(edit: StoredEdit, cause: str) -> Job:
    state = UndoState(edits=(edit.id,), cause=cause)
    return Job(SHOP_ID, f"undo:{edit.product_id}", "undo", run_id="undo-row-1", state=state)


async def stopped(redis: Redis, rollout: Rollout, edit: StoredEdit) -> str:
    await RolloutOperations(redis).stop(edit.decision, "the row is wrong")
    await rollout.check_epoch()
    return edit.decision


async def test_undos_of_a_cause_do_not_wait_for_each_others_looks(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    first, second = await moved(runner, "1"), await moved(runner, "2")
    cause = await stopped(redis, rollout, first)
    for edit in (first, second):
        done = await runner.run(undo(edit, cause))
        assert isinstance(done, Done), done
        assert done.outcome.outcome == "in_audit", done


async def test_an_undo_that_comes_back_damaged_holds_the_rest_of_it(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    first, second = await moved(runner, "1"), await moved(runner, "2")
    cause = await stopped(redis, rollout, first)
    runner.platform.after["edit"] = [lambda: runner.platform.pending["1"].update(description="")]
    step = await runner.run(audit_of(await runner.run(undo(first, cause))))
    assert isinstance(step, Continue)
    await runner.run(step.job)
    keys = {each.key for each in await RolloutOperations(redis).causes()}
    (own,) = keys - {cause}
    assert own.startswith("decision/US/undo/")
    held = await runner.run(undo(second, cause))
    assert isinstance(held, Wait), held
    assert held.outcome is not None
    assert own in held.outcome.reasons[0].message


@pytest.mark.parametrize("field", ["product_attributes", "brand", "category_chains"])
async def test_an_undo_puts_back_a_field_that_the_platform_has_lost(
    runner: JobRunner, redis: Redis, rollout: Rollout, field: str
) -> None:
    runner.platform.brands = [{"id": "7", "name": "Jarry", "authorized_status": "AUTHORIZED"}]
    runner.platform.add(product("1", brand={"id": "7", "name": "Jarry"}))
    sent = await runner.run(Job(SHOP_ID, "1", run_id="spring", state=RelistState(on_v1=True)))
    assert isinstance(sent, Done), sent
    assert sent.outcome.outcome == "in_audit", sent.outcome
    wrong = [{"id": "601999", "parent_id": "0", "local_name": "Elsewhere", "is_leaf": True}]
    intended = dict(runner.platform.pending["1"])
    assert intended[field]
    runner.platform.pending["1"][field] = {"category_chains": wrong, "brand": None, "product_attributes": []}[field]
    runner.platform.approve("1")
    edit = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(edit, StoredEdit)
    await runner.record.append_event(known_event(edit.id, NOON, "audit_ended", outcome="relisted"))
    await RolloutOperations(redis).stop(f"field/{field}", "the platform loses it")
    state = UndoState(edits=(edit.id,), cause=f"field/{field}", damaged_field=field)
    done = await runner.run(Job(SHOP_ID, "undo:1", "undo", run_id="undo-field-1", state=state))
    assert isinstance(done, Done), done
    assert done.outcome.outcome == "in_audit", done.outcome
    after = runner.platform.pending["1"]
    if field == "category_chains":
        assert after[field][-1]["id"] == intended[field][-1]["id"]
    elif field == "brand":
        assert after[field]["id"] == "7"
    else:
        assert [each["id"] for each in after[field]] == [each["id"] for each in intended[field]]


async def test_a_replaced_row_frees_the_products_that_the_old_one_holds(
    runner: JobRunner, redis: Redis, rollout: Rollout, tmp_path: Path
) -> None:
    first = await moved(runner, "1")
    await stopped(redis, rollout, first)
    runner.platform.add(product("2"))
    held = await runner.run(Job(SHOP_ID, "2", run_id="spring", state=RelistState(on_v1=True)))
    assert isinstance(held, Wait)
    reads = runner.platform.calls["get"]
    held = await runner.run(held.job)
    assert isinstance(held, Wait)
    assert runner.platform.calls["get"] == reads, "nothing has changed, so nothing is read"
    (tmp_path / "mapping.csv").write_text("shop,from,to\n")
    done = await runner.run(held.job)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id) == ("in_audit", LEAF)
