"""The intake stream on a real server."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from model.job import DRY_RUN_FIELD, Job
from model.shop import Shop
from producers.intake import Intake
from redis_client.scripts import ScriptCall, load_script, run
from shop_queue.intake_stream import ABANDONED_MS, GROUP, IntakeStream
from shop_queue.keys import INTAKE, INTAKE_REJECTED, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.redis_topologies import ON_SERVER_AND_CLUSTER


@ON_SERVER_AND_CLUSTER
async def test_valid_jobs_are_enqueued_and_invalid_ones_rejected(redis: Redis) -> None:
    await ShopRegistry(redis).add(Shop("7494", "c", "US", "7494"))
    good = {"shop_id": "7494", "product_id": "1"}
    await redis.xadd(INTAKE, {"job": orjson.dumps(good)})
    await redis.xadd(INTAKE, {"jobs": orjson.dumps([{**good, "product_id": "2"}, {**good, "product_id": 3}])})
    await redis.xadd(INTAKE, {"job": b"\x80\x04garbage"})
    await redis.xadd(INTAKE, {"error": b"field of theirs"})
    await redis.xadd(INTAKE, {"job": orjson.dumps({**good, "shop_id": "999"})})
    intake = Intake(redis, "g1", CollectorRegistry())
    await intake.prepare()
    assert await intake.read(block_ms=10) == 5
    assert sorted(await redis.hkeys(lane_keys("7494").jobs)) == [b"1", b"2"]
    rejected = [fields for _, fields in await redis.xrange(INTAKE_REJECTED)]
    assert [each[b"error"].split(b":")[0] for each in rejected] == [b"jobs[1].product_id", b"job", b"job", b"shop_id"]
    assert rejected[1][b"job"] == b"\x80\x04garbage"
    assert rejected[2][b"raw_error"] == b"field of theirs"
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0


async def test_redelivered_entry_is_enqueued_once(redis: Redis) -> None:
    """The gateway died after enqueueing and before acknowledging, and one of the jobs has ended since."""
    await ShopRegistry(redis).add(Shop("7001", "c", "US", "a"))
    jobs = [{"kind": "relist", "shop_id": "7001", "product_id": str(number)} for number in range(1, 4)]
    await redis.xadd(INTAKE, {"jobs": orjson.dumps(jobs)})
    dead = Intake(redis, "dead", CollectorRegistry())
    await dead.prepare()
    lanes = LaneProducer(redis)
    entry = (await redis.xreadgroup(GROUP, "dead", {INTAKE: ">"}))[0][1][0][0]
    taken = [EnqueueRequest(Job("7001", str(number)), entry=entry.decode()) for number in range(1, 4)]
    await lanes.enqueue(taken)
    await redis.hdel(lane_keys("7001").jobs, "2")
    await redis.xclaim(INTAKE, GROUP, "dead", 0, [entry], idle=ABANDONED_MS + 1)
    assert await Intake(redis, "next", CollectorRegistry()).read(block_ms=10) == 1
    assert set(await redis.hkeys(lane_keys("7001").jobs)) == {b"1", b"3"}
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0
    assert not await redis.exists(lane_keys("7001").accepted), "acknowledged entries leave nothing behind"


async def test_an_entry_leaves_nothing_behind_if_the_connection_is_lost_between_the_commands(redis: Redis) -> None:
    """Found by the simulation: an entry that was acknowledged and not deleted stayed in the stream for ever."""

    class LosesSecond(Redis):
        sent = 0

        async def execute_command(self, *args: Any, **options: Any) -> Any:
            self.sent += 1
            if self.sent == 2:
                raise RedisConnectionError("lost before the server received it")
            return await super().execute_command(*args, **options)

    entry = await redis.xadd(INTAKE, {"job": b"{}"})
    stream = IntakeStream(redis, "cut off")
    await stream.ensure_group()
    assert len(await stream.read(10, 1000, 0)) == 1
    with pytest.raises(RedisConnectionError):
        await IntakeStream(LosesSecond(connection_pool=redis.connection_pool), "cut off").acknowledge([entry])
    assert await redis.xlen(INTAKE) == 0
    await redis.xautoclaim(INTAKE, GROUP, "next", 0)
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0


async def test_interrupted_merge_is_completed_by_the_next_gateway(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(Job("7001", "1")), EnqueueRequest(Job("7001", "2"))])
    hinted = [EnqueueRequest(Job("7001", each, category_id="853000"), entry="1-1") for each in ("1", "2", "3")]
    keys = lane_keys("7001")
    parts = [part for addition in hinted for part in addition.arguments()]
    reply = await run(redis, ScriptCall(load_script("shop_queue", "enqueue"), keys, ["1-1", DRY_RUN_FIELD, *parts]))
    assert reply[5:] == [1, 2], "both conflict, and the gateway dies before it merges them"
    await redis.hdel(keys.jobs, "2", "3")
    done = await lanes.enqueue(hinted, read_before=True)
    assert (done.added, done.merged, done.skipped) == (1, 1, 1)
    assert Job.load("7001", "1", await redis.hget(keys.jobs, "1") or b"").category_id == "853000"
    assert await redis.hexists(keys.jobs, "2"), "it ended without the hint, so it runs again with it"
    assert not await redis.hexists(keys.jobs, "3")


async def test_repeated_call_enqueues_no_job_that_has_ended_since(redis: Redis) -> None:
    """The client sends a call again if its reply was lost; the jobs may run and end before that."""
    requests = [EnqueueRequest(Job("7001", each), entry=entry) for each, entry in (("1", "1-1"), ("2", "2-1"))]
    lanes = LaneProducer(redis)
    assert (await lanes.enqueue(requests)).added == 2
    keys = lane_keys("7001")
    await redis.delete(keys.jobs, keys.waiting)
    again = await lanes.enqueue(requests)
    assert (again.added, again.skipped) == (0, 2)
    await lanes.acknowledged(requests)
    assert (await lanes.enqueue(requests)).added == 2, "fed again, and not repeated"


async def test_entry_is_enqueued_in_one_transaction(redis: Redis) -> None:
    """One call is one transaction: an entry split over two calls could be lost in part."""
    fed = [(entry, f"{entry}{number:03}") for entry in range(1, 6) for number in range(700)]
    additions = [EnqueueRequest(Job("7001", job_id), entry=f"{entry}-0") for entry, job_id in fed]
    done = await LaneProducer(redis).enqueue([*additions, *(EnqueueRequest(Job("7001", f"x{n}")) for n in range(2500))])
    assert done.added == 5 * 700 + 2500
    assert await redis.hlen(lane_keys("7001").accepted) == 5
