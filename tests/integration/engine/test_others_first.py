"""A park that concerns only one kind of job does not keep the other kinds waiting behind it."""

from __future__ import annotations

from dataclasses import replace

from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import UNPACED, running, until
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Done, Park, Result

PACED = replace(UNPACED, max_jobs=1, default_rate=8.0, max_rate=8.0)
"""A claim takes four jobs, which run one after the other."""
EDITS = [str(number) for number in range(20)]
AUDITS = [f"audit:9{number}" for number in range(12)]


class Shop:
    """Refuses edits. Webhooks report the ends of audits during the first edit."""

    def __init__(self, redis: Redis) -> None:
        self.ran: list[str] = []
        self._redis = redis

    async def edit(self, job: Job, permits: JobPermits) -> Result:
        if not self.ran:
            audits = (Job("7", audit, "audit", priority="urgent") for audit in AUDITS)
            await LaneProducer(self._redis).enqueue([EnqueueRequest(job) for job in audits])
        self.ran.append(job.id)
        return Park("the shop's daily quota is used up", 0.02, others_first=True)

    async def audit(self, job: Job, permits: JobPermits) -> Result:
        self.ran.append(job.id)
        return Done(Outcome("relisted"))

    def handlers(self) -> dict[str, JobHandler]:
        return {"relist": JobHandler(self.edit, lambda _: None), "audit": JobHandler(self.audit, lambda _: None)}


async def test_audits_end_before_the_next_edit_parks_the_shop_again(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", edit)) for edit in EDITS])
    shop = Shop(redis)
    async with running(LaneEngine(redis, "w1", shop.handlers(), PACED)):

        async def has_continued() -> bool:
            return len(shop.ran) > 1 + len(AUDITS)

        await until(has_continued, 30)
    assert shop.ran[0] == EDITS[0]
    assert sorted(shop.ran[1 : 1 + len(AUDITS)]) == sorted(AUDITS)
    assert await redis.hlen(lane_keys("7").jobs) == len(EDITS), "no edit is lost"
