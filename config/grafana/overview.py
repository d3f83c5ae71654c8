"""The first dashboard to open on call: progress, deadline, blocking reasons."""

from __future__ import annotations

from config.grafana.panels import Dashboard, PanelRow, bars, lines, stat, table

COMPLETED = 'relist_jobs_finished_total{kind!="canary",result!~"snoozed|parked|continued|handed_back"}'
FAILED = 'relist_jobs_finished_total{result=~"failed|retried"}'


RELISTED_IN_AN_HOUR = (
    'sum by (shop, region) (delta(max by (shop, region, state) (relist_products{state="relisted"})[1h:15s]))'
)


def _shop_sum(states: str) -> str:
    """Number of products in these states, per shop."""
    return f'sum by (shop, region) (max by (shop, region, state) (relist_products{{state=~"{states}"}}))'


def _run_sum(part: str) -> str:
    """Number of products in this part, per run."""
    return f'max by (run, kind) (relist_run_products{{part="{part}"}})'


PROCESSED_IN_AN_HOUR = (
    'sum by (run, kind) (delta(max by (run, kind, part) (relist_run_products{part!="for_machines"})[1h:15s]))'
)


OVERVIEW = Dashboard(
    "relist-overview",
    "Relist: overview",
    "Progress, deadline, outcomes, blocking reasons and throttling of the whole fleet.",
    (
        PanelRow(
            "Progress",
            (
                stat(
                    "Done",
                    "Products that are on v2.",
                    "short",
                    "sum(max by (region) (relist_products_done))",
                ),
                stat(
                    "Remaining",
                    "Products on v1 that the service has yet to process, in shops that are not paused.",
                    "short",
                    "sum(max by (region) (relist_products_remaining))",
                ),
                stat(
                    "For people",
                    "Products on v1 that wait for an answer or a decision: see the worklist.",
                    "short",
                    "sum(max by (region) (relist_products_for_people))",
                ),
                stat(
                    "Time remaining",
                    "At the speed of the last six hours, for the slowest region; 0 if everything is done.",
                    "s",
                    "max(relist:seconds_left >= 0) or vector(0)",
                ),
                stat(
                    "Slack before deadline",
                    "For the region closest to its deadline; an alert fires below three days. Empty if no deadline is"
                    " known.",
                    "s",
                    "min(relist:deadline_slack_seconds)",
                    bad_below=3 * 86400,
                ),
                stat(
                    "Longest wait for a worker",
                    "How long the shop that has waited longest has had work but no worker. The best single indicator:"
                    " if it grows, add workers.",
                    "s",
                    "max(relist_queue_oldest_due_age_seconds)",
                    bad_above=600,
                ),
                lines(
                    "Products by state",
                    "All known products.",
                    "short",
                    ("sum by (state) (max by (shop, region, state) (relist_products))", "{{state}}"),
                    width=12,
                    stacked=True,
                ),
                lines(
                    "Finished jobs",
                    "Per second, by result. Snoozed and continued jobs run again later.",
                    "ops",
                    ("sum by (result) (rate(relist_jobs_finished_total[$__rate_interval]))", "{{result}}"),
                    width=12,
                    stacked=True,
                ),
            ),
        ),
        PanelRow(
            "Shops",
            (
                table(
                    "Shops by remaining work",
                    "Shops beyond RELIST_METRICS_SHOPS are combined as `other`. "
                    "Hours left: the service's remaining work at the speed of the last hour.",
                    ("max by (shop, region, name, state) (relist_shop_info)", "shops"),
                    (
                        "min by (shop, region, reason)"
                        " ((time() - relist_shop_parked_since_timestamp_seconds) / 3600)"
                        " or min by (shop, region) (0 * relist_products unless on (shop)"
                        " relist_shop_parked_since_timestamp_seconds)",
                        "hours parked",
                    ),
                    (_shop_sum("queued|running|in_audit|waiting"), "left for machines"),
                    (_shop_sum("needs_input|rejected|failed"), "for people"),
                    (_shop_sum("relisted|already_v2"), "on v2"),
                    (RELISTED_IN_AN_HOUR, "relisted in 1 h"),
                    (f"{_shop_sum('queued|running|in_audit|waiting')} / ({RELISTED_IN_AN_HOUR} > 0)", "hours left"),
                ),
            ),
        ),
        PanelRow(
            "Runs",
            (
                table(
                    "Newest runs",
                    "One row per run: the newest 20 in the gateways' record. The speed is that of the last hour; "
                    "hours left is the service's remaining work at this speed, and empty without one.",
                    (
                        "max by (run, kind) ((time() - relist_run_started_timestamp_seconds) / 3600)",
                        "hours since start",
                    ),
                    (_run_sum("for_machines"), "left for machines"),
                    (_run_sum("for_people"), "waiting for people"),
                    (_run_sum("on_v2"), "on v2"),
                    (_run_sum("gone"), "gone"),
                    (PROCESSED_IN_AN_HOUR, "processed in 1 h"),
                    (f"{_run_sum('for_machines')} / ({PROCESSED_IN_AN_HOUR} > 0)", "hours left"),
                ),
            ),
        ),
        PanelRow(
            "Blocking reasons",
            (
                bars(
                    "Worklist by reason",
                    "Blocked products by reason; a product counts once per reason. Counted every 5 minutes.",
                    "short",
                    "topk(12, max by (reason) (relist_blocked_products))",
                    "{{reason}}",
                ),
                bars(
                    "Failures by reason",
                    "Failed attempts and blocked products in the selected time, by code.",
                    "short",
                    "topk(12, sum by (reason) (increase(relist_job_failures_total[$__range])))",
                    "{{reason}}",
                ),
                lines(
                    "Failed attempts",
                    "Share of attempts that were retried or failed; an alert fires above 10 %.",
                    "percentunit",
                    (
                        f"(sum(rate({FAILED}[$__rate_interval])) or vector(0))"
                        f" / (sum(rate({COMPLETED}[$__rate_interval])) > 0) or vector(0)",
                        "failed",
                    ),
                ),
                lines(
                    "Queued jobs",
                    "waiting jobs can start now, delayed jobs (audits, retries) later, in_flight jobs are running.",
                    "short",
                    ("max by (state) (relist_queue_depth)", "{{state}}"),
                ),
                lines(
                    "Shops",
                    "By state. A parked shop waits for a quota, a token or its seller.",
                    "short",
                    ("sum by (state) (max by (region, state) (relist_shops))", "{{state}}"),
                    ("max(relist_shops_leased)", "leased"),
                    ("max(relist_shops_due)", "due without a worker"),
                ),
                lines(
                    "Parked shops",
                    "By reason; an alert fires for all but quota, market and platform.",
                    "short",
                    ("max by (reason) (relist_parked_shops) > 0 or vector(0)", "{{reason}}"),
                ),
                bars(
                    "Problems of shops",
                    "Shops by the cause that relist doctor reports. Inspected once an hour.",
                    "short",
                    "max by (cause) (relist_shop_problems) or vector(0)",
                    "{{cause}}",
                ),
                lines(
                    "Longest wait",
                    "Age of the oldest wait for the platform, a seller or an answer, and of problems of shops.",
                    "s",
                    ("time() - min by (reason) (relist_waiting_since_timestamp_seconds)", "{{reason}}"),
                    (
                        "time() - min by (cause) (relist_shop_problem_since_timestamp_seconds) or vector(0)",
                        "shops: {{cause}}",
                    ),
                    (
                        "time() - min by (reason) (relist_blocked_since_timestamp_seconds)",
                        "for people: {{reason}}",
                    ),
                ),
                lines(
                    "Stopped by the rollout",
                    "Causes that hold products until an operator decides; the alert names them.",
                    "short",
                    ("max(relist_rollout_causes)", "causes"),
                    (
                        "count by (by) (max by (cause, by) (relist_rollout_stopped_timestamp_seconds)) or vector(0)",
                        "by {{by}}",
                    ),
                ),
                lines(
                    "Warnings",
                    "Warnings about accepted edits; brand_cleared means that data was lost.",
                    "short",
                    ("sum by (warning) (increase(relist_warnings_total[$__rate_interval]))", "{{warning}}"),
                ),
            ),
        ),
        PanelRow(
            "The platform",
            (
                lines(
                    "Requests",
                    "API calls per second, by result.",
                    "reqps",
                    ("sum by (result) (rate(relist_api_requests_total[$__rate_interval]))", "{{result}}"),
                    stacked=True,
                ),
                lines(
                    "Requests by purpose",
                    "Requests per second: read, edit, read_back, audit and so on.",
                    "reqps",
                    ("sum by (purpose) (rate(relist_calls_total[$__rate_interval]))", "{{purpose}}"),
                    stacked=True,
                ),
                lines(
                    "Throttled",
                    "Share of requests rejected as too many. The rate limiter backs off on its own; investigate above"
                    " 20 %.",
                    "percentunit",
                    (
                        '(sum(rate(relist_api_requests_total{result="throttled"}[$__rate_interval])) or vector(0))'
                        " / (sum(rate(relist_api_requests_total[$__rate_interval])) > 0) or vector(0)",
                        "throttled",
                    ),
                ),
                lines(
                    "Rate limits",
                    "Sum of the rate limits discovered for all shops, compared with the requests sent.",
                    "reqps",
                    (
                        "sum by (access) (max by (shop, access) (relist_rate_limit_requests_per_second))",
                        "{{access}} allowed",
                    ),
                    ("sum(rate(relist_api_requests_total[$__rate_interval]))", "sent"),
                ),
                lines(
                    "API latency, p95",
                    "Time to a response, by endpoint.",
                    "s",
                    (
                        "histogram_quantile(0.95, sum by (le, endpoint)"
                        " (rate(relist_api_request_duration_seconds_bucket[$__rate_interval])))",
                        "{{endpoint}}",
                    ),
                ),
                lines(
                    "Open circuit breakers",
                    "Workers that only send probes because the platform is down.",
                    "short",
                    ("sum(relist_circuit_open)", "workers"),
                ),
                lines(
                    "No response from the platform",
                    "How long workers have had no response, by the cause that relist doctor reports.",
                    "s",
                    (
                        "time() - min by (cause) (relist_platform_down_since_timestamp_seconds) or vector(0)",
                        "{{cause}}",
                    ),
                ),
                lines(
                    "Errors by code",
                    "Error responses per second.",
                    "reqps",
                    (
                        "topk(10, sum by (code) (rate(relist_api_errors_total[$__rate_interval]))) or vector(0)",
                        "{{code}}",
                    ),
                ),
                lines(
                    "Oldest audit",
                    "Of all shops. The platform promises no time; investigate after two days.",
                    "s",
                    ("max(relist_audit_pending_oldest_age_seconds) or vector(0)", "oldest"),
                ),
            ),
        ),
    ),
)
