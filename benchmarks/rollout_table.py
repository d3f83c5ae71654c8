"""The table of the rollout benchmark, which separate runs fill line by line."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from benchmarks.result import RESULTS, Result, Target, keep
from benchmarks.rollout_world import SHOPS

NAME = "rollout"
MISSED = "MISSED"
AUDITS = {"2 min": 120.0, "1 h": 3_600.0, "1 d": 86_400.0, "3 d": 3 * 86_400.0}
COLUMNS = ["planted", "audits", "policy", "reached", "target", ""]


class Targets:
    """Prints the lines of the table and keeps those of a full run."""

    def __init__(self, is_kept: bool) -> None:
        self.rows: list[list[str]] = []
        self._is_kept, self._began = is_kept, time.monotonic()
        self._began_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def missed(self) -> int:
        return sum(row[-1] == MISSED for row in self.rows)

    def line(self, name: str, audits: str, policy: str, reached: str, target: str, good: bool) -> None:
        self.rows.append([name, audits, policy, reached, target, "reached" if good else MISSED])
        print(f"{name:<34} {audits:<6} {policy:<8} {reached:<100} {target:<44} {'ok' if good else MISSED}", flush=True)

    def keep(self) -> None:
        """Replaces the kept lines of the same name, audits and policy."""
        file = RESULTS / f"{NAME}.json"
        kept = orjson.loads(file.read_bytes()) if self._is_kept and file.exists() else {}
        result, seconds = table(kept, self.rows, self._began_at, time.monotonic() - self._began)
        keep(NAME, result, seconds, quick=not self._is_kept)


def table(kept: Mapping[str, Any], rows: Sequence[list[str]], began: str, seconds: float) -> tuple[Result, float]:
    """The kept table with the lines of the run that began then, and how long all of its runs took. Pure."""
    lines = {_key(row): row for row in kept.get("rows", ())} | {_key(row): row for row in rows}
    in_order = sorted(lines.values(), key=lambda row: list(AUDITS).index(row[1]) if row[1] in AUDITS else len(AUDITS))
    figures = kept.get("figures", {})
    begun = {_key(row): kept["at"] for row in kept.get("rows", ())} | figures.get("lines", {})
    begun |= {_key(row): began for row in rows}
    took = {kept["at"]: kept["seconds"]} if kept and not figures else dict(figures.get("runs", {}))
    took[began] = round(seconds, 1)
    took = {run: each for run, each in sorted(took.items()) if run in begun.values()}
    missed = sum(row[-1] == MISSED for row in in_order)
    result = Result(
        "Staged rollout with planted faults",
        f"Worlds of 100,000 products in {SHOPS} shops and 1,900 leaves in virtual time, with the production code "
        "for every decision. In two percent of the shops audits never end. Faults planted in one world act "
        "at the same time. *hurt*: a listing is worse, live or in audit; *rejected*: the old listing stays live.",
        COLUMNS,
        in_order,
        [Target(f"lines that miss their target, of {len(in_order)}", missed, at_most=0)],
        {"lines": {_key(row): begun[_key(row)] for row in in_order}, "runs": took},
        [f"The lines come from {len(took)} runs, which began between {min(took)} and {max(took)}."] if took else [],
    )
    return result, sum(took.values())


def _key(row: Sequence[str]) -> str:
    return ", ".join(row[:3])
