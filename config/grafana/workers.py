"""The processes and Redis: use, saturation, errors."""

from __future__ import annotations

from config.grafana.panels import Dashboard, Row, lines, stat


def _p95(metric: str, label: str = "") -> str:
    by = f"le, {label}" if label else "le"
    return f"histogram_quantile(0.95, sum by ({by}) (rate({metric}_bucket[$__rate_interval])))"


WORKERS = Dashboard(
    "relist-workers",
    "Relist: workers and Redis",
    "Slots, leases, durations, what comes in, and the Redis that holds the jobs.",
    (
        Row(
            "Workers",
            (
                stat("Workers", "That answer Prometheus.", "short", 'sum(up{job="relist-worker"})', bad_below=1),
                stat("Alive by their leases", "That gave a sign of life to Redis.", "short", "max(relist_workers)"),
                stat(
                    "Slots used",
                    "Low use with a growing wait means too few shops at once or a slow platform; high use means add"
                    " workers.",
                    "percentunit",
                    "sum(relist_jobs_in_progress) / sum(relist_worker_slots)",
                ),
                stat(
                    "Oldest running job",
                    "A job is ended by force at its time-out.",
                    "s",
                    "max(relist_running_job_max_age_seconds)",
                ),
                stat(
                    "Last success",
                    "How long ago a relist job last ended well, on any worker.",
                    "s",
                    'time() - max(relist_last_success_timestamp_seconds{kind="relist"})',
                    bad_above=900,
                ),
                stat(
                    "Taken over",
                    "In-flight jobs taken over from workers that died, in this time.",
                    "short",
                    "sum(increase(relist_jobs_recovered_total[$__range]))",
                ),
                lines(
                    "Slots",
                    "Jobs that run, against what the workers may run.",
                    "short",
                    ("sum by (kind) (relist_jobs_in_progress)", "{{kind}}"),
                    ("sum(relist_worker_slots)", "slots"),
                ),
                lines(
                    "Jobs started",
                    "A second.",
                    "ops",
                    ("sum by (kind) (rate(relist_jobs_started_total[$__rate_interval]))", "{{kind}}"),
                ),
                lines(
                    "Job duration, 95th of 100",
                    "By kind.",
                    "s",
                    (_p95("relist_job_duration_seconds", "kind"), "{{kind}}"),
                ),
                lines(
                    "Wait for a worker, 95th of 100",
                    "How long a shop had had work and no worker when one took it; and the way of a job without work."
                    " When they grow and slots are free, look at the workers; when no slot is free, add workers.",
                    "s",
                    (_p95("relist_shop_wait_seconds"), "shop"),
                    ("max(relist_canary_latency_seconds)", "heartbeat"),
                ),
                lines(
                    "Attempts, 95th of 100",
                    "How many attempts ended jobs took.",
                    "short",
                    (_p95("relist_job_attempts", "kind"), "{{kind}}"),
                ),
                lines(
                    "Wait for the pace, 95th of 100",
                    "How long running jobs waited for their moment to send; they hold a slot meanwhile.",
                    "s",
                    (_p95("relist_rate_limit_wait_seconds", "access"), "{{access}}"),
                ),
                lines(
                    "Leases",
                    "Shops held by each worker, and leases that ran out under one.",
                    "short",
                    ("sum by (instance) (relist_leases_held)", "{{instance}}"),
                    ("sum(increase(relist_leases_lost_total[$__rate_interval]))", "lost"),
                ),
                lines(
                    "CPU",
                    "Cores used by each process; one is all a process can use.",
                    "short",
                    ('rate(process_cpu_seconds_total{job=~"relist-.*"}[$__rate_interval])', "{{job}} {{instance}}"),
                ),
                lines(
                    "Memory",
                    "Resident.",
                    "bytes",
                    ('process_resident_memory_bytes{job=~"relist-.*"}', "{{job}} {{instance}}"),
                ),
                lines(
                    "Tasks",
                    "asyncio tasks alive in each process; one that only grows is a leak.",
                    "short",
                    ('relist_event_loop_tasks{job=~"relist-.*"}', "{{job}} {{instance}}"),
                ),
                lines(
                    "Parked",
                    "Times a shop was parked.",
                    "short",
                    ("sum(increase(relist_shops_parked_total[$__rate_interval]))", "parked"),
                ),
            ),
        ),
        Row(
            "What comes in",
            (
                lines(
                    "Jobs put into lanes",
                    "By who asked: a command, the intake stream, or a job that found more to do. Since commands are"
                    " counted in Redis, the fleet's part is the largest of what the gateways tell.",
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
                    "Jobs fed",
                    "From the intake stream, by what became of them; and old rejections dropped for new ones.",
                    "ops",
                    ("sum by (result) (rate(relist_intake_jobs_total[$__rate_interval])) or vector(0)", "{{result}}"),
                    (
                        "sum(rate(relist_intake_rejected_dropped_total[$__rate_interval])) or vector(0)",
                        "rejections dropped",
                    ),
                ),
                lines(
                    "Intake",
                    "Entries not read yet, not acknowledged yet, and rejected.",
                    "short",
                    ("max(relist_intake_lag)", "unread"),
                    ("max(relist_intake_pending)", "unacknowledged"),
                    ("max(relist_intake_rejected)", "rejected"),
                ),
                lines(
                    "Webhooks",
                    "A second, by result; forged and unreadable are none of the platform's.",
                    "ops",
                    ("sum by (result) (rate(relist_webhooks_total[$__rate_interval])) or vector(0)", "{{result}}"),
                ),
                lines(
                    "Lag of webhooks, 95th of 100",
                    "From what happened to when the gateway took the news of it; the platform repeats what it could not"
                    " deliver for three days.",
                    "s",
                    (_p95("relist_webhook_lag_seconds"), "lag"),
                ),
            ),
        ),
        Row(
            "Redis",
            (
                lines(
                    "Memory",
                    "Used, and the limit if one is set.",
                    "bytes",
                    ("max(relist_redis_memory_bytes)", "used"),
                    ("max(relist_redis_memory_limit_bytes)", "limit"),
                ),
                lines(
                    "Time to commit, 95th of 100",
                    "To write a group of ends; includes waiting for Redis.",
                    "s",
                    (_p95("relist_commit_duration_seconds"), "commit"),
                ),
                lines(
                    "Commands",
                    "A second, of all clients.",
                    "ops",
                    ("sum(rate(relist_redis_commands_total[$__rate_interval]))", "commands"),
                    ("sum(rate(relist_commits_total[$__rate_interval]))", "ends written"),
                ),
                lines(
                    "Errors",
                    "Calls of workers that failed, connections refused, keys thrown away.",
                    "short",
                    ("sum(increase(relist_redis_errors_total[$__rate_interval])) or vector(0)", "failed calls"),
                    ("sum(increase(relist_redis_rejected_connections_total[$__rate_interval]))", "refused"),
                    ("sum(increase(relist_redis_evicted_keys_total[$__rate_interval]))", "evicted keys"),
                ),
                lines(
                    "Connections",
                    "Open on the server.",
                    "short",
                    ("max(relist_redis_connected_clients)", "connections"),
                ),
                lines(
                    "Safety",
                    "1 = Redis answers; 1 = its append-only file is on and written.",
                    "short",
                    ("max(relist_redis_up)", "up"),
                    ("max(relist_redis_append_only)", "append-only file"),
                ),
                lines(
                    "Measuring the fleet",
                    "How long the gateway takes to measure all shops.",
                    "s",
                    ("max(relist_fleet_collection_duration_seconds)", "seconds"),
                ),
                lines(
                    "Age of what is shown",
                    "Of the fleet's gauges and of the worklist's count.",
                    "s",
                    ("time() - max(relist_fleet_collected_timestamp_seconds)", "gauges"),
                    ("time() - max(relist_backlog_scan_timestamp_seconds)", "worklist"),
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
