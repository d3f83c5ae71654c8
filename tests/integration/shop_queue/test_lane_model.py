"""Random operations and crashes: the lane behaves like a model in memory. No job is lost or duplicated, and every audit
is followed."""

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
from model.job_state import AcceptedEdit, AuditNotice, AuditState, CategoryChange, RelistState
from redis_client.connect import connect
from shop_queue.consumer import Commit, Complete, FencedError, LaneConsumer, Operation, Release, Requeue
from shop_queue.keys import READY, lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.leases import Lease, Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.examples import at_most
from tests.support.lane_model import AUDIT, Model
from tests.support.redis_server import RedisServer

T = TypeVar("T")
SHOP, SEARCH = "7494", "search:r"
KEYS = lane_keys(SHOP)
PRODUCTS = st.sampled_from([str(n) for n in range(2)])
LEAVES = st.sampled_from(["", "11", "22"])


def audit(product: str, state: AuditState) -> Job:
    return Job(SHOP, AUDIT + product, "audit", state=state)


def state_of(value: str) -> str:
    """The state that the five characters of a product mean (lua/product_values.lua)."""
    for character, state in (("A", "in_audit"), ("W", "waiting"), ("Q", "queued")):
        if character in value[:3]:
            return state
    return {"r": "relisted", "j": "rejected"}[value[3]]


def texts(reply: Any) -> Any:
    """Decodes the bytes in a reply."""
    if isinstance(reply, bytes):
        return reply.decode()
    if isinstance(reply, dict):
        return {texts(name): texts(value) for name, value in reply.items()}
    return type(reply)(map(texts, reply)) if isinstance(reply, list | tuple | set) else reply


@st.composite
def requests(draw: st.DrawFn) -> EnqueueRequest:
    """Requests of feeders, searches, operators and webhooks."""
    product, status = draw(PRODUCTS), draw(st.sampled_from(["APPROVED", "FAILED"]))
    match draw(st.sampled_from(["product", "product", "event", "audit event", "search"])):
        case "product":
            priority = draw(st.sampled_from(["normal", "urgent"]))
            job = Job(SHOP, product, priority=priority, category_id=draw(LEAVES), dry_run=draw(st.booleans()))
            return EnqueueRequest(job, draw(st.sampled_from([0, 60])), skip_if_pending=draw(st.booleans()))
        case "event":
            return EnqueueRequest(
                Job(SHOP, product, state=RelistState(changed=CategoryChange(status))), update_only=True
            )
        case "audit event":
            return EnqueueRequest(audit(product, AuditState(notice=AuditNotice(status))), update_only=True)
        case _:
            return EnqueueRequest(Job(SHOP, SEARCH, "search"))


@st.composite
def ends(draw: st.DrawFn, job: Job) -> Operation:
    """Possible ends of a running job."""
    failed = replace(job, attempts=job.attempts + 1)
    again = draw(
        st.sampled_from([Requeue(failed), Requeue(failed, 60), Requeue(failed, 60, waits=True), Release(job.id)])
    )
    if job.kind == "search":
        found = tuple(
            EnqueueRequest(Job(SHOP, each), skip_if_pending=True) for each in draw(st.lists(PRODUCTS, max_size=3))
        )
        return draw(st.sampled_from([Requeue(job, 0, found), Complete(job.id, "done", None, follow_ups=found), again]))
    product = job.product_id
    record = {"product_id": product, "category_id": job.category_id, "kind": job.kind}
    good = Complete(job.id, "relisted", {**record, "outcome": "relisted"})
    bad = Complete(job.id, "rejected", {**record, "outcome": "rejected"}, blocked=True)
    ways = [good, bad]
    if job.kind == "relist":
        poll = EnqueueRequest(
            audit(product, AuditState(edit=AcceptedEdit(draw(LEAVES)))), delay_seconds=draw(st.sampled_from([0, 0, 60]))
        )
        ways += [Complete(job.id, "in_audit", {**record, "outcome": "in_audit"}, follow_ups=(poll,))] * 4
    return draw(st.sampled_from([*ways, again]))


