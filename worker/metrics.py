"""The Prometheus metrics of a worker. Labels are bounded (kind, outcome, endpoint, code) and never name a product."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from authorisation.causes import Cause
from config.metrics.bounded_label import BoundedLabel
from config.metrics.series import MetricSeries, family
from model.job import Job
from tiktok_shop.call_permits import Purpose
from tiktok_shop.errors import AuthFailed, Throttled, classify
from worker.engine.observer import Observer
from worker.engine.results import Continue, Done, Park, Result, Retry

SUCCEEDED = frozenset({"in_audit", "relisted", "already_v2", "gone", "planned", "done"})
MAX_REASONS, MAX_CODES, MAX_SHOPS = 40, 60, 300
"""Maximum number of label values; further values count as `other`."""
SEARCH_INCOMPLETE = "search_incomplete"
MAX_TRACE_ID_LENGTH = 100


class WorkerMetrics(Observer):
    """An observer of the engine and the API client."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        slots: int = 0,
        max_shops: int = MAX_SHOPS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        make = MetricSeries(registry)
        # Series updated by every job or call are cached: a dict lookup takes a third of the time of `labels`.
        self._started = cache(make.counter("relist_jobs_started_total").labels)
        self._finished = cache(make.counter("relist_jobs_finished_total").labels)
        self._failures = make.counter("relist_job_failures_total")
        self._seconds = cache(make.histogram("relist_job_duration_seconds").labels)
        self._attempts = cache(make.histogram("relist_job_attempts").labels)
        self._last_success = cache(make.gauge("relist_last_success_timestamp_seconds").labels)
        self._recovered = make.counter("relist_jobs_recovered_total")
        self._warnings = make.counter("relist_warnings_total")
        make.gauge("relist_worker_slots").set(slots)
        self._shop_wait = make.histogram("relist_shop_wait_seconds")
        self._enqueued = make.counter("relist_jobs_enqueued_total")
        self._leases = make.gauge("relist_leases_held")
        self._leases_lost = make.counter("relist_leases_lost_total")
        self._parked = make.counter("relist_shops_parked_total")
        self._commits = make.counter("relist_commits_total")
        self._commit_seconds = make.histogram("relist_commit_duration_seconds")
        self._assertions = make.counter("relist_engine_assertions_failed_total")
        self._redis_errors = make.counter("relist_redis_errors_total")
        self._requests = cache(make.counter("relist_api_requests_total").labels)
        self._calls = cache(make.counter("relist_calls_total").labels)
        self._request_seconds = cache(make.histogram("relist_api_request_duration_seconds").labels)
        self._api_errors = make.counter("relist_api_errors_total")
        self._api_down = make.gauge("relist_circuit_open")
        self._rate_limit_wait = cache(make.histogram("relist_rate_limit_wait_seconds").labels)
        self._throttled = make.counter("relist_rate_limit_throttled_total")
        self._reason, self._code = BoundedLabel(MAX_REASONS), BoundedLabel(MAX_CODES)
        self._shop = BoundedLabel(max_shops)
        self._timeouts = make.gauge("relist_job_timeout_seconds")
        self._running = _RunningJobs(clock)
        registry.register(self._running)
        for warning in ("attribute_dropped", "brand_cleared", "other"):
            # An alert on the first increase needs an initial zero.
            self._warnings.labels(warning)
        self._failures.labels("search", self._reason(SEARCH_INCOMPLETE))
        for purpose in get_args(Purpose):
            self._calls(purpose)

    def register_kinds(self, timeouts: Mapping[str, float]) -> None:
        """Creates the series of each job kind. `timeouts` are in seconds."""
        for kind, seconds in timeouts.items():
            self._timeouts.labels(kind).set(seconds)
            self._running.register(kind)

    def job_started(self, job: Job) -> None:
        self._started(job.kind).inc()
        self._running.add(job)

    def job_ended(self, job: Job, result: Result, seconds: float) -> None:
        self._end(job, result_name(result))
        self._seconds(job.kind).observe(seconds, exemplar(job))
        if isinstance(result, Done | Continue):
            for request in result.follow_ups:
                self._enqueued.labels(request.job.kind, job.kind).inc()
        if isinstance(result, Retry):
            self._failures.labels(job.kind, self._reason(result.code)).inc()
        if isinstance(result, Done):
            outcome = result.outcome
            self._attempts(job.kind).observe(job.attempts + 1)
            for reason in outcome.reasons:
                self._failures.labels(job.kind, self._reason(reason.code)).inc()
            for text in outcome.warnings:
                self._warnings.labels(warning_kind(text)).inc()
            if outcome.outcome in SUCCEEDED:
                self._last_success(job.kind).set_to_current_time()

    def job_released(self, job: Job) -> None:
        self._end(job, "handed_back")

    def _end(self, job: Job, result: str) -> None:
        self._finished(job.kind, result).inc()
        self._running.remove(job)

    def shop_waited(self, seconds: float) -> None:
        self._shop_wait.observe(seconds)

    def lease_taken(self, shop_id: str, recovered: int) -> None:
        self._leases.inc()
        self._recovered.inc(recovered)

    def lease_lost(self, shop_id: str) -> None:
        self._leases.dec()
        self._leases_lost.inc()

    def lease_released(self, shop_id: str) -> None:
        self._leases.dec()

    def shop_parked(self, shop_id: str, reason: str) -> None:
        self._parked.inc()

    def committed(self, operations: int, seconds: float) -> None:
        self._commits.inc(operations)
        self._commit_seconds.observe(seconds)

    def redis_unavailable(self, error: str) -> None:
        self._redis_errors.labels(error).inc()

    def assertion_failed(self, name: str) -> None:
        self._assertions.labels(name).inc()

    def circuit_opened(self, error: str, cause: Cause | None) -> None:
        self._api_down.set(1)

    def circuit_closed(self) -> None:
        self._api_down.set(0)

    def rate_limit_waited(self, access: str, seconds: float) -> None:
        self._rate_limit_wait(access).observe(seconds)

    def shop_throttled(self, shop_id: str) -> None:
        self._throttled.labels(self._shop(shop_id)).inc()

    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float, purpose: Purpose) -> None:
        self._calls(purpose).inc()
        self._requests(endpoint, request_result(code, http_status)).inc()
        self._request_seconds(endpoint).observe(seconds)
        if code or http_status != 200:
            self._api_errors.labels(endpoint, self._code(str(code) if code else f"http_{http_status}")).inc()


