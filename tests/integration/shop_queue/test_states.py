"""Every event in every state on a real server causes exactly the transitions of the tables."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from model.job import Job
from redis_client.connect import AnyRedis
from shop_queue.consumer import Commit, Complete, Defer, FencedError, LaneConsumer, Operation, Release, Requeue
from shop_queue.keys import HOLDERS, READY, lane_keys
from shop_queue.leases import Lease, Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.states import JOB, LEASE, SHOP, JobEvent, JobState, LeaseEvent, LeaseState, ShopEvent, ShopState

SHOP_ID, JOB_ID = "7494", "1729"
KEYS = lane_keys(SHOP_ID)
PAST = 1


class Lane:
    """One shop with one job, and its lease."""

    def __init__(self, redis: AnyRedis) -> None:
        self.redis, self.lanes, self.consumer = redis, LaneProducer(redis), LaneConsumer(redis)
        self.leases = Leases(redis, "worker", 60)
        self.lease = Lease(SHOP_ID, 0)

    async def take(self) -> None:
        await wake(self.redis, [(SHOP_ID, 0)])
        await self.redis.zadd(READY, {SHOP_ID: PAST})
        (self.lease,) = (await self.leases.take(1, 0)).leases

    async def enqueue(self, *, delay: float = 0, **hints: Any) -> None:
        await self.lanes.enqueue([EnqueueRequest(Job(SHOP_ID, JOB_ID, **hints), delay_seconds=delay)])

    async def commit(self, operation: Operation) -> None:
        (done,) = await self.consumer.commit([Commit(self.lease, [operation])])
        assert not isinstance(done, FencedError)

    async def job_event(self, event: JobEvent) -> None:
        job = Job(SHOP_ID, JOB_ID)
        match event:
            case "enqueue":
                await self.enqueue()
            case "enqueue_hints":
                await self.enqueue(category_id="853000")
            case "enqueue_urgent":
                await self.enqueue(priority="urgent")
            case "enqueue_delayed":
                await self.enqueue(delay=60)
            case "claim":
                if await self.redis.zscore(KEYS.delayed, JOB_ID) is not None:
                    await self.redis.zadd(KEYS.delayed, {JOB_ID: PAST})
                await self.consumer.claim([(self.lease, 10)])
            case "complete":
                await self.commit(Complete(JOB_ID, "relisted"))
            case "complete_blocked":
                await self.commit(Complete(JOB_ID, "needs_input", {"outcome": "needs_input"}, blocked=True))
            case "requeue":
                await self.commit(Requeue(job))
            case "requeue_delayed":
                await self.commit(Requeue(job, 60))
            case "release":
                await self.commit(Release(JOB_ID))
            case "defer":
                await self.commit(Defer(Complete(JOB_ID, "failed")))
            case "recover":
                await self.take()
                await self.consumer.open(self.lease)

    async def job_state(self) -> JobState:
        redis = self.redis
        places: list[JobState] = []
        if await redis.zscore(KEYS.delayed, JOB_ID) is not None:
            places.append("delayed")
        if await redis.zscore(KEYS.inflight, JOB_ID) is not None:
            places.append("changed" if await redis.hexists(KEYS.changed, JOB_ID) else "in_flight")
        exists = bool(await redis.hexists(KEYS.jobs, JOB_ID))
        if exists and not places:
            # Entries of jobs that are elsewhere or have ended are stale.
            if await redis.lpos(KEYS.urgent, JOB_ID) is not None:
                places.append("urgent")
            elif await redis.lpos(KEYS.waiting, JOB_ID) is not None:
                places.append("waiting")
        assert len(places) == int(exists), "stored in no list or in several"
        if places:
            return places[0]
        return "blocked" if await redis.hexists(KEYS.blocked, JOB_ID) else "absent"


WAY_TO: dict[JobState, tuple[JobEvent, ...]] = {
    "absent": (),
    "waiting": ("enqueue",),
    "urgent": ("enqueue_urgent",),
    "delayed": ("enqueue_delayed",),
    "in_flight": ("enqueue", "claim"),
    "changed": ("enqueue", "claim", "enqueue_hints"),
    "blocked": ("enqueue", "claim", "complete_blocked"),
}


@pytest.mark.parametrize("event", get_args(JobEvent))
@pytest.mark.parametrize("state", get_args(JobState))
async def test_job_transitions(redis: AnyRedis, state: JobState, event: JobEvent) -> None:
    lane = Lane(redis)
    await lane.take()
    await lane.consumer.open(lane.lease)
    for step in WAY_TO[state]:
        await lane.job_event(step)
    assert await lane.job_state() == state
    await lane.job_event(event)
    assert await lane.job_state() == JOB.get((state, event), state)


@pytest.mark.parametrize("event", get_args(ShopEvent))
@pytest.mark.parametrize("state", get_args(ShopState))
async def test_shop_transitions(redis: AnyRedis, state: ShopState, event: ShopEvent) -> None:
    lane = Lane(redis)
    await lane.take()
    await lane.consumer.open(lane.lease)
    ways: dict[ShopState, ShopEvent] = {"active": "resume", "paused": "pause", "parked": "park"}

    async def happens(what: ShopEvent) -> None:
        match what:
            case "pause":
                await lane.lanes.set_state(SHOP_ID, "paused", "stocktaking")
            case "resume":
                await lane.lanes.set_state(SHOP_ID, "active")
            case "park":
                await lane.consumer.park(lane.lease, "quota", 60)
            case "park_ends":
                if await redis.hexists(KEYS.control, "until"):
                    await redis.hset(KEYS.control, "until", PAST)
                await lane.consumer.open(lane.lease)

    await happens(ways[state])
    if state == "paused":
        # A pause has no end.
        assert await redis.hget(KEYS.control, "until") == b"0"
    await happens(event)
    assert await _shop_state(redis) == SHOP.get((state, event), state)
    opened = await lane.consumer.open(lane.lease)
    assert bool(opened.reason) == (opened.state != "active")


async def _shop_state(redis: AnyRedis) -> str:
    return str((await redis.hget(KEYS.control, "state") or b"active").decode())


@pytest.mark.parametrize("event", get_args(LeaseEvent))
@pytest.mark.parametrize("state", get_args(LeaseState))
async def test_lease_transitions(redis: AnyRedis, state: LeaseState, event: LeaseEvent) -> None:
    lane = Lane(redis)
    ways: dict[LeaseState, tuple[LeaseEvent, ...]] = {
        "none": (),
        "ready": ("wake",),
        "backing_off": ("wake_later",),
        "held": ("wake", "take"),
        "expired": ("wake", "take", "time_passes"),
    }

    async def happens(what: LeaseEvent) -> None:
        match what:
            case "wake":
                await wake(redis, [(SHOP_ID, 0)])
            case "wake_later":
                await wake(redis, [(SHOP_ID, 60)])
            case "time_passes":
                if await redis.zscore(READY, SHOP_ID) is not None:
                    await redis.zadd(READY, {SHOP_ID: PAST})
            case "take":
                for lease in (await lane.leases.take(1, 0)).leases:
                    lane.lease = lease
            case "renew":
                await lane.leases.renew([lane.lease])
            case "release_with_work":
                await lane.leases.release([(lane.lease, 0)])
            case "release_later":
                await lane.leases.release([(lane.lease, 60)])
            case "release_empty":
                await lane.leases.release([(lane.lease, None)])

    for step in ways[state]:
        await happens(step)
    assert await _lease_state(redis) == state
    await happens(event)
    assert await _lease_state(redis) == LEASE.get((state, event), state)


async def _lease_state(redis: AnyRedis) -> LeaseState:
    score, consumer = await redis.zscore(READY, SHOP_ID), await redis.hget(HOLDERS, SHOP_ID)
    if score is None:
        assert consumer is None
        return "none"
    seconds, microseconds = await redis.time()
    due = score <= seconds * 1000 + microseconds // 1000
    if consumer is not None:
        return "expired" if due else "held"
    return "ready" if due else "backing_off"
