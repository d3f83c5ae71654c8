"""The fixtures of the job tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from rollout.service import Rollout
from tests.support.gated_jobs import use_rollout
from tests.support.job_runner import JobRunner, job_runner


@pytest.fixture
async def runner(redis: Redis, tmp_path: Path) -> AsyncIterator[JobRunner]:
    async with job_runner(redis, tmp_path) as runner:
        yield runner


@pytest.fixture
def rollout(runner: JobRunner, redis: Redis) -> Rollout:
    """A rollout with the policy `normal`, which the runner's jobs ask."""
    return use_rollout(runner, redis)
