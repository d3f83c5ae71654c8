"""`python -m benchmarks` runs every benchmark in a separate process and then writes docs/benchmarks.md.

`--quick` runs small versions and leaves the page unchanged. `--page` runs nothing and writes the page from the recorded
results.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.page import write_page

NAMES = (
    "engine",
    "enqueue",
    "latency",
    "memory",
    "worker_memory",
    "footprint",
    "whole_job",
    "pacing",
    "fairness",
    "tenants",
    "scale",
    "shared_limits",
    "fleets",
    "cluster",
    "recovery",
    "rolling",
    "start",
    "record",
    "rollout",
    "web_ui",
    "traces",
    "proposals",
    "split_categories",
    "people",
)

LONG = ("record_at_size", "record_damage", "record_kills", "integrity_under_faults")
"""Take a quarter of an hour or more each, so they run only by their own commands; the page shows their results."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    failed = []
    for name in () if options.page else NAMES:
        arguments = [sys.executable, "-m", f"benchmarks.{name}", *(["--quick"] if options.quick else [])]
        if subprocess.run(arguments, check=False).returncode:
            failed.append(name)
    if not options.quick:
        print(f"written: {write_page((*NAMES, *LONG))}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
