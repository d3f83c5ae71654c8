"""Writes docs/reliability.md from the results of the last fault suite (`make reliability`)."""

from __future__ import annotations

import os
import platform
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
HEAD = Path(__file__).with_name("reliability_head.md").read_text()


def page(found: list[dict[str, Any]], machine: str) -> str:
    """The whole page: one section per test file, one row per fault."""
    sections: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in found:
        sections[each["test"].partition("::")[0]].append(each)
    moments = sorted(str(each["at"]) for each in found)
    lines = [HEAD, f"*{moments[0]} to {moments[-1]}, {machine}; {len(found)} cases.*"]
    for file, cases in sorted(sections.items()):
        title = Path(file).stem.removeprefix("test_").replace("_", " ").capitalize()
        lines += ["", f"## {title}", "", "| fault | promise | measured |", "| --- | --- | --- |"]
        for case in sorted(cases, key=lambda case: str(case["fault"])):
            seen = ", ".join(f"{name.replace('_', ' ')} {_figure(value)}" for name, value in case["figures"].items())
            lines.append(f"| {case['fault']} | {case['promise']} | {seen} |")
    return "\n".join(lines) + "\n"


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> None:
    found = [orjson.loads(path.read_bytes()) for path in sorted(Path(sys.argv[1]).glob("*.json"))]
    if not found:
        raise SystemExit(f"no results in {sys.argv[1]}")
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    PAGE.write_text(page(found, machine))


if __name__ == "__main__":
    main()
