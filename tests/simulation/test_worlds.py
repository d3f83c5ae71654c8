"""Simulated worlds of the queue and the engine: `make simulate` searches many more (README.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INTERLEAVINGS = 60


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In a separate process, because the worlds replace the machine's clock by the virtual clock."""
    return run_module("tests.simulation", *arguments)


def run_module(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_worlds_keep_every_promise() -> None:
    ended = simulate("--seeds", "1-6", "--processes", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_worlds_of_the_pipeline_keep_every_promise() -> None:
    ended = simulate("--worlds", "pipeline", "--seeds", "1-2", "--processes", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_any_interleaving_keeps_what_sellers_wrote() -> None:
    """Feeds, sellers, reviews, audits, webhooks, undo and cancel, drawn and shrunk by Hypothesis."""
    ended = run_module("tests.simulation.interleavings", str(INTERLEAVINGS))
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_thousand_worlds_keep_every_promise() -> None:
    ended = simulate("--seeds", "1-1000")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_many_worlds_of_the_pipeline_keep_every_promise() -> None:
    ended = simulate("--worlds", "pipeline", "--seeds", "1-20")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_every_order_of_steps_of_two_workers_keeps_every_promise() -> None:
    ended = run_module("tests.simulation.exhaustive", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_mistakes_are_found() -> None:
    """A few mutants that are found early; `python -m tests.simulation.mutants` tries all of them."""
    ended = run_module(
        "tests.simulation.mutants",
        "#ids > 0 then redis.call('ZREM'",
        "LPUSH', urgent, abandoned",
        "claim.lua: in_flight",
        "commit.lua: repeat_after",
        "_sent: + group.unknown",
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "5 mutants, 0 survived" in ended.stdout


@pytest.mark.slow
def test_findings_are_worlds_that_fail_with_their_mistake() -> None:
    ended = run_module("tests.simulation.scenarios")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "9 scenarios, 0 wrong" in ended.stdout


def test_the_same_seed_gives_the_same_steps() -> None:
    first, second = (simulate("--seed", "23").stdout for _ in range(2))
    assert first == second
    digests = [line for line in first.splitlines() if "digest" in line]
    assert len(digests) == 1
