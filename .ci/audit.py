"""Looks the locked dependencies up among the known vulnerabilities: `make audit`.

pip-audit exits with 0 even if it could not look anything up. This script reads its answer and distinguishes "no
known vulnerability" from "the data was unreachable". Exit code 1 for a finding; 0 with a clear line for
packages that were not audited, or 2 with AUDIT_REQUIRED=1, for machines that reach the data.
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
    """Exit code and what to say, of pip-audit's JSON; None when it gave none. Pure."""
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
        print(done.stderr.strip().splitlines()[-1:] or "pip-audit said nothing", file=sys.stderr)  # noqa: T201
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
