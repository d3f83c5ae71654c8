"""Simulated worlds of the queue and the engine: `make simulate` searches many more (README.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, because the worlds put the virtual clock in the place of the machine's."""
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_worlds_keep_every_promise() -> None:
    ended = simulate("--seeds", "1-24", "--processes", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_thousand_worlds_keep_every_promise() -> None:
    ended = simulate("--seeds", "1001-2000")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_same_seed_gives_the_same_steps() -> None:
    first, second = simulate("--seed", "23"), simulate("--seed", "23")
    assert "digest" in first.stdout
    assert first.stdout == second.stdout
    assert simulate("--seed", "24").stdout.splitlines()[-1] != first.stdout.splitlines()[-1]
