"""A worker whose clock is absurd reports it and does not work."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from redis.asyncio import Redis

from config.settings import SettingsError
from model.job import Job
from tests.support.job_runner import SHOP_ID, job_runner
from tests.support.running_gateway import settings
from tests.support.tiny_platform import product
from worker.engine.results import StopWorker
from worker.run import run_worker

IN_2039 = 2_180_000_000.0


async def test_a_worker_does_not_start_with_an_absurd_clock(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.stores.time", SimpleNamespace(time=lambda: IN_2039))
    with pytest.raises(SettingsError, match="this machine's clock says 2039"):
        await run_worker(settings(redis_url))


async def test_platform_time_stops_a_worker_with_an_absurd_clock(
    redis: Redis, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with job_runner(redis, tmp_path) as runner:  # type: ignore[arg-type]
        runner.platform.add(product("1"))
        await runner.run(Job(SHOP_ID, "1"))
        clock = SimpleNamespace(time=lambda: time.time() + 400 * 86_400, monotonic=time.monotonic)
        monkeypatch.setattr("worker.services.time", clock)
        with pytest.raises(StopWorker, match="the platform says"):
            await runner.run(Job(SHOP_ID, "1"))
    assert len(runner.platform.edits) == 1
