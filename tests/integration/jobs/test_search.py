"""A search finds every product, although products leave the result while it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from record.state import StateChange
from shop_queue.keys import cancelled_key, lane_keys
from shop_queue.producer import LaneProducer
from tests.support.blocked_records import MATERIAL, block
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import Refused, product
from worker.engine.results import Continue, Done, Snooze

JOB = Job(SHOP_ID, "search:all", "search", run_id="r")


@dataclass(frozen=True, slots=True)
class Swept:
    queued: set[str]
    """Products in the lane."""
    steps: int
    outcome: Outcome


async def swept(runner: JobRunner, redis: Redis, moved_per_step: int = 0, job: Job = JOB) -> Swept:
    """Run the search to its end, as the engine does."""
    lanes, steps = LaneProducer(redis), 0
    while True:
        result = await runner.run(job)
        steps += 1
        assert isinstance(result, Continue | Done), result
        await lanes.enqueue(result.follow_ups)
        for moved in sorted(runner.platform.on_v1)[:moved_per_step]:
            if await redis.hexists(lane_keys(SHOP_ID).jobs, moved):  # type: ignore[misc]
                runner.platform.on_v1.discard(moved)
        if isinstance(result, Done):
            assert result.publish
            queued = await redis.hkeys(lane_keys(SHOP_ID).jobs)  # type: ignore[misc]
            return Swept({key.decode() for key in queued}, steps, result.outcome)
        job = result.job
        runner.clock.forward(seconds=1)
        assert steps < 100


def products(first: int, last: int, **changes: Any) -> list[dict[str, Any]]:
    """Products with one update time each."""
    return [product(str(n), **{"update_time": 1_700_000_000 + n * 3600, **changes}) for n in range(first, last)]


async def test_single_page_is_one_request(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 150))
    search = await swept(runner, redis)
    assert (len(search.queued), search.steps) == (50, 1)
    assert search.outcome.outcome == "done"
    assert search.outcome.counts == {
        "found": 50,
        "enqueued": 50,
        "skipped_deleted": 0,
        "skipped_in_hand": 0,
        "unreadable": 0,
        "unreachable": 0,
    }


async def test_quiet_shop_is_read_once(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 350))
    search = await swept(runner, redis)
    assert search.queued == {str(n) for n in range(100, 350)}
    assert search.steps == 6, "one to see its size, three pages, later changes, and the platform's total"
    counts = search.outcome.counts
    assert (counts["found"], counts["enqueued"], counts["platform_total"]) == (250, 250, 250)
    assert not search.outcome.reasons


async def test_products_that_pages_skip_are_found(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 600))
    search = await swept(runner, redis, moved_per_step=60)
    assert search.queued == {str(n) for n in range(100, 600)}
    assert search.outcome.counts["unreachable"] == 0


async def test_product_edited_during_the_search_is_found(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 350))

    def seller_edits() -> None:
        runner.platform.products["349"]["update_time"] = int(runner.clock().timestamp())

    runner.platform.before["search"] = [lambda: None, seller_edits]
    search = await swept(runner, redis)
    assert search.queued == {str(n) for n in range(100, 350)}
    assert search.outcome.counts["found"] == 250


async def test_deleted_products_are_counted_and_skipped(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 110), *products(110, 113, status="DELETED"))
    search = await swept(runner, redis)
    assert search.queued == {str(n) for n in range(100, 110)}
    counts = search.outcome.counts
    assert (counts["found"], counts["enqueued"], counts["skipped_deleted"]) == (13, 10, 3)


async def test_unreadable_row_is_reported(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 109))
    runner.platform.products["109"] = {**product("109"), "id": ""}
    runner.platform.on_v1.add("")
    search = await swept(runner, redis)
    assert len(search.queued) == 9
    assert search.outcome.counts["unreadable"] == 1
    (reason,) = search.outcome.reasons
    assert (reason.code, reason.message) == ("search_incomplete", "Rows of the search that could not be read: 1.")


async def test_products_beyond_the_search_are_reported(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 350))
    runner.platform.uncounted = 4
    search = await swept(runner, redis)
    assert search.outcome.counts["platform_total"] == 254
    assert search.outcome.reasons[-1].message.endswith("the search did not find: 4.")


SECOND = 1_700_000_000


async def searched(runner: JobRunner, job: Job = JOB) -> tuple[set[str], Outcome]:
    """Products found, and the outcome. They are not queued, so that the search never waits for the lane."""
    found, steps = set[str](), 0
    while True:
        result = await runner.run(job)
        assert isinstance(result, Continue | Done), result
        found |= {each.job.id for each in result.follow_ups}
        if isinstance(result, Done):
            return found, result.outcome
        job, steps = result.job, steps + 1
        assert steps < 1_000


@pytest.mark.slow
async def test_more_products_than_a_search_shows_are_found_in_one_update_second(runner: JobRunner) -> None:
    runner.platform.add(*(product(str(n), update_time=SECOND, create_time=SECOND - n) for n in range(10_600)))
    found, outcome = await searched(runner)
    assert len(found) == 10_600
    assert (outcome.outcome, outcome.reasons) == ("done", ())
    assert (outcome.counts["found"], outcome.counts["unreachable"]) == (10_600, 0)


@pytest.mark.slow
async def test_products_that_no_filter_can_reach_are_counted(runner: JobRunner) -> None:
    """One update second, one creation second and one status: the search shows 10,000 of them."""
    many = (product(str(n), update_time=SECOND, create_time=SECOND) for n in range(10_600))
    drafts = (product(f"d{n}", update_time=SECOND, create_time=SECOND, status="DRAFT") for n in range(40))
    runner.platform.add(*many, *drafts)
    found, outcome = await searched(runner)
    assert len(found) == 10_040
    counts = outcome.counts
    assert (counts["found"], counts["unreachable"], counts["platform_total"]) == (10_040, 600, 10_640)
    assert "Products that no filter can reach: 600." in [reason.message for reason in outcome.reasons]


async def test_refused_search_fails_with_the_reason(runner: JobRunner, redis: Redis) -> None:
    def refuse() -> None:
        raise Refused(12019027, "at most 10 seller_skus")

    runner.platform.before["search"] = [refuse]
    search = await swept(runner, redis)
    assert search.outcome.outcome == "failed"
    assert search.outcome.counts["found"] == 0
    assert [(reason.code, reason.actor) for reason in search.outcome.reasons] == [("12019027", "operator")]


async def test_search_with_a_filter_finds_only_matching_products(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(100, 105), *products(105, 108, status="DRAFT"))
    drafts = replace(JOB, filter={"status": "DRAFT"})
    search = await swept(runner, redis, job=drafts)
    assert search.queued == {"105", "106", "107"}


async def test_full_lane_pauses_the_search(runner: JobRunner, redis: Redis) -> None:
    keys = lane_keys(SHOP_ID)
    await redis.hset(keys.jobs, mapping={str(n): b"{}" for n in range(2001)})  # type: ignore[misc]
    await redis.rpush(keys.waiting, *range(2001))  # type: ignore[misc]
    assert isinstance(await runner.run(JOB), Snooze)
    assert not runner.platform.calls


async def test_cancelled_search_stops_at_its_next_step(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*products(1, 5))
    await redis.set(cancelled_key(SHOP_ID, "r"), 1)
    result = await runner.run(JOB)
    assert isinstance(result, Done)
    assert (result.outcome.outcome, result.outcome.reasons[0].code) == ("failed", "cancelled")
    assert (result.follow_ups, runner.platform.calls["search"]) == ((), 0)


async def test_a_product_that_a_dry_run_blocked_is_not_shown_as_queued(runner: JobRunner, redis: Redis) -> None:
    """`relist runs` and reports read the record, and must show what `relist status` shows."""
    runner.platform.add(*products(1, 4))
    await block(redis, SHOP_ID, "1", MATERIAL, hints={"dry_run": True})
    await runner.record.set_states([StateChange(runner.clock(), SHOP_ID, "2", "rejected", "Blurred")])
    await block(redis, SHOP_ID, "2", MATERIAL, outcome="rejected")
    assert (await swept(runner, redis)).queued == {"3"}
    states = await runner.record.counts(run_id="r")
    assert {name: number for name, number in states.items() if number} == {
        "needs_input": 1, "rejected": 1, "queued": 1
    }  # fmt: skip
