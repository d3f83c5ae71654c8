"""The dashboard of workers and Redis: utilisation, saturation, errors."""

from __future__ import annotations

from config.grafana.panels import Dashboard, PanelRow, lines, stat


def _p95(metric: str, label: str = "") -> str:
    by = f"le, {label}" if label else "le"
    return f"histogram_quantile(0.95, sum by ({by}) (rate({metric}_bucket[$__rate_interval])))"


WORKERS = Dashboard(
    "relist-workers",
    "Relist: workers and Redis",
    "Slots, leases, durations, incoming work and Redis.",
    (
        PanelRow(
            "Workers",
            (
                stat("Workers", "Workers scraped by Prometheus.", "short", 'sum(up{job="relist-worker"})', bad_below=1),
                stat("Alive", "Workers with a recent heartbeat in Redis.", "short", "max(relist_workers)"),
                stat(
                    "Versions",
                    "Number of versions among live workers; more than one during an update.",
                    "short",
                    "max(relist_worker_versions)",
                ),
                stat(
                    "Workers with a problem",
                    "relist doctor and the overview of the web UI show the problem.",
                    "short",
                    "max by (problem) (relist_worker_problems) or vector(0)",
                    bad_above=1,
                ),
                stat(
                    "Slots used",
                    "Low use with a growing wait: too few shops at once, or a slow platform. High use: add workers.",
                    "percentunit",
                    "sum(relist_jobs_in_progress) / sum(relist_worker_slots)",
                ),
                stat(
                    "Oldest running job",
                    "A job is cancelled when it exceeds its timeout.",
                    "s",
                    "max(relist_running_job_max_age_seconds)",
                ),
                stat(
                    "Last success",
                    "Time since a relist job last succeeded, on any worker.",
                    "s",
                    'time() - max(relist_last_success_timestamp_seconds{kind="relist"})',
                    bad_above=900,
                ),
                stat(
                    "Recovered jobs",
                    "In-flight jobs recovered from workers that died, in the selected time.",
                    "short",
                    "sum(increase(relist_jobs_recovered_total[$__range]))",
                ),
                lines(
                    "Slots",
                    "Running jobs, compared with the workers' capacity.",
                    "short",
                    ("sum by (kind) (relist_jobs_in_progress)", "{{kind}}"),
                    ("sum(relist_worker_slots)", "slots"),
                ),
                lines(
                    "Jobs started",
                    "Per second, by kind.",
                    "ops",
                    ("sum by (kind) (rate(relist_jobs_started_total[$__rate_interval]))", "{{kind}}"),
                ),
                lines(
                    "Job duration, p95",
                    "By kind.",
                    "s",
                    (_p95("relist_job_duration_seconds", "kind"), "{{kind}}"),
                ),
                lines(
                    "Queue latency, p95",
                    "How long a shop had waited when a worker leased it, and the latency of the canary job. If they"
                    " grow while slots are free, check the workers; if no slot is free, add workers.",
                    "s",
                    (_p95("relist_shop_wait_seconds"), "shop"),
                    ("max(relist_canary_latency_seconds)", "canary"),
                ),
                lines(
                    "Attempts, p95",
                    "Attempts per finished job.",
                    "short",
                    (_p95("relist_job_attempts", "kind"), "{{kind}}"),
                ),
                lines(
                    "Rate limiter wait, p95",
                    "How long running jobs waited for the rate limiter. They occupy a slot while they wait.",
                    "s",
                    (_p95("relist_rate_limit_wait_seconds", "access"), "{{access}}"),
                ),
                lines(
                    "Leases",
                    "Shops leased by each worker, and leases that expired while held.",
                    "short",
                    ("sum by (instance) (relist_leases_held)", "{{instance}}"),
                    ("sum(increase(relist_leases_lost_total[$__rate_interval]))", "lost"),
                ),
                lines(
                    "Failed side effects",
                    "Metrics and log lines that could not be written, and inconsistencies that the engine found in its"
                    " state. Jobs continue; check the log's destination, and report inconsistencies.",
                    "short",
                    (
                        "sum(increase(relist_engine_assertions_failed_total[$__rate_interval])) or vector(0)",
                        "assertions",
                    ),
                    ("sum(increase(relist_observer_errors_total[$__rate_interval])) or vector(0)", "metrics"),
                    ("sum(increase(relist_log_lines_lost_total[$__rate_interval]))", "log lines"),
                    (
                        'sum(increase(relist_trace_spans_total{result="dropped"}[$__rate_interval])) or vector(0)',
                        "spans",
                    ),
                ),
                lines(
                    "CPU",
                    "Cores used by each process; a process can use at most one.",
                    "short",
                    ('rate(process_cpu_seconds_total{job=~"relist-.*"}[$__rate_interval])', "{{job}} {{instance}}"),
                ),
                lines(
                    "Memory",
                    "Resident memory of each process.",
                    "bytes",
                    ('process_resident_memory_bytes{job=~"relist-.*"}', "{{job}} {{instance}}"),
                ),
                lines(
                    "Tasks",
                    "asyncio tasks of each process; steady growth is a leak.",
                    "short",
                    ('relist_event_loop_tasks{job=~"relist-.*"}', "{{job}} {{instance}}"),
                ),
                lines(
                    "Record",
                    "Size of the record, and free space on its disk. Edits stop when the disk is full.",
                    "bytes",
                    ("max(relist_record_bytes)", "record"),
                    ("min by (instance) (relist_record_disk_free_bytes)", "free {{instance}}"),
                ),
                lines(
                    "Shops parked",
                    "How often shops were parked.",
                    "short",
                    ("sum(increase(relist_shops_parked_total[$__rate_interval]))", "parked"),
                ),
            ),
        ),
        PanelRow(
            "Incoming work",
            (
                lines(
                    "Jobs enqueued",
                    "Per second by producer: a command, the intake stream, or a job. Commands are counted in Redis, so"
                    " every gateway exports the same total.",
                    "ops",
                    (
                        "sum by (producer) (max by (kind, producer)"
                        ' (rate(relist_jobs_enqueued_total{job="relist-gateway"}[$__rate_interval])))',
                        "{{producer}}",
                    ),
                    (
                        'sum by (producer) (rate(relist_jobs_enqueued_total{job="relist-worker"}[$__rate_interval]))',
                        "{{producer}} jobs",
                    ),
                ),
                lines(
                    "Intake jobs",
                    "Jobs from the intake stream per second by result, and old rejections dropped.",
                    "ops",
                    ("sum by (result) (rate(relist_intake_jobs_total[$__rate_interval])) or vector(0)", "{{result}}"),
                    (
                        "sum(rate(relist_intake_rejected_dropped_total[$__rate_interval])) or vector(0)",
                        "rejections dropped",
                    ),
                    (
                        "sum by (field) (rate(relist_intake_rejections_total[$__rate_interval])) or vector(0)",
                        "wrong {{field}}",
                    ),
                ),
                lines(
                    "Intake backlog",
                    "Entries that are unread, unacknowledged, or rejected.",
                    "short",
                    ("max(relist_intake_lag)", "unread"),
                    ("max(relist_intake_pending)", "unacknowledged"),
                    ("max(relist_intake_rejected)", "rejected"),
                ),
                lines(
                    "Webhooks",
                    "Per second, by result. Forged and unreadable requests do not come from the platform.",
                    "ops",
                    ("sum by (result) (rate(relist_webhooks_total[$__rate_interval])) or vector(0)", "{{result}}"),
                ),
                lines(
                    "Webhook lag, p95",
                    "Time from the event to its acceptance. The platform repeats undelivered webhooks for 15.5 hours.",
                    "s",
                    (_p95("relist_webhook_lag_seconds"), "lag"),
                ),
            ),
        ),
        PanelRow(
            "Redis",
            (
                lines(
                    "Memory",
                    "Memory used, and the limit if one is set.",
                    "bytes",
                    ("max(relist_redis_memory_bytes)", "used"),
                    ("max(relist_redis_memory_limit_bytes)", "limit"),
                ),
                lines(
                    "Memory by keys",
                    "Estimated every five minutes, for the keys that grow with the number of jobs.",
                    "bytes",
                    ("max by (keys) (relist_redis_keys_bytes)", "{{keys}}"),
                ),
                lines(
                    "Commit duration, p95",
                    "Time to commit a batch of jobs, including the wait for Redis.",
                    "s",
                    (_p95("relist_commit_duration_seconds"), "commit"),
                ),
                lines(
                    "Commands",
                    "Per second, of all clients.",
                    "ops",
                    ("sum(rate(relist_redis_commands_total[$__rate_interval]))", "commands"),
                    ("sum(rate(relist_commits_total[$__rate_interval]))", "committed jobs"),
                ),
                lines(
                    "Errors",
                    "Failed calls of workers, refused connections, evicted keys.",
                    "short",
                    ("sum(increase(relist_redis_errors_total[$__rate_interval])) or vector(0)", "failed calls"),
                    ("sum(increase(relist_redis_rejected_connections_total[$__rate_interval]))", "refused"),
                    ("sum(increase(relist_redis_evicted_keys_total[$__rate_interval]))", "evicted keys"),
                ),
                lines(
                    "Connections",
                    "Open connections on the server.",
                    "short",
                    ("max(relist_redis_connected_clients)", "connections"),
                ),
                lines(
                    "Availability and persistence",
                    "1 = Redis answers; 1 = its append-only file is enabled and written.",
                    "short",
                    ("max(relist_redis_up)", "up"),
                    ("max(relist_redis_append_only)", "append-only file"),
                ),
                lines(
                    "Collection duration",
                    "How long the gateway takes to collect the fleet's gauges.",
                    "s",
                    ("max(relist_fleet_collection_duration_seconds)", "seconds"),
                ),
                lines(
                    "Age of gauges",
                    "Time since the fleet's gauges were collected and the blocked products were scanned.",
                    "s",
                    ("time() - max(relist_fleet_collected_timestamp_seconds)", "gauges"),
                    ("time() - max(relist_backlog_scan_timestamp_seconds)", "backlog scan"),
                ),
                lines(
                    "Versions",
                    "Processes of each build.",
                    "short",
                    ("count by (version, commit) (relist_build_info)", "{{version}} {{commit}}"),
                ),
            ),
        ),
    ),
)
