"""Alerts and panels use only labels and values that the code emits."""

from __future__ import annotations

import pytest

from config.metrics.table import BY_NAME
from tests.support.label_matchers import Matcher, can_be, emitted, matchers, used_matchers

EMITTED = emitted()


@pytest.mark.parametrize("matcher", sorted(used_matchers(), key=str), ids=str)
def test_every_label_matcher_can_match(matcher: Matcher) -> None:
    assert can_be(matcher, EMITTED), (
        f"{matcher.label} of {matcher.metric} is one of {EMITTED[matcher.metric, matcher.label]}"
    )


@pytest.mark.parametrize(
    "expr",
    [
        'relist_jobs_finished_total{result="sucess"}',
        'relist_jobs_finished_total{kind!="heart_beat"}',
        'relist_jobs_finished_total{result!~"failed|retryed"}',
        'relist_jobs_finished_total{outcome="failed"}',
        'relist_api_requests_total{result=~"server_error|timeout"}',
        'relist_warnings_total{warning="brand_clear"}',
        'relist_products{region=~".*",shop=~".*",state="blocked"}',
        'relist_token_expires_timestamp_seconds{token="renew"}',
        'up{job="worker"}',
    ],
)
def test_misspelt_selector_is_noticed(expr: str) -> None:
    assert not all(can_be(matcher, EMITTED) for matcher in matchers(expr))


def test_code_and_table_have_the_same_labels() -> None:
    for (series, label), _ in EMITTED.items():
        name = next((series.removesuffix(end) for end in ("_bucket", "_sum", "_count") if series.endswith(end)), series)
        if label not in ("job", "le") and name in BY_NAME:
            assert label in BY_NAME[name].labels
