"""The relay copies outcomes from outboxes to `relist:outcomes`: each once, in the order of its shop."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from redis.asyncio.cluster import RedisCluster

from model.job import Job
from shop_queue.consumer import Commit, Committed, Complete, LaneConsumer
from shop_queue.keys import OUTCOMES, RELAYED, lane_keys
from shop_queue.leases import Leases
from shop_queue.outcome_relay import KEPT_SECONDS, OutcomeRelay
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS = [str(7494000000000000000 + n) for n in range(6)]


async def finish_all(redis: RedisCluster, per_shop: int) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(shop, str(n))) for shop in SHOPS for n in range(per_shop))
    consumer = LaneConsumer(redis)
    leases = (await Leases(redis, "w", 30).take(len(SHOPS), 0)).leases
    assert {lease.shop_id for lease in leases} == set(SHOPS)
    for lease in leases:
        await consumer.open(lease)
    for lease, claimed in zip(leases, await consumer.claim([(lease, per_shop) for lease in leases]), strict=True):
        assert not isinstance(claimed, Exception)
        operations = [Complete(job.id, "gone", {"shop_id": job.shop_id, "n": int(job.id)}) for job, _ in claimed.jobs]
        for _ in range(2):
            (done,) = await consumer.commit([Commit(lease, operations)])
            assert isinstance(done, Committed)


async def published(redis: RedisCluster) -> dict[str, list[int]]:
    by_shop: dict[str, list[int]] = {}
    for _, fields in await redis.xrange(OUTCOMES):
        record = orjson.loads(fields[b"outcome"])
        by_shop.setdefault(record["shop_id"], []).append(record["n"])
    return by_shop


async def test_concurrent_relays_publish_once_and_in_order(redis: RedisCluster) -> None:
    await finish_all(redis, 1200)
    relays = [OutcomeRelay(redis, 1_000_000) for _ in range(3)]
    added = await asyncio.gather(*(relay.relay(SHOPS) for relay in relays))
    assert sum(added) == 1200 * len(SHOPS)
    assert await published(redis) == {shop: list(range(1200)) for shop in SHOPS}


async def let_checkpoint_grow_old(redis: RedisCluster, shop: str) -> None:
    relayed, _, since = (await redis.hget(RELAYED, f"{shop}|checkpoint")).decode().partition(" ")  # type: ignore[misc]
    earlier = int(since) - int(KEPT_SECONDS * 1000)
    await redis.hset(RELAYED, f"{shop}|checkpoint", f"{relayed} {earlier}")  # type: ignore[misc]


async def test_outbox_is_trimmed_when_its_outcomes_have_been_published_for_a_while(redis: RedisCluster) -> None:
    shop, outbox = SHOPS[0], lane_keys(SHOPS[0], own_outbox=True).outbox
    await finish_all(redis, 3)
    relay = OutcomeRelay(redis, 1_000_000)
    assert await relay.relay([shop]) == 3
    assert await relay.relay([shop]) == 0
    assert await redis.xlen(outbox) == 3, "a failover could still lose what was published"
    await redis.xadd(outbox, {"outcome": orjson.dumps({"shop_id": shop, "n": 3})})
    await let_checkpoint_grow_old(redis, shop)
    assert await relay.relay([shop]) == 1
    assert await redis.xlen(outbox) == 1, "trimmed up to the checkpoint, and no further"
    await let_checkpoint_grow_old(redis, shop)
    assert await relay.relay([shop]) == 0
    assert await redis.xlen(outbox) == 0
    assert await published(redis) == {shop: [0, 1, 2, 3]}


@pytest.mark.parametrize("relayed_again", [0, 1, 700])
async def test_outcomes_that_a_failover_lost_are_published_again(redis: RedisCluster, relayed_again: int) -> None:
    """The server of the outcome stream starts again as it was before its last relays."""
    shop, relay = SHOPS[0], OutcomeRelay(redis, 1_000_000)
    await finish_all(redis, 1200)
    await relay.relay([shop])
    state: dict[bytes, bytes] = await redis.hgetall(RELAYED)  # type: ignore[misc]
    outbox = lane_keys(shop, own_outbox=True).outbox
    entries = await redis.xrange(outbox)
    lost = relayed_again + 1
    await redis.hset(RELAYED, mapping={**state, shop: entries[-lost - 1][0]})  # type: ignore[misc]
    for entry, _ in (await redis.xrange(OUTCOMES))[-lost:]:
        await redis.xdel(OUTCOMES, entry)
    await redis.xadd(outbox, {"outcome": orjson.dumps({"shop_id": shop, "n": 1200})})
    assert await relay.relay([shop]) == lost + 1
    assert await published(redis) == {shop: list(range(1201))}


async def test_relay_starts_over_if_the_outcome_server_loses_writes(redis: RedisCluster) -> None:
    """Between reading the relayed positions and running its script."""
    shop = SHOPS[0]
    await finish_all(redis, 3)
    relay = OutcomeRelay(redis, 1_000_000)
    await relay.relay([shop])
    before = await redis.hget(RELAYED, shop)  # type: ignore[misc]
    await redis.delete(RELAYED, OUTCOMES)
    looks = [before.decode(), ""]

    class LateRelay(OutcomeRelay):
        async def _last_relayed(self, shop_id: str) -> str:
            return looks.pop(0)

    assert await LateRelay(redis, 1_000_000).relay([shop]) == 3
    assert not looks
    assert await published(redis) == {shop: [0, 1, 2]}


async def test_cancelled_flush_keeps_its_shop_and_a_later_one_waits_for_a_running_one(redis: RedisCluster) -> None:
    """Found by the simulation: a worker that stopped gracefully left its last outcome in the outbox for a minute."""
    await finish_all(redis, 3)
    relay = OutcomeRelay(redis, 1_000_000)
    relay.note(SHOPS[0])
    cancelled = asyncio.create_task(relay.flush())
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    running = asyncio.create_task(relay.flush())
    await asyncio.sleep(0)
    await relay.flush()
    assert await published(redis) == {SHOPS[0]: [0, 1, 2]}
    await running


async def test_relay_that_dies_between_its_steps_publishes_once(redis: RedisCluster) -> None:
    await finish_all(redis, 3)
    outbox = lane_keys(SHOPS[0], own_outbox=True).outbox
    before = await redis.xrange(outbox)
    relay = OutcomeRelay(redis, 1_000_000)
    await relay.relay(SHOPS)
    # As if the trim had failed: the entries are still in the outbox.
    await redis.delete(outbox)
    for entry_id, fields in before:
        await redis.xadd(outbox, fields, id=entry_id)
    await redis.xadd(outbox, {"outcome": orjson.dumps({"shop_id": SHOPS[0], "n": 3})})
    assert await relay.relay(SHOPS) == 1
    assert (await published(redis))[SHOPS[0]] == [0, 1, 2, 3]


async def test_loop_relays_noted_shops(redis: RedisCluster) -> None:
    await finish_all(redis, 2)
    relay = OutcomeRelay(redis, 1_000_000)
    loop = asyncio.create_task(relay.run())
    for shop in SHOPS:
        relay.note(shop)
    async with asyncio.timeout(20):
        while await redis.xlen(OUTCOMES) < 2 * len(SHOPS):
            await asyncio.sleep(0.01)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert await published(redis) == {shop: [0, 1] for shop in SHOPS}


async def test_outcomes_are_published_after_a_clock_fell_behind(redis: RedisCluster) -> None:
    """The new primary lost the last writes, and its clock is behind: it issues ids below those already relayed."""
    shop = SHOPS[0]
    relay, consumer = OutcomeRelay(redis, 1_000_000), LaneConsumer(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, str(n))) for n in range(4)])
    (lease,) = (await Leases(redis, "w", 30).take(1, 0)).leases
    await consumer.open(lease)
    await consumer.claim([(lease, 4)])
    first = [Commit(lease, [Complete(str(n), "gone", {"shop_id": shop, "n": n})], number=n + 1) for n in range(2)]
    await consumer.commit(first)
    assert await relay.relay([shop]) == 2
    seconds, _ = await redis.execute_command("TIME", target_nodes=redis.get_node_from_key(lane_keys(shop).jobs))
    await redis.hset(RELAYED, shop, f"{(int(seconds) + 5) * 1000}-0")
    later = [Complete(str(n), "gone", {"shop_id": shop, "n": n}) for n in (2, 3)]
    await consumer.commit([Commit(lease, later, number=3)])
    outbox = lane_keys(shop, own_outbox=True).outbox
    entries = await redis.xrange(outbox)
    assert await relay.relay([shop]) == 2
    for _, fields in entries:
        await redis.xadd(outbox, fields)
    assert await relay.relay([shop]) == 0, "an outcome was published twice"
    assert await published(redis) == {shop: [0, 1, 2, 3]}
