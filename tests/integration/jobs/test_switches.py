"""Every position of every switch through the whole pipeline: no seller data is lost, and each product ends.

Fast worlds have several positions each, slow ones one.
"""

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
    "tells_retry_after": {"unlimited": False, "reads_per_second": (80, 80), "writes_per_second": (40, 40)},
    "shops_per_authorization": {"shops": 3},
    "bad_token_code": {"access_token_seconds": 2},
    "expired_token_code": {"access_token_seconds": 2},
}
"""Options that make a world meet the switch."""

MEASURED = frozenset(
    {"edit_reactivates", "edit_discards_draft", "longest_package_cm", "accepts_zero_dimensions",
     "accepts_legacy_values", "accepts_more_decimals", "accepts_incomplete_drafts", "platforms_survive_omission",
     "description_images_need_sizes", "main_image_least_px"}
)  # fmt: skip
"""Switches whose position changes what the service does once it is measured."""
World = dict[str, Position]
ALONE: list[World] = [{}, *({name: position} for name, position in POSITIONS)]


def together() -> list[World]:
    """Each position in one world. A world has at most one trouble, whose options could hide another."""
    worlds: list[World] = [{name: position} for name, position in POSITIONS if name in TROUBLE]
    others = [each for each in POSITIONS if each[0] not in TROUBLE]
    for number, (name, position) in enumerate(others):
        worlds[number % len(worlds)][name] = position
    return worlds


def measured(worlds: list[World]) -> list[World]:
    chosen = [{name: position for name, position in world.items() if name in MEASURED} for world in worlds]
    return [world for world in chosen if world]


def facts_of(directory: Path, positions: World) -> Path:
    file, facts = directory / "facts.toml", platform_facts()
    found = [
        MeasuredFact(facts.switches[name].id, name, position, "MX", date(2026, 11, 28), ())
        for name, position in positions.items()
    ]
    file.write_text(render_operator_facts(MeasuredFacts(facts, tuple(found))))
    return file


def test_every_position_is_in_one_of_the_worlds() -> None:
    assert sorted((name, str(each)) for world in together() for name, each in world.items()) == sorted(
        (name, str(each)) for name, each in POSITIONS
    )


@pytest.mark.parametrize("positions", [{}, *together()], ids=" ".join)
async def test_worlds_with_these_positions_are_relisted(redis: Redis, tmp_path: Path, positions: World) -> None:
    await relist(redis, tmp_path, positions)


@pytest.mark.parametrize("positions", measured([dict(POSITIONS)]), ids=" ".join)
async def test_worlds_with_these_measured_positions_are_relisted(
    redis: Redis, tmp_path: Path, positions: World
) -> None:
    await relist(redis, tmp_path, positions, facts_of(tmp_path, positions))


@pytest.mark.slow
@pytest.mark.parametrize("positions", ALONE, ids=str)
async def test_a_world_with_this_position_is_relisted(redis: Redis, tmp_path: Path, positions: World) -> None:
    await relist(redis, tmp_path, positions)


@pytest.mark.slow
@pytest.mark.parametrize("positions", measured(ALONE), ids=str)
async def test_a_world_with_this_measured_position_is_relisted(redis: Redis, tmp_path: Path, positions: World) -> None:
    await relist(redis, tmp_path, positions, facts_of(tmp_path, positions))


async def relist(redis: Redis, directory: Path, positions: World, facts: Path | None = None) -> None:
    options: dict[str, Any] = dict(positions)
    for name in positions.keys() & TROUBLE.keys():
        options |= TROUBLE[name]
    async with switched_world(redis, directory, facts, **options) as world:
        await world.search_all()
        if positions.keys() & {"quota_code", "sandbox_requests_per_hour"}:
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
