"""Stock arq, tuned: it polls every 10 ms, with many slots, a high queue read limit, orjson and no stored results."""

from __future__ import annotations

import asyncio
import sys
from time import time
from typing import Any

import orjson
from arq.connections import ArqRedis
from arq.constants import default_queue_name, job_key_prefix
from arq.jobs import serialize_job
from arq.worker import Worker, func

from benchmarks.workers.protocol import Tally, fill_and_report, ping, work_and_report
from redis_client.connect import connect

DAY_MS = 86_400_000


def pool_of(url: str) -> ArqRedis:
    return ArqRedis(connection_pool=connect(url).connection_pool, job_serializer=orjson.dumps)


async def work(url: str, job_seconds: float) -> None:
    tally = Tally()

    async def relist(ctx: dict[Any, Any], shop_id: str, product_id: str, run_id: str) -> None:
        if job_seconds:
            await asyncio.sleep(job_seconds)
        tally.started(run_id)

    worker = Worker(
        functions=[func(relist, name="relist")],
        redis_pool=pool_of(url),
        poll_delay=0.01,
        max_jobs=400,
        queue_read_limit=2000,
        keep_result=0,
        handle_signals=False,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
    )
    await work_and_report(tally, worker.async_run)


async def fill(url: str, count: int, batch: int, shops: int) -> None:
    pool = pool_of(url)
    jobs = [
        (f"{7494000000000000000 + n % shops}:{1729000000000000000 + n}", str(7494000000000000000 + n % shops), n)
        for n in range(count)
    ]

    async def one_by_one() -> None:
        for job_id, shop_id, n in jobs:
            await pool.enqueue_job("relist", shop_id, str(1729000000000000000 + n), "bench", _job_id=job_id)

    async def pipelined() -> None:
        """A bulk enqueue as a careful arq user would write it: existing ids skipped, many jobs per round trip."""
        for first in range(0, count, batch):
            part = jobs[first : first + batch]
            async with pool.pipeline(transaction=False) as pipe:
                for job_id, _, _ in part:
                    pipe.exists(job_key_prefix + job_id)
                exists = await pipe.execute()
            now = int(time() * 1000)
            async with pool.pipeline(transaction=True) as pipe:
                for (job_id, shop_id, n), known in zip(part, exists, strict=True):
                    if known:
                        continue
                    arguments = (shop_id, str(1729000000000000000 + n), "bench")
                    payload = serialize_job("relist", arguments, {}, None, now, serializer=orjson.dumps)
                    pipe.psetex(job_key_prefix + job_id, DAY_MS, payload)
                    pipe.zadd(default_queue_name, {job_id: now})
                await pipe.execute()

    await fill_and_report(one_by_one if batch == 1 else pipelined)


async def ping_one_by_one(url: str, count: int, pause_ms: int) -> None:
    pool = pool_of(url)

    async def put(n: int, run_id: str) -> None:
        shop_id, product_id = str(7494000000000000000 + n % 50), str(1729000000000000000 + n)
        await pool.enqueue_job("relist", shop_id, product_id, run_id, _job_id=f"{shop_id}:{product_id}")

    await ping(put, count, pause_ms)


if __name__ == "__main__":
    command, address, *rest = sys.argv[1:]
    if command == "work":
        asyncio.run(work(address, float(rest[0]) if rest else 0.0))
    elif command == "ping":
        asyncio.run(ping_one_by_one(address, *map(int, rest)))
    else:
        asyncio.run(fill(address, *map(int, rest)))
