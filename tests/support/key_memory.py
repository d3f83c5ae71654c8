"""Fills two kinds of keys in turn and checks that the estimate names the larger one, on a server or a cluster."""

from __future__ import annotations

from collections import Counter

from model.job import Job
from redis_client.connect import AnyRedis
from shop_queue.key_memory import KINDS, key_memory
from shop_queue.keys import INTAKE
from shop_queue.producer import EnqueueRequest, LaneProducer


async def used(redis: AnyRedis, shops: list[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    async for step in key_memory(redis, shops):
        total.update(step)
    return total


async def assert_largest_kind_is_what_was_filled(redis: AnyRedis) -> None:
    shops = [str(number) for number in range(250)]
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(shop, str(n))) for shop in shops for n in range(5))
    queued = await used(redis, shops)
    assert set(queued) == set(KINDS)
    assert queued.most_common(1)[0][0] == "jobs"
    assert await used(redis, []) == Counter(dict.fromkeys(("outcomes", "intake", "rejected"), 0))
    for _ in range(200):
        await redis.xadd(INTAKE, {"job": "x" * 10_000})
    filled = await used(redis, shops)
    assert filled.most_common(1)[0][0] == "intake"
    assert filled["jobs"] == queued["jobs"]
