"""The table of `make coverage` fails for a package below its minimum, and for a missing package."""

from __future__ import annotations

from typing import Any

from tests.support.coverage_table import table


def file(lines: int, branches: int) -> dict[str, Any]:
    """A coverage report with a hundred lines and branches, of which these are covered."""
    summary = {"covered_lines": lines, "num_statements": 100, "covered_branches": branches, "num_branches": 100}
    return {"summary": summary, "missing_lines": [*range(lines, 100)], "missing_branches": [[7, 9]]}


def judged(pipeline: dict[str, Any] | None) -> tuple[list[str], bool]:
    files = {
        "shop_queue/producer.py": file(100, 100),
        "tiktok_shop/signing.py": file(99, 95),
        "config/logging/setup.py": file(0, 0),
    }
    return table(files | ({"worker/jobs/edit.py": pipeline} if pipeline else {}))


def test_table_passes_if_lines_and_branches_reach_the_minimum() -> None:
    lines, enough = judged(file(96, 95))
    assert enough
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
        "part", "shop_queue", "tiktok_shop", "pipeline",
    ]  # fmt: skip
    assert "   95.5  worker/jobs/edit.py: 96, 97, 98, 99, 7->9" in lines


def test_covered_lines_do_not_compensate_for_branches() -> None:
    lines, enough = judged(file(100, 94))
    assert not enough
    (below,) = [line for line in lines if "below" in line]
    assert below.split() == ["pipeline", "100.0", "94.0", "97.0", "below", "95"]


def test_a_part_without_a_file_is_not_covered() -> None:
    assert not judged(None)[1]
