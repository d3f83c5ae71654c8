"""What a worker tells Prometheus. Labels are bounded: kinds, outcomes, endpoints and codes, never a product."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shop_queue.job import Job
from worker.engine.observer import Observer
from worker.engine.results import Continue, Done, Park, Result, Retry

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class WorkerMetrics(Observer):
    """The engine's observer and the client's in one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.jobs = Counter(
            "relist_jobs", "Ends of jobs, by kind and how they ended", ["kind", "result"], registry=registry
        )
        self.job_seconds = Histogram(
            "relist_job_duration_seconds", "From start to end of a job", ["kind"], buckets=SECONDS, registry=registry
        )
        self.running = Gauge("relist_jobs_running", "Jobs that hold a slot now", registry=registry)
        self.leases = Gauge("relist_leases_held", "Shops this worker holds", registry=registry)
        self.leases_lost = Counter("relist_leases_lost", "Leases that ran out under this worker", registry=registry)
        self.recovered = Counter(
            "relist_jobs_recovered", "In-flight jobs taken over from dead workers", registry=registry
        )
        self.parked = Counter("relist_shops_parked", "Times a shop was parked", registry=registry)
        self.commits = Counter("relist_commits", "Operations committed", registry=registry)
        self.api_is_down = Gauge(
            "relist_api_down", "1 while nothing starts but probes, since the API does not answer", registry=registry
        )
        self.redis_errors = Counter("relist_redis_errors", "Redis calls that failed", ["error"], registry=registry)
        self.calls = Counter("relist_api_calls", "Calls of the platform", ["endpoint", "code"], registry=registry)
        self.call_seconds = Histogram(
            "relist_api_call_duration_seconds", "Time to an answer", ["endpoint"], buckets=SECONDS, registry=registry
        )

    def job_started(self, job: Job) -> None:
        self.running.inc()

    def job_ended(self, job: Job, result: Result, seconds: float) -> None:
        self.running.dec()
        self.jobs.labels(job.kind, result_name(result)).inc()
        self.job_seconds.labels(job.kind).observe(seconds)

    def lease_taken(self, shop_id: str, recovered: int) -> None:
        self.leases.inc()
        self.recovered.inc(recovered)

    def lease_lost(self, shop_id: str) -> None:
        self.leases.dec()
        self.leases_lost.inc()

    def lease_released(self, shop_id: str) -> None:
        self.leases.dec()

    def shop_parked(self, shop_id: str, reason: str) -> None:
        self.parked.inc()

    def committed(self, operations: int, seconds: float) -> None:
        self.commits.inc(operations)

    def redis_away(self, error: str) -> None:
        self.redis_errors.labels(error).inc()

    def api_down(self, error: str) -> None:
        self.api_is_down.set(1)

    def api_up(self) -> None:
        self.api_is_down.set(0)

    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float) -> None:
        self.calls.labels(endpoint, str(code or (0 if http_status == 200 else f"http_{http_status}"))).inc()
        self.call_seconds.labels(endpoint).observe(seconds)


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
