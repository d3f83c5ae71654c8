"""saq without stored results; the producer sets job ids, by which saq dedupes."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson
from redis.asyncio import Redis
from saq import Job, Worker
from saq.queue.redis import RedisQueue

from benchmarks.workers.protocol import Tally, fill_and_report, work_and_report


def queue_of(url: str) -> RedisQueue:
    return RedisQueue(Redis.from_url(url), dump=orjson.dumps, load=orjson.loads)


async def work(url: str) -> None:
    tally = Tally()

    async def relist(ctx: dict[str, Any], *, shop_id: str, product_id: str, run_id: str) -> None:
        tally.done += 1

    worker = Worker(queue_of(url), functions=[("relist", relist)], concurrency=100)
    await work_and_report(tally, worker.start)


async def fill(url: str, count: int, batch: int, shops: int) -> None:
    queue = queue_of(url)

    async def put(n: int) -> None:
        shop_id, product_id = str(7494000000000000000 + n % shops), str(1729000000000000000 + n)
        kwargs = {"shop_id": shop_id, "product_id": product_id, "run_id": "bench"}
        await queue.enqueue(Job("relist", kwargs=kwargs, key=f"{shop_id}:{product_id}", ttl=-1))

    async def all_of_them() -> None:
        if batch == 1:
            for n in range(count):
                await put(n)
        else:
            for first in range(0, count, 100):
                await asyncio.gather(*(put(n) for n in range(first, min(first + 100, count))))

    await fill_and_report(all_of_them)


if __name__ == "__main__":
    command, address, *rest = sys.argv[1:]
    asyncio.run(work(address) if command == "work" else fill(address, *map(int, rest)))
