"""A cluster of three servers compared with a single server: CPU per no-op job, of the worker and of the servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import redis

from benchmarks.processes import OURS, fill, measured
from benchmarks.result import Result, command
from benchmarks.server import Server
from tests.support.redis_cluster import RedisCluster

JOBS, SHOPS, ROUNDS = 20_000, 100, 3
KINDS = ("one server", "cluster of 3")


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of CPU per job."""

    worker: float
    servers: float

    @property
    def per_core(self) -> float:
        """Jobs per second of CPU."""
        return 1e6 / (self.worker + self.servers)


async def run(quick: bool) -> Result:
    jobs, rounds = (5_000, 1) if quick else (JOBS, ROUNDS)
    costs: dict[str, list[Cost]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind in KINDS:
            costs[kind].append(await once(kind, jobs))
    per_core = {kind: median(each.per_core for each in costs[kind]) for kind in KINDS}
    return Result(
        "Cluster beside one server",
        f"{jobs:,} no-op jobs of {SHOPS} shops are enqueued, then one worker process handles them; median of {rounds} "
        "interleaved rounds. On the cluster the outcomes go through the shops' outboxes and a relay, and commands are "
        "sent to each server. CPU of all servers is counted.",
        ["", "worker CPU µs/job", "Redis CPU µs/job", "jobs/s per core"],
        [
            [
                kind,
                f"{median(each.worker for each in costs[kind]):.0f}",
                f"{median(each.servers for each in costs[kind]):.0f}",
                f"{per_core[kind]:,.0f}",
            ]
            for kind in KINDS
        ],
        [],
        {kind: {"jobs_per_core": per_core[kind]} for kind in KINDS},
        [
            f"Per core, it handles {per_core[KINDS[1]] / per_core[KINDS[0]]:.2f} times the jobs of one server. "
            "No target was set."
        ],
    )


@contextmanager
def _servers(kind: str) -> Iterator[tuple[str, list[redis.Redis]]]:
    """The address, and a client for each server."""
    if kind == KINDS[0]:
        with Server() as server, redis.Redis.from_url(server.url) as client:
            yield server.url, [client]
    else:
        with RedisCluster() as cluster:
            yield cluster.url, cluster.clients()


async def once(kind: str, jobs: int) -> Cost:
    with _servers(kind) as (url, clients):
        await fill(OURS, url, jobs, 500, SHOPS)
        before = _cpu_seconds(clients)
        async with AsyncExitStack() as stack:
            worker = await stack.enter_async_context(measured(OURS, "work", url))
            listener = asyncio.create_task(worker.listen())
            worker.go()
            async with asyncio.timeout(600):
                while worker.done < jobs or any(_queued(client) for client in clients):
                    await asyncio.wait([listener], timeout=0.1)
                    if listener.done():
                        listener.result()
            listener.cancel()
            return Cost(worker.cpu_seconds / jobs * 1e6, (_cpu_seconds(clients) - before) / jobs * 1e6)


def _queued(client: redis.Redis) -> bool:
    return any(True for _ in client.scan_iter("relist:{*}:jobs"))


def _cpu_seconds(clients: list[redis.Redis]) -> float:
    infos: list[Any] = [client.info("cpu") for client in clients]
    return sum(float(info["used_cpu_sys"]) + float(info["used_cpu_user"]) for info in infos)


if __name__ == "__main__":
    command("cluster", run)