class LaneMachine(RuleBasedStateMachine):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis = connect(url)
        self.do(self.redis.flushall())
        self.lanes, self.consumer = LaneProducer(self.redis), LaneConsumer(self.redis)
        self.model = Model()
        self.scores = 0
        self.stale: list[Lease] = []
        self.asleep: list[Lease] = []
        """Leases of workers that have not opened the lane yet."""
        self.sent: list[Commit] = []
        self.lease = self.do(self._take())
        self.do(self.consumer.open(self.lease))

    @initialize(fed=st.lists(PRODUCTS, unique=True))
    def some_products_wait(self, fed: list[str]) -> None:
        for product in fed:
            self.feed(EnqueueRequest(Job(SHOP, product)))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _take(self) -> Lease:
        await wake(self.redis, [(SHOP, 0)])
        await self.redis.zadd(READY, {SHOP: 1})
        (lease,) = (await Leases(self.redis, "worker", 60).take(1, 0)).leases
        return lease

    def feed(self, request: EnqueueRequest) -> None:
        self.do(self.lanes.enqueue([request]))
        self.model.enqueue(request)

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all operations: Hypothesis omits some rules from each run, and a lane without producers or
        without a consumer shows nothing."""
        ways = [self.a_job_is_enqueued] * 4 + [self.the_consumer_works] * 5 + [self.the_server_forgets_its_scripts]
        ways += [self.another_worker_leases_the_shop, self.a_paused_worker_resumes]
        ways += [self.commits_are_repeated] * 2
        if self.model.delayed:
            ways += [self.a_delay_ends] * 2
        data.draw(st.sampled_from(ways))(data)

    def a_job_is_enqueued(self, data: st.DataObject) -> None:
        self.feed(data.draw(requests()))

    def the_consumer_works(self, data: st.DataObject) -> None:
        """Claims some jobs, and starts and ends some of those it has."""
        count = data.draw(st.sampled_from([6, 3, 1, 0]))
        (claimed,) = self.do(self.consumer.claim([(self.lease, count)]))
        assert not isinstance(claimed, FencedError)
        assert list(claimed.jobs) == self.model.claim(count)
        assert claimed.in_flight == len(self.model.in_flight)
        suspects = sorted(self.model.in_flight.keys() & self.model.crashes.keys())
        started = [job_id for job_id in suspects if data.draw(st.booleans())]
        assert self.do(self.consumer.start([(self.lease, started)])) == [None]
        for job_id in started:
            self.model.start(job_id)
        ids = data.draw(st.permutations(sorted(self.model.in_flight)))[data.draw(st.sampled_from([0, 0, 1, 2])) :]
        operations = [data.draw(ends(self.model.jobs[job_id])) for job_id in ids]
        self.sent.append(Commit(self.lease, operations, number=len(self.sent) + 1))
        (done,) = self.do(self.consumer.commit(self.sent[-1:]))
        assert not isinstance(done, FencedError)
        assert done.skipped == 0
        self.model.commit(operations)

    def commits_are_repeated(self, data: st.DataObject) -> None:
        """The reply was lost, or a delayed duplicate arrives: nothing changes."""
        assert self.do(self.consumer.open(self.lease)).recovered == 0
        for commit in self.sent[-2:]:
            (done,) = self.do(self.consumer.commit([commit]))
            if commit.lease == self.lease:
                assert not isinstance(done, Exception)
                assert done.skipped == len(commit.operations)
            else:
                assert isinstance(done, FencedError)

    def a_delay_ends(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.model.delayed)))
        self.scores += 1
        self.do(self.redis.zadd(KEYS.delayed, {job_id: self.scores}))
        self.model.delayed.remove(job_id)
        self.model.due.append(job_id)

    def another_worker_leases_the_shop(self, data: st.DataObject) -> None:
        """It may pause or die before it opens the lane; the last worker that opened it keeps it until another does."""
        lease = self.do(self._take())
        if data.draw(st.booleans()):
            self._opens(lease)
        else:
            self.asleep.append(lease)

    def _opens(self, lease: Lease) -> None:
        order = [job_id.decode() for job_id in self.do(self.redis.zrange(KEYS.inflight, 0, -1))]
        opened = self.do(self.consumer.open(lease))
        assert opened.recovered == len(order)
        self.stale.append(self.lease)
        self.lease = lease
        self.model.open(order)

    def a_paused_worker_resumes(self, data: st.DataObject) -> None:
        for old in self.stale[-1:]:
            (claimed,) = self.do(self.consumer.claim([(old, 5)]))
            (done,) = self.do(self.consumer.commit([Commit(old, [Complete(data.draw(PRODUCTS), "relisted", {})])]))
            assert isinstance(claimed, FencedError)
            assert isinstance(done, FencedError)
        if self.asleep:
            lease = self.asleep.pop(0)
            if lease.fence > self.lease.fence:
                self._opens(lease)
            else:
                with pytest.raises(FencedError):
                    self.do(self.consumer.open(lease))

    def the_server_forgets_its_scripts(self, data: st.DataObject) -> None:
        self.do(self.redis.script_flush())

    @invariant()
    def the_lane_is_as_the_model(self) -> None:
        """One invariant, because Hypothesis checks several in the order of their names. A difference comes before the
        states that follow from it.
        """
        self._compare()
        self._add_up_states()

    def _compare(self) -> None:
        model, lane = self.model, self.do(self._look())
        assert {name: Job.load(SHOP, name, body.encode()) for name, body in lane.jobs.items()} == model.jobs
        assert Counter(model.places()) == Counter(list(model.jobs)), "a job is in several places or in none"
        assert (lane.urgent, lane.waiting) == (model.urgent, model.waiting)
        assert set(lane.delayed) == {*model.delayed, *model.due}
        assert set(lane.inflight) == set(model.in_flight)
        assert lane.changed == {job_id: mark for job_id, mark in model.in_flight.items() if mark}
        assert lane.crashes == {job_id: str(n) for job_id, n in model.crashes.items()}
        assert set(lane.overtaking) - {""} == model.overtaking
        assert set(lane.blocked) == set(model.blocked)
        assert set(lane.audits) == model.audits
        assert model.audits == {each.removeprefix(AUDIT) for each in model.jobs if each.startswith(AUDIT)}
        assert lane.counters == {outcome: str(n) for outcome, n in model.counted.items()}
        published = [orjson.loads(fields["outcome"]) for _, fields in lane.outbox]
        assert Counter((each["product_id"], each["outcome"]) for each in published) == model.published

    def _add_up_states(self) -> None:
        """Each known product has one state, which its jobs and its last end explain; dry runs count nowhere."""
        model, lane = self.model, self.do(self._look())
        for job_id, job in model.jobs.items():
            if job.kind != "search" and not job.dry_run:
                product, place = (job.product_id, 2) if job.kind == "audit" else (job_id, 0)
                waits = "W" if job_id in model.delayed or job_id in model.due or job.kind == "audit" else ""
                waits += "W" if job_id in model.in_flight else ""
                allowed = ("A" if job.kind == "audit" else "Q") + waits
                assert lane.products[product][place] in allowed, (job_id, lane.products)
        real = {job_id for job_id, job in model.jobs.items() if not job.dry_run}
        for product, value in lane.products.items():
            assert (value[0] == "-") == (product not in real), (product, value)
            assert (value[2] == "-") == (AUDIT + product not in model.jobs), (product, value)
        counted = Counter(state_of(value) for value in lane.products.values())
        assert {name: int(number) for name, number in lane.states.items() if int(number)} == counted | {
            name: int(number) for name, number in lane.states.items() if name.startswith("answered:")
        }
        (stats,) = self.do(read_lane_stats(self.redis, [SHOP]))
        running = {
            job.product_id
            for job in map(model.jobs.__getitem__, model.in_flight)
            if job.kind == "relist" and not job.dry_run
        }
        shown = Counter(
            "running" if product in running else state_of(value) for product, value in lane.products.items()
        )
        assert {state: number for state, number in stats.products.by_state.items() if number} == shown

    async def _look(self) -> Any:
        """The contents of each key, by its name in `LaneKeys`."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for name, key in KEYS._asdict().items():
                match name:
                    case "urgent" | "waiting":
                        pipe.lrange(key, 0, -1)
                    case "delayed" | "inflight" | "audits":
                        pipe.zrange(key, 0, -1)
                    case "overtaking":
                        pipe.smembers(key)
                    case "outbox":
                        pipe.xrange(key)
                    case _:
                        pipe.hgetall(key)
            return SimpleNamespace(**dict(zip(KEYS._fields, map(texts, await pipe.execute()), strict=True)))

    def teardown(self) -> None:
        self.do(self.redis.aclose())
        self.loop.close()


def test_lane_behaves_like_its_model(redis_server: RedisServer) -> None:
    run_state_machine_as_test(
        lambda: LaneMachine(redis_server.url),
        settings=settings(at_most(40), stateful_step_count=50, suppress_health_check=list(HealthCheck)),
    )
