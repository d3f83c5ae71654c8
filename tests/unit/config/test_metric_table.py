"""The table of metrics is what is documented, and keeps the rules."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry

from config.metrics.bounded_label import BoundedLabel
from config.metrics.page import PAGE, page
from config.metrics.series import MetricSeries
from config.metrics.table import BY_NAME, METRICS, Metric


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text() == page(), "run `make generated`"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_labels_and_buckets_keep_the_rules(metric: Metric) -> None:
    assert re.fullmatch(r"relist_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(metric.buckets)
    assert not {"product", "product_id", "request_id", "url", "message", "account"} & set(metric.labels)


def test_names_are_used_once() -> None:
    assert len(BY_NAME) == len(METRICS)


def test_only_the_metrics_the_reference_marks_carry_a_shop() -> None:
    assert {metric.name for metric in METRICS if "shop" in metric.labels} == {
        "relist_products",
        "relist_audit_pending_oldest_age_seconds",
        "relist_rate_limit_throttled_total",
        "relist_rate_limit_requests_per_second",
        "relist_token_expires_timestamp_seconds",
    }


def test_a_name_that_is_not_in_the_table_can_not_be_registered() -> None:
    with pytest.raises(KeyError):
        MetricSeries(CollectorRegistry()).counter("relist_typo_total")
    with pytest.raises(ValueError, match="is a counter"):
        MetricSeries(CollectorRegistry()).gauge("relist_jobs_started_total")


def test_a_bounded_label_keeps_the_values_it_saw_first() -> None:
    label = BoundedLabel(2)
    assert [label(each) for each in ("a", "b", "c", "a", "d")] == ["a", "b", "other", "a", "other"]
