"""`python -m config.metrics.page` writes docs/metrics.md from the metric table; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from config.metrics.table import METRICS

DOC = Path(__file__).parents[2] / "docs" / "metrics.md"
HEAD = """# Metrics

Generated from `config/metrics/table.py` by `make generated`; do not edit.

Workers export their own series on `RELIST_METRICS_PORT`. The gateway exports the intake, webhooks and the fleet. Every
15 seconds it reads a fixed number of keys per shop, however many products a shop has, then pauses for nine times as
long as that took. Of several gateways only one collects at a time (lock `relist:fleet:reporter`), so a sum over
instances never counts twice. If collecting fails, the gauges disappear after a minute instead of showing old values.

`shop` names at most `RELIST_METRICS_SHOPS` shops (default 300; 0 = none), those with the most queued jobs. All others
are combined in `other`: the sum, the oldest age, or the earliest expiry. A worker names the first throttled shops, up
to the same number. No series carries a product, a token or other untrusted text.

`relist_job_duration_seconds` has the job's `trace_id` as an OpenMetrics exemplar if its producer set one.

Each process also exports the usual `process_*` series (CPU, memory, open files).

| name | type | labels | from | meaning |
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
        if DOC.read_text() == page():
            return 0
        sys.stderr.write(f"{DOC.name} does not match the table: run `make generated`\n")
        return 1
    DOC.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
