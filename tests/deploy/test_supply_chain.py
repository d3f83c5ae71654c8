"""The image installs only locked packages, and an audit without data does not pass."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.support.deploy_tools import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(
    r"^([a-z0-9_.-]+)==([^ ;\\]+)((?:[^\n]*\\\n)(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def pins(lock: str) -> dict[str, str]:
    """Names and versions of a lock file, in which every line must have a hash."""
    text = (ROOT / lock).read_text()
    found = {name.replace("_", "-"): version for name, version, _ in PIN.findall(text)}
    lines = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert len(found) == len(lines), "a line without a hash"
    return found


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("build.lock", PROJECT["build-system"]["requires"]),
    ],
)
def test_the_lock_fits_the_project(lock: str, wanted: list[str]) -> None:
    locked = pins(lock)
    for text in wanted:
        requirement = Requirement(text)
        version = locked.get(requirement.name)
        assert version is not None, f"{requirement.name} is not locked: make lock"
        assert requirement.specifier.contains(version), f"{requirement.name} {version} is locked: make lock"


def test_image_installs_only_hashed_packages() -> None:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    installs = re.findall(r"pip (?:install|wheel) ([^&\n]*)", text)
    assert installs
    for options in installs:
        assert "--require-hashes" in options or "--no-deps" in options, options
        assert "pip wheel" not in text or "--no-build-isolation" in text
        assert not re.search(r"--(extra-)?index-url|--trusted-host", options)


@pytest.fixture(scope="module")
def judge() -> Callable[..., tuple[int, list[str]]]:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci/audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., tuple[int, list[str]]] = module.judge
    return found


CLEAN = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not found"}
BAD = {"name": "c", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}


@pytest.mark.parametrize(
    ("dependencies", "required", "code", "said"),
    [
        ([CLEAN], True, 0, "1 of 1 dependencies were audited"),
        ([CLEAN, SKIPPED], False, 0, "NOT AUDITED"),
        ([CLEAN, SKIPPED], True, 2, "NOT AUDITED"),
        ([SKIPPED, BAD], False, 1, "VULNERABLE: c 1: PYSEC-1"),
        (None, False, 0, "NOT AUDITED"),
        (None, True, 2, "NOT AUDITED"),
    ],
)
def test_audit_distinguishes_known_and_unreachable(
    judge: Callable[..., tuple[int, list[str]]], dependencies: list[Any] | None, required: bool, code: int, said: str
) -> None:
    report = None if dependencies is None else {"dependencies": dependencies}
    verdict, lines = judge(report, required=required)
    assert verdict == code
    assert said in "\n".join(lines)
