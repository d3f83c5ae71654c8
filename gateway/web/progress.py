"""The progress bars and the shop search of the web UI. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from monitoring.fleet import ShopStats

PARTS = ("relisted", "already_v2", "queued", "blocked", "gone")
"""Segments of a progress bar, in order."""


def parts_of(stats: ShopStats) -> dict[str, int]:
    """Return the segments of one shop's bar."""
    counts = {"queued": stats.queued, "blocked": stats.lane.blocked}
    return {name: counts.get(name, stats.lane.outcomes.get(name, 0)) for name in PARTS}


def total_parts(shops: Iterable[ShopStats]) -> dict[str, int]:
    """Return the segments of the bar of all shops together."""
    total: Counter[str] = Counter()
    for stats in shops:
        total.update(parts_of(stats))
    return {name: total[name] for name in PARTS}


def find_shops(shops: Sequence[ShopStats], text: str, limit: int) -> list[ShopStats]:
    """Return shops whose ID, name, region or state contains `text`, those with most work first."""
    wanted = text.strip().casefold()
    found = [stats for stats in shops if wanted in _searchable(stats).casefold()]
    return sorted(found, key=lambda stats: (-stats.lane.blocked, -stats.queued, stats.shop_id))[:limit]


def _searchable(stats: ShopStats) -> str:
    return f"{stats.shop_id} {stats.shop.name} {stats.shop.region} {stats.state}"
