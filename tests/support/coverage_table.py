"""Coverage of the queue, the client and the pipeline: `python -m tests.support.coverage_table coverage.json`.

Fails if less than `LEAST` per cent of a package's lines or branches are covered. `make coverage` writes the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

LEAST = 95.0
PARTS = {
    "shop_queue": ("shop_queue/",),
    "tiktok_shop": ("tiktok_shop/",),
    "pipeline": ("relisting/", "worker/planning.py", "worker/jobs/"),
}
MAX_FILES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Covered:
    lines: int
    all_lines: int
    branches: int
    all_branches: int

    @property
    def line_share(self) -> float:
        return share(self.lines, self.all_lines)

    @property
    def branch_share(self) -> float:
        return share(self.branches, self.all_branches)

    @property
    def together(self) -> float:
        return share(self.lines + self.branches, self.all_lines + self.all_branches)


def share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


def covered(summary: Mapping[str, int]) -> Covered:
    return Covered(
        summary["covered_lines"], summary["num_statements"], summary["covered_branches"], summary["num_branches"]
    )


def sum_of(each: list[Covered]) -> Covered:
    return Covered(
        sum(one.lines for one in each),
        sum(one.all_lines for one in each),
        sum(one.branches for one in each),
        sum(one.all_branches for one in each),
    )


def table(files: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], bool]:
    """The lines to print, and whether every package reaches its minimum."""
    lines = [f"{'part':<14}{'lines %':>9}{'branches %':>12}{'both %':>9}"]
    enough = True
    for name, prefixes in PARTS.items():
        own = {path: covered(each["summary"]) for path, each in files.items() if path.startswith(prefixes)}
        part = sum_of(list(own.values()))
        # A package without any file would otherwise count as fully covered.
        good = bool(own) and part.together >= LEAST and part.branch_share >= LEAST
        enough = enough and good
        shares = f"{part.line_share:>9.1f}{part.branch_share:>12.1f}{part.together:>9.1f}"
        lines.append(f"{name:<14}{shares}" + ("" if good else f"  below {LEAST:.0f}"))
        lines += [f"  {line}" for line in least_covered(own, files)]
    return lines, enough


def least_covered(own: Mapping[str, Covered], files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    worst = sorted(own, key=lambda path: own[path].together)[:MAX_FILES_NAMED]
    for path in worst:
        missing = [str(line) for line in files[path]["missing_lines"]]
        missing += [f"{before}->{after}" for before, after in files[path]["missing_branches"]]
        if missing:
            yield f"{own[path].together:5.1f}  {path}: {', '.join(missing)}"


def main(path: str) -> int:
    lines, enough = table(orjson.loads(Path(path).read_bytes())["files"])
    print("\n".join(lines))  # noqa: T201
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
