"""procrastinate, a queue on PostgreSQL: its worker listens for notifications; finished jobs are deleted."""

from __future__ import annotations

import asyncio
import sys

from procrastinate import App, PsycopgConnector

from benchmarks.workers.protocol import Tally, fill_and_report, ping, work_and_report

tally = Tally()


def main(command: str, url: str, count: int = 0, batch: int = 1, shops: int = 50) -> None:
    app = App(connector=PsycopgConnector(conninfo=url, min_size=2, max_size=20))

    @app.task(name="relist")
    async def relist(shop_id: str, product_id: str, run_id: str) -> None:
        tally.started(run_id)

    def arguments(n: int, run_id: str) -> dict[str, str]:
        shop_id, product_id = str(7494000000000000000 + n % shops), str(1729000000000000000 + n)
        return {"shop_id": shop_id, "product_id": product_id, "run_id": run_id}

    async def put(n: int, run_id: str) -> None:
        await relist.configure(queueing_lock=str(n)).defer_async(**arguments(n, run_id))

    async def fill() -> None:
        for first in range(0, count, batch):
            part = range(first, min(first + batch, count))
            await relist.batch_defer_async(*(arguments(n, "bench") for n in part))

    async def produce() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            # The second number of a ping is its pause.
            await (fill_and_report(fill) if command == "fill" else ping(put, count, batch))

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(
                concurrency=100, install_signal_handlers=False, delete_jobs="always", listen_notify=True
            )

    asyncio.run(work_and_report(tally, work) if command == "work" else produce())


if __name__ == "__main__":
    name, address, *rest = sys.argv[1:]
    main(name, address, *map(int, rest))
