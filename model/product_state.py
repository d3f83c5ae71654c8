"""The states of a known product: it is in exactly one of ten."""

from __future__ import annotations

from typing import Literal, get_args

ProductStateName = Literal[
    "queued",
    "running",
    "in_audit",
    "waiting",
    "needs_input",
    "relisted",
    "already_v2",
    "rejected",
    "failed",
    "gone",
]
STATES: tuple[ProductStateName, ...] = get_args(ProductStateName)
FOR_MACHINES: tuple[ProductStateName, ...] = ("queued", "running", "in_audit", "waiting")
"""On v1, and the service or the platform acts next."""
FOR_PEOPLE: tuple[ProductStateName, ...] = ("needs_input", "rejected", "failed")
"""On v1, and a person acts next."""
ON_V2: tuple[ProductStateName, ...] = ("relisted", "already_v2")
