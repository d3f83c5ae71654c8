"""The table of metrics follows its rules and matches the docs."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry

from config.metrics.bounded_label import BoundedLabel
from config.metrics.page import DOC, page
from config.metrics.series import MetricSeries
from config.metrics.table import BY_NAME, METRICS, Metric


def test_generated_docs_are_up_to_date() -> None:
    assert DOC.read_text() == page(), "run `make generated`"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_labels_and_buckets_follow_the_rules(metric: Metric) -> None:
    assert re.fullmatch(r"relist_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(metric.buckets)
    assert not {"product", "product_id", "request_id", "url", "message", "account"} & set(metric.labels)


def test_metric_names_are_unique() -> None:
    assert len(BY_NAME) == len(METRICS)


def test_only_listed_metrics_have_a_shop_label() -> None:
    assert {metric.name for metric in METRICS if "shop" in metric.labels} == {
        "relist_products",
        "relist_audit_pending_oldest_age_seconds",
        "relist_rate_limit_throttled_total",
        "relist_rate_limit_requests_per_second",
        "relist_token_expires_timestamp_seconds",
        "relist_waiting_since_timestamp_seconds",
        "relist_blocked_since_timestamp_seconds",
        "relist_shop_info",
        "relist_shop_parked_since_timestamp_seconds",
    }


def test_unknown_metric_name_cannot_be_registered() -> None:
    with pytest.raises(KeyError):
        MetricSeries(CollectorRegistry()).counter("relist_typo_total")
    with pytest.raises(ValueError, match="is a counter"):
        MetricSeries(CollectorRegistry()).gauge("relist_jobs_started_total")


def test_bounded_label_keeps_first_values() -> None:
    label = BoundedLabel(2)
    assert [label(each) for each in ("a", "b", "c", "a", "d")] == ["a", "b", "other", "a", "other"]
