"""saq without stored results; the producer sets job ids, by which saq dedupes."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson
from redis.asyncio import Redis
from saq import Job, Worker
from saq.queue.redis import RedisQueue

from benchmarks.workers.protocol import Tally, fill_and_report, ping, work_and_report


def queue_of(url: str) -> RedisQueue:
    return RedisQueue(Redis.from_url(url), dump=orjson.dumps, load=orjson.loads)


async def work(url: str) -> None:
    tally = Tally()

    async def relist(ctx: dict[str, Any], *, shop_id: str, product_id: str, run_id: str) -> None:
        tally.started(run_id)

    worker = Worker(queue_of(url), functions=[("relist", relist)], concurrency=100)
    await work_and_report(tally, worker.start)


async def fill(url: str, count: int, batch: int, shops: int) -> None:
    queue = queue_of(url)

    async def put(n: int) -> None:
        await enqueue(queue, n, shops, "bench")

    async def all_of_them() -> None:
        if batch == 1:
            for n in range(count):
                await put(n)
        else:
            for first in range(0, count, 100):
                await asyncio.gather(*(put(n) for n in range(first, min(first + 100, count))))

    await fill_and_report(all_of_them)


async def enqueue(queue: RedisQueue, n: int, shops: int, run_id: str) -> None:
    shop_id, product_id = str(7494000000000000000 + n % shops), str(1729000000000000000 + n)
    kwargs = {"shop_id": shop_id, "product_id": product_id, "run_id": run_id}
    await queue.enqueue(Job("relist", kwargs=kwargs, key=f"{shop_id}:{product_id}", ttl=-1))


async def ping_one_by_one(url: str, count: int, pause_ms: int) -> None:
    queue = queue_of(url)
    await ping(lambda n, run_id: enqueue(queue, n, 50, run_id), count, pause_ms)


if __name__ == "__main__":
    command, address, *rest = sys.argv[1:]
    if command == "work":
        asyncio.run(work(address))
    else:
        asyncio.run((ping_one_by_one if command == "ping" else fill)(address, *map(int, rest)))
