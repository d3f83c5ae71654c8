"""Objects created at start are excluded from collection, and later ones are collected rarely."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from worker.gc_tuning import THRESHOLDS, tune_gc


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_garbage_is_collected_rarely_but_collected() -> None:
    tune_gc()
    assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() > 0
    assert gc.isenabled()
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() > 0
