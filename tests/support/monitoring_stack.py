"""The service as real processes: each prints `ready <address>` once it works, and dies with the test."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.redis_server import die_with_parent

RELIST = (sys.executable, "-c", "from console.main import main; main()")
ROOT = Path(__file__).parents[2]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings and no others of the service."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RELIST_")}
    return {**clean, "PYTHONPATH": str(ROOT), **settings}


@contextlib.contextmanager
def process(
    command: Sequence[str], settings: Mapping[str, str], log: Path, *, cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a process until the block ends, then sends SIGTERM. Its output is in `log`."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            command, env=environment(settings), stdout=output, stderr=output, cwd=cwd, preexec_fn=die_with_parent
        )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(60)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def until(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not in time: {what}")
        time.sleep(0.1)


def announced(log: Path) -> str:
    """Waits for the line `ready <address>` and returns the address."""

    def said() -> list[str]:
        return [line.split()[1] for line in log.read_text().splitlines() if line.startswith("ready ")]

    until(lambda: bool(said()), f"ready in {log.name}")
    return said()[0]
