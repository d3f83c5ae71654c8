"""Runs the `relist` command in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RELIST = [sys.executable, "-c", "from console.main import main; main()"]
ROOT = Path(__file__).parents[2]


def relist(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RELIST_")}
    return subprocess.run(
        [*RELIST, *arguments], cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, timeout=120
    )
