"""Parts of arq that the worker relies on: a release of arq that changes them fails here first.

If it fails: read the difference, check docs/decisions/0001-lanes-on-arq.md point by point, then update the digest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import requires, version
from typing import Any

import pytest
from arq import constants, cron
from arq.connections import ArqRedis
from arq.cron import CronJob, next_cron
from arq.worker import Worker

from worker.lane_worker import TAG, LaneWorker

READ_IN_0_28: tuple[tuple[Callable[..., Any], str], ...] = (
    (Worker.__init__, "edfb0cd7e05e77cf"),
    (Worker.main, "45ca1591c9717466"),
    (Worker._poll_iteration, "f8d39d823a0a59f2"),
    (Worker.heart_beat, "2e9959bea66dc551"),
    (Worker.run_cron, "7d2d3784e6567fb2"),
    (Worker.record_health, "108f4b8686c9402d"),
    (Worker.start_jobs, "b45797cfa40bed7f"),
    (Worker.run_job, "589a19059ff84ee7"),
    (Worker.finish_job, "903f09c92830d3fd"),
    (Worker.finish_failed_job, "3e16087f318a7acf"),
    (ArqRedis.__init__, "2e8bd7e180d895c8"),
    (ArqRedis.enqueue_job, "7da8706a747c1171"),
    (CronJob, "03a1899789166ec5"),
    (cron, "0a1f968cdb4e0e05"),
    (next_cron, "cab544d81f2da143"),
)
OVERRIDDEN = {"__init__", "main"}


def test_the_arq_version_is_the_reviewed_one() -> None:
    assert version("arq") == "0.28.0"
    assert any(each.startswith("redis") and "<6" in each for each in requires("arq") or ()), (
        "then redis-py may be upgraded"
    )


@pytest.mark.parametrize(("part", "digest"), READ_IN_0_28, ids=[each.__qualname__ for each, _ in READ_IN_0_28])
def test_the_used_parts_of_arq_are_unchanged(part: Callable[..., Any], digest: str) -> None:
    assert sha256(inspect.getsource(part).encode()).hexdigest()[:16] == digest


def test_the_constructor_arguments_exist() -> None:
    ours = {"functions", "cron_jobs", "queue_name", "handle_signals", "allow_abort_jobs", "keep_result"}
    ours |= {"job_serializer", "job_deserializer", "log_results", "ctx"}
    assert ours <= set(inspect.signature(Worker.__init__).parameters)
    assert {"pool_or_conn", "job_serializer", "job_deserializer"} <= set(
        inspect.signature(ArqRedis.__init__).parameters
    )


def test_overrides_match_the_decision_record() -> None:
    shared = {name for name in vars(LaneWorker) if name in vars(Worker) and callable(getattr(Worker, name))}
    assert shared == OVERRIDDEN
    new = {name for name in vars(LaneWorker) if callable(getattr(LaneWorker, name)) and name not in OVERRIDDEN}
    assert not new & set(vars(Worker)), "a new arq must not define a name that LaneWorker uses"


def test_the_hash_tag_matches_arqs_abort_key() -> None:
    assert TAG.startswith("{" + constants.abort_jobs_ss + "}")
    prefixes = (constants.job_key_prefix, constants.in_progress_key_prefix, constants.retry_key_prefix)
    assert not any("{" in prefix for prefix in (*prefixes, constants.result_key_prefix))


async def nothing(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
    return


def test_a_cron_job_is_plain_data_with_a_name() -> None:
    job = cron(nothing, name="sweep", second=0)
    assert {"name", "next_run", "unique"} <= {field.name for field in fields(job)}
    renamed = replace(job, name="other")
    assert (renamed.name, renamed.coroutine, renamed.unique) == ("other", nothing, True)


def test_the_next_run_is_the_next_matching_second() -> None:
    at = datetime(2026, 11, 24, 5, 0, 30, 500, tzinfo=UTC)
    following = next_cron(at, second=0, microsecond=0)
    assert following == datetime(2026, 11, 24, 5, 1, 0, 0, tzinfo=UTC)
