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
HEAD = """# Fault-injection results

`make reliability` runs the fault suite (`tests/faults/`) and writes this page with the measured figures. Every case
uses real processes (gateway, workers, a Redis-protocol server, the simulated platform) and ends with two checks.
*Conservation*: each product that was fed has exactly one final outcome or is still queued. *Integrity*: the
simulator's ledger shows no damaged listing, and no more products edited twice than were in flight.

## Simulated worlds

Not measured by this suite: `make simulate` runs the real queue, engine and pipeline in one process on a virtual clock,
among seeded faults ([how](../tests/simulation/README.md)). Continuous integration runs 1,000 worlds of the queue and 20
of the pipeline.

- *Explored*: lost commands, lost replies, also to one script alone, and halves of pipelines; kills, graceful stops,
  freezes, cuts and slow links of workers and gateways; Redis down, restarted or failed over with lost writes, full,
  without its scripts, with a clock that steps; an API that is down or slow; failing products, products that crash
  workers, lost answers to edits; pauses and limits; sellers who edit, rejected audits, lost and late webhooks, undo, a
  full or stalled disk of the record.
- *Exhaustively*: two workers, one shop and two jobs, with one crash or lost answer anywhere; leases end at any moment.
  Each of the 3,136 states (10,804 steps) keeps each job in exactly one place, and leads to the end.
- *Found so far*: an intake entry that was acknowledged and not deleted stayed in the stream; a worker on a cluster that
  stopped left its last outcome in the outbox for up to a minute; outcomes were lost if the server of a cluster's
  outcomes failed over after they had left the outbox; a worker without a shop looked at an open circuit without a
  pause. All have a test outside the simulation. Findings C1, C7, C8 and C9 are worlds that fail with their mistake
  (`tests/simulation/scenarios.py`).
- *Not simulated*: connection pools, TLS, Sentinel and Cluster clients, signals, threads, memory, PostgreSQL, HTTP. The
  cases below cover those with real processes.
"""


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
