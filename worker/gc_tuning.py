"""Tunes Python's garbage collector.

Reference counting frees nearly everything a job allocates. With its default thresholds the cycle collector still scans
products and responses again and again while they are parsed: a fifth of a worker's CPU time
(docs/decisions/0016-gc-tuning.md).
"""

from __future__ import annotations

import gc

THRESHOLDS = (10_000, 10, 10)
"""Allocations minus deallocations that trigger a collection of each generation. Python's default is (700, 10, 10)."""


def tune_gc() -> None:
    """Call this once all modules and services are loaded: these objects are then excluded from collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
