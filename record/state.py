"""The ten states of a known product, which is always in exactly one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from model.product_state import STATES as STATES
from model.product_state import ProductStateName as ProductStateName

LONGEST_REASON = 500
"""Maximum length of a stored reason."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A product enters a state and, with `run_id`, joins that run."""

    at: datetime
    shop_id: str
    product_id: str
    state: ProductStateName
    reason: str = ""
    """Explanation for operators, truncated to LONGEST_REASON."""
    run_id: str = ""
    title: str = ""
    """For finding the product; empty if unknown."""
    skus: tuple[str, ...] = ()
    """The seller's names of its variants, for finding it."""


@dataclass(frozen=True, slots=True)
class ProductState:
    shop_id: str
    product_id: str
    state: ProductStateName
    at: datetime
    reason: str
    run_id: str
    """The run of the last change that named one."""


@dataclass(frozen=True, slots=True)
class Run:
    run_id: str
    at: datetime
    kind: str
    """The command that started it: relist, plan or undo."""
    note: str = ""
