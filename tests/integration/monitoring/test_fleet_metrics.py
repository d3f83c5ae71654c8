"""Fleet metrics on a real server: one leader collects, and stale gauges are not exported."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, RedisError

from model.job import Job
from model.job_state import AuditNotice, AuditState, RelistState
from model.outcome import Outcome, Reason
from model.shop import Shop
from monitoring.fleet_metrics import STALE_SECONDS, FleetMetrics
from monitoring.gateway_alive import LEADER
from redis_client.connect import connect
from shop_queue.consumer import Commit, Complete, LaneConsumer
from shop_queue.keys import INTAKE, INTAKE_REJECTED
from shop_queue.lane_stats import read_fleet_stats, read_lane_stats
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.redis_server import RedisServer
from tests.support.tcp_redis import tcp_server
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore
from worker.engine.commit_operations import complete

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
CIPHER = TokenCipher("k" * 16)
REQUESTS = Transport("http://nowhere", "http://nowhere", "k", "s")


def fleet_of(redis: Redis, clock: Callable[[], float] = time.monotonic) -> tuple[FleetMetrics, CollectorRegistry]:
    registry = CollectorRegistry()
    fleet = FleetMetrics(
        redis, registry, CIPHER, REQUESTS, lease_seconds=30, max_shops=300, deadlines={"US": 1e9}, clock=clock
    )
    return fleet, registry


async def audited(redis: Redis) -> None:
    """Set up shop 74 with one product in audit, one blocked and one waiting."""
    await ShopRegistry(redis).add(Shop("74", "c", "US", "acc"))
    await TokenStore(redis, CIPHER, REQUESTS).save("acc", Tokens("A", "R", 111, 222))
    await LaneProducer(redis).enqueue(EnqueueRequest(Job("74", product)) for product in ("1", "2", "3"))
    leases, holder = Leases(redis, "w1", 30), LaneConsumer(redis)
    (lease,) = (await leases.take(10, 0)).leases
    await holder.open(lease)
    (claimed,) = await holder.claim([(lease, 2)])
    (first, _), (second, _) = claimed.jobs
    poll = EnqueueRequest(Job("74", "audit:1", "audit"), delay_seconds=3600)
    reasons = (Reason("attribute_required", "x", "seller"), Reason("attribute_required", "y", "seller"))
    ends: list[Complete] = [
        complete(first, Outcome("in_audit"), NOW, follow_ups=(poll,)),
        complete(second, Outcome("needs_input", reasons=reasons), NOW),
    ]
    await holder.commit([Commit(lease, ends, {"read": {"rate": 12.5, "known": True}})])


async def test_lane_stats_match_the_lane(redis: Redis) -> None:
    await audited(redis)
    (lane,) = await read_lane_stats(redis, ["74"])
    assert (lane.waiting, lane.delayed, lane.in_flight, lane.in_audit, lane.blocked) == (1, 1, 0, 1, 1)
    assert lane.oldest_audit_seconds is not None
    assert lane.state == "active"
    assert lane.paces == {"read": 12.5}
    assert (lane.outcomes["in_audit"], lane.outcomes["needs_input"]) == (1, 1)
    fleet = await read_fleet_stats(redis, 30)
    assert (fleet.leased, fleet.due, fleet.workers, fleet.oldest_due_seconds) == (1, 0, 1, 0.0)


async def test_ended_audit_is_no_longer_pending(redis: Redis) -> None:
    await audited(redis)
    await LaneProducer(redis).enqueue(
        [
            EnqueueRequest(
                Job("74", "audit:1", "audit", state=AuditState(notice=AuditNotice("APPROVED"))), update_only=True
            )
        ]
    )
    await Leases(redis, "w1", 30).release([])
    holder = LaneConsumer(redis)
    await redis.delete("{relist:shops:ready}:holders")
    await redis.zadd("relist:shops:ready", {"74": 0})
    (lease,) = (await Leases(redis, "w2", 30).take(1, 0)).leases
    await holder.open(lease)
    (claimed,) = await holder.claim([(lease, 10)])
    audit = next(job for job, _ in claimed.jobs if job.kind == "audit")
    await holder.commit([Commit(lease, [complete(audit, Outcome("relisted"), NOW)])])
    (lane,) = await read_lane_stats(redis, ["74"])
    assert (lane.in_audit, lane.oldest_audit_seconds, lane.outcomes["relisted"]) == (0, None, 1)


async def test_fleet_backlog_tokens_and_redis_are_exported(redis: Redis) -> None:
    await audited(redis)
    await redis.xadd(INTAKE, {"job": "x"})
    await redis.xgroup_create(INTAKE, "relist", "0")
    await redis.xadd(INTAKE_REJECTED, {"error": "x"})
    fleet, registry = fleet_of(redis)
    await fleet.scan()
    assert await fleet.refresh()
    value = registry.get_sample_value
    assert value("relist_products", {"shop": "74", "region": "US", "state": "in_audit"}) == 1
    assert value("relist_blocked_products", {"reason": "attribute_required"}) == 1, "a product counts once per reason"
    assert value("relist_token_expires_timestamp_seconds", {"shop": "74", "token": "refresh"}) == 222
    assert value("relist_deadline_timestamp_seconds", {"region": "US"}) == 1e9
    assert value("relist_intake_lag") == 1
    assert value("relist_intake_rejected") == 1
    assert value("relist_redis_keys_bytes", {"keys": "blocked"}) > value("relist_redis_keys_bytes", {"keys": "outbox"})
    assert value("relist_redis_up") == 1
    assert value("relist_redis_append_only") == 0


async def test_the_longest_wait_of_each_reason_is_exported(redis: Redis) -> None:
    await ShopRegistry(redis).add(Shop("74", "c", "US", "acc"))
    waits = {"1": ("product_frozen", 300), "2": ("product_frozen", 200), "3": ("seller_draft", 400), "4": ("", 500)}
    jobs = [
        EnqueueRequest(Job("74", product, state=RelistState(waiting_since=since, waiting_for=code)), delay_seconds=3600)
        for product, (code, since) in waits.items()
    ]
    await LaneProducer(redis).enqueue([*jobs, EnqueueRequest(Job("74", "5"), delay_seconds=3600)])
    fleet, registry = fleet_of(redis)
    await fleet.scan()
    assert await fleet.refresh()

    def since(reason: str) -> float | None:
        return registry.get_sample_value("relist_waiting_since_timestamp_seconds", {"shop": "74", "reason": reason})

    assert [since(each) for each in ("product_frozen", "seller_draft", "unnamed", "rollout")] == [200, 400, 500, None]


async def test_only_the_leader_collects_and_another_takes_over(redis: Redis) -> None:
    await audited(redis)
    first, of_first = fleet_of(redis)
    second, of_second = fleet_of(redis)
    assert await first.refresh()
    assert not await second.refresh()
    assert await first.refresh(), "the leader keeps the lock"
    assert of_second.get_sample_value("relist_redis_up") is None, "only the leader exports gauges"
    await redis.delete("relist:fleet:reporter")
    assert await second.refresh()
    assert not await first.refresh()
    assert of_first.get_sample_value("relist_workers") is None
    assert of_second.get_sample_value("relist_workers") == 1


async def test_the_leader_stays_alive_on_a_full_server() -> None:
    with tcp_server("--maxmemory-policy", "noeviction") as running:
        redis = connect(running.url)
        assert isinstance(redis, Redis)
        fleet, _ = fleet_of(redis)
        assert await fleet.refresh()
        await redis.config_set("maxmemory", 1)
        await redis.pexpire(LEADER, 60_000 * 60)
        with pytest.raises(OutOfMemoryError):
            await fleet.refresh()
        assert 0 < await redis.pttl(LEADER) < 60_000 * 60, "renewed, although nothing else can be written"
        await redis.aclose()


async def test_stale_gauges_are_not_exported(redis: Redis) -> None:
    now = 0.0
    fleet, registry = fleet_of(redis, lambda: now)
    await fleet.refresh()
    now = STALE_SECONDS
    assert registry.get_sample_value("relist_workers") == 0
    now = STALE_SECONDS + 1
    assert registry.get_sample_value("relist_workers") is None


async def test_redis_outage_sets_a_gauge_and_the_loop_continues() -> None:
    import asyncio

    with RedisServer() as server:
        client = connect(server.url)
        registry = CollectorRegistry()
        fleet = FleetMetrics(
            client, registry, CIPHER, REQUESTS, lease_seconds=30, max_shops=300, deadlines={}, interval_seconds=0.05
        )

        async def until(up: float) -> None:
            async with asyncio.timeout(20):
                while registry.get_sample_value("relist_redis_up") != up:
                    await asyncio.sleep(0.01)

        running = asyncio.create_task(fleet.run())
        await until(1.0)
        server.stop()
        with pytest.raises(RedisError):
            await fleet.refresh()
        await until(0.0)
        server.start()
        await until(1.0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not await client.execute_command("EXISTS", "relist:fleet:reporter"), "the lock is released"
        await client.aclose()
