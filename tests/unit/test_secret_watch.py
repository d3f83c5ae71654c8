"""The watch over everything the tests print sees what it is there to see."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from console.local_fleet import APP_SECRET
from simulator.options import SimulatorOptions
from simulator.world import World
from tests.secret_watch import secrets_in

ROOT = Path(__file__).parents[2]
LEAKING = """
import logging, os, subprocess, sys

def test_a_process():
    subprocess.run([sys.executable, "-c", "import sys; print('TTP' + '_sim_1_0', file=sys.stderr)"])

def test_a_logger():
    logging.getLogger("arq").warning("simulated" + "-secret")

def test_nothing():
    print("all is well")
"""


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "auth_code", "cipher"])
def test_every_secret_of_the_simulator_is_known(kind: str) -> None:
    world = World(SimulatorOptions(shops=1, products=1))
    (account,) = world.accounts.values()
    shop = world.shops[0]
    secrets = {
        "access_token": account.access_token(),
        "refresh_token": account.refresh_token,
        "auth_code": account.auth_code,
        "cipher": shop.cipher,
    }
    assert secrets_in([("stderr", f"... {secrets[kind]} ...")])
    assert secrets_in([("stderr", APP_SECRET)])
    assert not secrets_in([("stderr", "shop 7494000000000000001 is active")])


def test_a_test_that_prints_one_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.secret_watch import pytest_runtest_makereport as pytest_runtest_makereport\n"
    )
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "2 failed, 1 passed" in done.stdout, done.stdout
    assert "let secrets be printed" in done.stdout
