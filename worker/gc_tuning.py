"""Tunes Python's garbage collector.

Reference counting frees nearly everything that a job allocates. With default thresholds the cycle collector still scans
products and responses repeatedly during parsing, which takes a fifth of a worker's CPU time
(docs/decisions/0016-gc-tuning.md).
"""

from __future__ import annotations

import gc

THRESHOLDS = (50_000, 10, 10)
"""Allocations minus deallocations that trigger a collection of each generation. Python's default is (700, 10, 10)."""


def tune_gc() -> None:
    """Excludes all current objects from collection. Call this when all modules and services are loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
