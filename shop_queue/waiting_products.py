"""Reads which jobs of a lane wait for the platform, the seller or a rollout, and since when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from model.job import Job
from model.job_state import stored_state
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.keys import lane_keys

BATCH = 200
UNNAMED = "unnamed"
"""The reason of jobs that began to wait under a release that did not store it."""


async def oldest_waits(redis: AnyRedis, shop_id: str) -> AsyncIterator[Mapping[str, int]]:
    """Yield, for each batch of delayed jobs, the start of the longest wait by reason code, in Unix seconds.

    A waiting job is delayed until its next check, so other jobs need not be read.
    """
    keys, start = lane_keys(shop_id), 0
    while ids := await redis.zrange(keys.delayed, start, start + BATCH - 1):
        payloads = await in_pipelines(redis, [("HMGET", keys.jobs, *ids)])
        yield _oldest(shop_id, dict(zip(ids, payloads[0], strict=True)))
        start += BATCH


def _oldest(shop_id: str, payloads: Mapping[bytes, bytes | None]) -> dict[str, int]:
    oldest: dict[str, int] = {}
    for job_id, payload in payloads.items():
        if payload is None:
            continue
        try:
            job = Job.load(shop_id, job_id.decode(), payload)
            state = stored_state(job.kind, job.state)
        except ValueError:
            continue  # the worker that claims the job reports it
        if state.waiting_since:
            code = state.waiting_for or UNNAMED
            oldest[code] = min(oldest.get(code, state.waiting_since), state.waiting_since)
    return oldest
