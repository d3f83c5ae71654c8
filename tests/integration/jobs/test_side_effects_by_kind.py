"""Creations, answers and undos: a failure around an accepted edit never repeats it, whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

import worker.jobs.create_listing
import worker.jobs.edit
import worker.jobs.edit_results
from model.job import Job
from shop_queue.consumer import LaneConsumer
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.failing_parts import Broken, broken_log, failing
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.new_listing import NEW
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import OTHER_LEAF, product
from tests.support.working_engine import UNPACED, outcomes, until
from worker.edit_ledger import EditLedger
from worker.jobs.rollout_gate import RolloutGate

NUMBERS = ("1", "2")
OPTIONS = replace(UNPACED, max_attempts=2)
KINDS = ("list", "answer", "undo")
SIDE_EFFECTS = ("record", "platform time", "memory", "redis", "rollout", "ledger")
MOVED = [{"id": OTHER_LEAF, "parent_id": "850000", "local_name": "Boxes", "is_leaf": True}]


@pytest.fixture(autouse=True)
def captured_logs() -> Iterator[None]:
    with capture_logs():
        yield


async def jobs_of(runner: JobRunner, kind: str) -> list[Job]:
    """A job for each number, with what it needs on the platform and in the record."""
    if kind == "list":
        return [
            Job(SHOP_ID, f"list:erp-{each}", "list", external_id=f"erp-{each}", product={**NEW, "title": f"Jar {each}"})
            for each in NUMBERS
        ]
    if kind == "answer":
        runner.platform.add(*(product(each) for each in NUMBERS))
        return [Job(SHOP_ID, each, run_id="worklist", category_id=OTHER_LEAF) for each in NUMBERS]
    jobs = []
    for each in NUMBERS:
        jobs.append(await recorded_undo(runner.record, SHOP_ID, product(each), {"category_chains": MOVED}))
        runner.platform.add({**product(each), "category_chains": MOVED})
    return jobs


async def sent_and_ended(runner: JobRunner, redis: Redis, kind: str, *observers: Broken) -> tuple[int, list[str]]:
    """Runs the jobs to their ends; returns the edits and creations at the platform, and the outcomes."""
    jobs = await jobs_of(runner, kind)
    await LaneProducer(redis).enqueue(EnqueueRequest(job) for job in jobs)
    async with runner.engine(redis, OPTIONS, *observers):

        async def all_ended() -> bool:
            return len(await outcomes(redis)) == len(jobs)

        await until(all_ended, 15)
    ended = [str(each["outcome"]) for each in await outcomes(redis)]
    return len(runner.platform.edits) + runner.platform.calls["create"], ended


def breaks(monkeypatch: pytest.MonkeyPatch, side_effect: str, times: int | None, *, is_creation: bool) -> None:
    module = worker.jobs.create_listing if is_creation else worker.jobs.edit
    match side_effect:
        case "record":
            full = OSError(28, "No space left on device")
            monkeypatch.setattr(module, "record_answer", failing(times, full, module.record_answer))
        case "platform time":
            now = module.accepted
            monkeypatch.setattr(module, "accepted", failing(times, ValueError("clock"), now))
        case "memory":
            build = worker.jobs.edit_results.audit_job
            monkeypatch.setattr(worker.jobs.edit_results, "audit_job", failing(times, MemoryError(), build))
        case "redis":
            gone = ConnectionError("Redis is gone")
            monkeypatch.setattr(module, "note_acceptance", failing(times, gone, module.note_acceptance))
        case "rollout":
            bug = failing(times, RuntimeError("a bug"), RolloutGate.accepted)
            monkeypatch.setattr(RolloutGate, "accepted", lambda *arguments: bug(*arguments))
        case "ledger":
            forget = failing(times, MemoryError(), EditLedger.job_committed)
            monkeypatch.setattr(EditLedger, "job_committed", lambda *arguments: forget(*arguments))


@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
@pytest.mark.parametrize("side_effect", SIDE_EFFECTS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_failing_side_effect_never_repeats_an_edit_of_any_kind(
    runner: JobRunner, redis: Redis, monkeypatch: pytest.MonkeyPatch, kind: str, side_effect: str, times: int | None
) -> None:
    breaks(monkeypatch, side_effect, times, is_creation=kind == "list")
    sent, ended = await sent_and_ended(runner, redis, kind)
    assert sent == len(NUMBERS)
    if times == 1:
        assert set(ended) == {"in_audit"}


@pytest.mark.parametrize("kind", KINDS)
async def test_broken_logs_and_metrics_change_nothing_for_any_kind(
    runner: JobRunner, redis: Redis, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with broken_log(monkeypatch):
        sent, ended = await sent_and_ended(runner, redis, kind, Broken())
    assert (sent, set(ended)) == (len(NUMBERS), {"in_audit"})


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lost_commit_never_repeats_an_edit(
    runner: JobRunner, redis: Redis, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    commit = failing(1, ConnectionError("Redis is gone"), LaneConsumer.commit)
    monkeypatch.setattr(LaneConsumer, "commit", lambda *arguments, **named: commit(*arguments, **named))
    sent, ended = await sent_and_ended(runner, redis, kind)
    assert (sent, set(ended)) == (len(NUMBERS), {"in_audit"})
