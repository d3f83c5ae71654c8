"""The product's top-level packages, as pyproject.toml lists them."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def rooms() -> tuple[str, ...]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
