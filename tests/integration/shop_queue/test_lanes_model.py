"""Whatever is done to a lane, it does what a plain model in memory does: no job is lost, none doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from shop_queue.connect import connect
from shop_queue.holder import Commit, FencedError, Finish, HandBack, LaneHolder, Operation, Return
from shop_queue.job import Job
from shop_queue.keys import OUTCOMES, READY, lane_keys
from shop_queue.lanes import Addition, Lanes
from shop_queue.leases import Lease, Leases, wake
from tests.redis_server import RedisServer

T = TypeVar("T")
SHOP = "7494"
KEYS = lane_keys(SHOP)
IDS = st.sampled_from([str(n) for n in range(8)])


@dataclass
class Model:
    """What a lane should be."""

    jobs: dict[str, Job] = field(default_factory=dict)
    urgent: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    delayed: list[str] = field(default_factory=list)
    due: list[str] = field(default_factory=list)
    """Delayed ones whose time has come, in that order."""
    in_flight: dict[str, bool] = field(default_factory=dict)
    """Whether new hints came since the claim."""
    finished: Counter[str] = field(default_factory=Counter)

    def enqueue(self, job: Job, delay: float) -> None:
        old = self.jobs.get(job.id)
        if old is None:
            self.jobs[job.id] = job
            (self.delayed if delay else self.urgent if job.priority == "urgent" else self.waiting).append(job.id)
        elif job.has_hints or job.priority == "urgent":
            self.jobs[job.id] = old.merged_with(job)
            if job.id in self.in_flight:
                self.in_flight[job.id] = True
            elif job.priority == "urgent":
                self._move(job.id, (self.delayed, self.due, self.waiting), self.urgent)
            elif not delay:
                self._move(job.id, (self.delayed, self.due), self.waiting)

    @staticmethod
    def _move(job_id: str, sources: tuple[list[str], ...], target: list[str]) -> None:
        for source in sources:
            if job_id in source:
                source.remove(job_id)
                target.append(job_id)

    def claim(self, count: int) -> list[Job]:
        taken: list[str] = []
        for place in (self.due, self.urgent, self.waiting):
            while place and len(taken) < count:
                taken.append(place.pop(0))
        self.in_flight.update(dict.fromkeys(taken, False))
        return [self.jobs[job_id] for job_id in taken]

    def commit(self, operation: Operation) -> None:
        job_id = operation.job.id if isinstance(operation, Return) else operation.job_id
        changed = self.in_flight.pop(job_id)
        match operation:
            case HandBack():
                self.urgent.insert(0, job_id)
                return
            case Finish():
                self.finished[job_id] += 1
                if not changed:
                    del self.jobs[job_id]
            case Return(job, delay):
                if not changed:
                    self.jobs[job_id] = job
                    (self.delayed.append if delay else lambda each: self.waiting.insert(0, each))(job_id)
        if changed:
            self.waiting.append(job_id)

    def take_over(self, order: list[str]) -> None:
        assert set(order) == set(self.in_flight)
        self.urgent[:0] = order
        self.in_flight.clear()


class LaneMachine(RuleBasedStateMachine):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis = connect(url)
        self.do(self.redis.flushall())
        self.lanes, self.holder = Lanes(self.redis), LaneHolder(self.redis)
        self.model = Model()
        self.scores = 0
        self.stale: list[Lease] = []
        self.lease = self.do(self._take())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _take(self) -> Lease:
        await wake(self.redis, [(SHOP, 0)])
        await self.redis.zadd(READY, {SHOP: 1})
        (lease,) = (await Leases(self.redis, "worker", 60).take(1, 0)).leases
        await self.holder.open(lease)
        return lease

    @rule(job_id=IDS, category=st.sampled_from(["", "11", "22"]), urgent=st.booleans(), delay=st.sampled_from([0, 60]))
    def enqueue(self, job_id: str, category: str, urgent: bool, delay: int) -> None:
        job = Job(SHOP, job_id, priority="urgent" if urgent else "normal", category_id=category)
        self.do(self.lanes.enqueue([Addition(job, delay_seconds=delay)]))
        self.model.enqueue(job, delay)

    @rule(count=st.integers(1, 5))
    def claim(self, count: int) -> None:
        (claimed,) = self.do(self.holder.claim([(self.lease, count)]))
        assert not isinstance(claimed, FencedError)
        assert [job for job, _ in claimed.jobs] == self.model.claim(count)
        assert claimed.in_flight == len(self.model.in_flight)

    @precondition(lambda self: self.model.in_flight)
    @rule(data=st.data(), again=st.booleans())
    def commit(self, data: st.DataObject, again: bool) -> None:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.model.in_flight)), unique=True, min_size=1))
        operations = [data.draw(self._ends_of(self.model.jobs[job_id])) for job_id in ids]
        for skipped in (0, len(ids)) if again else (0,):
            (done,) = self.do(self.holder.commit([Commit(self.lease, operations)]))
            assert not isinstance(done, FencedError)
            assert done.skipped == skipped, "a commit repeated changes nothing"
        for operation in operations:
            self.model.commit(operation)

    @staticmethod
    def _ends_of(job: Job) -> st.SearchStrategy[Operation]:
        failed = replace(job, attempts=job.attempts + 1)
        return st.sampled_from(
            [
                Finish(job.id, "relisted", {"product_id": job.id}),
                Finish(job.id, "needs_input", {"product_id": job.id}, blocked=True),
                Return(failed),
                Return(failed, 60),
                HandBack(job.id),
            ]
        )

    @precondition(lambda self: self.model.delayed)
    @rule(data=st.data())
    def time_comes(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.model.delayed)))
        self.scores += 1
        self.do(self.redis.zadd(KEYS.delayed, {job_id: self.scores}))
        self.model.delayed.remove(job_id)
        self.model.due.append(job_id)

    @rule()
    def the_lease_is_lost(self) -> None:
        order = [job_id.decode() for job_id in self.do(self.redis.zrange(KEYS.inflight, 0, -1))]
        self.stale.append(self.lease)
        self.lease = self.do(self._take())
        self.model.take_over(order)

    @precondition(lambda self: self.stale)
    @rule(job_id=IDS)
    def a_worker_that_slept_comes_back(self, job_id: str) -> None:
        old = self.stale[-1]
        (claimed,) = self.do(self.holder.claim([(old, 5)]))
        (done,) = self.do(self.holder.commit([Commit(old, [Finish(job_id, "relisted", {})])]))
        assert isinstance(claimed, FencedError)
        assert isinstance(done, FencedError)

    @rule()
    def the_server_forgets_its_scripts(self) -> None:
        self.do(self.redis.script_flush())

    @invariant()
    def the_lane_is_as_the_model(self) -> None:
        redis, model = self.redis, self.model
        stored = self.do(redis.hgetall(KEYS.jobs))
        assert {key.decode(): Job.load(SHOP, key.decode(), body) for key, body in stored.items()} == model.jobs
        assert [key.decode() for key in self.do(redis.lrange(KEYS.urgent, 0, -1))] == model.urgent
        assert [key.decode() for key in self.do(redis.lrange(KEYS.waiting, 0, -1))] == model.waiting
        delayed = {key.decode() for key in self.do(redis.zrange(KEYS.delayed, 0, -1))}
        assert delayed == {*model.delayed, *model.due}
        assert {key.decode() for key in self.do(redis.zrange(KEYS.inflight, 0, -1))} == set(model.in_flight)
        changed = {key.decode() for key in self.do(redis.hkeys(KEYS.merged))}
        assert changed == {job_id for job_id, is_changed in model.in_flight.items() if is_changed}
        places = [*model.urgent, *model.waiting, *model.delayed, *model.due, *model.in_flight]
        assert Counter(places) == Counter(list(model.jobs)), "each job in one place"
        published = self.do(redis.xrange(OUTCOMES))
        assert Counter(orjson.loads(each[b"outcome"])["product_id"] for _, each in published) == model.finished

    def teardown(self) -> None:
        self.do(self.redis.aclose())
        self.loop.close()


def test_a_lane_does_what_its_model_does(redis_server: RedisServer) -> None:
    run_state_machine_as_test(
        lambda: LaneMachine(redis_server.url),
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
