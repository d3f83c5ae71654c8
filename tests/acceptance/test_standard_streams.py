"""Commands fail with one line and an exit code, whatever their standard streams are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RELIST = f'{sys.executable} -c "from console.main import main; main()"'
SETTINGS = {"APP_KEY": "k", "APP_SECRET": "s", "TOKEN_KEY": "k" * 16, "REDIS_URL": "unix:///nowhere.sock"}
ADD = "shops add --shop-id 7 --cipher c --region US"


CASES = (
    ("--help >&-", "cannot write the output: Bad file descriptor"),
    ("completion bash > /dev/full", "cannot write the output: No space left on device"),
    ("status >&- <&-", "cannot be used: No such file or directory"),
    ("apply - <&-", "standard input: not a plan"),
    (f"{ADD} < /dev/zero", "too large to be tokens"),
)
MORE_CASES = (
    ("--help > /dev/full", "cannot write the output: No space left on device"),
    ("doctor --offline > /dev/full", "cannot write the output: No space left on device"),
    ("status 2>&-", ""),
    (f"{ADD} <&-", "--access-token is missing"),
    (f"{ADD} < /bin/true", ""),
    ("enqueue file - <&-", "there are no rows"),
    ("enqueue file - < /dev/zero", "the limit is 256 MiB"),
    ("apply /dev/zero", "row 1 is too long"),
    ("undo --run x <&-", ""),
    ("worklist import /dev/zero", "the limit is 32 MiB"),
    ("mapping check /dev/zero", "the limit is 32 MiB"),
)
"""Each case is a process, so `make test` runs one of each kind."""


@pytest.mark.parametrize(
    ("command", "expected"), [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in MORE_CASES)]
)
def test_command_fails_with_one_line(tmp_path: Path, command: str, expected: str) -> None:
    environment = {**os.environ, **{f"RELIST_{name}": value for name, value in SETTINGS.items()}}
    environment["RELIST_JOURNAL_DIR"] = str(tmp_path)
    done = subprocess.run(
        ["/bin/sh", "-c", f"{RELIST} {command}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_closed_pipe_ends_quietly() -> None:
    shell = f"{RELIST} --help | true"
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
