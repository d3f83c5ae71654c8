"""Metrics of incoming work: jobs by producer, queue latency, webhook lag."""

from __future__ import annotations

import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from model.job import Job
from producers.webhooks import WebhookReceiver
from shop_queue.keys import ENQUEUED
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from tiktok_shop.signing import sign_webhook


async def test_enqueued_jobs_are_counted_by_producer(redis: Redis) -> None:
    named = LaneProducer(redis, "intake")
    await named.enqueue(
        [EnqueueRequest(Job("74", str(n))) for n in range(3)] + [EnqueueRequest(Job("75", "search:all", "search"))]
    )
    await named.enqueue([EnqueueRequest(Job("74", "1"))])
    await named.enqueue([])
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("74", "9"))])
    counted = await redis.hgetall(ENQUEUED)  # type: ignore[misc]
    assert counted == {b"intake|relist": b"4", b"intake|search": b"1"}


async def test_leased_shop_reports_its_queue_latency(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("74", "1")), EnqueueRequest(Job("75", "1"))])
    await redis.zincrby("relist:shops:ready", -7000, "74")
    taken = await Leases(redis, "w1", 30).take(10, 0)
    assert [lease.shop_id for lease in taken.leases] == ["74", "75"]
    long, short = taken.waited_seconds
    assert 7 <= long < 20
    assert 0 <= short < 13


async def test_webhook_lag_counts_only_accepted_timed_webhooks(redis: Redis) -> None:
    registry = CollectorRegistry()
    receiver = WebhookReceiver({"": ("key", "secret")}, redis, registry, clock=lambda: 1_000.0)
    app = web.Application()
    app.router.add_post("/", receiver.receive)
    async with TestClient(TestServer(app)) as client:
        for notification, timestamp in (("a", 980), ("a", 980), ("b", 1_005), ("c", 0)):
            body = {"type": 37, "tts_notification_id": notification, "shop_id": "74", "timestamp": timestamp}
            raw = orjson.dumps({**body, "data": {"product_id": "1"}})
            answer = await client.post("/", data=raw, headers={"authorization": sign_webhook("key", "secret", raw)})
            assert answer.status == 200
    seen = registry.get_sample_value
    assert seen("relist_webhook_lag_seconds_count", {"type": "37"}) == 2
    assert seen("relist_webhook_lag_seconds_sum", {"type": "37"}) == 20, (
        "a clock behind the platform's counts as no lag"
    )
