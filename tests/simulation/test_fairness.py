"""Fairness among shops on a virtual clock."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

from benchmarks.tenants import simulated_run
from worker.engine.options import EngineOptions


def test_shops_take_turns_if_a_round_of_all_takes_longer_than_a_slice() -> None:
    """Forty shops are held, and one more waits; under the ceiling each has a turn every 7 s, and a slice is 5 s."""
    options = EngineOptions(max_shops=20, slice_seconds=5.0, app_rate=6.0)
    with ProcessPoolExecutor(1) as pool:
        found = pool.submit(simulated_run, {"huge": 300}, 40, 2, options).result()
    assert found.jain >= 0.98, "when the first shop is done, all others are nearly done"
