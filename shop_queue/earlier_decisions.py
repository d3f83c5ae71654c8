"""Decisions that a product keeps from its earlier jobs: those of a blocked product, and those of an edit in audit.

A feeder that repeats its catalogue every night knows nothing about the answers that people have given meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

from model.blocked_product import BlockedProduct
from model.job import Job, audit_job_id
from model.job_state import RelistState, state_of
from redis_client.connect import AnyRedis
from redis_client.shared_trips import SharedTrips
from shop_queue.keys import lane_keys


class EarlierDecisions:
    def __init__(self, redis: AnyRedis) -> None:
        self._redis, self._trips = redis, SharedTrips(redis)

    async def added_to(self, job: Job) -> Job:
        """The job with what a blocked product keeps: its earlier hints and the answers that wait for others.

        The job's own hints win. Decisions of a plan or of a dry run are not used for another job. Raises one of
        REDIS_UNAVAILABLE.
        """
        # A search skips blocked products, and a plan is carried out unchanged.
        state = state_of(job.state, RelistState)
        if job.kind != "relist" or state.plan is not None or (state.on_v1 and not job.dry_run):
            return job
        text = await self._trips.execute("HGET", lane_keys(job.shop_id).blocked, job.id)
        return job if text is None else _with_decisions(job, BlockedProduct.load(job.shop_id, job.product_id, text))

    async def is_in_audit(self, job: Job) -> bool:
        """Whether a job follows the audit of an edit of this product. Raises one of REDIS_UNAVAILABLE."""
        key = lane_keys(job.shop_id).jobs
        return bool(await self._redis.execute_command("HEXISTS", key, audit_job_id(job.product_id)))


def _with_decisions(job: Job, blocked: BlockedProduct) -> Job:
    earlier = blocked.retry()
    if not blocked.can_be_retried or earlier.dry_run or state_of(earlier.state, RelistState).plan is not None:
        return job
    merged = replace(earlier, dry_run=job.dry_run, state=None).merged_with(job)
    decided = job.with_decisions_of(merged)
    return job if decided == job else decided
