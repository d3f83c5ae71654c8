"""Every position of every switch through the whole pipeline: nothing of the seller's is lost, each product ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from facts.fact import Position
from facts.load import platform_facts, same_position
from facts.operator_file import MeasuredFact, MeasuredFacts, render_operator_facts
from tests.support.switched_world import switched_world

POSITIONS: list[tuple[str, Position]] = [
    (name, position)
    for name, fact in platform_facts().switches.items()
    if fact.switch is not None
    for position in fact.switch.positions
    if not same_position(position, fact.switch.default)
]
TROUBLE: dict[str, dict[str, Any]] = {
    "quota_code": {"quota_per_day": 5},
    "sandbox_requests_per_hour": {"sandbox_requests_per_hour": 60},
    "tells_retry_after": {"unlimited": False, "reads_per_second": (40, 40), "writes_per_second": (20, 20)},
    "shops_per_authorization": {"shops": 3},
    "bad_token_code": {"access_token_seconds": 2},
    "expired_token_code": {"access_token_seconds": 2},
}
"""Options that make a world meet the switch."""


MEASURED = frozenset(
    {"edit_reactivates", "edit_discards_draft", "longest_package_cm", "accepts_zero_dimensions",
     "accepts_legacy_values", "platforms_survive_omission", "description_images_need_sizes", "main_image_least_px"}
)  # fmt: skip
"""Switches whose position changes what the service does once it is measured."""


def facts_of(directory: Path, name: str, position: Position) -> Path:
    file = directory / "facts.toml"
    fact = platform_facts().switches[name]
    measured = MeasuredFact(fact.id, name, position, "MX", date(2026, 11, 28), ())
    file.write_text(render_operator_facts(MeasuredFacts(platform_facts(), (measured,))))
    return file


@pytest.mark.parametrize(
    ("name", "position", "is_measured"),
    [
        ("", True, False),
        *((*each, False) for each in POSITIONS),
        *((*each, True) for each in POSITIONS if each[0] in MEASURED),
    ],
)
async def test_a_world_with_this_position_is_relisted(
    redis: Redis, tmp_path: Path, name: str, position: Position, is_measured: bool
) -> None:
    options = ({name: position} if name else {}) | TROUBLE.get(name, {})
    facts = facts_of(tmp_path, name, position) if is_measured else None
    async with switched_world(redis, tmp_path, facts, **options) as world:
        await world.search_all()
        if name in ("quota_code", "sandbox_requests_per_hour"):
            await world.until_parked()
            world.running.world.faults.quota_per_day = None
            world.running.world.set_switches({"sandbox_requests_per_hour": 0})
            await world.resume()
        await world.until_finished()
        ends, books, found = await world.ends(), world.books(), await world.search_counts()
        assert world.losses() == {}
        assert (books["damaged"], books["put_on_sale"], books["drafts_published"], books["in_audit"]) == (0, 0, 0, 0)
        assert set(ends.values()) <= {"relisted", "already_v2", "needs_input", "waiting", "gone"}
        assert len(ends) == found["enqueued"]
        assert len(ends) + found["skipped_deleted"] == books["moved"] + books["still_on_v1"]
        assert books["moved"] >= 0.5 * books["products"]
