"""taskiq on Redis streams without a result backend. It does the least work of all peers and never trims its stream."""

from __future__ import annotations

import asyncio
import sys

from taskiq.api import run_receiver_task
from taskiq.serializers import ORJSONSerializer
from taskiq_redis import RedisStreamBroker

from benchmarks.workers.protocol import Tally, fill_and_report, ping, work_and_report

tally = Tally()


def main(command: str, url: str, count: int = 0, batch: int = 1, shops: int = 1) -> None:
    broker = RedisStreamBroker(url, consumer_id="0", max_connection_pool_size=200).with_serializer(ORJSONSerializer())

    @broker.task
    async def relist(shop_id: str, product_id: str, run_id: str) -> None:
        tally.started(run_id)

    async def put(n: int, run_id: str = "bench") -> None:
        await relist.kiq(str(7494000000000000000 + n % shops), str(1729000000000000000 + n), run_id)

    async def fill() -> None:
        for first in range(0, count, 100):
            part = range(first, min(first + 100, count))
            if batch == 1:
                for n in part:
                    await put(n)
            else:
                await asyncio.gather(*(put(n) for n in part))

    async def produce() -> None:
        await broker.startup()
        # The second number of a ping is its pause.
        await (fill_and_report(fill) if command == "fill" else ping(put, count, batch))

    async def work() -> None:
        await broker.startup()
        await run_receiver_task(broker, max_async_tasks=100, max_prefetch=100)

    asyncio.run(work_and_report(tally, work) if command == "work" else produce())


if __name__ == "__main__":
    name, address, *rest = sys.argv[1:]
    main(name, address, *map(int, rest))
