"""Assertions of the engine: fatal in tests, counted and logged in production."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from model.job import Job
from tests.support.engine_state import Watch, engine_state, hold
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.job_runs import JobRuns
from worker.engine.observer import Observer
from worker.engine.outages import Outages, no_probe
from worker.engine.results import Result


class Counts(Observer):
    def __init__(self) -> None:
        self.failed: list[str] = []

    def assertion_failed(self, name: str) -> None:
        self.failed.append(name)


def test_failed_assertion_stops_a_test() -> None:
    state = engine_state({}, Watch())
    state.check(True, "slots add up")
    with pytest.raises(AssertionError, match="slots add up"):
        state.check(False, "slots add up", "7494")


def test_failed_assertion_is_counted_and_logged_in_production() -> None:
    state, observer = engine_state({}, Watch()), Counts()
    state.options, state.observer = replace(state.options, fatal_assertions=False), observer
    with capture_logs() as logs:
        state.check(False, "slots add up", "7494")
    assert observer.failed == ["slots add up"]
    (line,) = logs
    assert (line["event"], line["assertion"], line["shop_id"]) == ("engine_assertion_failed", "slots add up", "7494")


def test_engine_checks_that_a_job_starts_in_a_free_slot() -> None:
    state = engine_state({}, Watch())
    state.slots = 0
    runs = JobRuns(state, Outages(state, no_probe))
    with pytest.raises(AssertionError, match="free slot"):
        runs.start(hold(state), Job("7494", "1"), 0, JobHandler(never), None)


async def never(job: Job, permits: JobPermits) -> Result:
    raise NotImplementedError
