"""Ctrl-C leaves no process behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARK = "RELIST_TEST_MARK"


def marked(mark: str, directory: Path) -> list[int]:
    """Processes that inherited the mark or work in the directory, whatever their parent is now.

    Valkey overwrites its environment with its title, but it works in the fleet's directory.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                inherited = f"{MARK}={mark}".encode() in (entry / "environ").read_bytes()
                if inherited or (entry / "cwd").readlink().is_relative_to(directory):
                    found.append(int(entry.name))
    return found


@pytest.mark.slow
def test_ctrl_c_in_the_demo_ends_every_process(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    demo = subprocess.Popen(
        [sys.executable, "-c", "from console.main import main; main()", "demo", "--products", "100000"],
        cwd=ROOT,
        env={**os.environ, MARK: mark, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # A shell starts background jobs, which the tests may be, with SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        deadline = time.monotonic() + 60
        # The demo, Redis, the gateway, the simulator and two workers.
        while len(marked(mark, tmp_path)) < 6:
            assert demo.poll() is None, "the demo ended before Ctrl-C"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(timeout=60) == 130
        while marked(mark, tmp_path):
            assert time.monotonic() < deadline + 60
            time.sleep(0.05)
    finally:
        for process in marked(mark, tmp_path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        demo.wait()
