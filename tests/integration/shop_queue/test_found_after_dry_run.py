"""A product that a dry run blocked counts from the moment a real search finds it."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.shop import Shop
from producers.retry import RetryFilter, count_retried, retry_blocked
from shop_queue.consumer import Commit, Complete, LaneConsumer
from shop_queue.keys import lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.leases import Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.blocked_records import MATERIAL, block
from worklist.collect import collect
from worklist.import_file import apply_answers
from worklist.sheet import AnsweredRow, Answers

SHOP, PRODUCT, SEARCH = "7494", "1729000000000000001", Job("7494", "search:spring", "search")


async def states(redis: Redis) -> dict[str, int]:
    (lane,) = await read_lane_stats(redis, [SHOP])
    return {state: number for state, number in lane.products.by_state.items() if number}


def found(*, dry_run: bool) -> EnqueueRequest:
    return EnqueueRequest(Job(SHOP, PRODUCT, dry_run=dry_run), skip_if_pending=True)


async def block_in_dry_run(redis: Redis, producer: LaneProducer, consumer: LaneConsumer, outcome: str) -> Commit:
    """Returns a commit without operations of the shop's lease."""
    await producer.enqueue([found(dry_run=True)])
    await wake(redis, [(SHOP, 0)])
    (lease,) = (await Leases(redis, "worker", 60).take(1, 0)).leases
    await consumer.open(lease)
    await consumer.claim([(lease, 10)])
    await consumer.commit([Commit(lease, [Complete(PRODUCT, outcome, {"outcome": outcome}, blocked=True)])])
    assert await redis.hexists(lane_keys(SHOP).blocked, PRODUCT)
    assert await states(redis) == {}, "a dry run changes no state"
    return Commit(lease, [])


@pytest.mark.parametrize("outcome", ["needs_input", "failed"])
async def test_enqueued_search_result_has_the_state_of_its_dry_run(redis: Redis, outcome: str) -> None:
    producer, consumer = LaneProducer(redis), LaneConsumer(redis)
    await block_in_dry_run(redis, producer, consumer, outcome)
    await producer.enqueue([found(dry_run=True)])
    assert await states(redis) == {}
    for _ in range(2):
        await producer.enqueue([found(dry_run=False)])
        assert await states(redis) == {outcome: 1}


async def test_search_that_commits_its_results_counts_them(redis: Redis) -> None:
    producer, consumer = LaneProducer(redis), LaneConsumer(redis)
    commit = await block_in_dry_run(redis, producer, consumer, "needs_input")
    for dry_run, expected in ((True, {}), (False, {"needs_input": 1})):
        await producer.enqueue([EnqueueRequest(SEARCH)])
        await consumer.claim([(commit.lease, 10)])
        search = Complete(SEARCH.id, "done", follow_ups=(found(dry_run=dry_run),))
        await consumer.commit([Commit(commit.lease, [search])])
        assert await states(redis) == expected
    await producer.enqueue([EnqueueRequest(Job(SHOP, PRODUCT, category_id="853000"))])
    assert await states(redis) == {"queued": 1}


async def test_answers_and_retries_are_real_once_a_real_search_has_found_the_product(redis: Redis) -> None:
    await ShopRegistry(redis).add(Shop(SHOP, "cipher", "US", SHOP))
    await block(redis, SHOP, PRODUCT, MATERIAL, hints={"dry_run": True})
    (missing,) = (await collect(redis, [SHOP])).missing
    row = AnsweredRow("row 2", SHOP, PRODUCT, missing.question.key, missing.version_token, "Cotton")
    answers = Answers([row])
    for is_found in (False, True):
        if is_found:
            await LaneProducer(redis).enqueue([found(dry_run=False)])
        plan = await apply_answers(redis, answers, check_only=True)
        assert [job.dry_run for job in plan.jobs] == [not is_found]
        counted = await count_retried(redis, [SHOP], RetryFilter())
        assert (counted.queued, counted.dry_runs) == (1, int(not is_found))
    retried = await retry_blocked(redis, [SHOP], RetryFilter())
    assert (retried.queued, retried.dry_runs) == (1, 0)
