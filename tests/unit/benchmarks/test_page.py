"""The benchmark page reports missed targets as clearly as reached ones."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import orjson
import pytest

from benchmarks.__main__ import LONG, NAMES
from benchmarks.page import PAGE, page
from benchmarks.profiler import ROOT, summary
from benchmarks.result import RESULTS, Result, Target


def entry(*bars: Target, profile: list[str] | None = None) -> dict[str, Any]:
    result = Result("The whole job", "How.", ["", "a|b"], [["ours", "12"]], list(bars), profile=profile or [])
    machine = {"cpu": "A CPU", "cores": "2", "python": "3.11", "valkey": "9.1", "system": "Linux"}
    return {
        "name": "whole_job",
        "at": "2026-11-24T20:00:00Z",
        "quick": False,
        "seconds": 61.2,
        "machine": machine,
        **asdict(result),
    }


@pytest.mark.parametrize(
    ("bar", "reached"),
    [
        (Target("x", 5.0, at_least=5), True),
        (Target("x", 4.9, at_least=5), False),
        (Target("x", 0.01, at_most=0.01), True),
        (Target("x", 0.02, at_most=0.01), False),
        (Target("x", 0.0, at_most=0), True),
    ],
)
def test_target_is_reached_at_its_bound(bar: Target, reached: bool) -> None:
    assert bar.reached is reached


def test_missed_target_shows_in_summary_and_below_table() -> None:
    text = page([entry(Target("ours over theirs", 1.2, at_least=1.7), Target("lost", 0, at_most=0))])
    assert "| [The whole job](#the-whole-job): ours over theirs | 1.2 | at least 1.7 | **not reached** |" in text
    assert "- **not reached**: ours over theirs is 1.2, target at least 1.7." in text
    assert "- reached: lost is 0, target at most 0." in text


def test_page_names_machine_date_and_profile() -> None:
    text = page([entry(profile=["50.0% itself  f (a/b.py)"])])
    assert "2026-11-24T20:00:00Z, 2 cores of A CPU, Python 3.11, Valkey 9.1" in text
    assert "```text\n50.0% itself  f (a/b.py)\n```" in text
    assert "a\\|b" in text, "a bar in a cell does not break the table"


def test_profile_has_own_and_total_time() -> None:
    ours = f"{ROOT}/worker/jobs/relist.py"
    lines = summary(
        f"run (asyncio.py:1);work ({ours}:5);send (socket.py:9) 3\nrun (asyncio.py:1);work ({ours}:6) 1\n", 5
    )
    assert lines[0] == "75.0% itself  75.0% in all  send (socket.py)"
    assert lines[1] == "25.0% itself  100.0% in all  work (jobs/relist.py)"
    assert lines[-1].split() == ["100.0%", "in", "all", "work", "(jobs/relist.py)"]


def test_idle_process_has_no_profile() -> None:
    assert summary("", 5) == ["no samples: the process was idle"]


def test_the_page_is_made_of_the_recorded_results() -> None:
    files = [RESULTS / f"{name}.json" for name in (*NAMES, *LONG)]
    entries = [orjson.loads(file.read_bytes()) for file in files if file.exists()]
    assert PAGE.read_text() == page(entries), "python -m benchmarks --page"


def measured(name: str, row: str, column: str) -> float:
    """A cell of a recorded result, by the first cell of its row."""
    result = orjson.loads((RESULTS / f"{name}.json").read_bytes())
    cells = next(cells for cells in result["rows"] if cells[0] == row)
    return float(cells[result["columns"].index(column)].replace(",", ""))


def test_the_costs_by_which_operators_estimate_cores_are_those_of_the_whole_job() -> None:
    text = (ROOT / "docs" / "how-to" / "scale.md").read_text()
    found = re.search(r"A product took ([\d.]+) ms of a worker's core and ([\d.]+) ms of Redis", text)
    assert found is not None
    worker, server = (float(each) * 1000 for each in found.groups())
    # A later run on another day differs by some percent, which does not change an estimate.
    assert worker == pytest.approx(measured("whole_job", "ours", "CPU µs/product"), rel=0.2)
    assert server == pytest.approx(measured("whole_job", "ours", "Redis µs/product"), rel=0.2)
    rows = re.findall(r"^\| (\d+) (million|billion) \| ([\d,.]+) \| ([\d,.]+) \|", text, re.MULTILINE)
    assert len(rows) == 3
    for number, unit, hours, redis_hours in rows:
        factor = int(number) * {"million": 1e6, "billion": 1e9}[unit] / 1e6 / 3600
        assert float(hours.replace(",", "")) == pytest.approx(worker * factor, rel=0.06)
        assert float(redis_hours.replace(",", "")) == pytest.approx(server * factor, rel=0.1)


def test_the_shares_that_proposals_md_repeats_are_those_of_the_results() -> None:
    text = (ROOT / "docs" / "how-to" / "proposals.md").read_text()
    result = orjson.loads((RESULTS / "proposals.json").read_bytes())
    rows = [row for row in result["rows"] if row[1] == "half known, no answers"]
    assert len(rows) == 4
    for name, _, _, _, first, among_three, filled, wrong, *_ in rows:
        shares = " | ".join(share.replace("%", " %") for share in (first, among_three, filled))
        number = re.match(r"(\d+) of (\d+)", wrong)
        assert number is not None
        assert f"| {name} | {shares} | {number[1]} of {int(number[2]):,} |" in text
