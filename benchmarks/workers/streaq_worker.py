"""streaq with orjson and without stored results."""

from __future__ import annotations

import asyncio
import sys

import orjson
from streaq import Worker

from benchmarks.workers.protocol import Tally, fill_and_report, ping, work_and_report

tally = Tally()


def main(command: str, url: str, count: int = 0, batch: int = 1, shops: int = 1) -> None:
    worker: Worker[None] = Worker(
        redis_url=url,
        concurrency=100,
        prefetch=200,
        handle_signals=False,
        serializer=orjson.dumps,
        deserializer=orjson.loads,
    )

    @worker.task(ttl=0)
    async def relist(shop_id: str, product_id: str, run_id: str) -> None:
        tally.started(run_id)

    async def fill() -> None:
        tasks = [
            relist.enqueue(str(7494000000000000000 + n % shops), str(1729000000000000000 + n), "bench")
            for n in range(count)
        ]
        if batch == 1:
            for task in tasks:
                await task
        else:
            for first in range(0, count, batch):
                await worker.enqueue_many(tasks[first : first + batch])

    async def put(n: int, run_id: str) -> None:
        await relist.enqueue(str(7494000000000000000 + n % 50), str(1729000000000000000 + n), run_id)

    async def produce() -> None:
        async with worker:
            # The second number of a ping is its pause.
            await (fill_and_report(fill) if command == "fill" else ping(put, count, batch))

    asyncio.run(work_and_report(tally, worker.run_async) if command == "work" else produce())


if __name__ == "__main__":
    name, address, *rest = sys.argv[1:]
    main(name, address, *map(int, rest))
