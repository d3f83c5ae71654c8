"""The fixed vocabulary of the logs: every action a process may log, and what it says. Nothing else is logged."""

from __future__ import annotations

ACTIONS: dict[str, str] = {
    # A worker's and the gateway's life
    "worker_started": "a worker is ready; `worker`, `metrics_port`",
    "worker_draining": "it was asked to stop: it claims nothing more; `shops` it holds",
    "worker_drained": "nothing of it runs any more, its shops are given back",
    "worker_stopped": "the process ends",
    "worker_deregister_failed": "Redis was away when a worker left: its shops are taken over when their leases end",
    "gateway_started": "the gateway serves; `port`",
    "gateway_stopped": "the process ends",
    "gateway_part_ended": "the intake or the fleet's metrics ended by themselves: the process exits with 1; `part`",
    # Jobs, with shop_id, job_id, kind, attempt, and product_id, trace_id, request_id where there is one
    "job_done": "a job ended; `outcome`, `reasons` by code",
    "job_continued": "one step of a long job is done (debug)",
    "job_snoozed": "it waits, which costs no attempt; `reason`, `seconds`",
    "job_retried": "it failed and is tried again, or its attempts are used up; `error`, `code`",
    "job_unhandled_exception": "a mistake of ours, with its traceback; it is tried again",
    # Shops
    "shop_parked": "the service stops a shop; `reason`",
    "seller_deauthorized": "webhook 6: the seller has withdrawn the authorisation; the shop is parked",
    "authorization_ends_soon": "webhook 7: the seller must authorise again",
    "orphaned_shops_requeued": "the sweep found shops with work that nobody was told of; `count`",
    # The platform and Redis
    "circuit_opened": "several shops at once could not reach the platform: all wait, one probes",
    "circuit_closed": "the platform answers again",
    "redis_unavailable": "Redis does not answer; the process waits and goes on",
    "lane_corrupted": "a shop's keys in Redis have a wrong type: the shop is quarantined; `shop_id`, `error`",
    # What comes from outside
    "intake_rejected": "jobs of the intake stream were refused and kept; `count`, the first one's `entry_id`, `error`",
    "intake_rejected_dropped": "more were refused than are kept: the oldest are gone; `count`, `kept`",
    "intake_entry_error": "a mistake of ours, with its traceback: the entry is with the refused ones, the feed goes on",
    "webhook_stale": "a withdrawn authorisation of more than a day ago was told: a replay, not believed; `shop_id`",
    "webhook_unreadable": "a webhook with the right signature is no webhook; `error`",
    "config_file_loaded": "an operator's file was read; `path`",
    "config_file_invalid": "a new version of it can not be used, the one before is kept; `problems`",
    "config_file_missing": "it is not there any more, what was read is kept",
    "journal_truncated": "a crash or a full disk cut a group of entries off; `file`",
    "journal_unwritable": "the disk takes no before-images: edits stop, shops are parked",
    # Measuring
    "fleet_stats_failed": "the gateway could not measure the fleet this time",
    "backlog_scan_failed": "it could not count worklist and tokens this time",
    "leader_release_failed": "Redis was away when a gateway left: another measures in a minute",
    "token_unreadable": "tokens can not be decrypted with this RELIST_TOKEN_KEY; `account`",
    # The page
    "web_login": "somebody signed in",
    "web_login_refused": "somebody tried with a wrong token, or too often; `wait_seconds`",
    "shop_action": "somebody gave an order; `order`, `shop_id`",
    "web_worklist": "somebody downloaded or uploaded a worklist",
    "web_redis_unavailable": "the page could not be made, Redis is away",
    "web_refresh_failed": "a part of the page could not be made anew; the one before is shown",
}

FIELDS: dict[str, str] = {
    "account": "of a seller's authorisation, as `relist shops add` named it",
    "attempt": "which attempt of the job it was",
    "code": "the platform's, or our word for what went wrong",
    "count": "of jobs, shops or entries",
    "directory": "the journal's",
    "entry_id": "of the intake stream",
    "error": "what went wrong, in one line; what it quotes is cut out",
    "exc_info": "printed as `exception`: the traceback; what its messages quote is cut out",
    "expires": "when the authorisation ends, as the webhook says",
    "file": "of the journal, by its name",
    "fix": "what to do about it",
    "job_id": "of a job in its shop's lane",
    "kept": "what is used instead, or how many are left",
    "kind": "of the job",
    "metrics_port": "where a worker's metrics are",
    "order": "what somebody asked for on the page",
    "outcome": "how the job ended",
    "part": "of the gateway",
    "path": "of an operator's file",
    "port": "the gateway's",
    "probe_seconds": "until the next probe during an outage",
    "problems": "of an operator's file, or how many",
    "product_id": "the platform's",
    "queued": "jobs that an upload has queued",
    "reason": "why it waits or stands still; what it quotes is cut out",
    "reasons": "of the outcome, by code",
    "remote": "the address somebody signs in from",
    "request_id": "the platform's: what its support asks for",
    "seconds": "how long it waits",
    "shop_id": "the platform's",
    "shops": "how many a worker holds",
    "trace_id": "what its feeder gave",
    "wait_seconds": "until the next try to sign in",
    "worker": "host and process",
}
"""Every field a line may have beside `event`, `level` and `timestamp`. None holds what sellers or buyers wrote: no
title, description, name, address, body or answer."""
