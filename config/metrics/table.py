"""Every metric there is, in one table: the processes make their series from it, `docs/metrics.md` is printed from it.

Rules: prefix `relist_`, base units, `_total` for what only grows; labels with a bounded number of values, never a
product; `shop` only where the table says so, and folded into `other` beyond `RELIST_METRICS_SHOPS` shops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MetricKind = Literal["counter", "gauge", "histogram"]
Source = Literal["worker", "gateway", "both"]

JOB_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
CALL_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)
REDIS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
WAIT_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SHOP_WAIT_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600)
"""From a shop that is taken at once to the alert that wakes somebody."""
LAG_SECONDS = (1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 72 * 3600)
"""The platform repeats a webhook that was not taken for three days."""
ATTEMPTS = (1, 2, 3, 4, 5, 8)
AUDIT_SECONDS = (60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 48 * 3600, 7 * 86400)


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    kind: MetricKind
    source: Source
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _worker(name: str, kind: MetricKind, text: str, *labels: str, buckets: tuple[float, ...] = ()) -> Metric:
    return Metric(name, kind, "worker", text, labels, buckets)


def _gateway(name: str, kind: MetricKind, text: str, *labels: str, buckets: tuple[float, ...] = ()) -> Metric:
    return Metric(name, kind, "gateway", text, labels, buckets)


METRICS: tuple[Metric, ...] = (
    Metric("relist_build_info", "gauge", "both", "1; which version this process is", ("version", "commit")),
    Metric("relist_event_loop_tasks", "gauge", "both", "asyncio tasks alive; one that only grows is a leak"),
    Metric("relist_log_lines_lost_total", "counter", "both", "Log lines that could not be written"),
    # Jobs: rate, errors, duration.
    Metric(
        "relist_jobs_enqueued_total",
        "counter",
        "both",
        "Jobs put into lanes, by who asked: a command, intake, or a job of that kind; merged ones count too",
        ("kind", "producer"),
    ),
    _worker("relist_jobs_started_total", "counter", "Jobs that took a slot", "kind"),
    _worker(
        "relist_jobs_finished_total",
        "counter",
        "Jobs that gave their slot back, by the outcome, or retried, snoozed, parked, continued, handed_back",
        "kind",
        "result",
    ),
    _worker(
        "relist_job_failures_total",
        "counter",
        "Reasons of attempts that failed and of outcomes that need somebody; the first 40 codes by name",
        "kind",
        "reason",
    ),
    _worker("relist_job_duration_seconds", "histogram", "From start to end of a job", "kind", buckets=JOB_SECONDS),
    _worker("relist_job_attempts", "histogram", "Attempts a finished job took", "kind", buckets=ATTEMPTS),
    _worker("relist_jobs_in_progress", "gauge", "Jobs that hold a slot now", "kind"),
    _worker("relist_running_job_max_age_seconds", "gauge", "Age of the job that has run longest; 0 = none", "kind"),
    _worker("relist_job_timeout_seconds", "gauge", "When a job of this kind is ended by force", "kind"),
    _worker("relist_last_success_timestamp_seconds", "gauge", "When a job last ended as it should", "kind"),
    _worker("relist_jobs_recovered_total", "counter", "In-flight jobs taken over from workers that died"),
    _worker("relist_warnings_total", "counter", "Warnings in accepted edits: what an edit left behind", "warning"),
    # Slots, leases, commits: use, saturation, errors.
    _worker("relist_worker_slots", "gauge", "Jobs this worker may run at once"),
    _worker("relist_leases_held", "gauge", "Shops this worker holds"),
    _worker(
        "relist_shop_wait_seconds",
        "histogram",
        "Schedule to start: how long a shop that was taken had had work and no worker",
        buckets=SHOP_WAIT_SECONDS,
    ),
    _worker("relist_leases_lost_total", "counter", "Leases that ran out under this worker"),
    _worker("relist_shops_parked_total", "counter", "Times this worker parked a shop"),
    _worker("relist_commits_total", "counter", "Ends of jobs written to Redis"),
    _worker(
        "relist_commit_duration_seconds", "histogram", "Time to write a group of ends to Redis", buckets=REDIS_SECONDS
    ),
    _worker("relist_observer_errors_total", "counter", "Metrics and log lines that failed; the job went on", "error"),
    _worker("relist_redis_errors_total", "counter", "Calls of Redis that failed", "error"),
    # The platform: rate, errors, duration; pacing.
    _worker(
        "relist_api_requests_total",
        "counter",
        "Requests by result: ok, throttled, auth, client_error, server_error, no_answer",
        "endpoint",
        "result",
    ),
    _worker("relist_api_request_duration_seconds", "histogram", "Time to an answer", "endpoint", buckets=CALL_SECONDS),
    _worker(
        "relist_api_errors_total",
        "counter",
        "Answers with an error code, or http_<status> without one; the first 60 codes by name",
        "endpoint",
        "code",
    ),
    _worker("relist_circuit_open", "gauge", "1 while nothing starts but probes, since the platform does not answer"),
    _worker(
        "relist_rate_limit_wait_seconds",
        "histogram",
        "Time a running job waited for its moment to send",
        "access",
        buckets=WAIT_SECONDS,
    ),
    _worker("relist_rate_limit_throttled_total", "counter", "Requests the platform refused as too many", "shop"),
    # The fleet: measured in one place, by whichever gateway holds the reporter's lock.
    _gateway(
        "relist_shops",
        "gauge",
        "Shops by state: active, paused, parked, broken (its keys are not usable)",
        "region",
        "state",
    ),
    _gateway("relist_shops_leased", "gauge", "Shops a worker holds now"),
    _gateway("relist_shops_due", "gauge", "Shops that have work now and no worker"),
    _gateway(
        "relist_queue_oldest_due_age_seconds", "gauge", "How long the shop that has waited longest waits for a worker"
    ),
    _gateway(
        "relist_canary_latency_seconds",
        "gauge",
        "From sending a job that does nothing to its run; of the last one, or of the one still on its way",
    ),
    _gateway("relist_workers", "gauge", "Workers that gave a sign of life within the life of a lease"),
    _gateway("relist_queue_depth", "gauge", "Jobs in all lanes: waiting, delayed, in_flight", "state"),
    _gateway(
        "relist_products",
        "gauge",
        "Products now waiting, delayed, in_flight, in_audit, needs_input; and those ended relisted, already_v2, gone",
        "shop",
        "region",
        "state",
    ),
    _gateway(
        "relist_products_remaining",
        "gauge",
        "Queued or in audit, in shops that no person has paused: to be done",
        "region",
    ),
    _gateway("relist_products_done", "gauge", "Ended relisted, already_v2 or gone", "region"),
    _gateway("relist_deadline_timestamp_seconds", "gauge", "When the region's v1 categories end", "region"),
    _gateway(
        "relist_audit_pending_oldest_age_seconds",
        "gauge",
        "Age of the shop's oldest audit without an end",
        "shop",
        "region",
    ),
    _gateway(
        "relist_rate_limit_requests_per_second",
        "gauge",
        "Rate discovered for the shop, stored with it",
        "shop",
        "access",
    ),
    _gateway(
        "relist_token_expires_timestamp_seconds",
        "gauge",
        "When the account's token ends: access is refreshed by itself, refresh needs the seller",
        "shop",
        "token",
    ),
    _gateway(
        "relist_blocked_products",
        "gauge",
        "Products that need somebody, by reason; one product counts for each of its reasons; top 25 and other",
        "reason",
    ),
    _gateway(
        "relist_backlog_scan_timestamp_seconds", "gauge", "When the worklist and the tokens were last counted through"
    ),
    _gateway("relist_fleet_collected_timestamp_seconds", "gauge", "When the fleet was last measured"),
    _gateway("relist_fleet_collection_duration_seconds", "gauge", "How long the last measuring took"),
    # What comes in.
    _gateway("relist_intake_jobs_total", "counter", "Jobs fed over Redis, by what became of them", "result"),
    _gateway("relist_intake_lag", "gauge", "Entries of the intake stream that no gateway has read"),
    _gateway("relist_intake_pending", "gauge", "Entries read and not acknowledged"),
    _gateway("relist_intake_rejected", "gauge", "Entries in relist:intake:rejected"),
    _gateway(
        "relist_intake_rejected_dropped_total",
        "counter",
        "Oldest rejections dropped, since more than RELIST_REJECTED_MAXLEN were there",
    ),
    _gateway("relist_webhooks_total", "counter", "Webhooks by type and what was done", "type", "result"),
    _gateway(
        "relist_webhook_lag_seconds",
        "histogram",
        "From the moment a webhook tells of to when it was accepted, by the gateway's clock",
        "type",
        buckets=LAG_SECONDS,
    ),
    # Redis, as far as the jobs' safety hangs on it.
    _gateway("relist_redis_up", "gauge", "Whether Redis answered the reporter"),
    _gateway("relist_redis_memory_bytes", "gauge", "Memory used"),
    _gateway("relist_redis_memory_limit_bytes", "gauge", "maxmemory; 0 = none set"),
    _gateway("relist_redis_evicted_keys_total", "counter", "Keys thrown away for want of memory: jobs may be lost"),
    _gateway("relist_redis_rejected_connections_total", "counter", "Connections refused by maxclients"),
    _gateway("relist_redis_connected_clients", "gauge", "Connections"),
    _gateway("relist_redis_commands_total", "counter", "Commands processed"),
    _gateway("relist_redis_append_only", "gauge", "Whether the append-only file is on and its last write succeeded"),
)

BY_NAME = {metric.name: metric for metric in METRICS}
