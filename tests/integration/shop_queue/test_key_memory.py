"""The memory of keys is estimated by kind."""

from __future__ import annotations

from collections import Counter

from redis.asyncio import Redis

from model.job import Job
from shop_queue.key_memory import KINDS, key_memory
from shop_queue.keys import INTAKE
from shop_queue.producer import EnqueueRequest, LaneProducer


async def used(redis: Redis, shops: list[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    async for step in key_memory(redis, shops):
        total.update(step)
    return total


async def test_largest_kind_of_keys_is_what_was_filled(redis: Redis) -> None:
    shops = [str(number) for number in range(250)]
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(shop, str(n))) for shop in shops for n in range(20))
    queued = await used(redis, shops)
    assert set(queued) == set(KINDS)
    assert queued.most_common(1)[0][0] == "jobs"
    assert await used(redis, []) == Counter(dict.fromkeys(("outcomes", "intake", "rejected"), 0))
    for _ in range(200):
        await redis.xadd(INTAKE, {"job": "x" * 10_000})
    filled = await used(redis, shops)
    assert filled.most_common(1)[0][0] == "intake"
    assert filled["jobs"] == queued["jobs"]
