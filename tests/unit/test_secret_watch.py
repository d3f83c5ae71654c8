"""The watch over test output finds every kind of secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from demo.local_fleet import APP_SECRET
from simulator.options import SimulatorOptions
from simulator.world import World
from tests.support.secret_watch import secrets_in

ROOT = Path(__file__).parents[2]
LEAKING = """
import asyncio, logging, os, subprocess, sys, tempfile

SAYS = [sys.executable, "-c", "import sys; print('TTP' + '_sim_1_0', file=sys.stderr)"]

def test_a_process():
    subprocess.run(SAYS)

def test_a_process_with_a_file(tmp_path):
    with (tmp_path / "any name").open("wb") as log:
        subprocess.run(SAYS, stderr=log)

def test_a_process_of_asyncio_with_a_file_that_is_gone_again():
    async def started(log):
        await (await asyncio.create_subprocess_exec(*SAYS, stderr=log)).wait()
    with tempfile.TemporaryDirectory() as directory, open(directory + "/log", "ab") as log:
        asyncio.run(started(log.fileno()))

def test_a_silent_process(tmp_path):
    (tmp_path / "tokens").write_text("TTP" + "_sim_1_0")
    with (tmp_path / "tokens").open("ab") as log:
        subprocess.run([sys.executable, "-c", ""], stdout=log, stderr=subprocess.DEVNULL)

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


def test_test_that_prints_a_secret_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.support.secret_watch import pytest_configure as pytest_configure\n"
        "from tests.support.secret_watch import pytest_runtest_makereport as pytest_runtest_makereport\n"
    )
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "4 failed, 2 passed" in done.stdout, done.stdout
    assert "printed secrets" in done.stdout
