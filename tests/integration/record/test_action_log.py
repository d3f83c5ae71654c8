"""The action log on each backend: order, search, concurrent writers, and the detection of later changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from record.action_log import LONGEST_ABOUT, NewAction
from record.record import Record

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


def action(name: str, **about: object) -> NewAction:
    return NewAction(AT, "Ana", "operator", name, about)


async def add_three(record: Record) -> None:
    for name in ("shops_paused", "plan_applied", "shops_resumed"):
        await record.add_action(action(name, shop="7"))


async def test_entries_are_numbered_paged_and_found(record: Record) -> None:
    await add_three(record)
    assert [(each.id, each.name) for each in await record.actions(limit=2)] == [
        (3, "shops_resumed"),
        (2, "plan_applied"),
    ]
    assert [each.id for each in await record.actions(before=2)] == [1]
    assert [each.id for each in await record.actions(text="PLAN")] == [2]
    assert await record.actions(text="nobody") == []
    assert (await record.verify()).sound


async def test_concurrent_writers_keep_one_chain(open_again: Callable[[], Record]) -> None:
    records = [open_again() for _ in range(3)]
    await records[0].upgrade()
    await asyncio.gather(*(record.add_action(action(f"a{n}")) for n in range(5) for record in records))
    assert [each.id for each in await records[0].actions(limit=100)] == list(range(15, 0, -1))
    assert (await records[0].verify()).sound
    for record in records:
        await record.close()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE actions SET actor = 'Ben' WHERE id = 2", "action 2 of the action log was changed"),
        ("UPDATE actions SET about = '{}' WHERE id = 1", "action 1 of the action log was changed"),
        ("DELETE FROM actions WHERE id = 2", "actions 2 to 2 of the action log are missing"),
        ("DELETE FROM actions WHERE id = 1", "actions 1 to 1 of the action log are missing"),
    ],
)
async def test_a_later_change_is_found(record: Record, change: str, says: str) -> None:
    await add_three(record)
    await record.database.execute([(change, ())])
    problems = (await record.verify()).problems
    assert any(says in problem for problem in problems), problems


async def test_a_huge_description_is_refused(record: Record) -> None:
    with pytest.raises(ValueError, match="the limit is"):
        await record.add_action(action("x", text="y" * LONGEST_ABOUT))
