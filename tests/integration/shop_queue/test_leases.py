"""The ready set to the millisecond: when a shop can be leased, and the effects of wake, renew and release."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from shop_queue.keys import APP_RATES, FENCE, HOLDERS, PENDING_WAKES, READY, WAKE_CHANNEL, WORKERS
from shop_queue.leases import Lease, Leases, wake

SECONDS = 30.0


async def milliseconds(redis: Redis) -> int:
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


async def ready(redis: Redis, *shops: str) -> None:
    """Makes these shops due, in this order."""
    for number, shop in enumerate(shops, 1):
        await redis.zadd(READY, {shop: number})


async def test_longest_waiting_first_with_growing_fences(redis: Redis) -> None:
    await ready(redis, "c", "a", "b")
    before = await milliseconds(redis)
    taken = await Leases(redis, "w1", SECONDS).take(2, 0)
    after = await milliseconds(redis)
    assert [lease.shop_id for lease in taken.leases] == ["c", "a"]
    first, second = (lease.fence for lease in taken.leases)
    assert before * 1000 < first < second <= (after + 1) * 1000, "a fence is at least the time in microseconds"
    assert second == first + 1
    assert (taken.shops_waiting, taken.next_due_seconds, taken.fair_share) == (1, 0.0, 3)
    assert before / 1000 <= taken.server_seconds <= after / 1000
    for lease in taken.leases:
        assert before + 30_000 <= await redis.zscore(READY, lease.shop_id) <= after + 30_000
        assert await redis.hget(HOLDERS, lease.shop_id) == f"w1|{lease.fence}".encode()
    assert int(await redis.get(FENCE)) == second


async def test_fence_never_repeats_when_the_clock_is_behind(redis: Redis) -> None:
    future = 4_000_000_000_000_000
    await redis.set(FENCE, future)
    await ready(redis, "a")
    (lease,) = (await Leases(redis, "w1", SECONDS).take(1, 0)).leases
    assert lease.fence == future + 1


async def test_shop_is_not_leased_before_it_is_due(redis: Redis) -> None:
    await wake(redis, [("later", 20.0), ("even later", 25.0)])
    taken = await Leases(redis, "w1", SECONDS).take(5, 0)
    assert (taken.leases, taken.shops_waiting) == ((), 0)
    assert taken.next_due_seconds is not None
    assert 19 < taken.next_due_seconds <= 20
    assert (await Leases(redis, "w2", SECONDS).take(0, 0)).leases == ()
    await redis.delete(READY)
    assert (await Leases(redis, "w1", SECONDS).take(5, 0)).next_due_seconds is None


async def test_lease_reports_how_long_its_shop_waited(redis: Redis) -> None:
    before = await milliseconds(redis)
    await redis.zadd(READY, {"a": before - 2000, "b": before - 500})
    waited = (await Leases(redis, "w1", SECONDS).take(2, 0)).waited_seconds
    took = (await milliseconds(redis) - before) / 1000
    assert 2.0 <= waited[0] <= 2.0 + took
    assert 0.5 <= waited[1] <= 0.5 + took


async def test_worker_silent_for_three_seconds_has_no_share(redis: Redis) -> None:
    await ready(redis, "a", "b", "c", "d", "e")
    now = await milliseconds(redis)
    await redis.zadd(WORKERS, {"silent": now - 3100, "just alive": now - 2000})
    taken = await Leases(redis, "w1", SECONDS).take(4, 0)
    assert (taken.fair_share, len(taken.leases)) == (3, 3), "the share is rounded up"
    assert {worker.decode() for worker in await redis.zrange(WORKERS, 0, -1)} == {"w1", "just alive"}
    assert (await Leases(redis, "w1", SECONDS).take(4, 3)).leases == (), "it has its share"
    assert now <= await redis.zscore(WORKERS, "w1") <= await milliseconds(redis)


async def test_renewal_extends_held_leases_and_is_a_heartbeat(redis: Redis) -> None:
    await ready(redis, "a", "b")
    leases = Leases(redis, "w1", SECONDS)
    one, two = (await leases.take(2, 0)).leases
    await redis.zadd(READY, {"a": 1, "b": 1})
    await redis.delete(WORKERS)
    before = await milliseconds(redis)
    assert await leases.renew([one, Lease("b", two.fence + 1), Lease("gone", 1)]) == {"b", "gone"}
    after = await milliseconds(redis)
    assert before + 30_000 <= await redis.zscore(READY, "a") <= after + 30_000
    assert await redis.zscore(READY, "b") == 1
    assert before <= await redis.zscore(WORKERS, "w1") <= after


@pytest.mark.parametrize(
    ("work_in", "woken_in", "due_in"),
    [
        (None, None, None),
        (0.0, None, 0),
        (20.0, None, 20_000),
        (None, 10.0, 10_000),
        (20.0, 10.0, 10_000),
        (10.0, 20.0, 10_000),
    ],
)
async def test_released_shop_is_due_with_its_next_work_or_pending_wake(
    redis: Redis, work_in: float | None, woken_in: float | None, due_in: int | None
) -> None:
    await ready(redis, "a")
    leases = Leases(redis, "w1", SECONDS)
    (lease,) = (await leases.take(1, 0)).leases
    before = await milliseconds(redis)
    if woken_in is not None:
        await wake(redis, [("a", woken_in)])
        assert await redis.zscore(READY, "a") >= before + 29_000, "a leased shop stays its consumer's"
    assert await Leases(redis, "w2", SECONDS).release([(lease, 0.0)]) == 0, "released the lease of another worker"
    assert await leases.release([(lease, work_in), (Lease("a", 1), 0.0)]) == 1
    after = await milliseconds(redis)
    score = await redis.zscore(READY, "a")
    if due_in is None:
        assert score is None
    else:
        assert score is not None
        assert before + due_in <= score <= after + due_in
    assert await redis.hlen(HOLDERS) == 0
    assert await redis.hlen(PENDING_WAKES) == 0


async def test_several_leases_are_released_together(redis: Redis) -> None:
    await ready(redis, "a", "b", "c")
    leases = Leases(redis, "w1", SECONDS)
    taken = (await leases.take(3, 0)).leases
    await wake(redis, [("b", 0.0)])
    assert await leases.release([(lease, None) for lease in taken]) == 3
    assert [shop.decode() for shop in await redis.zrange(READY, 0, -1)] == ["b"]


async def test_earliest_wake_counts(redis: Redis) -> None:
    await ready(redis, "held")
    (lease,) = (await Leases(redis, "w1", SECONDS).take(1, 0)).leases
    before = await milliseconds(redis)
    for shop in ("held", "free"):
        await wake(redis, [(shop, 20.0)])
        await wake(redis, [(shop, 10.0)])
        await wake(redis, [(shop, 15.0)])
    after = await milliseconds(redis)
    assert before + 10_000 <= await redis.zscore(READY, "free") <= after + 10_000
    assert before + 10_000 <= int(await redis.hget(PENDING_WAKES, "held")) <= after + 10_000
    await wake(redis, [("one", 5.0), ("two", 6.0)])
    assert await redis.zscore(READY, "two") - await redis.zscore(READY, "one") == 1000
    await wake(redis, [])
    await Leases(redis, "w1", SECONDS).release([(lease, None)])


async def test_only_due_shops_are_announced(redis: Redis) -> None:
    await ready(redis, "held", "later")
    leases = Leases(redis, "w1", SECONDS)
    held, later = (await leases.take(2, 0)).leases
    async with redis.pubsub() as channel:
        await channel.subscribe(WAKE_CHANNEL)
        assert (await channel.get_message(timeout=5) or {})["type"] == "subscribe"
        await wake(redis, [("later shop", 20.0), ("held", 0.0)])
        await leases.release([(later, 20.0)])
        assert await channel.get_message(timeout=0.05) is None
        await wake(redis, [("due", 0.0), ("later shop", 15.0)])
        assert (await channel.get_message(timeout=5) or {})["type"] == "message"
        await wake(redis, [("due", 0.0)])
        assert await channel.get_message(timeout=0.05) is None, "announced twice"
        await leases.release([(held, None)])
        assert (await channel.get_message(timeout=5) or {})["type"] == "message"
        (due,) = (await leases.take(1, 0)).leases
        await leases.release([(due, 0.0)])
        assert (await channel.get_message(timeout=5) or {})["type"] == "message", "a released due shop is not announced"


async def test_part_of_a_dead_worker_is_free_again(redis: Redis) -> None:
    await ready(redis, "a", "b", "c")
    one, two = (Leases(redis, name, SECONDS, app_rate=30) for name in ("one", "two"))
    assert (await one.take(1, 0)).app_rate == 30
    assert (await two.take(1, 0)).app_rate == 0
    assert (await one.take(0, 1)).app_rate == 15
    assert (await two.take(0, 1)).app_rate == 15
    await redis.zrem(WORKERS, "one")
    assert (await two.take(1, 1)).app_rate == pytest.approx(20)
    assert [worker.decode() for worker in await redis.hkeys(APP_RATES)] == ["two"]
