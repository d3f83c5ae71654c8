"""Edits whose response was lost keep their places in the rollout until the next job learns whether they arrived."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import AuditNotice, AuditState, state_of
from rollout.operations import RolloutOperations
from rollout.service import Rollout
from rollout.store import RolloutStore
from tests.support.gated_jobs import OLD_CATEGORY, audit_of, group_of, relist, use_rollout
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, OTHER_LEAF, Cut, TinyPlatform, product
from worker.config_files import mapping_file
from worker.engine.results import Continue, Done, Retry
from worker.jobs.earlier_edit import ARRIVAL_SECONDS
from worker.jobs.read_back import awaits_read_back


async def test_a_lost_response_keeps_the_permit(runner: JobRunner, redis: Redis, rollout: Rollout) -> None:
    runner.platform.add(product("1"))

    def cut() -> None:
        raise Cut

    runner.platform.after["edit"] = [cut] * 8
    assert isinstance(await runner.run(relist("1")), Retry)
    assert list((await group_of(redis, f"leaf/US/{LEAF}")).looking) == [f"{SHOP_ID}/1"]


async def lost(runner: JobRunner, job: Job, *, arrives: bool = True) -> Job:
    """The job to run next after its edit's response was lost."""

    def cut() -> None:
        raise Cut

    (runner.platform.after if arrives else runner.platform.before)["edit"] = [cut]
    retry = await runner.run(job)
    assert isinstance(retry, Retry)
    assert retry.job is not None
    return replace(retry.job, attempts=1)


@pytest.fixture
def row(runner: JobRunner, redis: Redis, tmp_path: Path) -> None:
    """A mapping row that the edit of product 1 tries first."""
    file = tmp_path / "mapping.csv"
    file.write_text(f"shop,from,to\n*,600001,{OTHER_LEAF}\n")
    use_rollout(runner, redis, mapping=mapping_file(file))
    runner.platform.add(product("1", category_chains=OLD_CATEGORY))


async def places(redis: Redis) -> tuple[list[str], list[str], int, int]:
    """Products that hold places, clean looks and passed audits."""
    groups = {key: group async for key, group in RolloutStore(redis).groups()}
    leaf = groups[f"leaf/US/{OTHER_LEAF}"]
    (decision,) = (group for key, group in groups.items() if key.startswith("decision/US/"))
    return [*leaf.looking], [*decision.auditing], leaf.clean, decision.passes


@pytest.mark.usefixtures("row")
async def test_an_edit_that_is_live_without_a_response_is_read_back(runner: JobRunner, redis: Redis) -> None:
    job = await lost(runner, relist("1"))
    runner.platform.approve("1")
    found = await runner.run(job)
    assert await places(redis) == ([f"{SHOP_ID}/1"], [f"{SHOP_ID}/1"], 0, 0)
    step = await runner.run(audit_of(found))
    if isinstance(step, Continue):
        step = await runner.run(step.job)
    assert isinstance(step, Done)
    assert step.outcome.outcome == "relisted"
    assert await places(redis) == ([], [], 1, 1)
    assert len(runner.platform.edits) == 1


@pytest.mark.usefixtures("row")
async def test_an_edit_in_review_without_a_response_keeps_its_places(runner: JobRunner, redis: Redis) -> None:
    follow_up = audit_of(await runner.run(await lost(runner, relist("1"))))
    assert awaits_read_back(follow_up)
    assert await places(redis) == ([f"{SHOP_ID}/1"], [f"{SHOP_ID}/1"], 0, 0)


@pytest.mark.usefixtures("row")
async def test_an_edit_that_never_arrived_is_sent_again_in_its_places(runner: JobRunner, redis: Redis) -> None:
    job = await lost(runner, relist("1"), arrives=False)
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    assert awaits_read_back(audit_of(await runner.run(job)))
    assert await places(redis) == ([f"{SHOP_ID}/1"], [f"{SHOP_ID}/1"], 0, 0)
    assert len(runner.platform.edits) == 1


@pytest.mark.usefixtures("row")
async def test_a_product_deleted_after_a_lost_response_gives_back_its_places(runner: JobRunner, redis: Redis) -> None:
    job = await lost(runner, relist("1"))
    runner.platform.products["1"].update(status="DELETED", audit={"status": "NONE"})
    done = await runner.run(job)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "gone"
    assert await places(redis) == ([], [], 0, 0)


async def test_an_edit_that_never_shows_proves_nothing(runner: JobRunner, redis: Redis, rollout: Rollout) -> None:
    runner.platform.add(product("1", audit={"status": "APPROVED"}))
    runner.platform.after["edit"] = [lambda: runner.platform.approve("1")]
    job = audit_of(await runner.run(relist("1")))
    pauses = []
    while isinstance(step := await runner.run(job), Continue):
        pauses.append(step.seconds)
        job = step.job
    assert len(pauses) > 3
    assert pauses == sorted(pauses)
    assert isinstance(step, Done), "the audit is followed as usual"
    assert step.outcome.outcome == "relisted"
    group = await group_of(redis, f"leaf/US/{LEAF}")
    assert (group.clean, group.looking) == (0, {})
    assert await RolloutOperations(redis).causes() == ()


@pytest.mark.parametrize("lost", ["", "description"])
async def test_an_edit_that_shows_only_after_its_audit_is_compared_then(
    runner: JobRunner, redis: Redis, rollout: Rollout, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """A platform that does not serve the version under review."""
    platform, read = runner.platform, runner.platform.get_product
    monkeypatch.setattr(TinyPlatform, "get_product", lambda _, path_id, __, body: read(path_id, {}, body))
    platform.add(product("1"))
    job = audit_of(await runner.run(replace(relist("1"), category_id=OTHER_LEAF)))
    looks = platform.calls["get"]
    for _ in range(30):
        step = await runner.run(job)
        assert isinstance(step, Continue), step
        job = step.job
        if not awaits_read_back(job):
            break
    assert platform.calls["get"] > looks + 3
    group = await group_of(redis, f"leaf/US/{OTHER_LEAF}")
    assert (group.clean, group.looking) == (0, {}), "it was given up"
    if lost:
        platform.pending["1"][lost] = ""
    platform.approve("1")
    # The audit ended a while ago, so that the search for live listings gathers no more webhooks.
    now, state = runner.services.transport.timestamp(), state_of(job.state, AuditState)
    platform.products["1"]["update_time"] = now - 120
    assert state.edit is not None
    edit = replace(state.edit, edited_at=now - 3_600)
    ended = replace(job, state=replace(state, edit=edit, notice=AuditNotice("APPROVED", now - 120)))
    step = await runner.run(ended)
    assert isinstance(step, Done), step
    assert step.outcome.outcome == "relisted"
    assert (await group_of(redis, f"leaf/US/{OTHER_LEAF}")).clean == int(not lost)
    causes = [each.key for each in await RolloutOperations(redis).causes()]
    assert causes == ([f"field/{lost}/US/{OTHER_LEAF}"] if lost else [])
