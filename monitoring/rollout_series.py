"""Turns the causes of the rollout into metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client.core import Metric

from config.metrics.series import family
from rollout.records import StopCause

MAX_NAMED = 20
"""Maximum number of causes that are named. A fault that stops more becomes one wider cause within minutes."""
LONGEST_LABEL = 300


def rollout_families(causes: Sequence[StopCause]) -> Iterable[Metric]:
    """Causes explained by a wider one are not named. At most three examples each, so the labels stay bounded."""
    named = [each for each in causes if not each.under]
    stopped = {
        (each.key, each.by, "no" if each.alert_only else "yes", "; ".join(each.examples)[:LONGEST_LABEL]): (
            each.since / 1000
        )
        for each in named[:MAX_NAMED]
    }
    yield family("relist_rollout_stopped_timestamp_seconds", stopped)
    yield family("relist_rollout_causes", {(): len(named)})
