"""A release contains every file that it lists, and two builds of a commit have the same bytes."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.deploy_tools import ROOT

CHANGELOG = """# Changelog

## [Unreleased]
{unreleased}
## [0.2.0] - 2026-11-28

### Added
- two

## [0.1.0] - 2026-11-27
- one
"""


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci/release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_notes_are_the_section_of_the_version(release: ModuleType) -> None:
    text = CHANGELOG.format(unreleased="")
    assert release.notes(text, "0.2.0") == ("# 0.2.0\n\n### Added\n- two\n", False)
    assert release.notes(text, "0.1.0") == ("# 0.1.0\n\n- one\n", False)


def test_unreleased_changes_make_a_snapshot(release: ModuleType) -> None:
    text = CHANGELOG.format(unreleased="\n- three\n")
    assert release.notes(text, "0.2.0") == ("# Changes since 0.2.0\n\n- three\n", True)


def test_version_without_changes_is_refused(release: ModuleType) -> None:
    with pytest.raises(release.ReleaseError, match=r"no changes under \[0\.3\.0\]"):
        release.notes(CHANGELOG.format(unreleased=""), "0.3.0")


def test_context_has_exactly_the_files_that_the_image_copies(release: ModuleType, tmp_path: Path) -> None:
    for name in ("kept/a.py", "kept/hidden/b.json", "outside/c.py", ".env"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "Dockerfile").write_text("FROM x AS build\nCOPY kept kept\nFROM x\nCOPY --from=build /a /outside\n")
    (tmp_path / ".dockerignore").write_text("# why\n*\n!kept\nkept/hidden\n**/.env*\n")
    packed = release.context(tmp_path, 1_000_000)
    os.utime(tmp_path / "kept/a.py", (5, 5))
    (tmp_path / "kept/a.py").chmod(0o600)
    assert release.context(tmp_path, 1_000_000) == packed, "times and the umask do not matter"
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert tar.getnames() == [".dockerignore", "Dockerfile", "kept/a.py"]
        assert {each.mtime for each in tar.getmembers()} == {1_000_000}


@pytest.mark.slow
def test_two_builds_of_a_commit_give_the_same_bytes(tmp_path: Path) -> None:
    built = []
    for number, umask in enumerate((0o022, 0o077)):
        into = tmp_path / str(number)
        done = subprocess.run(
            [sys.executable, ROOT / ".ci/release.py", "--into", into],
            cwd=tmp_path,
            env={**os.environ, "TZ": ("UTC", "Asia/Tokyo")[number]},
            umask=umask,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        built.append({path.name: path.read_bytes() for path in into.iterdir()})
    first, second = built
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert_complete(first)


def assert_complete(files: dict[str, bytes]) -> None:
    (wheel,) = (name for name in files if name.endswith(".whl"))
    assert {name.rpartition("-")[2] if "context" in name else name for name in files.keys() - {wheel}} == {
        "RELEASE-NOTES.md",
        "SHA256SUMS",
        "context.tar.gz",
        next(name for name in files if name.endswith(".cdx.json")),
    }
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != "SHA256SUMS"}
    packaged = zipfile.ZipFile(io.BytesIO(files[wheel])).namelist()
    assert "shop_queue/lua/commit.lua" in packaged
    assert not any(name.startswith(("tests/", ".env")) for name in packaged)
    bom = json.loads(next(body for name, body in files.items() if name.endswith(".cdx.json")))
    assert bom["bomFormat"] == "CycloneDX"
    assert {"arq", "redis", "aiohttp"} <= {component["name"] for component in bom["components"]}
    for component in bom["components"]:
        assert any(each.get("hashes") for each in component["externalReferences"]), component["name"]
