"""Values in Redis that no release has written do not crash workers: anyone with access to Redis may write them."""

from __future__ import annotations

import asyncio
from typing import Any

from arq import cron
from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from redis_client.connect import connect
from shop_queue.keys import CONTROL_CHANNEL, READY, WAKE_CHANNEL
from shop_queue.outcome_relay import OutcomeRelay
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import UNPACED, emptied, until
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Done, Result
from worker.lane_worker import LaneWorker

FOREIGN = b"\xff\xfe shop"


async def sweep(ctx: dict[str, Any]) -> None:
    """arq runs only with a job."""


async def run(job: Job, permits: JobPermits) -> Result:
    return Done(Outcome("relisted"))


async def test_a_worker_survives_foreign_shops_and_messages(redis: Redis, redis_url: str) -> None:
    client = connect(redis_url)
    engine = LaneEngine(client, "w1", {"relist": JobHandler(run)}, UNPACED)
    worker = LaneWorker(engine, client, cron_jobs=[cron(sweep, name="sweep", second=0)])
    main = asyncio.create_task(worker.main())

    async def subscribed() -> bool:
        return bool((await redis.execute_command("PUBSUB", "NUMSUB", CONTROL_CHANNEL))[1])

    try:
        await until(subscribed, 30)
        await redis.zadd(READY, {FOREIGN: 0})
        for channel in (CONTROL_CHANNEL, WAKE_CHANNEL):
            await redis.publish(channel, FOREIGN)
        await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(5)])
        await until(emptied(redis, "7"), 30)

        async def taken() -> bool:
            return float(await redis.zscore(READY, FOREIGN) or 0) > 0

        await until(taken, 30)
        assert not main.done()
    finally:
        worker.stop()
        await asyncio.wait_for(main, 30)
        await client.aclose()


async def test_a_foreign_entry_of_an_outbox_stops_no_relay(redis: Redis) -> None:
    relay = OutcomeRelay(redis, 1000)
    relay._needed = True
    outbox = "relist:{7}:outbox"
    await redis.xadd(outbox, {"something": "else"})
    await redis.xadd(outbox, {"outcome": "{}", "position": "1-1-1"})
    assert await relay.relay(["7"]) == 1
