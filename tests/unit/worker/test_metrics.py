"""Events of the engine and the client become metrics with bounded labels."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from model.job import Job
from model.outcome import Outcome, Reason
from shop_queue.producer import EnqueueRequest
from tests.support.watch import Watch
from worker.engine.results import Continue, Done, Park, Result, Retry, Snooze
from worker.metrics import WorkerMetrics, exemplar, request_result, warning_kind

JOB = Job("74", "1729")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def metrics(registry: CollectorRegistry, clock: Watch) -> WorkerMetrics:
    made = WorkerMetrics(registry, slots=50, max_shops=2, clock=clock)
    made.register_kinds({"relist": 120.0, "audit": 60.0})
    return made


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (Done(Outcome("relisted")), "relisted"),
        (Continue(JOB), "continued"),
        (Snooze(1, "throttled"), "snoozed"),
        (Retry("no answer"), "retried"),
        (Park("token"), "parked"),
    ],
)
def test_every_result_is_counted(
    metrics: WorkerMetrics, registry: CollectorRegistry, result: Result, name: str
) -> None:
    metrics.job_started(JOB)
    assert value(registry, "relist_jobs_in_progress", kind="relist") == 1
    metrics.job_ended(JOB, result, 0.3)
    assert value(registry, "relist_jobs_in_progress", kind="relist") == 0
    assert value(registry, "relist_jobs_finished_total", kind="relist", result=name) == 1
    assert value(registry, "relist_job_duration_seconds_count", kind="relist") == 1


def test_a_released_job_has_no_duration(metrics: WorkerMetrics, registry: CollectorRegistry) -> None:
    metrics.job_started(JOB)
    metrics.job_released(JOB)
    assert value(registry, "relist_jobs_in_progress", kind="relist") == 0
    assert value(registry, "relist_jobs_finished_total", kind="relist", result="handed_back") == 1
    assert value(registry, "relist_job_duration_seconds_count", kind="relist") is None


def test_the_age_of_the_oldest_job_is_computed_on_scrape(
    metrics: WorkerMetrics, registry: CollectorRegistry, clock: Watch
) -> None:
    assert value(registry, "relist_running_job_max_age_seconds", kind="relist") == 0
    metrics.job_started(JOB)
    clock.now += 30
    metrics.job_started(Job("74", "1730"))
    clock.now += 10
    assert value(registry, "relist_running_job_max_age_seconds", kind="relist") == 40
    metrics.job_released(JOB)
    assert value(registry, "relist_running_job_max_age_seconds", kind="relist") == 10


def test_failure_reasons_are_counted(metrics: WorkerMetrics, registry: CollectorRegistry) -> None:
    reasons = (Reason("attribute_required", "fill it in", "seller"), Reason("brand_required", "choose", "seller"))
    for result in (Retry("x", code="36009003"), Done(Outcome("needs_input", reasons=reasons))):
        metrics.job_started(JOB)
        metrics.job_ended(JOB, result, 0.1)
    for reason in ("36009003", "attribute_required", "brand_required"):
        assert value(registry, "relist_job_failures_total", kind="relist", reason=reason) == 1
    assert value(registry, "relist_last_success_timestamp_seconds", kind="relist") is None


def test_foreign_codes_create_a_bounded_number_of_series(metrics: WorkerMetrics, registry: CollectorRegistry) -> None:
    for code in range(1000):
        metrics.job_started(JOB)
        metrics.job_ended(JOB, Retry("x", code=str(code)), 0.1)
        metrics.api_call("edit_product", 12000000 + code, 200, 0.1, "edit")
        metrics.shop_throttled(str(code))
    families = {family.name: family.samples for family in registry.collect()}
    totals = {name: [each for each in samples if each.name.endswith("_total")] for name, samples in families.items()}
    assert len(totals["relist_job_failures"]) == 41
    assert len(totals["relist_api_errors"]) == 61
    assert {each.labels["shop"]: each.value for each in totals["relist_rate_limit_throttled"]} == {
        "0": 1,
        "1": 1,
        "other": 998,
    }


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        (0, 200, "ok"),
        (0, 0, "no_answer"),
        (36009002, 200, "throttled"),
        (0, 429, "throttled"),
        (105002, 401, "auth"),
        (12052217, 200, "client_error"),
        (36009003, 500, "server_error"),
        (36009003, 200, "server_error"),
        (0, 503, "server_error"),
    ],
)
def test_the_error_code_outranks_the_http_status(code: int, status: int, said: str) -> None:
    assert request_result(code, status) == said


def test_warnings_are_classified(metrics: WorkerMetrics, registry: CollectorRegistry) -> None:
    warnings = ("The brand_id is invalid and was cleared", "Fabric: the new category has no such attribute", "hm")
    metrics.job_started(JOB)
    metrics.job_ended(JOB, Done(Outcome("in_audit", warnings=warnings)), 0.1)
    for kind in ("brand_cleared", "attribute_dropped", "other"):
        assert value(registry, "relist_warnings_total", warning=kind) == 1
    assert warning_kind("Size: must be empty with the other attributes as they are") == "attribute_dropped"


def test_held_leases_are_counted(metrics: WorkerMetrics, registry: CollectorRegistry) -> None:
    for shop in ("1", "2", "3"):
        metrics.lease_taken(shop, 2)
    metrics.lease_lost("1")
    metrics.lease_released("2")
    assert value(registry, "relist_leases_held") == 1
    assert value(registry, "relist_leases_lost_total") == 1
    assert value(registry, "relist_jobs_recovered_total") == 6


@pytest.mark.parametrize(("trace_id", "said"), [("erp-42", {"trace_id": "erp-42"}), ("", None), ("x" * 101, None)])
def test_a_short_trace_id_is_the_exemplar(metrics: WorkerMetrics, trace_id: str, said: dict[str, str] | None) -> None:
    job = Job("74", "1729", trace_id=trace_id)
    assert exemplar(job) == said
    metrics.job_started(job)
    metrics.job_ended(job, Done(Outcome("relisted")), 0.1)


def test_enqueued_follow_ups_are_counted_by_kind(metrics: WorkerMetrics, registry: CollectorRegistry) -> None:
    search = Job("74", "search:all", "search")
    for result in (
        Continue(search, 0, (EnqueueRequest(JOB),)),
        Done(Outcome("done"), (EnqueueRequest(JOB), EnqueueRequest(JOB))),
    ):
        metrics.job_started(search)
        metrics.job_ended(search, result, 0.1)
    assert value(registry, "relist_jobs_enqueued_total", kind="relist", producer="search") == 3


def test_the_wait_of_a_shop_is_observed(metrics: WorkerMetrics, registry: CollectorRegistry) -> None:
    metrics.shop_waited(700)
    assert value(registry, "relist_shop_wait_seconds_bucket", le="600.0") == 0
    assert value(registry, "relist_shop_wait_seconds_bucket", le="1800.0") == 1
