"""Checks the locked dependencies for known vulnerabilities: `make audit`.

pip-audit exits with 0 even if it could not check anything. This script reads its report and distinguishes "no known
vulnerability" from "the database was unreachable". The exit code is 1 for a finding. For packages that were not audited
it is 0, with a line that says so, or 2 with AUDIT_REQUIRED=1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "build.lock")


def judge(report: dict[str, Any] | None, *, required: bool) -> tuple[int, list[str]]:
    """The exit code and the lines to print for pip-audit's JSON report; None if there is no report. Pure."""
    dependencies = (report or {}).get("dependencies", [])
    found = [
        f"VULNERABLE: {each['name']} {each['version']}: {problem['id']},"
        f" fixed in {', '.join(problem['fix_versions']) or 'nothing yet'}"
        for each in dependencies
        for problem in each.get("vulns", ())
    ]
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    audited = len(dependencies) - len(skipped)
    lines = [*found, f"{audited} of {len(dependencies)} dependencies were audited"]
    if skipped or not dependencies:
        lines.append(
            "NOT AUDITED: the vulnerability data could not be reached for " + (", ".join(skipped) or "any of them")
        )
    if found:
        return 1, lines
    return (2 if required and (skipped or not dependencies) else 0), lines


def ask(lock: Path) -> dict[str, Any] | None:
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off", "--disable-pip"]
    done = subprocess.run(  # noqa: S603 - our own arguments
        [*command, "--require-hashes", "--requirement", str(lock)], capture_output=True, text=True, timeout=300
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        print(done.stderr.strip().splitlines()[-1:] or "pip-audit printed nothing", file=sys.stderr)  # noqa: T201
        return None
    return report


def main() -> int:
    worst = 0
    for name in LOCKS:
        code, lines = judge(ask(ROOT / name), required=os.environ.get("AUDIT_REQUIRED") == "1")
        print(*(f"{name}: {line}" for line in lines), sep="\n")  # noqa: T201
        worst = 1 if 1 in (worst, code) else max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
