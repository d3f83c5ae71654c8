"""`relist runs` on a real record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from record.record import Record
from record.state import Run, StateChange
from tests.support.command_desk import Desk
from tests.support.record_entries import NOON, an_edit

SHOP = "7494000000000000001"


@pytest.fixture
def desk(tmp_path: Path, redis_url: str) -> Desk:
    return Desk(tmp_path / "journal", redis_url, SHOP)


async def two_runs(record: Record) -> None:
    await record.begin_run(Run("spring", NOON, "relist"))
    await record.begin_run(Run("undo-spring-1", NOON + timedelta(hours=1), "undo", "undo of spring"))
    await record.append(an_edit("1", shop_id=SHOP, run_id="spring"))
    states = {"1": "relisted", "2": "relisted", "3": "needs_input", "4": "waiting", "5": "gone"}
    await record.set_states(
        [StateChange(NOON, SHOP, product, state, "", "spring") for product, state in states.items()]  # type: ignore[arg-type]
    )


def test_runs_are_listed_with_their_products_the_newest_first(desk: Desk) -> None:
    desk.fill(two_runs)
    newest, oldest = desk.data("runs")["runs"]
    assert (newest["run_id"], newest["kind"], newest["note"]) == ("undo-spring-1", "undo", "undo of spring")
    assert (newest["products"], newest["edits"]) == (0, 0)
    assert (oldest["run_id"], oldest["products"], oldest["edits"]) == ("spring", 5, 1)
    assert oldest["began"] == NOON.isoformat()
    nonzero = {name: number for name, number in oldest["states"].items() if number}
    assert nonzero == {"relisted": 2, "needs_input": 1, "waiting": 1, "gone": 1}
    assert len(oldest["states"]) == 10


def test_the_table_groups_the_states_by_who_acts_next(desk: Desk) -> None:
    desk.fill(two_runs)
    lines = [line.split("\t") for line in desk.relist("runs").stdout.splitlines()]
    assert lines[0] == ["run", "began", "kind", "products", "for machines", "for people", "on v2", "gone", "edits"]
    assert lines[2] == ["spring", NOON.isoformat()[:16], "relist", "5", "1", "1", "2", "1", "1"]


def test_only_so_many_runs_are_listed_as_asked(desk: Desk) -> None:
    desk.fill(two_runs)
    assert [each["run_id"] for each in desk.data("runs", "--limit", "1")["runs"]] == ["undo-spring-1"]


def test_a_record_without_runs_is_reported(desk: Desk) -> None:
    ended = desk.relist("runs")
    assert (ended.exit_code, ended.stdout) == (0, "the record has no run\n")


def test_a_damaged_run_is_named_and_the_others_are_listed(desk: Desk) -> None:
    desk.fill(two_runs)
    with closing(sqlite3.connect(desk.directory / "record.sqlite3")) as database:
        database.execute("UPDATE runs SET note = 'altered' WHERE run_id = 'undo-spring-1'")
        database.commit()
    ended = desk.relist("runs")
    assert ended.exit_code == 1
    assert "spring\t" in ended.stdout
    assert "1 run cannot be read" in ended.stderr
    assert "undo-spring-1" in ended.stderr
