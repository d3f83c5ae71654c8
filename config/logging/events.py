"""The table of log events: every event a process may log, and every field a line may have."""

from __future__ import annotations

EVENTS: dict[str, str] = {
    # Life cycle of workers and gateways
    "worker_started": "The worker is ready; `worker`, `metrics_port`",
    "worker_draining": "The worker was asked to stop and claims nothing more; `shops` it holds",
    "worker_drained": "Nothing runs in the worker any more, and its shops are released",
    "worker_stopped": "The process exits",
    "worker_deregister_failed": "Redis was unavailable when a worker stopped; its shops wait for their leases to end",
    "gateway_started": "The gateway serves requests; `port`",
    "gateway_stopped": "The process exits",
    "gateway_part_ended": "The intake or the fleet metrics ended unexpectedly: the process exits with 1; `part`",
    # Jobs, with shop_id, job_id, kind, attempt, and product_id, trace_id, request_id where they exist
    "job_done": "A job ended; `outcome`, `reasons` by code",
    "job_continued": "One step of a longer job is done (debug)",
    "job_snoozed": "The job waits, which costs no attempt; `reason`, `seconds`",
    "job_retried": "The job failed and runs again, unless its attempts are used up; `error`, `code`",
    "job_unhandled_exception": "A bug in this service, with its traceback; the job is retried",
    # Shops
    "shop_parked": "The service stops a shop; `reason`",
    "seller_deauthorized": "Webhook 6: the seller has withdrawn the authorization; the shop is parked",
    "authorization_ends_soon": "Webhook 7: the seller must authorize the app again",
    "orphaned_shops_requeued": "The sweep found shops that had work but were not in the ready set; `count`",
    # The platform and Redis
    "circuit_opened": "Several shops at once could not reach the platform: all wait while one job probes it",
    "circuit_closed": "The platform answers again",
    "redis_unavailable": "Redis does not answer; the process waits and retries",
    "redis_emptied": "The epoch key is gone: Redis was emptied or replaced; the process stops working; `key`, `fix`",
    "lane_corrupted": "A shop's keys in Redis have the wrong type: the shop is quarantined; `shop_id`, `error`",
    # Input from outside
    "intake_rejected": "Jobs of the intake stream were rejected and kept; `count`, the first one's `entry_id`, `error`",
    "intake_rejected_dropped": "More entries were rejected than are kept: the oldest are dropped; `count`, `kept`",
    "intake_entry_error": "A bug in this service, with its traceback: the entry is rejected and the feed continues",
    "webhook_stale": "A deauthorization older than one day arrived and is ignored as a replay; `shop_id`",
    "webhook_unreadable": "A correctly signed request is not a valid webhook; `error`",
    "config_file_loaded": "A config file was loaded; `path`",
    "config_file_invalid": "A new version of a config file is invalid; the previous one stays in use; `problems`",
    "config_file_missing": "A config file has disappeared; the loaded version stays in use",
    "journal_truncated": "A crash or a full disk cut off a group of entries; `file`",
    "journal_unwritable": "Before-images cannot be written to disk: edits stop and shops are parked",
    # Monitoring
    "fleet_stats_failed": "The gateway could not collect the fleet's stats this time",
    "backlog_scan_failed": "The gateway could not scan worklist and tokens this time",
    "leader_release_failed": "Redis was unavailable when a gateway stopped; another one takes over in a minute",
    "token_unreadable": "Tokens cannot be decrypted with this RELIST_TOKEN_KEY; `account`",
    # Web UI
    "web_login": "A user signed in",
    "web_login_refused": "A login failed: the token was wrong, or there were too many attempts; `wait_seconds`",
    "shop_action": "A user paused, resumed or changed a shop; `order`, `shop_id`",
    "web_worklist": "A user downloaded or uploaded a worklist",
    "web_redis_unavailable": "A page could not be rendered because Redis is unavailable",
    "web_refresh_failed": "A part of the page could not be refreshed; the previous one is shown",
}

FIELDS: dict[str, str] = {
    "account": "the seller's authorization, as named by `relist shops add`",
    "attempt": "the number of the job's attempt",
    "code": "the platform's error code, or this service's own",
    "count": "of jobs, shops or entries",
    "directory": "the journal's directory",
    "entry_id": "an entry of the intake stream",
    "error": "what went wrong, in one line; quoted text is removed",
    "exc_info": "printed as `exception`: the traceback; quoted text in its messages is removed",
    "expires": "when the authorization ends, as the webhook says",
    "file": "a journal file, by name",
    "fix": "what to do about it",
    "job_id": "a job in its shop's lane",
    "kept": "what is used instead, or how many are kept",
    "kind": "the job kind",
    "metrics_port": "the port of a worker's metrics",
    "order": "what a user requested on the page",
    "outcome": "how the job ended",
    "part": "a part of the gateway",
    "path": "a config file",
    "port": "the gateway's port",
    "probe_seconds": "time to the next probe during an outage",
    "problems": "the problems of a config file, or how many",
    "product_id": "the platform's product id",
    "queued": "how many jobs an upload has queued",
    "reason": "why the job waits or the shop is stopped; quoted text is removed",
    "reasons": "of the outcome, by code",
    "remote": "the address a user signs in from",
    "request_id": "the platform's request id, which its support asks for",
    "seconds": "how long the job waits",
    "shop_id": "the platform's shop id",
    "shops": "how many shops a worker holds",
    "trace_id": "the feeder's trace id",
    "wait_seconds": "time until the next login attempt",
    "worker": "host and process",
}
"""Every field a line may have in addition to `event`, `level` and `timestamp`. None holds what sellers or buyers wrote:
no title, description, name, address, message body or answer."""
