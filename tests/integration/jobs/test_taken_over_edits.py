"""An edit that a worker sent and did not commit is followed by the next worker and not sent again."""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

from record.entry import StoredEdit
from rollout.operations import RolloutOperations
from rollout.service import Rollout
from tests.support.gated_jobs import OLD_CATEGORY, audit_of, group_of, relist, use_rollout
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, OTHER_LEAF, product
from worker.config_files import mapping_file
from worker.engine.results import Done, Wait


async def test_an_edit_taken_over_from_another_worker_reports_its_audit(
    runner: JobRunner, redis: Redis, tmp_path: Path
) -> None:
    file = tmp_path / "mapping.csv"
    file.write_text(f"shop,from,to\n*,600001,{OTHER_LEAF}\n")
    use_rollout(runner, redis, mapping=mapping_file(file))
    runner.platform.add(product("1", category_chains=OLD_CATEGORY))
    await runner.run_uncommitted(relist("1"))
    runner.services.edits.lease_lost(SHOP_ID)
    del runner.platform.pending["1"]
    runner.platform.products["1"].update(audit={"status": "FAILED"})

    step = await runner.run(audit_of(await runner.run(relist("1"))))
    assert isinstance(step, Done), "the rejected edit will never be shown"
    assert step.outcome.outcome == "rejected"
    assert len(runner.platform.edits) == 1
    edit = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(edit, StoredEdit)
    group = await group_of(redis, edit.decision)
    assert (group.rejections, group.examples) == (1, [f"{SHOP_ID}/1"])


async def test_an_edit_sent_before_a_stop_is_followed_by_the_next_worker(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    """Its job was held once, so that the next worker asks the rollout before it reads the product."""
    runner.platform.add(product("1"))
    operations, cause = RolloutOperations(redis), f"leaf/US/{LEAF}"
    await operations.stop(cause, "to hold the job")
    held = await runner.run(relist("1"))
    assert isinstance(held, Wait)
    await operations.release(cause)
    await rollout.check_epoch()
    await runner.run_uncommitted(held.job)
    assert len(runner.platform.edits) == 1
    runner.platform.approve("1")
    await operations.stop(cause, "rejections")
    await rollout.check_epoch()
    for each in (runner.services.edits, runner.services.held):
        each.lease_lost(SHOP_ID)

    result = await runner.run(held.job)
    assert isinstance(result, Done), "it does not wait for the release of the cause"
    assert result.outcome.outcome == "in_audit"
    assert len(runner.platform.edits) == 1


async def test_an_edit_whose_end_was_not_committed_keeps_its_places(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    runner.platform.add(product("1"))
    await runner.run_uncommitted(relist("1"))
    again = await runner.run(relist("1"))
    assert len(runner.platform.edits) == 1
    await runner.run(audit_of(again))
    group = await group_of(redis, f"leaf/US/{LEAF}")
    assert (group.clean, group.looking) == (1, {}), "it is read back, and its places return"


async def test_a_live_edit_that_was_not_committed_is_compared_with_its_before_image(
    runner: JobRunner, redis: Redis, rollout: Rollout
) -> None:
    """As after Redis is restored from a backup: the product already lacks what the edit left out."""
    mood = {"id": "999", "name": "Mood", "values": [{"id": "9", "name": "Calm"}]}
    body = product("1")
    runner.platform.add(body | {"product_attributes": [*body["product_attributes"], mood]})
    await runner.run_uncommitted(relist("1"))
    runner.services.edits.lease_lost(SHOP_ID)
    runner.platform.approve("1")
    again = await runner.run(relist("1"))
    await runner.run(audit_of(again))
    assert len(runner.platform.edits) == 1
    group = await group_of(redis, f"leaf/US/{LEAF}")
    assert (group.clean, group.looking) == (1, {}), "the change was declared"
