"""The action log: order, search, concurrent writers, and what a later change of the store leaves visible."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from record.action_log import LONGEST_ABOUT, NewAction
from record.opening import open_record
from record.record import Record
from record.sqlite.connection import FILE_NAME

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


def action(name: str, **about: object) -> NewAction:
    return NewAction(AT, "Ana", "operator", name, about)


async def three(directory: Path) -> Record:
    record = open_record("", directory)
    for name in ("shops_paused", "plan_applied", "shops_resumed"):
        await record.add_action(action(name, shop="7"))
    return record


async def test_entries_are_numbered_paged_and_found(tmp_path: Path) -> None:
    record = await three(tmp_path)
    assert [(each.id, each.name) for each in await record.actions(limit=2)] == [
        (3, "shops_resumed"),
        (2, "plan_applied"),
    ]
    assert [each.id for each in await record.actions(before=2)] == [1]
    assert [each.id for each in await record.actions(text="PLAN")] == [2]
    assert await record.actions(text="nobody") == []
    assert (await record.verify()).sound
    await record.close()


async def test_concurrent_writers_keep_one_chain(tmp_path: Path) -> None:
    records = [open_record("", tmp_path) for _ in range(3)]
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
async def test_a_later_change_is_found(tmp_path: Path, change: str, says: str) -> None:
    await (await three(tmp_path)).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute(change)
    record = open_record("", tmp_path)
    problems = (await record.verify()).problems
    assert any(says in problem for problem in problems), problems
    await record.close()


async def test_a_huge_description_is_refused(tmp_path: Path) -> None:
    record = open_record("", tmp_path)
    with pytest.raises(ValueError, match="the limit is"):
        await record.add_action(action("x", text="y" * LONGEST_ABOUT))
    await record.close()
