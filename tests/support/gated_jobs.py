"""Relist jobs that ask a rollout, and the rollout's records afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from model.job import Job
from model.job_state import RelistState
from rollout.operations import RolloutOperations
from rollout.records import LevelRecord
from rollout.service import Rollout
from tests.support.job_runner import SHOP_ID, JobRunner
from worker.engine.results import Done, Result
from worker.jobs.handlers import job_handlers

OLD_CATEGORY = [{"id": "600001", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]


def use_rollout(runner: JobRunner, redis: Redis, **services: Any) -> Rollout:
    rollout = Rollout(redis, "normal")
    runner.services = replace(runner.services, rollout=rollout, **services)
    runner.handlers = job_handlers(runner.services, redis)
    return rollout


def relist(product_id: str) -> Job:
    return Job(SHOP_ID, product_id, run_id="spring", state=RelistState(on_v1=True))


def audit_of(result: Result) -> Job:
    assert isinstance(result, Done), result
    (follow_up,) = result.follow_ups
    return follow_up.job


async def group_of(redis: Redis, key: str) -> LevelRecord:
    _, group = await RolloutOperations(redis).show(key)
    assert group is not None
    return group
