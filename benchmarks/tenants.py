"""Fairness among 10,000 shops under the app's ceiling, in virtual time: the real engine and scripts, ten workers.

A shop is small or belongs to a huge tenant: one shop with 20,000 products, or 100 shops with 200 each.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from random import Random
from statistics import median, quantiles

from benchmarks.result import Result, Target, command
from benchmarks.virtual_time import VirtualTimeServer, virtual_time_server
from model.job import Job
from model.outcome import Outcome
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.simulation.clocks import EPOCH, virtual_clocks
from tests.simulation.processes import Process, spawn
from tests.simulation.redis_link import Link, SimulatedRedis
from tests.simulation.setup_once import prepare_process
from tests.simulation.story import Story
from tests.simulation.virtual_loop import VirtualLoop
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Done
from worker.engine.results import Result as JobResult

SHOPS, PRODUCTS, WORKERS, CEILING = 10_000, 8, 10, 1_000.0
HUGE = 20_000
QUICK_SHOPS = 500
CALL_SECONDS = (0.1, 0.3)
SPLIT = 100
"""Small shops for each shop of the split tenant."""
OPTIONS = EngineOptions(max_jobs=100, app_rate=CEILING)
DONE = Done(Outcome("relisted"))


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """One simulated run, until every small shop is done."""

    ends: tuple[float, ...]
    """Virtual seconds until each small shop was done."""
    jain: float
    """Jain's index of the products that small shops had finished when the first shop was done: until then all had
    waiting work.
    """
    neighbours: int
    """Products of the huge tenant done in the meantime."""


async def run(quick: bool) -> Result:
    shops = QUICK_SHOPS if quick else SHOPS
    parts = shops // SPLIT
    neighbours: dict[str, dict[str, int]] = {
        "alone": {},
        "beside one huge shop": {"huge": HUGE},
        f"beside a huge tenant of {parts} shops": {f"huge{number}": HUGE // parts for number in range(parts)},
    }
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        courses = dict(
            zip(neighbours, pool.map(simulated_run, neighbours.values(), [shops] * len(neighbours)), strict=True)
        )
    alone = courses["alone"]
    rows = [
        [
            name,
            f"{each.jain:.4f}",
            *(f"{of(each.ends):.1f} s" for of in (median, _p99, max)),
            f"{median(each.ends) / median(alone.ends):.3f}",
            f"{_p99(each.ends) / _p99(alone.ends):.3f}",
            f"{each.neighbours:,}",
        ]
        for name, each in courses.items()
    ]
    slowest = max(of(each.ends) / of(alone.ends) for each in courses.values() for of in (median, _p99, max))
    return Result(
        "Fairness among 10,000 shops",
        f"{shops:,} small shops with {PRODUCTS} products each, all enqueued after those of the huge tenant; {WORKERS} "
        f"workers with 100 slots each share the app's ceiling of {CEILING:,.0f} requests per second. A call takes "
        f"{CALL_SECONDS[0]:g} to {CALL_SECONDS[1]:g} s. The real engine and scripts run on a virtual clock "
        "(tests/simulation), so the load of the machine does not matter. Jain's index is over the products done "
        "per small shop at the moment when the first one is done.",
        [
            "small shops", "Jain's index", "done, median", "p99", "last", "median, relative to alone", "p99",
            "products of the tenant done meanwhile",
        ],
        rows,
        [
            Target("Jain's index, lowest", min(each.jain for each in courses.values()), at_least=0.99),
            Target("time beside a huge tenant, relative to the time alone, highest", slowest, at_most=1.1),
        ],
        {
            name: {"jain": each.jain, "median": median(each.ends), "p99": _p99(each.ends), "last": max(each.ends)}
            for name, each in courses.items()
        },
    )  # fmt: skip


def _p99(values: tuple[float, ...]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


def simulated_run(
    neighbours: dict[str, int], shops: int, workers: int = WORKERS, options: EngineOptions = OPTIONS
) -> SimulatedRun:
    """Deterministic. Takes a process to itself: it puts the virtual clock in the place of the machine's."""
    prepare_process()
    loop = VirtualLoop(Random(1))
    asyncio.set_event_loop(loop)
    try:
        with virtual_time_server(lambda: EPOCH + loop.now) as server, virtual_clocks(loop, server):
            return loop.run_until_complete(_Fleet(loop, server, shops, options).serve(neighbours, workers))
    finally:
        loop.end_all()
        asyncio.set_event_loop(None)
        loop.close()


class _Fleet:
    def __init__(self, loop: VirtualLoop, server: VirtualTimeServer, shops: int, options: EngineOptions) -> None:
        self._loop, self._server, self._options = loop, server, options
        self._small = [str(7494000000000000000 + number) for number in range(shops)]
        self._done: Counter[str] = Counter()
        self._ends: dict[str, float] = {}
        self._jain = 0.0
        self._all_done = asyncio.Event()
        self._random = Random(2)
        server.on_publish = self._published
        self._engines: list[tuple[Process, LaneEngine]] = []

    async def serve(self, neighbours: dict[str, int], workers: int) -> SimulatedRun:
        lanes = LaneProducer(self._redis(Process("producer", Random(0))))
        for shop, products in neighbours.items():
            await lanes.enqueue(EnqueueRequest(Job(shop, str(n))) for n in range(products))
        for shop in self._small:
            await lanes.enqueue(EnqueueRequest(Job(shop, str(n))) for n in range(PRODUCTS))
        began = self._loop.now
        for number in range(workers):
            self._start(f"worker-{number}")
        await self._all_done.wait()
        ends = tuple(self._ends[shop] - began for shop in self._small)
        return SimulatedRun(ends, self._jain, sum(self._done[shop] for shop in neighbours))

    def _start(self, name: str) -> None:
        process = Process(name, Random(name))
        handlers = {"relist": JobHandler(self._relist)}
        engine = LaneEngine(self._redis(process), name, handlers, self._options, clock=self._loop.time)
        self._engines.append((process, engine))
        spawn(process, engine.run())

    def _redis(self, process: Process) -> SimulatedRedis:
        return SimulatedRedis(Link(self._server, process, Story()))

    def _published(self, channel: bytes, message: bytes) -> None:
        for process, engine in self._engines:
            spawn(process, _hear(engine))

    async def _relist(self, job: Job, permits: JobPermits) -> JobResult:
        await permits.acquire("read")
        await asyncio.sleep(self._random.uniform(*CALL_SECONDS))
        permits.report("read", False, None)
        self._done[job.shop_id] += 1
        if self._done[job.shop_id] == PRODUCTS and job.shop_id.isdigit():
            if not self._ends:
                self._jain = jains_index([self._done[shop] for shop in self._small])
            self._ends[job.shop_id] = self._loop.now
            if len(self._ends) == len(self._small):
                self._all_done.set()
        return DONE


async def _hear(engine: LaneEngine) -> None:
    engine.wake()


def jains_index(served: list[int]) -> float:
    """1 if all were served equally, 1/n if one was served exclusively."""
    squares = sum(each * each for each in served)
    return sum(served) ** 2 / (len(served) * squares) if squares else 0.0


if __name__ == "__main__":
    command("tenants", run)
