"""A server at maxmemory: producers are refused in time, finishing work always runs, and memory drains."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from model.job import Job
from model.job_state import AuditNotice, AuditState
from model.shop import Shop
from producers.intake import Intake
from redis_client.connect import connect
from redis_client.memory import NoMemoryLeft, has_room, shortage
from shop_queue.consumer import ClaimBatch, Commit, Committed, Complete, LaneConsumer, Release, Requeue
from shop_queue.intake_stream import RejectedEntries
from shop_queue.keys import INTAKE, INTAKE_REJECTED, OUTCOMES, READY, lane_keys
from shop_queue.leases import Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from shop_queue.stream_limits import limit_outcomes
from tests.support.held_lane import SHOP
from tests.support.tcp_redis import tcp_server

MEGABYTE = 1024 * 1024
JOBS = 300


@pytest.fixture
async def server() -> AsyncIterator[Redis]:
    with tcp_server("--maxmemory-policy", "noeviction") as running:
        client = connect(running.url)
        assert isinstance(client, Redis)
        yield client
        await client.aclose()


async def used(redis: Redis) -> int:
    info = await redis.info("memory")
    return int(info["used_memory"]) - int(info["mem_not_counted_for_evict"])


async def fill(redis: Redis) -> None:
    """Sets maxmemory to what is used now, and checks that an ordinary write is refused."""
    await redis.config_set("maxmemory", await used(redis) - MEGABYTE)
    with pytest.raises(OutOfMemoryError):
        await redis.set("more", "x")


async def test_finishing_work_drains_a_full_server(server: Redis) -> None:
    product = {"title": "x" * 10_000}
    jobs = [Job(SHOP, f"list:{n}", "list", external_id=str(n), product=product) for n in range(JOBS)]
    await LaneProducer(server).enqueue([EnqueueRequest(job) for job in jobs])
    await fill(server)
    before = await used(server)
    leases, consumer = Leases(server, "w1", 60), LaneConsumer(server)
    (lease,) = (await leases.take(1, 0)).leases
    await consumer.open(lease)
    assert await leases.renew([lease]) == frozenset()
    done = 0
    while done < JOBS:
        (batch,) = await consumer.claim([(lease, 50)])
        assert isinstance(batch, ClaimBatch)
        assert await consumer.start([(lease, [batch.jobs[0][0].id])]) == [None]
        finished = [Complete(job.id, "relisted", {"product_id": job.id}) for job, _ in batch.jobs]
        (committed,) = await consumer.commit([Commit(lease, finished)])
        assert isinstance(committed, Committed)
        done += len(finished)
    await consumer.park(lease, "quota", 60)
    await leases.release([(lease, None)])
    await wake(server, [(SHOP, 60.0)])
    assert await server.xlen(OUTCOMES) == JOBS
    assert await used(server) < before - 2 * MEGABYTE


async def test_requeue_and_release_run_on_a_full_server(server: Redis) -> None:
    await LaneProducer(server).enqueue([EnqueueRequest(Job(SHOP, str(n))) for n in range(2)])
    (lease,) = (await Leases(server, "w1", 60).take(1, 0)).leases
    consumer = LaneConsumer(server)
    await consumer.open(lease)
    await consumer.claim([(lease, 2)])
    await fill(server)
    poll = EnqueueRequest(Job(SHOP, "audit:0", "audit"), delay_seconds=60)
    operations = [Requeue(Job(SHOP, "0"), 60, (poll,)), Release("1")]
    (committed,) = await consumer.commit([Commit(lease, operations)])
    assert isinstance(committed, Committed)
    assert await server.zcard(lane_keys(SHOP).delayed) == 2


async def test_producers_stop_before_the_reserve(server: Redis) -> None:
    await ShopRegistry(server).add(Shop(SHOP, "c", "US", SHOP))
    # Unlike SET, this leaves no large query buffer, which the server would free at some time during the test.
    await server.setrange("ballast", 32 * MEGABYTE, "x")
    await server.config_set("maxmemory", int(await used(server) * 1.03))
    assert not await has_room(server)
    producer = LaneProducer(server)
    with pytest.raises(NoMemoryLeft, match="reserved for finishing work"):
        await producer.enqueue([EnqueueRequest(Job(SHOP, "1"))])
    approved = AuditState(notice=AuditNotice("APPROVED"))
    event = EnqueueRequest(Job(SHOP, "audit:1", "audit", state=approved), update_only=True)
    assert (await producer.enqueue([event])).skipped == 1
    assert (await producer.enqueue([EnqueueRequest(Job(SHOP, "canary"))], use_reserve=True)).added == 1
    await server.xadd(INTAKE, {"job": orjson.dumps({"shop_id": SHOP, "product_id": "2"})})
    intake = Intake(server, "g1", CollectorRegistry())
    await intake.prepare()
    with pytest.raises(NoMemoryLeft):
        await intake.read(block_ms=10)
    assert (await server.xinfo_groups(INTAKE))[0]["lag"] == 1, "the entry is read although its job cannot be enqueued"
    await server.config_set("maxmemory", 0)
    assert await has_room(server)
    assert await Intake(server, "g2", CollectorRegistry()).read(block_ms=10) == 1
    assert await server.hlen(lane_keys(SHOP).jobs) == 2


async def test_rejected_entries_are_limited_in_bytes(server: Redis) -> None:
    rejected = RejectedEntries(server, 1_000_000, max_bytes=4 * MEGABYTE)
    dropped = 0
    for _ in range(20):
        gone, kept = await rejected.append([["error", "x", "job", b"y" * 100_000] for _ in range(5)])
        dropped += gone
        assert await server.memory_usage(INTAKE_REJECTED, samples=0) < 5 * MEGABYTE
    assert dropped + kept == 100
    assert kept > 20


async def test_outcomes_are_limited_in_bytes(server: Redis) -> None:
    for number in range(200):
        await server.xadd(OUTCOMES, {"outcome": b"%d" % number + b"x" * 10_000})
    kept = await limit_outcomes(server, MEGABYTE)
    assert 50 < kept < 110
    assert (await server.xrevrange(OUTCOMES, count=1))[0][1][b"outcome"].startswith(b"199")
    assert await limit_outcomes(server, MEGABYTE) == kept


@pytest.mark.parametrize(
    ("info", "is_short"),
    [
        ({"maxmemory": 0, "used_memory": 10**12}, False),
        ({"maxmemory": 1000, "used_memory": 950}, False),
        ({"maxmemory": 1000, "used_memory": 951}, True),
        ({"maxmemory": 1000, "used_memory": 990, "mem_not_counted_for_evict": 60}, False),
        ({"maxmemory": 100 * 2**30, "used_memory": 100 * 2**30 - 256 * MEGABYTE}, False),
        ({"maxmemory": 100 * 2**30, "used_memory": 100 * 2**30 - 255 * MEGABYTE}, True),
    ],
)
def test_shortage(info: dict[str, int], is_short: bool) -> None:
    assert (shortage(info) is not None) == is_short


async def test_a_large_batch_stops_before_the_reserve(server: Redis) -> None:
    await server.setrange("ballast", 64 * MEGABYTE, "x")
    limit = await used(server) + 12 * MEGABYTE
    await server.config_set("maxmemory", limit)
    product = {"title": "x" * 50_000}
    jobs = [Job(str(n % 50), f"list:{n}", "list", external_id=str(n), product=product) for n in range(600)]
    producer = LaneProducer(server)
    with pytest.raises(NoMemoryLeft):
        await producer.enqueue([EnqueueRequest(job) for job in jobs])
    added = sum([await server.hlen(lane_keys(str(n)).jobs) for n in range(50)])
    assert 0 < added < 300
    assert await used(server) < limit - MEGABYTE, "the reserve is used up"
    # What was added is worked off.
    assert len((await Leases(server, "w1", 60).take(50, 0)).leases) == await server.zcard(READY) > 0
    await server.config_set("maxmemory", 0)
    done = await producer.enqueue([EnqueueRequest(job) for job in jobs])
    assert (done.added, done.merged) == (600 - added, added), "repeating the call adds what was refused"
