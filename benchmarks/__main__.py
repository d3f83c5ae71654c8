"""`python -m benchmarks`: every benchmark in a separate process, then docs/benchmarks.md.

With `--quick` they run small and the page is not changed. With `--page` nothing runs, and the page is written from the
recorded results.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.page import write_page

NAMES = (
    "engine",
    "enqueue",
    "memory",
    "footprint",
    "whole_job",
    "pacing",
    "fairness",
    "scale",
    "recovery",
    "rolling",
    "record",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", action="store_true")
    wanted = parser.parse_args()
    failed = []
    for name in () if wanted.page else NAMES:
        arguments = [sys.executable, "-m", f"benchmarks.{name}", *(["--quick"] if wanted.quick else [])]
        if subprocess.run(arguments, check=False).returncode:
            failed.append(name)
    if not wanted.quick:
        print(f"written: {write_page(NAMES)}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
