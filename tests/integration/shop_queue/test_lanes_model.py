"""Whatever is done to a lane, and whoever dies between two scripts, it does what a plain model in memory does: no job
is lost, none doubled, no audit left unfollowed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeVar

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from model.job import Job
from redis_client.connect import connect
from shop_queue.consumer import Commit, Complete, FencedError, LaneConsumer, Operation, Release, Requeue
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import Lease, Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.lane_model import AUDIT, Model
from tests.support.redis_server import RedisServer

T = TypeVar("T")
SHOP, SEARCH = "7494", "search:r"
KEYS = lane_keys(SHOP)
PRODUCTS = st.sampled_from([str(n) for n in range(2)])
LEAVES = st.sampled_from(["", "11", "22"])


def audit(product: str, **state: str) -> Job:
    return Job(SHOP, AUDIT + product, "audit", state=state)


def texts(reply: Any) -> Any:
    """A reply of the server with its bytes read."""
    if isinstance(reply, bytes):
        return reply.decode()
    if isinstance(reply, dict):
        return {texts(name): texts(value) for name, value in reply.items()}
    return type(reply)(map(texts, reply)) if isinstance(reply, list | tuple) else reply


@st.composite
def additions(draw: st.DrawFn) -> EnqueueRequest:
    """From feeders, searches, people and webhooks."""
    product, status = draw(PRODUCTS), draw(st.sampled_from(["APPROVED", "FAILED"]))
    match draw(st.sampled_from(["product", "product", "news of it", "news of its audit", "search"])):
        case "product":
            priority = draw(st.sampled_from(["normal", "urgent"]))
            job = Job(SHOP, product, priority=priority, category_id=draw(LEAVES), dry_run=draw(st.booleans()))
            return EnqueueRequest(job, draw(st.sampled_from([0, 60])), skip_if_pending=draw(st.booleans()))
        case "news of it":
            return EnqueueRequest(Job(SHOP, product, state={"changed": status}), update_only=True)
        case "news of its audit":
            return EnqueueRequest(audit(product, status=status), update_only=True)
        case _:
            return EnqueueRequest(Job(SHOP, SEARCH, "search"))


@st.composite
def ends(draw: st.DrawFn, job: Job) -> Operation:
    """What can become of a job that runs."""
    failed = replace(job, attempts=job.attempts + 1)
    again = draw(st.sampled_from([Requeue(failed), Requeue(failed, 60), Release(job.id)]))
    if job.kind == "search":
        found = tuple(
            EnqueueRequest(Job(SHOP, each), skip_if_pending=True) for each in draw(st.lists(PRODUCTS, max_size=3))
        )
        return draw(st.sampled_from([Requeue(job, 0, found), Complete(job.id, "done", None, follow_ups=found), again]))
    product = job.product_id
    record = {"product_id": product, "category_id": job.category_id}
    good = Complete(job.id, "relisted", {**record, "outcome": "relisted"})
    bad = Complete(job.id, "rejected", {**record, "outcome": "rejected"}, blocked=True)
    ways = [good, bad]
    if job.kind == "relist":
        poll = EnqueueRequest(audit(product, category_id=draw(LEAVES)), delay_seconds=draw(st.sampled_from([0, 0, 60])))
        ways += [Complete(job.id, "in_audit", {**record, "outcome": "in_audit"}, follow_ups=(poll,))] * 4
    return draw(st.sampled_from([*ways, again]))


class LaneMachine(RuleBasedStateMachine):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis = connect(url)
        self.do(self.redis.flushall())
        self.lanes, self.holder = LaneProducer(self.redis), LaneConsumer(self.redis)
        self.model = Model()
        self.scores = 0
        self.stale: list[Lease] = []
        self.asleep: list[Lease] = []
        """AcquiredShops by workers that have not opened the lane yet."""
        self.told: list[Commit] = []
        self.lease = self.do(self._take())
        self.do(self.holder.open(self.lease))

    @initialize(fed=st.lists(PRODUCTS, unique=True))
    def some_products_wait_already(self, fed: list[str]) -> None:
        for product in fed:
            self.feed(EnqueueRequest(Job(SHOP, product)))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _take(self) -> Lease:
        await wake(self.redis, [(SHOP, 0)])
        await self.redis.zadd(READY, {SHOP: 1})
        (lease,) = (await Leases(self.redis, "worker", 60).take(1, 0)).leases
        return lease

    def feed(self, addition: EnqueueRequest) -> None:
        self.do(self.lanes.enqueue([addition]))
        self.model.enqueue(addition)

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all: of many, Hypothesis leaves some out of each run, and a lane nobody feeds, or nobody works
        on, shows nothing."""
        ways = [self.the_lane_is_fed] * 4 + [self.the_holder_works] * 5 + [self.the_server_forgets_its_scripts]
        ways += [self.an_heir_takes_the_shop, self.whoever_slept_comes_back]
        ways += [self.what_was_told_is_told_again] * 2
        if self.model.delayed:
            ways += [self.time_comes] * 2
        data.draw(st.sampled_from(ways))(data)

    def the_lane_is_fed(self, data: st.DataObject) -> None:
        self.feed(data.draw(additions()))

    def the_holder_works(self, data: st.DataObject) -> None:
        """Claims some, and starts and ends some of what it has."""
        count = data.draw(st.sampled_from([6, 3, 1, 0]))
        (claimed,) = self.do(self.holder.claim([(self.lease, count)]))
        assert not isinstance(claimed, FencedError)
        assert list(claimed.jobs) == self.model.claim(count)
        assert claimed.in_flight == len(self.model.in_flight)
        for job_id in sorted(self.model.in_flight):
            if job_id in self.model.deaths and data.draw(st.booleans()):
                self.do(self.holder.start(self.lease, job_id))
                self.model.start(job_id)
        ids = data.draw(st.permutations(sorted(self.model.in_flight)))[data.draw(st.sampled_from([0, 0, 1, 2])) :]
        operations = [data.draw(ends(self.model.jobs[job_id])) for job_id in ids]
        self.told.append(Commit(self.lease, operations, number=len(self.told) + 1))
        (done,) = self.do(self.holder.commit(self.told[-1:]))
        assert not isinstance(done, FencedError)
        assert done.skipped == 0
        self.model.commit(operations)

    def what_was_told_is_told_again(self, data: st.DataObject) -> None:
        """Its answer was lost, or a link that was cut lets it through at last: nothing changes."""
        assert self.do(self.holder.open(self.lease)).recovered == 0
        for commit in self.told[-2:]:
            (done,) = self.do(self.holder.commit([commit]))
            if commit.lease == self.lease:
                assert not isinstance(done, Exception)
                assert done.skipped == len(commit.operations)
            else:
                assert isinstance(done, FencedError)

    def time_comes(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.model.delayed)))
        self.scores += 1
        self.do(self.redis.zadd(KEYS.delayed, {job_id: self.scores}))
        self.model.delayed.remove(job_id)
        self.model.due.append(job_id)

    def an_heir_takes_the_shop(self, data: st.DataObject) -> None:
        """It may fall asleep, or die, before it opens the lane: whoever opened last has it until somebody else does."""
        lease = self.do(self._take())
        if data.draw(st.booleans()):
            self._opens(lease)
        else:
            self.asleep.append(lease)

    def _opens(self, lease: Lease) -> None:
        order = [job_id.decode() for job_id in self.do(self.redis.zrange(KEYS.inflight, 0, -1))]
        opened = self.do(self.holder.open(lease))
        assert opened.recovered == len(order)
        self.stale.append(self.lease)
        self.lease = lease
        self.model.open(order)

    def whoever_slept_comes_back(self, data: st.DataObject) -> None:
        for old in self.stale[-1:]:
            (claimed,) = self.do(self.holder.claim([(old, 5)]))
            (done,) = self.do(self.holder.commit([Commit(old, [Complete(data.draw(PRODUCTS), "relisted", {})])]))
            assert isinstance(claimed, FencedError)
            assert isinstance(done, FencedError)
        if self.asleep:
            lease = self.asleep.pop(0)
            if lease.fence > self.lease.fence:
                self._opens(lease)
            else:
                with pytest.raises(FencedError):
                    self.do(self.holder.open(lease))

    def the_server_forgets_its_scripts(self, data: st.DataObject) -> None:
        self.do(self.redis.script_flush())

    @invariant()
    def the_lane_is_as_the_model(self) -> None:
        model, lane = self.model, self.do(self._look())
        assert {name: Job.load(SHOP, name, body.encode()) for name, body in lane.jobs.items()} == model.jobs
        assert Counter(model.places()) == Counter(list(model.jobs)), "each job in one place"
        assert (lane.urgent, lane.waiting) == (model.urgent, model.waiting)
        assert set(lane.delayed) == {*model.delayed, *model.due}
        assert set(lane.inflight) == set(model.in_flight)
        assert lane.merged == {job_id: mark for job_id, mark in model.in_flight.items() if mark}
        assert lane.interrupted == {job_id: str(n) for job_id, n in model.deaths.items()}
        assert set(lane.blocked) == model.blocked
        assert set(lane.audits) == model.audits
        assert model.audits == {each.removeprefix(AUDIT) for each in model.jobs if each.startswith(AUDIT)}
        assert lane.counters == {outcome: str(n) for outcome, n in model.counted.items()}
        told = [orjson.loads(fields["outcome"]) for _, fields in lane.outbox]
        assert Counter((each["product_id"], each["outcome"]) for each in told) == model.published

    async def _look(self) -> Any:
        """What each key of the lane holds, as `LaneKeys` names them."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for name, key in KEYS._asdict().items():
                match name:
                    case "urgent" | "waiting":
                        pipe.lrange(key, 0, -1)
                    case "delayed" | "inflight" | "audits":
                        pipe.zrange(key, 0, -1)
                    case "outbox":
                        pipe.xrange(key)
                    case _:
                        pipe.hgetall(key)
            return SimpleNamespace(**dict(zip(KEYS._fields, map(texts, await pipe.execute()), strict=True)))

    def teardown(self) -> None:
        self.do(self.redis.aclose())
        self.loop.close()


def test_a_lane_does_what_its_model_does(redis_server: RedisServer) -> None:
    run_state_machine_as_test(
        lambda: LaneMachine(redis_server.url),
        settings=settings(
            max_examples=40, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
