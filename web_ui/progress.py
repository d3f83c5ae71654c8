"""The progress bars of the web UI. Pure."""

from __future__ import annotations

from model.product_state import FOR_PEOPLE, ProductStateName
from monitoring.fleet import Fleet, ShopStats

PARTS: tuple[ProductStateName, ...] = (
    *("relisted", "already_v2", "in_audit", "running", "queued", "waiting"),
    *("needs_input", "rejected", "failed", "gone"),
)
"""Segments of a progress bar, in order: the ten states of a product."""


def parts_of(stats: ShopStats) -> dict[str, int]:
    """Return the segments of one shop's bar."""
    return {name: stats.products.by_state.get(name, 0) for name in PARTS}


def total_parts(fleet: Fleet) -> dict[str, int]:
    """Return the segments of the bar of all shops together."""
    return {name: fleet.products[name] for name in PARTS}


def waiting_for_people(stats: ShopStats) -> int:
    """Return the known products that wait for a person, drafts included."""
    return sum(stats.products.by_state.get(state, 0) for state in FOR_PEOPLE)
