"""A lane and its lease on a real server: every job runs once, whatever dies in between. Also run on a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from model.job import Job
from model.job_state import AcceptedEdit, AuditNotice, AuditState, state_of
from redis_client.connect import AnyRedis
from shop_queue.consumer import Commit, Committed, Complete, FencedError, LaneConsumer, Release, Requeue
from shop_queue.keys import HOLDERS, OUTCOMES, READY, lane_keys
from shop_queue.leases import Lease, Leases, wake
from shop_queue.outcome_relay import OutcomeRelay
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.redis_topologies import ON_SERVER_AND_CLUSTER

pytestmark = ON_SERVER_AND_CLUSTER
SHOP = "7494000000000000001"


def job(number: int, **fields: Any) -> Job:
    return Job(SHOP, str(1729000000000000000 + number), **fields)


async def lease_of(redis: AnyRedis, worker: str = "w1", seconds: float = 30) -> Lease:
    taken = await Leases(redis, worker, seconds).take(10, 0)
    assert len(taken.leases) == 1
    await LaneConsumer(redis).open(taken.leases[0])
    return taken.leases[0]


async def claim(redis: AnyRedis, lease: Lease, count: int = 100) -> list[Job]:
    (claimed,) = await LaneConsumer(redis).claim([(lease, count)])
    if isinstance(claimed, FencedError):
        raise claimed
    return [each for each, _ in claimed.jobs]


async def commit(redis: AnyRedis, lease: Lease, *operations: Any) -> Committed:
    (done,) = await LaneConsumer(redis).commit([Commit(lease, operations)])
    if isinstance(done, FencedError):
        raise done
    return done


async def test_urgent_jobs_first_each_list_in_order(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue(
        [
            EnqueueRequest(job(1)),
            EnqueueRequest(job(2)),
            EnqueueRequest(job(3, priority="urgent")),
            EnqueueRequest(job(4, priority="urgent")),
        ]
    )
    lease = await lease_of(redis)
    assert [each.id[-1] for each in await claim(redis, lease)] == ["3", "4", "1", "2"]


async def test_second_job_for_a_product_merges(redis: AnyRedis) -> None:
    lanes = LaneProducer(redis)
    first = await lanes.enqueue([EnqueueRequest(job(1, run_id="a", category_id="11"))] * 2)
    second = await lanes.enqueue([EnqueueRequest(job(1, brand_id="22")), EnqueueRequest(job(1))])
    assert (first.added, first.merged, second.added, second.merged) == (1, 1, 0, 2)
    (only,) = await claim(redis, await lease_of(redis))
    assert (only.run_id, only.category_id, only.brand_id) == ("a", "11", "22")


async def test_urgent_second_job_overtakes(redis: AnyRedis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(n)) for n in range(3)])
    await lanes.enqueue([EnqueueRequest(job(3, priority="urgent")), EnqueueRequest(job(2, priority="urgent"))])
    assert [each.id[-1] for each in await claim(redis, await lease_of(redis))] == ["3", "2", "0", "1"]


async def test_hints_for_a_running_job_run_it_again(redis: AnyRedis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(1))])
    lease = await lease_of(redis)
    (running,) = await claim(redis, lease)
    await lanes.enqueue([EnqueueRequest(job(1, category_id="853000"))])
    assert await claim(redis, lease) == []
    await commit(redis, lease, Complete(running.id, "needs_input", {"outcome": "needs_input"}, blocked=True))
    (again,) = await claim(redis, lease)
    assert again.category_id == "853000"


async def test_commit_is_one_transaction(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(n)) for n in range(3)])
    lease = await lease_of(redis)
    claimed = await claim(redis, lease)
    finishes = [Complete(each.id, "in_audit", {"product_id": each.id}) for each in claimed]
    assert (await commit(redis, lease, *finishes)).skipped == 0
    assert (await commit(redis, lease, *finishes)).skipped == 3, "a repeated commit changed something"
    await OutcomeRelay(redis, 1000).relay([SHOP])  # no effect on a single server
    published = [orjson.loads(fields[b"outcome"]) for _, fields in await redis.xrange(OUTCOMES)]
    assert [each["product_id"] for each in published] == [each.id for each in claimed]
    assert await LaneProducer(redis).counts([SHOP]) == [{"in_audit": 3, "queued": 0}]


async def test_retry_keeps_its_attempts_and_errors(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    lease = await lease_of(redis)
    (failed,) = await claim(redis, lease)
    done = await commit(redis, lease, Requeue(replace(failed, attempts=1, errors=("boom",)), delay_seconds=60))
    assert done.next_due_seconds is not None
    assert 59 < done.next_due_seconds <= 60
    assert await claim(redis, lease) == []
    await redis.zadd(lane_keys(SHOP).delayed, {failed.id: 0})
    assert await claim(redis, lease) == [replace(failed, attempts=1, errors=("boom",))]


async def test_released_jobs_are_first_again(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(n)) for n in range(4)])
    lease = await lease_of(redis)
    first, second = await claim(redis, lease, 2)
    await commit(redis, lease, Release(second.id), Release(first.id))
    assert [each.id[-1] for each in await claim(redis, lease)] == ["0", "1", "2", "3"]


async def test_jobs_of_a_dead_worker_go_to_the_head_and_it_is_fenced(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(n)) for n in range(4)])
    dead = await lease_of(redis, "dead", seconds=0)
    held = await claim(redis, dead, 2)
    successor = await lease_of(redis, "successor")
    assert successor.fence > dead.fence
    with pytest.raises(FencedError):
        await commit(redis, dead, Complete(held[0].id, "in_audit", {}))
    (claimed,) = await LaneConsumer(redis).claim([(successor, 10)])
    assert not isinstance(claimed, FencedError)
    assert [(each.id[-1], deaths) for each, deaths in claimed.jobs] == [
        ("0", 1),
        ("1", 1),
        ("2", 0),
        ("3", 0),
    ]
    with pytest.raises(FencedError):
        await LaneConsumer(redis).open(dead)


async def test_recovered_jobs_keep_their_claim_order(redis: AnyRedis) -> None:
    order = [9, 1, 8, 2, 7]
    await LaneProducer(redis).enqueue([EnqueueRequest(job(number)) for number in order])
    await claim(redis, await lease_of(redis, "w1"))
    await redis.zadd(READY, {SHOP: 1})  # the lease has expired
    successor = await lease_of(redis, "w2")
    assert [int(each.id[-1]) for each in await claim(redis, successor)] == order


async def test_work_enqueued_during_a_lease_is_not_lost(redis: AnyRedis) -> None:
    lanes, leases = LaneProducer(redis), Leases(redis, "w1", 30)
    await lanes.enqueue([EnqueueRequest(job(1))])
    lease = await lease_of(redis)
    (only,) = await claim(redis, lease)
    await commit(redis, lease, Complete(only.id, "gone", {}))
    await lanes.enqueue([EnqueueRequest(job(2))])
    await leases.release([(lease, None)])
    assert len((await leases.take(1, 0)).leases) == 1


async def test_leases_are_exclusive_and_shares_are_fair(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(str(shop), "1")) for shop in range(10)])
    one, two = Leases(redis, "one", 30), Leases(redis, "two", 30)
    assert len((await one.take(3, 0)).leases) == 3
    taken = await two.take(10, 0)
    assert (taken.fair_share, len(taken.leases)) == (5, 5)
    assert len((await one.take(10, 3)).leases) == 2
    assert (await two.take(10, 5)).leases == ()


async def test_renewal_reports_a_lost_lease(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    sleeper = Leases(redis, "sleeper", 0)
    (lease,) = (await sleeper.take(1, 0)).leases
    assert await sleeper.renew([lease]) == frozenset()
    await Leases(redis, "successor", 30).take(1, 0)
    assert await sleeper.renew([lease]) == frozenset({SHOP})
    assert await sleeper.release([(lease, 0)]) == 0


async def test_paused_shop_gives_no_jobs_and_stays_paused_when_parked(redis: AnyRedis) -> None:
    lanes, consumer = LaneProducer(redis), LaneConsumer(redis)
    await lanes.enqueue([EnqueueRequest(job(1))])
    lease = await lease_of(redis)
    await lanes.set_state(SHOP, "paused", "stocktaking")
    await consumer.park(lease, "quota", 60)
    (claimed,) = await consumer.claim([(lease, 1)])
    assert not isinstance(claimed, FencedError)
    assert (claimed.state, claimed.jobs, claimed.waiting) == ("paused", (), 1)
    await lanes.set_state(SHOP, "active")
    assert len(await claim(redis, lease)) == 1


async def test_park_ends_when_its_time_is_over(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    lease = await lease_of(redis, seconds=0)
    await LaneConsumer(redis).park(lease, "quota", 60)
    await redis.hset(lane_keys(SHOP).control, "until", 1)
    (successor,) = (await Leases(redis, "successor", 30).take(1, 0)).leases
    assert (await LaneConsumer(redis).open(successor)).state == "active"


async def test_search_skips_products_in_audit_or_blocked(redis: AnyRedis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(job(n)) for n in range(2)])
    lease = await lease_of(redis)
    blocked, audited = await claim(redis, lease)
    poll = EnqueueRequest(Job(SHOP, f"audit:{audited.id}", kind="audit"), delay_seconds=3600)
    await commit(
        redis,
        lease,
        Complete(blocked.id, "needs_input", {}, blocked=True),
        Complete(audited.id, "in_audit", {}, follow_ups=(poll,)),
    )
    found = await lanes.enqueue([EnqueueRequest(job(n), skip_if_pending=True) for n in range(3)])
    assert (found.added, found.skipped) == (1, 2)


async def test_event_wakes_an_existing_audit_and_adds_none(redis: AnyRedis) -> None:
    lanes = LaneProducer(redis)
    poll = Job(SHOP, "audit:1", kind="audit", run_id="r", state=AuditState(edit=AcceptedEdit("9")))
    await lanes.enqueue([EnqueueRequest(poll, delay_seconds=3600)])
    lease = await lease_of_delayed(redis)
    events = [Job(SHOP, f"audit:{n}", kind="audit", state=AuditState(notice=AuditNotice("APPROVED"))) for n in (1, 2)]
    assert (await lanes.enqueue([EnqueueRequest(each, update_only=True) for each in events])).added == 0
    (woken,) = await claim(redis, lease)
    assert (woken.run_id, woken.state) == ("r", AuditState(edit=AcceptedEdit("9"), notice=AuditNotice("APPROVED")))


async def lease_of_delayed(redis: AnyRedis) -> Lease:
    """Leases a shop that has only delayed work; it is woken first."""
    await wake(redis, [(SHOP, 0)])
    return await lease_of(redis)


async def test_scripts_are_reloaded_after_a_script_flush(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    await redis.script_flush()
    lease = await lease_of(redis)
    await redis.script_flush()
    replies = await LaneConsumer(redis).claim([(lease, 1), (lease, 1)])
    assert [len(each.jobs) for each in replies if not isinstance(each, FencedError)] == [1, 0]


async def test_unreadable_payload_is_reported_and_kept(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(1))])
    await redis.hset(lane_keys(SHOP).jobs, job(1).id, b"\x80pickle")
    (claimed,) = await LaneConsumer(redis).claim([(await lease_of(redis), 1)])
    assert not isinstance(claimed, FencedError)
    assert claimed.jobs == ()
    assert claimed.unreadable[0][0] == job(1).id


async def test_repeated_audit_event_ends_the_audit_once(redis: AnyRedis) -> None:
    lanes, audit = LaneProducer(redis), Job(SHOP, "audit:1729", "audit", state=AuditState(edit=AcceptedEdit("853000")))
    await lanes.enqueue([EnqueueRequest(audit)])
    lease = await lease_of(redis)
    await claim(redis, lease)
    event = replace(audit, state=AuditState(notice=AuditNotice("FAILED")))
    assert (await lanes.enqueue([EnqueueRequest(event, update_only=True)])).merged == 1
    record = {"product_id": "1729", "outcome": "rejected"}
    done = await commit(redis, lease, Complete("audit:1729", "rejected", record, blocked=True))
    assert done.waiting == 0
    assert not await redis.hlen(lane_keys(SHOP).jobs)  # type: ignore[misc]
    await OutcomeRelay(redis, 1000).relay([SHOP])
    assert await redis.xlen(OUTCOMES) == 1
    assert await redis.hexists(lane_keys(SHOP).blocked, "1729")  # type: ignore[misc]


async def test_parts_of_the_ceiling_follow_held_shops(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(str(shop), "1")) for shop in range(10)])
    one, two = (Leases(redis, name, 30, app_rate=100) for name in ("one", "two"))
    assert (await one.take(10, 0)).app_rate == 100
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(str(shop), "1")) for shop in range(10, 20)])
    assert (await two.take(10, 0)).app_rate == 0, "the other worker still has all of it"
    assert (await one.take(0, 10)).app_rate == 50
    assert (await two.take(0, 10)).app_rate == 50
    await one.leave()
    await redis.delete(HOLDERS)
    assert (await two.take(0, 10)).app_rate == 100
    assert (await Leases(redis, "three", 30).take(1, 0)).app_rate == 0, "a part without a ceiling"


async def test_later_completion_in_a_commit_unblocks_the_product(redis: AnyRedis) -> None:
    await LaneProducer(redis).enqueue(
        [EnqueueRequest(job(1)), EnqueueRequest(Job(SHOP, f"audit:{job(1).id}", "audit"))]
    )
    lease = await lease_of(redis)
    await claim(redis, lease)
    rejected = Complete(f"audit:{job(1).id}", "rejected", {}, blocked=True)
    await commit(redis, lease, rejected, Complete(job(1).id, "relisted", {}))
    assert not await redis.hlen(lane_keys(SHOP).blocked)  # type: ignore[misc]


@pytest.mark.parametrize("polled", ["not yet", "now", "now, after an event"])
async def test_newer_edit_has_its_own_audit_followed(redis: AnyRedis, polled: str) -> None:
    def audit(category_id: str) -> Job:
        return Job(SHOP, f"audit:{job(1).id}", "audit", state=AuditState(edit=AcceptedEdit(category_id)))

    lanes = LaneProducer(redis)
    delay = 60 if polled == "not yet" else 0
    await lanes.enqueue([EnqueueRequest(job(1)), EnqueueRequest(audit("old leaf"), delay_seconds=delay)])
    lease = await lease_of(redis)
    claimed = {each.id for each in await claim(redis, lease)}
    assert claimed == {job(1).id} | (set() if delay else {audit("").id})
    follow_up = EnqueueRequest(audit("new leaf"), delay_seconds=3600)
    done = await commit(redis, lease, Complete(job(1).id, "in_audit", {}, follow_ups=(follow_up,)))
    if polled == "not yet":
        assert done.next_due_seconds is not None
        assert done.next_due_seconds > 3590, "the old audit is polled before the new one"
        await redis.zadd(lane_keys(SHOP).delayed, {audit("").id: 0})
    else:
        if polled != "now":
            event = replace(audit(""), state=AuditState(notice=AuditNotice("APPROVED")))
            assert (await lanes.enqueue([EnqueueRequest(event, update_only=True)])).merged == 1
        await commit(redis, lease, Complete(audit("").id, "rejected", {}, blocked=True))
    (again,) = await claim(redis, lease)
    assert state_of(again.state, AuditState).edit == AcceptedEdit("new leaf")
    assert await redis.zcard(lane_keys(SHOP).audits) == 1
    await commit(redis, lease, Complete(audit("").id, "relisted", {}))
    assert await redis.hlen(lane_keys(SHOP).jobs) == 0  # type: ignore[misc]
    assert await redis.zcard(lane_keys(SHOP).audits) == 0
