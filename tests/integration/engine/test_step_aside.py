"""Jobs that step aside do not keep the other jobs of their shop waiting behind them."""

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
from worker.engine.results import Done, Result, StepAside

PACED = replace(UNPACED, max_jobs=1, default_rate=8.0, max_rate=8.0)
"""A claim takes four jobs, which run one after the other."""
EDITS = [str(number) for number in range(20)]
AUDITS = [f"audit:9{number}" for number in range(12)]


class Shop:
    """Edits cannot run. Webhooks report the ends of audits during the first edit."""

    def __init__(self, redis: Redis) -> None:
        self.ran: list[str] = []
        self._redis = redis

    async def edit(self, job: Job, permits: JobPermits) -> Result:
        if not self.ran:
            audits = (Job("7", audit, "audit", priority="urgent") for audit in AUDITS)
            await LaneProducer(self._redis).enqueue([EnqueueRequest(job) for job in audits])
        self.ran.append(job.id)
        return StepAside("the shop's daily quota is used up")

    async def audit(self, job: Job, permits: JobPermits) -> Result:
        self.ran.append(job.id)
        return Done(Outcome("relisted"))

    def handlers(self) -> dict[str, JobHandler]:
        return {"relist": JobHandler(self.edit, lambda _: None), "audit": JobHandler(self.audit, lambda _: None)}


async def test_audits_end_although_every_edit_before_them_steps_aside(redis: Redis) -> None:
    urgent = [f"5{edit}" for edit in EDITS]
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", edit)) for edit in EDITS])
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", edit, priority="urgent")) for edit in urgent])
    shop = Shop(redis)
    async with running(LaneEngine(redis, "w1", shop.handlers(), PACED)):

        async def ended() -> bool:
            return set(AUDITS) <= set(shop.ran)

        await until(ended, 30)
    before = shop.ran[: shop.ran.index(AUDITS[-1])]
    assert not set(before) & set(EDITS), "urgent edits stay ahead of waiting ones"
    assert await redis.hlen(lane_keys("7").jobs) == len(EDITS) + len(urgent), "no edit is lost"
