"""Separate runs of the rollout benchmark fill one table."""

from __future__ import annotations

from dataclasses import asdict

from benchmarks.rollout_table import MISSED, table

MORNING, NOON, EVENING = (f"2026-11-29T{hour}:00:00Z" for hour in ("08", "12", "18"))


def row(name: str, audits: str, reached: str = "1 hurt", verdict: str = "reached") -> list[str]:
    return [name, audits, "normal", reached, "3 hurt", verdict]


def test_runs_with_other_audits_add_lines_in_the_order_of_audits() -> None:
    first, seconds = table({}, [row("a", "3 d"), row("false stop", "")], MORNING, 10.0)
    assert seconds == 10.0
    second, seconds = table(
        {"at": NOON, "seconds": 10.0, **asdict(first)}, [row("a", "2 min"), row("a", "1 h")], NOON, 5
    )
    assert [each[:2] for each in second.rows] == [["a", "2 min"], ["a", "1 h"], ["a", "3 d"], ["false stop", ""]]
    assert seconds == 15.0
    assert second.notes == [f"The lines come from 2 runs, which began between {MORNING} and {NOON}."]


def test_a_run_replaces_its_own_lines_and_counts_the_missed_ones() -> None:
    first, _ = table({}, [row("a", "1 h", "9 hurt", MISSED), row("b", "1 h", "4 hurt", MISSED)], MORNING, 10.0)
    second, seconds = table({"at": MORNING, "seconds": 10.0, **asdict(first)}, [row("a", "1 h")], EVENING, 5.0)
    assert [each[3] for each in second.rows] == ["1 hurt", "4 hurt"]
    assert [bar.figure for bar in second.bars] == [1]
    assert second.figures["lines"] == {"a, 1 h, normal": EVENING, "b, 1 h, normal": MORNING}
    third, seconds = table({"at": EVENING, "seconds": seconds, **asdict(second)}, [row("b", "1 h")], EVENING, 6.0)
    assert (third.figures["runs"], seconds) == ({EVENING: 6.0}, 6.0), "a run without lines in the table does not count"


def test_lines_kept_before_runs_were_counted_have_the_time_of_their_file() -> None:
    kept = {"at": MORNING, "seconds": 7.0, "rows": [row("a", "1 h")], "figures": {}}
    result, seconds = table(kept, [row("a", "1 d")], NOON, 5.0)
    assert result.figures["lines"] == {"a, 1 h, normal": MORNING, "a, 1 d, normal": NOON}
    assert seconds == 12.0
