"""Recovery from SIGKILL of one of two loaded workers: time until its jobs resume, jobs lost and jobs run twice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass

import orjson
from redis.asyncio import Redis

from benchmarks.processes import Library, measured
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from benchmarks.workers.recorded import RUNS
from model.job import Job
from shop_queue.keys import HOLDERS, OUTCOMES, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer

RECORDED = Library("ours, recorded", "benchmarks.workers.recorded")
SHOPS, ROUNDS = 40, 4
LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Crash:
    shops: int
    in_flight: int
    taken_over: float
    """Seconds from the kill until another worker had leased the last of the victim's shops."""
    resumed: float
    """Seconds from the kill until the last job that was in flight had an outcome."""
    jobs: int
    outcomes: int
    lost: int
    twice: int
    twice_not_in_flight: int


async def run(quick: bool) -> Result:
    lease, jobs, rounds = (2.0, 10_000, 1) if quick else (5.0, 30_000, ROUNDS)
    crashes = [await once(lease, jobs) for _ in range(rounds)]
    rows = [
        [
            str(number),
            str(crash.shops),
            str(crash.in_flight),
            f"{crash.taken_over:.2f} s",
            f"{crash.resumed:.2f} s",
            f"{crash.jobs:,}",
            str(crash.lost),
            str(crash.twice),
            str(crash.twice_not_in_flight),
        ]
        for number, crash in enumerate(crashes, 1)
    ]
    return Result(
        "Recovery",
        f"Two workers with 100 slots each on {SHOPS} shops, jobs of 50 ms, leases of {lease:g} s. One worker gets "
        "SIGKILL. Its jobs in flight are those it had claimed and not committed. Every run of a job is counted.",
        [
            "round", "shops of the victim", "jobs in flight", "shops taken over after", "their jobs done after",
            "jobs", "lost", "run twice", "run twice, not in flight",
        ],
        rows,
        [
            Target(
                f"seconds until all jobs in flight were done (lease of {lease:g} s + 1)",
                max(crash.resumed for crash in crashes),
                at_most=lease + 1,
            ),
            Target("jobs lost", sum(crash.lost for crash in crashes), at_most=0),
            Target(
                "jobs that ran twice and were not in flight",
                sum(crash.twice_not_in_flight for crash in crashes),
                at_most=0,
            ),
            Target(
                "jobs with more than one outcome",
                sum(crash.outcomes - crash.jobs for crash in crashes),
                at_most=0,
            ),
        ],
        {"resumed": [crash.resumed for crash in crashes], "taken_over": [crash.taken_over for crash in crashes]},
    )  # fmt: skip


async def once(lease: float, jobs: int) -> Crash:
    shops = [str(7494000000000000000 + n) for n in range(SHOPS)]
    with Server() as server:
        redis: Redis = Redis.from_url(server.url)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(redis.aclose)
            await LaneProducer(redis).enqueue(EnqueueRequest(Job(shops[n % SHOPS], str(n))) for n in range(jobs))
            victim = await stack.enter_async_context(measured(RECORDED, "work", server.url, lease, "victim"))
            heir = await stack.enter_async_context(measured(RECORDED, "work", server.url, lease, "heir"))
            for worker in (victim, heir):
                worker.go()
            async with asyncio.timeout(LONGEST_SECONDS):
                while await _begun(redis) < jobs / 6 or not await _held(redis, b"victim"):
                    await asyncio.sleep(0.01)
            victim.process.kill()
            await victim.process.wait()
            killed = time.monotonic()
            orphans = await _held(redis, b"victim")
            # The other worker cannot lease these shops before their leases end, so all jobs in flight are the victim's.
            in_flight = {
                job.decode() for shop in orphans for job in await redis.zrange(lane_keys(shop).inflight, 0, -1)
            }
            taken_over = resumed = 0.0
            ended, unfinished = EndedJobs(redis), set(in_flight)
            async with asyncio.timeout(LONGEST_SECONDS):
                while not taken_over or not resumed:
                    if not taken_over and not await _held(redis, b"victim"):
                        taken_over = time.monotonic() - killed
                    unfinished -= await ended.new()
                    if taken_over and not resumed and not unfinished:
                        resumed = time.monotonic() - killed
                    await asyncio.sleep(0.02)
                while await redis.xlen(OUTCOMES) < jobs or await _left(redis, shops):
                    await asyncio.sleep(0.05)
            counted = await redis.hgetall(RUNS)  # type: ignore[misc]
            runs = {job.decode(): int(times) for job, times in counted.items()}
            outcomes = await _outcomes(redis)
            twice = {job for job, times in runs.items() if times > 1}
            return Crash(
                len(orphans),
                len(in_flight),
                taken_over,
                resumed,
                jobs,
                outcomes.total(),
                jobs - len(outcomes),
                len(twice),
                len(twice - in_flight),
            )


class EndedJobs:
    """Reads each outcome once: reading all of them at every look would take a core from the measured worker."""

    def __init__(self, redis: Redis) -> None:
        self._redis, self._last = redis, "-"

    async def new(self) -> set[str]:
        """The products with an outcome since the last call."""
        entries = await self._redis.xrange(OUTCOMES, self._last)
        if entries:
            self._last = "(" + entries[-1][0].decode()
        return {orjson.loads(fields[b"outcome"])["product_id"] for _, fields in entries}


async def _held(redis: Redis, worker: bytes) -> list[str]:
    holders = await redis.hgetall(HOLDERS)  # type: ignore[misc]
    return [shop.decode() for shop, holder in holders.items() if holder.startswith(worker)]


async def _left(redis: Redis, shops: list[str]) -> int:
    return sum([await redis.hlen(lane_keys(shop).jobs) for shop in shops])  # type: ignore[misc]


async def _begun(redis: Redis) -> int:
    return int(await redis.hlen(RUNS))  # type: ignore[misc]


async def _outcomes(redis: Redis) -> Counter[str]:
    outcomes = [orjson.loads(fields[b"outcome"]) for _, fields in await redis.xrange(OUTCOMES)]
    return Counter(each["product_id"] for each in outcomes if each["product_id"])


if __name__ == "__main__":
    command("recovery", run)
