"""Figures that pages state and the code decides: limits, pauses, and the thresholds of alerts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from catalogue.known_values import BATCH, MAX_EXAMPLES, MAX_TESTED
from catalogue.known_values import LIFE_SECONDS as EXAMPLE_SECONDS
from catalogue.refusals import LIFE_SECONDS as REFUSAL_SECONDS
from console.commands.enqueue import MAX_FILE_BYTES
from console.commands.worklist import MAX_ROWS as EXPORTED_ROWS
from producers.canary import INTERVAL_MS as CANARY_MS
from producers.feed_entry import MAX_ENTRY_BYTES, MAX_JOBS
from producers.webhooks import BODY_SECONDS
from proposals.risk import CHECKED_SHARE, CONFIDENCE
from record.fullness import WARN_FREE_BYTES, WARN_SHARE
from redis_client.primary_watch import CHECK_SECONDS
from tables.model import MAX_ROWS, Limits
from tables.records import HEADER_ROWS
from web_ui.access.login_throttle import ADDRESS_BURST, ADDRESS_REFILL_SECONDS, TOTAL_BURST
from web_ui.access.session import SESSION_SECONDS
from web_ui.actions.undoing import CHECKED_PRODUCTS
from web_ui.question_index import MAX_PRODUCTS
from web_ui.skipped import SKIPPED_SECONDS
from web_ui.upload import MAX_UPLOAD_BYTES
from web_ui.worklists import LIMITS
from web_ui.worklists import MAX_ROWS as DOWNLOADED_ROWS
from worker.engine.claims import MAX_DELIVERIES
from worker.engine.options import EngineOptions
from worker.jobs.waiting import LONGEST_SECONDS as LONGEST_WAIT
from worklist.answer_times import ESTIMATE_WEIGHT, LONGEST_SECONDS
from worklist.sheet import SURE

ROOT = Path(__file__).parents[2]
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "config" / "prometheus" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}
MIB, HOUR, DAY = 1024 * 1024, 3600, 86_400
WORDS = dict(
    enumerate(
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
)


def word(number: float) -> str:
    return WORDS[int(number)]


FIGURES = [
    ("how-to/page.md", f"first {MAX_PRODUCTS:,} blocked products"),
    ("how-to/page.md", f"at most {DOWNLOADED_ROWS:,} rows"),
    ("how-to/page.md", f"at most {MAX_UPLOAD_BYTES // MIB} MiB, {LIMITS.unpacked_bytes // MIB} MiB unpacked"),
    ("how-to/page.md", f"a chance of {SURE * 100:.0f} %"),
    ("how-to/page.md", f"they last {word(SESSION_SECONDS / HOUR)} hours"),
    (
        "how-to/page.md",
        f"After {word(ADDRESS_BURST)} wrong tokens an address must wait {word(ADDRESS_REFILL_SECONDS)} sec",
    ),
    ("how-to/page.md", f"After {TOTAL_BURST} wrong tokens in total"),
    ("how-to/page.md", f"put a question aside for a {'week' if SKIPPED_SECONDS == 7 * DAY else '?'}"),
    ("how-to/page.md", f"Its first {word(CHECKED_PRODUCTS)} products are read from the platform"),
    ("how-to/worklist.md", f"up to {LONGEST_SECONDS / 60:.0f} minutes. Until about {word(ESTIMATE_WEIGHT)} answers"),
    ("how-to/worklist.md", f"a chance of at least {SURE * 100:.0f} %"),
    ("how-to/worklist.md", f"at most {EXPORTED_ROWS:,} rows"),
    ("how-to/worklist.md", f"files over {Limits().file_bytes // MIB} MiB"),
    ("how-to/worklist.md", f"unpack to more than {Limits().unpacked_bytes // MIB} MiB"),
    ("how-to/worklist.md", f"or after a {'week' if REFUSAL_SECONDS == 7 * DAY else '?'}"),
    ("how-to/spreadsheets.md", f"within the first {HEADER_ROWS} rows"),
    ("how-to/spreadsheets.md", f"size is {Limits().file_bytes // MIB} MiB ({MAX_FILE_BYTES // MIB} MiB for"),
    ("how-to/spreadsheets.md", f"{MAX_UPLOAD_BYTES // MIB} MiB in the web UI). A CSV has at most {MAX_ROWS:,} rows"),
    ("how-to/spreadsheets.md", f"rows, {LIMITS.rows:,} in the web UI"),
    ("how-to/feed.md", f"up to {MAX_JOBS:,} jobs"),
    ("how-to/record.md", f"warns at {WARN_SHARE * 100:.0f} % of the limit or below {WARN_FREE_BYTES // 1024**3} GiB"),
    ("how-to/proposals.md", f"expire after {EXAMPLE_SECONDS // DAY} days"),
    ("how-to/proposals.md", f"at most {MAX_EXAMPLES} products and tests proposals on at most {MAX_TESTED:,}"),
    ("how-to/proposals.md", f"until there are {BATCH} of them"),
    ("how-to/proposals.md", f"with {CONFIDENCE * 100:.0f} % confidence"),
    ("how-to/proposals.md", f"asked for about {CHECKED_SHARE * 100:.0f} % of the values"),
    ("how-to/scale.md", f"holds a shop for {EngineOptions().slice_seconds:.0f} seconds while others wait"),
    ("contracts.md", f"'<JSON array of up to {MAX_JOBS} objects>'"),
    ("contracts.md", f"more than {MAX_ENTRY_BYTES // MIB} MiB is rejected unread"),
    ("contracts.md", f"if the body takes more than {BODY_SECONDS:.0f} s"),
    ("runbooks/canary-late.md", f"Every {CANARY_MS // 1000} seconds the gateway enqueues a canary job"),
    ("runbooks/job-running-too-long.md", f"After {word(MAX_DELIVERIES)} "),
    ("runbooks/product-waits-long.md", f"checked at least every {word(LONGEST_WAIT / HOUR)} hours"),
    ("runbooks/redis-down.md", f"leave the old one within {CHECK_SECONDS:.0f} s"),
    ("runbooks/record-filling-up.md", f"less than {WARN_FREE_BYTES // 1024**3} GiB left"),
]
THRESHOLDS = [
    ("shop-wait", "more than 10 minutes (warning)", "ShopWaitHigh", "> 600"),
    ("shop-wait", "or an hour (critical)", "ShopWaitCritical", "> 3600"),
    ("canary-late", "has not run for 15 minutes", "CanaryLate", "> 900"),
    ("audit-stuck", "more than 48 hours ago", "AuditStuck", "> 48 * 3600"),
    ("deadline-at-risk", "later than three days before", "DeadlineAtRisk", "< 3 * 86400"),
    ("high-failure-ratio", "More than a tenth of the attempts of the last ten minutes", "HighFailureRatio", "> 0.1"),
    ("shop-parked", "more than 15 minutes ago", "ShopParked", "> 900"),
    ("feed-rejected", "in the last 15 minutes", "FeedRejected", "[15m]"),
    ("product-waits-long", "waited for more than three days", "ProductWaitsLong", "> 3 * 86400"),
    ("product-waits-long", "under review for more than two days", "ReviewOverdue", "- 2 * 86400"),
    ("worklist-stale", "blocked for three days", "WorklistStale", "offset 3d"),
    ("worklist-stale", "for more than a week", "AnswersOverdue", "- 7 * 86400"),
    ("api-down", "more than half of the calls", "ApiDown", "> 0.5"),
    ("throttled-share", "a fifth of the requests", "ThrottledShare", "> 0.2"),
    ("webhook-delivery-late", "more than 15 minutes old", "WebhookDeliveryLate", "> 900"),
    ("token-expiring", "expires in less than three days", "TokenExpiring", "< 3 * 86400"),
    ("record-filling-up", "at the pace of the last 6 hours", "RecordFillingUp", "[6h], 86400"),
    ("redis-memory-high", "more than 85 % of its limit", "RedisMemoryHigh", "> 0.85"),
]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / "docs" / page).read_text())


@pytest.mark.parametrize(("page", "figure"), FIGURES)
def test_a_limit_in_a_page_is_that_of_the_code(page: str, figure: str) -> None:
    assert figure in text_of(page)


@pytest.mark.parametrize(("page", "figure", "alert", "condition"), THRESHOLDS)
def test_a_threshold_in_a_runbook_is_that_of_its_alert(page: str, figure: str, alert: str, condition: str) -> None:
    assert figure in text_of(f"runbooks/{page}.md")
    assert condition in ALERTS[alert]["expr"]
