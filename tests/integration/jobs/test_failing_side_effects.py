"""A failure around an accepted edit never repeats the edit, and the worker stops at the cap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from model.job import Job
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.failing_parts import Broken, broken_log, failing
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import product
from tests.support.working_engine import UNPACED, outcomes, until
from tiktok_shop.transport import Transport
from worker.edit_ledger import MAX_ACCEPTED, EditLedger
from worker.engine.lane_engine import LaneEngine
from worker.engine.observer import Observer
from worker.engine.results import StopWorker
from worker.job_log import JobLog
from worker.jobs.learning import note_acceptance
from worker.jobs.recording import record_answer
from worker.jobs.rollout_gate import RolloutGate

PRODUCTS = ("1", "2", "3")
OPTIONS = replace(UNPACED, max_attempts=2)
JOBS = [EnqueueRequest(Job(SHOP_ID, each, run_id="r")) for each in PRODUCTS]


@pytest.fixture(autouse=True)
def captured_logs() -> Iterator[None]:
    """Replaces log rendering, because rendering a test's tracebacks takes seconds."""
    with capture_logs():
        yield


@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
@pytest.mark.parametrize("side_effect", ["record", "platform time", "memory", "redis", "rollout", "ledger"])
async def test_a_failing_side_effect_never_repeats_an_edit(
    runner: JobRunner, redis: Redis, monkeypatch: pytest.MonkeyPatch, side_effect: str, times: int | None
) -> None:
    match side_effect:
        case "record":
            full = OSError(28, "No space left on device")
            monkeypatch.setattr("worker.jobs.edit.record_answer", failing(times, full, record_answer))
        case "platform time":
            monkeypatch.setattr(Transport, "timestamp", failing(times, ValueError("clock"), Transport.timestamp))
        case "memory":
            import worker.jobs.edit_results

            monkeypatch.setattr(
                worker.jobs.edit_results, "audit_job", failing(times, MemoryError(), worker.jobs.edit_results.audit_job)
            )
        case "redis":
            gone = ConnectionError("Redis is gone")
            monkeypatch.setattr("worker.jobs.edit.note_acceptance", failing(times, gone, note_acceptance))
        case "rollout":
            bug = failing(times, RuntimeError("a bug"), RolloutGate.accepted)
            monkeypatch.setattr(RolloutGate, "accepted", lambda *arguments: bug(*arguments))
        case "ledger":
            forget = failing(times, MemoryError(), EditLedger.job_committed)
            monkeypatch.setattr(EditLedger, "job_committed", lambda *arguments: forget(*arguments))
    ended = await work(runner, redis)
    assert len(runner.platform.edits) == len(PRODUCTS)
    fails = times is None and side_effect in ("platform time", "memory", "rollout")
    assert set(ended) == ({"failed"} if fails else {"in_audit"})


async def test_broken_metrics_and_logs_change_nothing(
    runner: JobRunner, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broken_log(monkeypatch):
        ended = await work(runner, redis, Broken(), JobLog())
    assert len(runner.platform.edits) == len(PRODUCTS)
    assert ended == ["in_audit"] * len(PRODUCTS)


async def work(runner: JobRunner, redis: Redis, *observers: Observer) -> list[str]:
    """Feeds the products and returns their outcomes."""
    runner.platform.add(*(product(each) for each in PRODUCTS))
    await LaneProducer(redis).enqueue(JOBS)
    async with runner.engine(redis, OPTIONS, *observers):

        async def all_ended() -> bool:
            return len(await outcomes(redis)) == len(PRODUCTS)

        await until(all_ended, 15)
    return [str(each["outcome"]) for each in await outcomes(redis)]


async def test_the_worker_stops_at_the_cap(runner: JobRunner, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that forgets accepted edits, on a platform that shows no review."""
    runner.platform.add(product("1"))

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(EditLedger, "accepted", lambda *_: None)
    monkeypatch.setattr("worker.jobs.sent_before.earlier_edit", nothing)
    monkeypatch.setattr("worker.jobs.edit.review_status", lambda _: "")
    monkeypatch.setattr("worker.jobs.edit.accepted", failing(None, RuntimeError("a bug after the edit")))
    await LaneProducer(redis).enqueue(JOBS[:1])
    engine = LaneEngine(redis, "w1", runner.handlers, UNPACED)
    with pytest.raises(StopWorker, match=r"product 1 of shop .* was edited 2 times"):
        await engine.run()
    assert len(runner.platform.edits) == MAX_ACCEPTED
