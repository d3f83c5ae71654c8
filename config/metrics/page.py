"""`python -m config.metrics.page` writes docs/metrics.md from the metric table; with `--check` it only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from config.metrics.table import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
HEAD = """# Metrics

Made from `config/metrics/table.py` by `make generated`; do not edit.

A worker tells of itself on `RELIST_METRICS_PORT`; its series vanish with it. The gateway counts what comes in, and
measures the fleet: every 15 seconds it reads a fixed number of keys a shop, however many products a shop has, and
rests nine times as long as it took. Of several gateways one measures at a time (`relist:fleet:reporter`), so a sum
over instances never counts twice; when measuring fails the gauges vanish after a minute instead of standing still.

`shop` names at most `RELIST_METRICS_SHOPS` shops (300; 0 = none): those with most jobs queued. All others together are
`other`: their sum, or for an age the oldest and for an expiry the soonest. A worker names the first so many shops
that were throttled. No series ever carries a product, a token or a text from outside.

`relist_job_duration_seconds` carries the `trace_id` of the job as an OpenMetrics exemplar, when its feeder gave one.

Each process also has the usual `process_*` series (CPU, memory, open files).

| name | type | labels | from | what it says |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    rows = (
        f"| `{each.name}` | {each.kind} | {', '.join(each.labels) or '-'} | {each.source} | {each.help} |"
        for each in METRICS
    )
    return HEAD + "\n".join(rows) + "\n"


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        if PAGE.read_text() == page():
            return 0
        sys.stderr.write(f"{PAGE.name} is not what the table says: run `make generated`\n")
        return 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
