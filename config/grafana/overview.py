"""The first screen at night: is it moving, will it be done in time, what stands in its way."""

from __future__ import annotations

from config.grafana.panels import Dashboard, Row, bars, lines, stat

ENDED = 'relist_jobs_finished_total{kind!="canary",result!~"snoozed|parked|continued|handed_back"}'
FAILED = 'relist_jobs_finished_total{result=~"failed|retried"}'

OVERVIEW = Dashboard(
    "relist-overview",
    "Relist: overview",
    "Progress, deadline, waiting, outcomes, reasons, throttling of the whole fleet.",
    (
        Row(
            "Progress",
            (
                stat(
                    "Done", "Products that are on v2 or gone.", "short", "sum(max by (region) (relist_products_done))"
                ),
                stat(
                    "Left",
                    "Queued or in audit, in shops that no person has paused. A search that still runs adds to it.",
                    "short",
                    "sum(max by (region) (relist_products_remaining))",
                ),
                stat(
                    "Wait for a person",
                    "Products whose last outcome needs an answer or a decision: the worklist.",
                    "short",
                    'sum(max by (shop, region) (relist_products{state="needs_input"}))',
                ),
                stat(
                    "Time left at this pace",
                    "What is left over the pace of the last six hours, for the slowest region; 0 when all is done.",
                    "s",
                    "max(relist:seconds_left >= 0) or vector(0)",
                ),
                stat(
                    "Slack before the deadline",
                    "For the region nearest to its deadline; below three days an alert fires. Without a number: no"
                    " deadline is known for these regions.",
                    "s",
                    "min(relist:deadline_slack_seconds)",
                    bad_below=3 * 86400,
                ),
                stat(
                    "Longest wait for a worker",
                    "How long the shop that has waited longest has had work and no worker. The best single number:"
                    " when it grows, add workers.",
                    "s",
                    "max(relist_queue_oldest_due_age_seconds)",
                    bad_above=600,
                ),
                lines(
                    "Products by state",
                    "Where all known products stand.",
                    "short",
                    ("sum by (state) (max by (shop, region, state) (relist_products))", "{{state}}"),
                    width=12,
                    stacked=True,
                ),
                lines(
                    "Ends of jobs",
                    "How jobs ended, a second. snoozed and continued are no ends: the job goes on later.",
                    "ops",
                    ("sum by (result) (rate(relist_jobs_finished_total[$__rate_interval]))", "{{result}}"),
                    width=12,
                    stacked=True,
                ),
            ),
        ),
        Row(
            "What stands in the way",
            (
                bars(
                    "Worklist by reason",
                    "Products that wait, by reason; a product counts for each of its reasons. Counted every 5 minutes.",
                    "short",
                    "topk(12, max by (reason) (relist_blocked_products))",
                    "{{reason}}",
                ),
                bars(
                    "Reasons in this time",
                    "Failed attempts and refused products, by code.",
                    "short",
                    "topk(12, sum by (reason) (increase(relist_job_failures_total[$__range])))",
                    "{{reason}}",
                ),
                lines(
                    "Attempts that failed",
                    "Share of attempts that ended in a retry or as failed; above a tenth an alert fires.",
                    "percentunit",
                    (
                        f"(sum(rate({FAILED}[$__rate_interval])) or vector(0))"
                        f" / (sum(rate({ENDED}[$__rate_interval])) > 0) or vector(0)",
                        "failed",
                    ),
                ),
                lines(
                    "Jobs in the lanes",
                    "waiting can start now, delayed waits for its time (audits, retries), in_flight is with a worker.",
                    "short",
                    ("max by (state) (relist_queue_depth)", "{{state}}"),
                ),
                lines(
                    "Shops",
                    "By state; parked means that the service waits for something: a quota, a token, a seller.",
                    "short",
                    ("sum by (state) (max by (region, state) (relist_shops))", "{{state}}"),
                    ("max(relist_shops_leased)", "held by a worker"),
                    ("max(relist_shops_due)", "due, without a worker"),
                ),
                lines(
                    "Silent changes",
                    "Warnings in edits that were accepted: brand_cleared means that data was lost.",
                    "short",
                    ("sum by (warning) (increase(relist_warnings_total[$__rate_interval]))", "{{warning}}"),
                ),
            ),
        ),
        Row(
            "The platform",
            (
                lines(
                    "Requests",
                    "Calls of the platform a second, by result.",
                    "reqps",
                    ("sum by (result) (rate(relist_api_requests_total[$__rate_interval]))", "{{result}}"),
                    stacked=True,
                ),
                lines(
                    "Throttled",
                    "Share of requests refused as too many; the pace backs off by itself, above a fifth something is"
                    " wrong.",
                    "percentunit",
                    (
                        '(sum(rate(relist_api_requests_total{result="throttled"}[$__rate_interval])) or vector(0))'
                        " / (sum(rate(relist_api_requests_total[$__rate_interval])) > 0) or vector(0)",
                        "throttled",
                    ),
                ),
                lines(
                    "Allowance",
                    "The sum of the rates discovered for all shops, against the requests really sent.",
                    "reqps",
                    (
                        "sum by (access) (max by (shop, access) (relist_rate_limit_requests_per_second))",
                        "{{access}} allowed",
                    ),
                    ("sum(rate(relist_api_requests_total[$__rate_interval]))", "sent"),
                ),
                lines(
                    "Time to an answer, 95th of 100",
                    "By endpoint.",
                    "s",
                    (
                        "histogram_quantile(0.95, sum by (le, endpoint)"
                        " (rate(relist_api_request_duration_seconds_bucket[$__rate_interval])))",
                        "{{endpoint}}",
                    ),
                ),
                lines(
                    "Workers that see an outage",
                    "Workers that start nothing but probes, since the platform gives no answers.",
                    "short",
                    ("sum(relist_circuit_open)", "workers"),
                ),
                lines(
                    "Errors by code",
                    "Answers with an error code of the platform.",
                    "reqps",
                    (
                        "topk(10, sum by (code) (rate(relist_api_errors_total[$__rate_interval]))) or vector(0)",
                        "{{code}}",
                    ),
                ),
                lines(
                    "Oldest audit",
                    "Of all shops; the platform promises no time, two days are suspicious.",
                    "s",
                    ("max(relist_audit_pending_oldest_age_seconds) or vector(0)", "oldest"),
                ),
            ),
        ),
    ),
)
