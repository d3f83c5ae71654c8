"""The benchmark page reports missed targets as clearly as reached ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from benchmarks.page import page
from benchmarks.profiler import ROOT, summary
from benchmarks.result import Result, Target


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
