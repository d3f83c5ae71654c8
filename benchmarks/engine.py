"""Engine overhead: the jobs do nothing, so all time is spent in the queue."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from statistics import median

from redis.asyncio import Redis

from benchmarks.processes import ARQ, LIBRARIES, OURS, Drained, Library, drain, fill, measured
from benchmarks.profiler import profile
from benchmarks.progress import reach
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from shop_queue.keys import OUTCOMES

ROUNDS = 3
JOBS = {"ours": 100_000, "arq (tuned)": 8_000, "saq": 10_000, "streaq": 6_000, "taskiq-redis": 15_000}
"""Jobs per library, chosen so that one process needs three or four seconds."""


async def run(quick: bool) -> Result:
    for library in LIBRARIES:
        library.require()
    rounds = 1 if quick else ROUNDS
    runs: dict[tuple[str, int], list[Drained]] = defaultdict(list)
    jobs = {name: count // 4 if quick else count for name, count in JOBS.items()}
    for _ in range(rounds):
        for library in LIBRARIES:
            for processes in (1, 2):
                runs[library.name, processes].append(await once(library, jobs[library.name], processes))
    per_job = {
        (name, processes): median(each.cpu_seconds for each in runs[name, processes]) / jobs[name] * 1e6
        for name, processes in runs
    }
    rate = {
        (name, processes): jobs[name] / min(runs[name, processes], key=lambda each: each.foreign_load).wall_seconds
        for name, processes in runs
    }
    redis = {
        (name, processes): median(each.redis_seconds for each in runs[name, processes]) / jobs[name] * 1e6
        for name, processes in runs
    }
    rows = []
    for library in LIBRARIES:
        name = library.name
        rows.append(
            [
                name,
                *(f"{rate[name, processes]:,.0f}" for processes in (1, 2)),
                f"{rate[name, 2] / rate[name, 1]:.2f}",
                *(f"{per_job[name, processes]:.0f}" for processes in (1, 2)),
                *(f"{redis[name, processes]:.1f}" for processes in (1, 2)),
                f"{median(each.commands for each in runs[name, 1]) / jobs[name]:.1f}",
                f"{per_job[name, 1] / per_job['ours', 1]:.1f}x",
            ]
        )
    best_peer = min(cost for (name, processes), cost in per_job.items() if name != "ours" and processes == 1)
    foreign = max(min(each.foreign_load for each in runs_of) for runs_of in runs.values())
    # A job costs R seconds in Redis and W in the worker: two cores process 2 / (W + R) jobs per second, and one worker
    # processes 1 / W.
    bound = min(2.0, 2 * per_job["ours", 1] / (per_job["ours", 2] + redis["ours", 2]))
    notes = [
        f"Other processes used at most {foreign:.0%} of the machine in the rounds whose wall time is shown.",
        "Two worker processes and Redis share two cores here. At these costs per job, two processes can reach at most "
        f"{bound:.2f}x on this machine, even if they never waited for each other.",
    ]
    return Result(
        "Engine overhead: jobs that do nothing",
        "All jobs are enqueued first; then one or two worker processes process them on one Valkey server over TCP. "
        f"There are {rounds} interleaved rounds: CPU figures are medians, and jobs per second come from the round in "
        "which other processes used least of the machine. Our engine runs with every guarantee on (dedupe, leases "
        "with fencing, outcome and removal in one transaction, the outcome stream, Prometheus metrics). arq polls "
        "every 10 ms with 400 slots, a queue read limit of 2000, orjson and no results; saq, streaq and taskiq keep "
        "no results either. All use the standard asyncio loop. Worker CPU excludes the Redis server.",
        [
            "library", "jobs/s, 1 process", "jobs/s, 2", "2 over 1", "worker CPU µs/job, 1", "2",
            "Redis CPU µs/job, 1", "2", "commands/job", "CPU relative to ours",
        ],
        rows,
        [
            Target("jobs per core, relative to tuned arq", per_job[ARQ.name, 1] / per_job["ours", 1], at_least=5),
            Target("jobs per core, relative to the best peer", best_peer / per_job["ours", 1], at_least=1),
            Target(
                "speed of two processes relative to one, of what these cores allow",
                rate["ours", 2] / rate["ours", 1] / bound,
                at_least=0.95,
            ),
        ],
        {
            f"{name}, {processes}": {
                "jobs_per_second": round(rate[name, processes]),
                "worker_cpu_us": round(per_job[name, processes], 1),
                "redis_cpu_us": round(redis[name, processes], 1),
            }
            for name, processes in runs
        },
        notes,
        await where_the_time_goes(jobs["ours"] * 4),
    )  # fmt: skip


async def once(library: Library, jobs: int, processes: int) -> Drained:
    with Server() as server:
        await fill(library, server.url, jobs, 500)
        if library is not OURS:
            return await drain(library, server.url, jobs, processes)

        async def committed(redis: Redis) -> None:
            """Waits for all outcomes: the last commit may still be in flight when the last job has reported."""
            await reach(jobs, partial(redis.xlen, OUTCOMES), poll=0.001)

        drained = await drain(library, server.url, jobs, processes, settled=committed)
        await audit(server.url, jobs)
        return drained


async def audit(url: str, jobs: int) -> None:
    """Raises RuntimeError unless every job has one outcome and the lanes are empty."""
    redis: Redis = Redis.from_url(url)
    async with redis:
        assert await redis.xlen(OUTCOMES) == jobs
        async for key in redis.scan_iter("relist:{*}:jobs"):
            raise RuntimeError(f"{key!r} still has jobs")


async def where_the_time_goes(jobs: int) -> list[str]:
    with Server() as server:
        await fill(OURS, server.url, jobs, 500)
        async with measured(OURS, "work", server.url) as worker:
            worker.go()
            return await profile(worker.process.pid, 3)


if __name__ == "__main__":
    command("engine", run)
