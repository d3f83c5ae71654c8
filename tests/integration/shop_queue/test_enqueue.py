"""Enqueue: counts, merges, conflicts with concurrent changes, commands to shops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError, ResponseError

from model.job import Job
from model.job_state import CategoryChange, RelistState
from redis_client.scripts import ScriptCall
from redis_client.scripts import run as run_script
from shop_queue.consumer import Commit, Complete, LaneConsumer
from shop_queue.corrupt_lane import CorruptLane
from shop_queue.keys import CONTROL_CHANNEL, READY, lane_keys
from shop_queue.leases import Leases
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer

SHOP = "7494"
KEYS = lane_keys(SHOP)
CORRUPT = ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
UNAVAILABLE = ConnectionError("Connection closed by server.")


def job(number: int, shop_id: str = SHOP, **fields: Any) -> Job:
    return Job(shop_id, str(number), **fields)


async def milliseconds(redis: Redis) -> int:
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


@pytest.mark.parametrize(
    ("entry_request", "expected"),
    [
        (EnqueueRequest(job(1)), ("1", b"{}", "n", 0, "", "audit:1")),
        (EnqueueRequest(job(1, priority="urgent")), ("1", b'{"p":"urgent"}', "u", 0, "h", "audit:1")),
        (EnqueueRequest(job(1, category_id="9"), update_only=True), ("1", b'{"c":"9"}', "n", 0, "hu", "audit:1")),
        (EnqueueRequest(job(1), skip_if_pending=True), ("1", b"{}", "n", 0, "s", "audit:1")),
        (EnqueueRequest(job(1), delay_seconds=0.25), ("1", b"{}", "d", 250, "", "audit:1")),
        (
            EnqueueRequest(job(1, priority="urgent"), 2.0, True, True),
            ("1", b'{"p":"urgent"}', "d", 2000, "hus", "audit:1"),
        ),
    ],
)
def test_request_arguments(entry_request: EnqueueRequest, expected: tuple[object, ...]) -> None:
    assert entry_request.arguments() == expected


async def test_enqueue_counts_added_merged_and_skipped_jobs(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(n)) for n in range(4)])
    done = await lanes.enqueue(
        [
            EnqueueRequest(job(0)),
            EnqueueRequest(job(1, category_id="9")),
            EnqueueRequest(job(4)),
            EnqueueRequest(job(9), update_only=True),
        ]
        + [EnqueueRequest(job(n, "7495")) for n in range(2)]
    )
    assert done == Enqueued(added=3, merged=2, skipped=1)
    assert await lanes.enqueue([]) == Enqueued()


async def test_shop_is_due_with_its_first_job(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_queue.producer.BATCH", 2)
    before = await milliseconds(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(job(n), delay_seconds=60.0 + 40 * abs(n - 1)) for n in range(5)])
    due = await redis.zscore(READY, SHOP)
    assert before + 60_000 <= due <= await milliseconds(redis) + 60_000
    assert [key.decode() for key in await redis.zrange(KEYS.delayed, 0, 0)] == ["1"]


async def test_enqueue_reports_a_corrupt_lane_and_fills_the_others(redis: Redis) -> None:
    await redis.set(lane_keys("2").jobs, "not a hash")
    with pytest.raises(CorruptLane, match=r"shop 2.*WRONGTYPE") as problem:
        await LaneProducer(redis).enqueue([EnqueueRequest(job(1, shop)) for shop in ("1", "2", "3")])
    assert problem.value.shop_id == "2"
    assert [await redis.hlen(lane_keys(shop).jobs) for shop in ("1", "3")] == [1, 1]
    assert [key.decode() for key in await redis.zrange(READY, 0, -1)] == ["1", "3"]


@pytest.mark.parametrize(
    ("key", "entry_request"),
    [
        (KEYS.waiting, EnqueueRequest(job(1))),
        (KEYS.urgent, EnqueueRequest(job(1, priority="urgent"))),
        (KEYS.delayed, EnqueueRequest(job(1), delay_seconds=60)),
        (KEYS.accepted, EnqueueRequest(job(1), entry="1-0")),
    ],
)
async def test_failed_enqueue_writes_nothing(redis: Redis, key: str, entry_request: EnqueueRequest) -> None:
    await redis.set(key, "not ours")
    with pytest.raises(CorruptLane, match="WRONGTYPE"):
        await LaneProducer(redis).enqueue([entry_request])
    assert {each.decode() for each in await redis.keys("relist:{*")} == {key}


async def test_delay_starts_now(redis: Redis) -> None:
    before = await milliseconds(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1), delay_seconds=60)])
    due = await redis.zscore(KEYS.delayed, "1")
    assert before + 60_000 <= due <= await milliseconds(redis) + 60_000


@pytest.mark.parametrize("replies", [(CORRUPT, UNAVAILABLE), (UNAVAILABLE, CORRUPT), (UNAVAILABLE, [1, 0, 0, 1, -1])])
async def test_unavailable_server_takes_precedence_over_a_corrupt_lane(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, replies: tuple[Any, ...]
) -> None:
    async def run_many(*_: object) -> list[Any]:
        return list(replies)

    monkeypatch.setattr("shop_queue.producer.run_many", run_many)
    with pytest.raises(ConnectionError):
        await LaneProducer(redis).enqueue([EnqueueRequest(job(1, "1")), EnqueueRequest(job(1, "2"))])


async def test_delayed_hints_do_not_wake_a_delayed_job(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(1), delay_seconds=60)])
    await lanes.enqueue([EnqueueRequest(job(1, category_id="9"), delay_seconds=0.5)])
    assert await redis.zcard(KEYS.delayed) == 1
    await lanes.enqueue([EnqueueRequest(job(1, brand_id="8"))])
    assert (await redis.zcard(KEYS.delayed), await redis.llen(KEYS.waiting)) == (0, 1)
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == job(1, category_id="9", brand_id="8")


@pytest.mark.parametrize("at_once", [True, False])
async def test_real_job_replaces_a_waiting_dry_run(redis: Redis, at_once: bool) -> None:
    lanes, dry, real = LaneProducer(redis), EnqueueRequest(job(1, dry_run=True)), EnqueueRequest(job(1))
    for batch in [[dry, real]] if at_once else [[dry], [real]]:
        done = await lanes.enqueue(batch)
    assert done.merged == 1
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == job(1)


async def test_real_job_reruns_a_product_whose_dry_run_is_in_flight(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1, dry_run=True))])
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    consumer = LaneConsumer(redis)
    await consumer.open(lease)
    await consumer.claim([(lease, 1)])
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    await consumer.commit([Commit(lease, [Complete("1", "planned", {})])])
    (claimed,) = await consumer.claim([(lease, 1)])
    assert not isinstance(claimed, Exception)
    assert [again for again, _ in claimed.jobs] == [job(1)]


@pytest.mark.parametrize("goes_on", [True, False])
async def test_real_search_replaces_a_dry_run(redis: Redis, goes_on: bool) -> None:
    search = Job(SHOP, "search:1", "search")
    await LaneProducer(redis).enqueue([EnqueueRequest(search), EnqueueRequest(job(1, dry_run=True, category_id="9"))])
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    consumer = LaneConsumer(redis)
    await consumer.open(lease)
    await consumer.claim([(lease, 2 if goes_on else 1)])
    found = (EnqueueRequest(job(1), skip_if_pending=True),)
    await consumer.commit([Commit(lease, [Complete(search.id, "done", follow_ups=found)])])
    if goes_on:
        await consumer.commit([Commit(lease, [Complete("1", "planned", {})])])
    (claimed,) = await consumer.claim([(lease, 2)])
    assert not isinstance(claimed, Exception)
    assert [each for each, _ in claimed.jobs] == [job(1)]


async def test_event_leaves_a_dry_run_a_dry_run(redis: Redis) -> None:
    lanes, event = LaneProducer(redis), job(1, state=RelistState(changed=CategoryChange("9")))
    await lanes.enqueue([EnqueueRequest(job(1, dry_run=True))])
    assert (await lanes.enqueue([EnqueueRequest(event, update_only=True)])).merged == 1
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == job(1, dry_run=True, state=event.state)


async def test_dry_run_leaves_a_real_job_alone(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(1, brand_id="8"))])
    done = await lanes.enqueue([EnqueueRequest(job(1, category_id="9", dry_run=True))])
    assert done.merged == 1
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == job(1, brand_id="8")


async def test_dry_run_hints_merge(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(1, brand_id="8", dry_run=True))])
    await lanes.enqueue([EnqueueRequest(job(1, category_id="9", dry_run=True))])
    tried = job(1, brand_id="8", category_id="9", dry_run=True)
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == tried


def between(redis: Redis, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[Any]]) -> None:
    """Calls `happens` once, just before a producer reads the job to merge with."""
    real, left = redis.hget, [True]

    async def hget(*arguments: Any) -> Any:
        if left:
            left.clear()
            await happens()
        return await real(*arguments)

    monkeypatch.setattr(redis, "hget", hget)


async def ended(redis: Redis, outcome: str, blocked: bool) -> None:
    """A worker leases the shop and ends its only job."""
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    consumer = LaneConsumer(redis)
    await consumer.open(lease)
    (claimed,) = await consumer.claim([(lease, 1)])
    assert not isinstance(claimed, Exception)
    await consumer.commit([Commit(lease, [Complete(claimed.jobs[0][0].id, outcome, {}, blocked=blocked)])])
    await Leases(redis, "w1", 60).release([(lease, None)])


@pytest.mark.parametrize("update_only", [True, False])
async def test_job_ended_before_the_merge_is_added_unless_update_only(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, update_only: bool
) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    between(redis, monkeypatch, lambda: ended(redis, "relisted", False))
    done = await LaneProducer(redis).enqueue([EnqueueRequest(job(1, category_id="9"), update_only=update_only)])
    assert done.merged == (0 if update_only else 1)
    assert await redis.llen(KEYS.waiting) == (0 if update_only else 1)
    assert (await redis.zscore(READY, SHOP) is None) == update_only


async def test_search_skips_a_product_blocked_before_the_merge(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    between(redis, monkeypatch, lambda: ended(redis, "needs_input", True))
    found = EnqueueRequest(job(1, category_id="9"), skip_if_pending=True)
    async with asyncio.timeout(5):
        assert (await LaneProducer(redis).enqueue([found])).added == 0
    assert await redis.hlen(KEYS.jobs) == 0


async def test_job_replaced_before_the_merge_is_merged_with(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(1))])

    async def run(redis: Redis, call: ScriptCall) -> Any:
        monkeypatch.undo()
        await lanes.enqueue([EnqueueRequest(job(1))])
        return await run_script(redis, call)

    between(redis, monkeypatch, lambda: ended(redis, "relisted", False))
    monkeypatch.setattr("shop_queue.producer.run", run)
    done = await lanes.enqueue([EnqueueRequest(job(1, category_id="9"))])
    assert (done.added, done.merged) == (0, 1)
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == job(1, category_id="9")


async def test_merge_starts_over_if_the_job_changed(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(1))])
    real, left = redis.hget, [True]

    async def hget(*arguments: Any) -> Any:
        old = await real(*arguments)
        if left:
            left.clear()
            await redis.hset(KEYS.jobs, "1", job(1, brand_id="8").dump())
        return old

    monkeypatch.setattr(redis, "hget", hget)
    assert (await lanes.enqueue([EnqueueRequest(job(1, category_id="9"))])).merged == 1
    assert Job.load(SHOP, "1", await real(KEYS.jobs, "1")) == job(1, category_id="9", brand_id="8")


async def test_hints_replace_an_unreadable_job(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(1))])
    await redis.hset(KEYS.jobs, "1", b"\x80pickle")
    assert (await lanes.enqueue([EnqueueRequest(job(1, category_id="9"))])).merged == 1
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == job(1, category_id="9")


async def test_commands_are_published_and_resume_with_work_wakes(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    async with redis.pubsub() as channel:
        await channel.subscribe(CONTROL_CHANNEL)
        await channel.get_message(timeout=5)
        assert await lanes.set_state(SHOP, "active") == 0
        assert await redis.zscore(READY, SHOP) is None, "an empty lane is not woken"
        await lanes.enqueue([EnqueueRequest(job(1))])
        await redis.delete(READY)
        assert await lanes.set_state(SHOP, "paused") == 1
        assert await redis.hmget(KEYS.control, "state", "reason", "until") == [b"paused", b"", b"0"]
        assert await redis.zscore(READY, SHOP) is None, "a paused shop is not woken"
        assert await lanes.set_state(SHOP, "active") == 1
        assert await redis.hmget(KEYS.control, "state", "reason") == [b"active", None]
        assert await redis.zscore(READY, SHOP) <= await milliseconds(redis)
        before = await milliseconds(redis)
        await lanes.park(SHOP, "the seller left", 600)
        state, reason, until = await redis.hmget(KEYS.control, "state", "reason", "until")
        assert (state, reason) == (b"parked", b"the seller left")
        assert before + 600_000 <= int(until or 0) <= await milliseconds(redis) + 600_000
        await lanes.set_limit(SHOP, 0.25)
        assert await redis.hget(KEYS.control, "limit") == b"0.25"
        await lanes.set_limit(SHOP, None)
        for wrong in (0, -1, float("nan"), float("inf")):
            with pytest.raises(ValueError, match="a limit must be a number above 0"):
                await lanes.set_limit(SHOP, wrong)
        assert not await redis.hexists(KEYS.control, "limit")
        received = [await channel.get_message(timeout=5) for _ in range(6)]
        assert [message and message["data"] for message in received] == [SHOP.encode()] * 6


async def test_counts_are_per_shop(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_queue.producer.BATCH", 2)
    for number in range(5):
        await redis.hset(lane_keys(str(number)).counters, mapping={"relisted": number, "gone": 1})
        await redis.hset(lane_keys(str(number)).jobs, mapping={str(n): "{}" for n in range(number + 1)})
    counted = await LaneProducer(redis).counts([str(number) for number in range(5)])
    assert counted == [{"relisted": number, "gone": 1, "queued": number + 1} for number in range(5)]


async def test_any_of_run_scans_the_whole_lane(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(n, run_id="other")) for n in range(3000)])
    assert not await lanes.any_of_run(SHOP, "mine")
    await lanes.enqueue([EnqueueRequest(job(3000, run_id="mine"))])
    assert await lanes.any_of_run(SHOP, "mine")
    assert not await lanes.any_of_run(SHOP, "min"), "the run id must match completely"


async def test_note_of_an_unacknowledged_entry_expires(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7494", "1"), entry="1-0")])
    assert 86_000 < await redis.ttl(lane_keys("7494").accepted) <= 86_400


async def test_each_accepted_entry_leaves_its_own_note(redis: Redis) -> None:
    await LaneProducer(redis).enqueue(
        [EnqueueRequest(Job("7494", number), entry=f"{number}-0") for number in ("1", "2")]
    )
    assert sorted(await redis.hkeys(lane_keys("7494").accepted)) == [b"1-0", b"2-0"]  # type: ignore[misc]
