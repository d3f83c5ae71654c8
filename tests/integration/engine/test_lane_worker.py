"""The arq worker: cron jobs run once per fleet, control messages arrive, and shutdown is graceful."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from arq import cron
from arq.cron import CronJob
from redis.asyncio import Redis
from redis.crc import key_slot

from model.job import Job
from model.outcome import Outcome
from redis_client.connect import AnyRedis, connect
from shop_queue.keys import HOLDERS, WORKERS
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.redis_topologies import ON_SERVER_AND_CLUSTER
from tests.support.working_engine import UNPACED, until
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Done, Result
from worker.lane_worker import LaneWorker


async def run(job: Job, permits: JobPermits) -> Result:
    return Done(Outcome("relisted"))


class RecorderEngine(LaneEngine):
    """Records its wakes and control messages."""

    def __init__(self, redis: AnyRedis, name: str) -> None:
        super().__init__(redis, name, {"relist": JobHandler(run)}, UNPACED)
        self.woken = asyncio.Event()
        self.orders: list[str] = []

    def wake(self) -> None:
        self.woken.set()
        super().wake()

    def reread(self, shop_id: str) -> None:
        self.orders.append(shop_id)
        super().reread(shop_id)


@asynccontextmanager
async def working_process(
    redis_url: str, name: str, cron_jobs: Sequence[CronJob]
) -> AsyncIterator[tuple[LaneWorker, RecorderEngine]]:
    """A whole worker with its own connections, stopped as by a signal."""
    client = connect(redis_url)
    engine = RecorderEngine(client, name)
    worker = LaneWorker(engine, client, cron_jobs=cron_jobs)
    main = asyncio.create_task(worker.main())
    try:
        yield worker, engine
        worker.stop()
        await main
    finally:
        main.cancel()
        await asyncio.gather(main, return_exceptions=True)
        await client.aclose()


async def never(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
    raise AssertionError("must not run")


def not_soon() -> CronJob:
    return cron(never, second=(datetime.now().second + 40) % 60)


@ON_SERVER_AND_CLUSTER
async def test_a_cron_job_of_two_workers_runs_once(redis: AnyRedis, redis_url: str) -> None:
    ticks: list[str] = []

    async def tick(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        ticks.append("tick")

    job = cron(tick, name="tick", second=(datetime.now().second + 40) % 60)
    moment = job.next_run = datetime.now(tz=UTC)
    async with working_process(redis_url, "w1", [job]) as (one, _), working_process(redis_url, "w2", [job]) as (two, _):

        async def both_had_a_chance() -> bool:
            seen = all(each.next_run and each.next_run > moment for each in (*one.cron_jobs, *two.cron_jobs))
            return seen and bool(ticks) and await redis.zcard(one.queue_name) == 0

        await until(both_had_a_chance, 60)
    assert ticks == ["tick"]


@ON_SERVER_AND_CLUSTER
async def test_wakes_and_control_messages_arrive(redis: AnyRedis, redis_url: str) -> None:
    lanes = LaneProducer(redis)
    async with working_process(redis_url, "w1", [not_soon()]) as (_, engine):
        await asyncio.wait_for(engine.woken.wait(), 30)  # subscribed
        engine.woken.clear()
        await lanes.enqueue([EnqueueRequest(Job("7", "1"))])
        await asyncio.wait_for(engine.woken.wait(), 30)

        async def done() -> bool:
            return (await lanes.counts(["7"]))[0] == {"relisted": 1, "queued": 0}

        await until(done, 30)
        await lanes.set_limit("8", 5)

        async def heard() -> bool:
            return "8" in engine.orders

        await until(heard, 30)


async def test_a_stopped_worker_deregisters(redis: AnyRedis, redis_url: str) -> None:
    async with working_process(redis_url, "w1", [not_soon()]):
        await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])

        async def alive() -> bool:
            return bool(await redis.zcard(WORKERS))

        await until(alive, 30)
    assert await redis.zcard(WORKERS) == 0
    assert await redis.hlen(HOLDERS) == 0


async def test_no_cron_payload_is_a_pickle(redis: AnyRedis, redis_url: str) -> None:
    job = cron(never, name="later", second=(datetime.now().second + 40) % 60)
    async with working_process(redis_url, "w1", [job]) as (worker, _):
        await asyncio.wait_for(_pool_of(worker), 30)
        made = await worker.pool.enqueue_job("later", _queue_name="elsewhere", _job_id="x", _defer_by=60)
        assert made is not None
        assert (await worker.pool.get("arq:job:x")).startswith(b"{")


async def _pool_of(worker: LaneWorker) -> None:
    while worker.ctx.get("redis") is None:
        await asyncio.sleep(0.01)


async def test_arqs_cron_keys_share_one_cluster_slot(redis: Redis, redis_url: str) -> None:
    ticked = asyncio.Event()

    async def tick(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        ticked.set()

    job = cron(tick, name="tick", second=(datetime.now().second + 40) % 60)
    job.next_run = datetime.now(tz=UTC)
    keys: set[str] = set()
    async with redis.monitor() as monitor:
        async with working_process(redis_url, "w1", [job]) as (worker, _):
            await asyncio.wait_for(ticked.wait(), 30)

            async def gone_from_the_queue() -> bool:
                return await redis.zcard(worker.queue_name) == 0

            await until(gone_from_the_queue, 30)
        await redis.echo("the end")
        async for seen in monitor.listen():
            command = seen["command"]
            if command == "ECHO the end":
                break
            # Skip payloads (JSON) and job ids, which are members of a sorted set.
            words = [word for word in command.split(" ")[1:] if "arq:" in word and not word.startswith('{"')]
            keys.update(words)
    kinds = {key.removeprefix("arq:").split(":")[0] for key in keys}
    assert {"job", "in-progress", "retry", "abort"} <= kinds
    assert {key_slot(key.encode()) for key in keys} == {key_slot(b"arq:abort")}
