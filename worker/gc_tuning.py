"""How often Python looks for garbage that refers to itself.

What a job makes is freed the moment nothing refers to it. The collector finds next to nothing beyond that, but by its
defaults walks through a product or an answer again and again while it is being parsed: a fifth of a worker's CPU time
(docs/decisions/0016-gc-tuning.md).
"""

from __future__ import annotations

import gc

THRESHOLDS = (10_000, 10, 10)
"""Python's own are (700, 10, 10): that many more objects made than freed are a reason to look."""


def tune_gc() -> None:
    """For a process whose modules and services are all made: they stay, and are not looked through any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
