"""Generates docs/benchmarks.md from the latest full run of each benchmark."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.result import RESULTS, Target

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

`make bench` writes this page; do not edit it. `make bench-NAME` runs one benchmark (`ARGS=--quick` takes
seconds), and `benchmarks/results/` holds every figure behind this page.

Each table comes from one run, with the peers in interleaved rounds on the same machine. Redis is a Valkey server on a
loopback TCP port, without persistence. Wall time depends on other load on the machine, so compare CPU time per job.
Each target was set before the first measurement. The page names missed targets and shows where the time goes.

The sections were measured on different days, each with the code of that day.
"""


def write_page(names: Iterable[str]) -> Path:
    entries = [orjson.loads(file.read_bytes()) for name in names if (file := RESULTS / f"{name}.json").exists()]
    PAGE.write_text(page(entries))
    return PAGE


def page(entries: list[dict[str, Any]]) -> str:
    """Renders the page. A pure function: equal figures give equal pages."""
    bars = [(entry, Target(**bar)) for entry in entries for bar in entry["bars"]]
    summary = [
        ["", "figure", "target", ""],
        *(
            [
                f"[{entry['title']}](#{_anchor(entry['title'])}): {bar.what}",
                f"{bar.figure:.3g}",
                bar.bound,
                _verdict(bar),
            ]
            for entry, bar in bars
        ),
    ]
    parts = [HEAD, "## At a glance\n", _table(summary)]
    for entry in entries:
        machine = entry["machine"]
        parts += [
            f"## {entry['title']}\n",
            f"{entry['how']}\n",
            f"*{entry['at']}, {machine['cores']} cores of {machine['cpu']}, Python {machine['python']}, "
            f"Valkey {machine['valkey']}, {machine['system']}; took {entry['seconds']:.0f} s.*\n",
            _table([entry["columns"], *entry["rows"]]),
        ]
        parts += [
            "\n".join(
                f"- {_verdict(bar)}: {bar.what} is {bar.figure:.3g}, target {bar.bound}."
                for bar in (Target(**each) for each in entry["bars"])
            )
            + "\n"
        ]
        parts += [f"{note}\n" for note in entry["notes"]]
        if entry["profile"]:
            parts += ["CPU profile of the worker (py-spy):\n", "```text", *entry["profile"], "```\n"]
    return "\n".join(parts).rstrip() + "\n"


def _verdict(bar: Target) -> str:
    return "reached" if bar.reached else "**not reached**"


def _anchor(title: str) -> str:
    return "".join(each for each in title.lower().replace(" ", "-") if each.isalnum() or each == "-")


def _table(rows: list[list[str]]) -> str:
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]) + "\n"
