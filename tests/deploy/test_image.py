"""The Dockerfile passes the linter, runs unprivileged, and builds a complete program."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.support.deploy_tools import ROOT, from_pypi

DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORE = (ROOT / ".dockerignore").read_text().splitlines()


def copied() -> list[str]:
    """Paths that the build stage copies."""
    lines = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    return [name for line in lines for name in line]


def test_hadolint_is_clean() -> None:
    done = subprocess.run([from_pypi("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_image_runs_unprivileged_in_exec_form() -> None:
    final = DOCKERFILE.split("\nFROM ")[-1]
    assert "USER 10001:10001" in final
    for instruction in ("ENTRYPOINT ", "CMD "):
        (line,) = [line.strip() for line in final.splitlines() if line.startswith(instruction)]
        assert line.removeprefix(instruction).startswith("[")
    assert "HEALTHCHECK" in final
    assert "pip install" not in final, "build tools are not in the image"


def test_image_copies_every_package_and_nothing_else() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(copied()) == {"pyproject.toml", "README.md", "requirements.lock", "build.lock", *packages["packages"]}
    allowed = {line.removeprefix("!") for line in IGNORE if line.startswith("!")}
    assert IGNORE[1] == "*", "the builder gets only listed files"
    assert allowed == set(copied())


@pytest.mark.slow
def test_built_wheel_is_complete(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    hidden = {line for line in IGNORE if line and line[0] not in "#*!"}
    for name in copied():
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, source)
        else:
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".env*"))
    for name in hidden:
        shutil.rmtree(source / name)
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, source],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    for name in ("shop_queue/lua/commit.lua", "shop_queue/lua/stats.lua", "http_server/health_check.py"):
        assert (installed / name).exists(), name
    done = subprocess.run(
        [sys.executable, "-c", "from console.main import main; main()", "worker", "--help"],
        cwd=installed,
        env={"PATH": "/usr/bin", "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
