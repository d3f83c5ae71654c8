"""The call that shows whether the API responds for a shop."""

from __future__ import annotations

import time

import pytest

from tests.support.job_runner import SHOP_ID, JobRunner
from worker.engine.call_permits import JobPermits, ShopRateLimiter
from worker.jobs.probe import probe_of


@pytest.mark.parametrize(("lane", "answered"), [(SHOP_ID, True), ("heartbeat", None)])
async def test_a_lane_without_a_shop_gets_no_probe(runner: JobRunner, lane: str, answered: bool | None) -> None:
    permits = JobPermits(ShopRateLimiter(None, 1e6, 1e6, time.monotonic()), None, time.monotonic)
    assert await probe_of(runner.services)(lane, permits) is answered