class _RunningJobs(Collector):
    """How many jobs of each kind run and the age of the oldest, computed when the metrics are scraped."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[str, dict[tuple[str, str], float]] = {}

    def register(self, kind: str) -> None:
        self._since.setdefault(kind, {})

    def add(self, job: Job) -> None:
        self._since.setdefault(job.kind, {})[job.shop_id, job.id] = self._clock()

    def remove(self, job: Job) -> None:
        self._since[job.kind].pop((job.shop_id, job.id), None)

    def collect(self) -> Iterable[Metric]:
        yield family("relist_jobs_in_progress", {(kind,): len(jobs) for kind, jobs in self._since.items()})
        now = self._clock()
        # Jobs are added in the order they start, so the first one is the oldest.
        ages = {(kind,): now - next(iter(jobs.values())) if jobs else 0.0 for kind, jobs in self._since.items()}
        yield family("relist_running_job_max_age_seconds", ages)


def exemplar(job: Job) -> dict[str, str] | None:
    """The feeder's trace ID, for finding a slow job in the logs. OpenMetrics allows 128 characters in total."""
    return {"trace_id": job.trace_id} if 0 < len(job.trace_id) <= MAX_TRACE_ID_LENGTH else None


def result_name(result: Result) -> str:
    match result:
        case Done(outcome):
            return outcome.outcome
        case Continue():
            return "continued"
        case Retry():
            return "retried"
        case Park():
            return "parked"
        case _:
            return "snoozed"


def request_result(code: int, http_status: int) -> str:
    """The value of the `result` label for a response."""
    if not http_status:
        return "no_answer"
    if not code and http_status == 200:
        return "ok"
    kind = classify(code, "", http_status)
    if issubclass(kind, Throttled):
        return "throttled"
    if issubclass(kind, AuthFailed):
        return "auth"
    return "server_error" if http_status >= 500 or code in SERVER_ERROR_CODES else "client_error"


SERVER_ERROR_CODES = frozenset({36009003, 36009007, 33001002, 12001000})
"""Internal errors of the platform that may come with HTTP 200."""


def warning_kind(text: str) -> str:
    """Classifies a warning of an accepted edit by its text, since the platform gives no codes for warnings."""
    lowered = text.lower()
    if "brand" in lowered:
        return "brand_cleared"
    return "attribute_dropped" if "attribute" in lowered or "must be empty" in lowered else "other"
