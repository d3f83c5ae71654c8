"""The table of all metrics. Processes create their series from it, and docs/metrics.md is generated from it.

Rules: prefix `relist_`, base units, `_total` for counters; labels with a bounded number of values, never a product;
`shop` only where the table says so, combined in `other` beyond `RELIST_METRICS_SHOPS` shops.
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
"""From a shop leased immediately up to the alert that pages an operator."""
LAG_SECONDS = (1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 72 * 3600)
"""The platform repeats a webhook for 15.5 hours until it is accepted."""
ATTEMPTS = (1, 2, 3, 4, 5, 8)


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
    Metric("relist_build_info", "gauge", "both", "Version of this process; always 1", ("version", "commit")),
    Metric("relist_event_loop_tasks", "gauge", "both", "asyncio tasks; steady growth is a leak"),
    Metric("relist_log_lines_lost_total", "counter", "both", "Log lines that could not be written"),
    Metric("relist_trace_spans_total", "counter", "both", "Spans for the trace collector: sent, dropped", ("result",)),
    # Jobs: rate, errors, duration.
    Metric(
        "relist_jobs_enqueued_total",
        "counter",
        "both",
        "Jobs enqueued, including merged ones, by producer: a command, intake, or a job of that kind",
        ("kind", "producer"),
    ),
    _worker("relist_jobs_started_total", "counter", "Jobs started", "kind"),
    _worker(
        "relist_jobs_finished_total",
        "counter",
        "Jobs that left a slot, by outcome or as retried, snoozed, parked, continued, handed_back",
        "kind",
        "result",
    ),
    _worker(
        "relist_job_failures_total",
        "counter",
        "Failed attempts and blocking outcomes by reason; the first 40 codes by name",
        "kind",
        "reason",
    ),
    _worker("relist_job_duration_seconds", "histogram", "Time from start to end of a job", "kind", buckets=JOB_SECONDS),
    _worker("relist_job_attempts", "histogram", "Attempts per finished job", "kind", buckets=ATTEMPTS),
    _worker("relist_jobs_in_progress", "gauge", "Jobs running now", "kind"),
    _worker("relist_running_job_max_age_seconds", "gauge", "Age of the longest-running job; 0 = none", "kind"),
    _worker("relist_job_timeout_seconds", "gauge", "Time after which a job of this kind is cancelled", "kind"),
    _worker("relist_last_success_timestamp_seconds", "gauge", "When a job last succeeded", "kind"),
    _worker("relist_jobs_recovered_total", "counter", "In-flight jobs recovered from workers that died"),
    _worker("relist_warnings_total", "counter", "Warnings about accepted edits: data that was not kept", "warning"),
    # Slots, leases, commits: use, saturation, errors.
    _worker("relist_worker_slots", "gauge", "Maximum number of concurrent jobs of this worker"),
    _worker("relist_leases_held", "gauge", "Shops leased by this worker"),
    _worker(
        "relist_shop_wait_seconds",
        "histogram",
        "Queue latency: how long a leased shop had waited for a worker",
        buckets=SHOP_WAIT_SECONDS,
    ),
    _worker("relist_leases_lost_total", "counter", "Leases that expired while this worker held them"),
    _worker("relist_shops_parked_total", "counter", "Times this worker parked a shop"),
    _worker("relist_commits_total", "counter", "Committed jobs"),
    _worker(
        "relist_commit_duration_seconds", "histogram", "Time to commit a batch of jobs to Redis", buckets=REDIS_SECONDS
    ),
    _worker("relist_observer_errors_total", "counter", "Metrics and log lines that failed; the job continued", "error"),
    _worker(
        "relist_engine_assertions_failed_total",
        "counter",
        "Inconsistencies that the engine found in its own state: a bug, please report it",
        "assertion",
    ),
    _worker("relist_redis_errors_total", "counter", "Failed calls to Redis", "error"),
    # The record: edits stop when its disk is full.
    _worker(
        "relist_record_bytes", "gauge", "Size of the record (files or tables); the same in all workers that share it"
    ),
    _worker(
        "relist_record_disk_free_bytes",
        "gauge",
        "Free space on the disk of a SQLite record; missing for PostgreSQL, whose server has its own monitoring",
    ),
    # The platform: rate, errors, duration; pacing.
    _worker(
        "relist_api_requests_total",
        "counter",
        "Requests by result: ok, throttled, auth, client_error, server_error, no_answer",
        "endpoint",
        "result",
    ),
    _worker(
        "relist_calls_total",
        "counter",
        "Requests by purpose: read (before a decision), edit, read_back (of an edit), audit (its poll), confirmation "
        "(a search for live listings), search, catalogue, brands, recommendation, other. Divided by accepted edits, "
        "they show the cost of an edited product",
        "purpose",
    ),
    _worker("relist_api_request_duration_seconds", "histogram", "Time to a response", "endpoint", buckets=CALL_SECONDS),
    _worker(
        "relist_api_errors_total",
        "counter",
        "Error responses by code, or http_<status> without one; the first 60 codes by name",
        "endpoint",
        "code",
    ),
    _worker("relist_circuit_open", "gauge", "1 while the platform is down and only probes are sent"),
    _worker(
        "relist_rate_limit_wait_seconds",
        "histogram",
        "Time a running job waited for the rate limiter",
        "access",
        buckets=WAIT_SECONDS,
    ),
    _worker("relist_rate_limit_throttled_total", "counter", "Requests the platform rejected as too many", "shop"),
    # The fleet: collected by the gateway that holds the leader lock.
    _gateway(
        "relist_shops",
        "gauge",
        "Shops by state: active, paused, parked, corrupt (its keys cannot be read)",
        "region",
        "state",
    ),
    _gateway(
        "relist_parked_shops",
        "gauge",
        "Parked shops by reason: token, quota, seller, market and so on (monitoring/park_reasons.py)",
        "reason",
    ),
    _gateway(
        "relist_platform_down_since_timestamp_seconds",
        "gauge",
        "Since when live workers have had no response from the platform, by the cause that relist doctor reports; "
        "missing while they get responses",
        "cause",
    ),
    _gateway(
        "relist_worker_problems",
        "gauge",
        "Workers with a problem: redis, record, clock, log, open_files, mapping_file, attribute_rules_file, "
        "error_codes_file, facts_file; refused_start: machines on which a worker did not start within the last hour",
        "problem",
    ),
    _gateway("relist_worker_versions", "gauge", "Versions that live workers run; more than 1 during an update"),
    _gateway(
        "relist_shop_parked_since_timestamp_seconds",
        "gauge",
        "Since when a shop is parked for this reason, although it may have been tried in between",
        "shop",
        "region",
        "reason",
    ),
    _gateway(
        "relist_shop_problems",
        "gauge",
        "Shops with a problem, by the cause that relist doctor reports (authorisation/causes.py), with three of them; "
        "inspected hourly",
        "cause",
        "examples",
    ),
    _gateway(
        "relist_shop_problem_since_timestamp_seconds",
        "gauge",
        "When inspections first found this cause of problems with shops, in Unix seconds; missing without shops",
        "cause",
    ),
    _gateway(
        "relist_shop_info",
        "gauge",
        "1 for each shop, with its name, app and state",
        "shop",
        "region",
        "name",
        "app",
        "state",
    ),
    _gateway(
        "relist_rollout_stopped_timestamp_seconds",
        "gauge",
        "When the rollout stopped a cause, in Unix seconds, for at most 20 causes with at most 3 examples each; "
        "`holds` is no under RELIST_ROLLOUT=off",
        "cause",
        "by",
        "holds",
        "examples",
    ),
    _gateway(
        "relist_rollout_causes", "gauge", "Causes that the rollout has stopped, except those explained by a wider one"
    ),
    _gateway("relist_shops_leased", "gauge", "Shops leased now"),
    _gateway("relist_shops_due", "gauge", "Shops that have work but no worker"),
    _gateway("relist_queue_oldest_due_age_seconds", "gauge", "Longest time a shop has waited for a worker"),
    _gateway(
        "relist_canary_latency_seconds",
        "gauge",
        "Queue latency of the last canary job, or the age of a pending one",
    ),
    _gateway("relist_workers", "gauge", "Workers whose last heartbeat is younger than a lease"),
    _gateway("relist_queue_depth", "gauge", "Jobs in all lanes: waiting, delayed, in_flight", "state"),
    _gateway(
        "relist_products",
        "gauge",
        "Known products by state: queued, running, in_audit, waiting, needs_input, relisted, already_v2, rejected,"
        " failed, gone",
        "shop",
        "region",
        "state",
    ),
    _gateway(
        "relist_products_remaining",
        "gauge",
        "Products on v1 that the service has yet to process, known or not found yet, in shops that are not paused",
        "region",
    ),
    _gateway("relist_products_for_people", "gauge", "Products on v1 that wait for a person, without drafts", "region"),
    _gateway("relist_products_done", "gauge", "Known products that are on v2: relisted or already_v2", "region"),
    _gateway(
        "relist_run_products",
        "gauge",
        "Products of the newest 20 runs in the record that the gateway reads: for_machines, for_people, on_v2, gone",
        "run",
        "kind",
        "part",
    ),
    _gateway("relist_run_started_timestamp_seconds", "gauge", "When the run began", "run", "kind"),
    _gateway("relist_deadline_timestamp_seconds", "gauge", "When v1 ends in the region", "region"),
    _gateway(
        "relist_audit_pending_oldest_age_seconds",
        "gauge",
        "Age of the shop's oldest pending audit",
        "shop",
        "region",
    ),
    _gateway(
        "relist_waiting_since_timestamp_seconds",
        "gauge",
        "When the shop's longest wait for the platform, the seller or a rollout began, by reason",
        "shop",
        "reason",
    ),
    _gateway(
        "relist_blocked_since_timestamp_seconds",
        "gauge",
        "Since when the shop's longest-blocked product has needed a person, with its first reason; one series per shop,"
        " and one per reason for `other`",
        "shop",
        "reason",
    ),
    _gateway(
        "relist_rate_limit_requests_per_second",
        "gauge",
        "Rate limit discovered for the shop",
        "shop",
        "access",
    ),
    _gateway(
        "relist_token_expires_timestamp_seconds",
        "gauge",
        "When the account's token expires; workers refresh access tokens, only the seller can renew a refresh token",
        "shop",
        "token",
    ),
    _gateway(
        "relist_blocked_products",
        "gauge",
        "Blocked products by reason; a product counts once per reason; the 25 most frequent reasons and other",
        "reason",
    ),
    _gateway(
        "relist_backlog_scan_timestamp_seconds", "gauge", "When blocked products and token expiry were last scanned"
    ),
    _gateway("relist_fleet_collected_timestamp_seconds", "gauge", "When the fleet's gauges were last collected"),
    _gateway("relist_fleet_collection_duration_seconds", "gauge", "Duration of the last collection"),
    # Incoming work.
    _gateway("relist_intake_jobs_total", "counter", "Jobs fed over Redis by result: added, merged, rejected", "result"),
    _gateway(
        "relist_intake_rejections_total",
        "counter",
        "Fed jobs that were rejected, by the field that is wrong; `other` for fields outside the contract",
        "field",
    ),
    _gateway("relist_intake_lag", "gauge", "Entries of the intake stream not yet read"),
    _gateway("relist_intake_pending", "gauge", "Entries read but not acknowledged"),
    _gateway("relist_intake_rejected", "gauge", "Entries in relist:intake:rejected"),
    _gateway(
        "relist_intake_rejected_dropped_total",
        "counter",
        "Oldest rejections dropped to keep RELIST_REJECTED_MAXLEN",
    ),
    _gateway("relist_webhooks_total", "counter", "Webhooks by type and result", "type", "result"),
    _gateway(
        "relist_webhook_lag_seconds",
        "histogram",
        "Time from the event to its acceptance, by the gateway's clock",
        "type",
        buckets=LAG_SECONDS,
    ),
    # Redis, as far as it affects the safety of jobs.
    _gateway("relist_redis_up", "gauge", "Whether Redis answered the collecting gateway"),
    _gateway("relist_redis_memory_bytes", "gauge", "Memory used"),
    _gateway("relist_redis_memory_limit_bytes", "gauge", "maxmemory; 0 = not set"),
    _gateway("relist_redis_keys_bytes", "gauge", "Estimated memory of the keys that grow, by kind", "keys"),
    _gateway("relist_redis_evicted_keys_total", "counter", "Keys evicted for lack of memory; jobs may be lost"),
    _gateway("relist_redis_rejected_connections_total", "counter", "Connections refused because of maxclients"),
    _gateway("relist_redis_connected_clients", "gauge", "Open connections"),
    _gateway("relist_redis_commands_total", "counter", "Commands processed"),
    _gateway("relist_redis_append_only", "gauge", "Whether the append-only file is on and its last write succeeded"),
)

BY_NAME = {metric.name: metric for metric in METRICS}
