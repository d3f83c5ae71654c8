"""Reads docker-compose.yml with `docker compose` itself."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from tests.support.deploy_tools import ROOT, docker_compose


def composed(*files: str, **variables: str) -> dict[str, Any]:
    """The whole configuration with every profile, ignoring any `.env`. Raises CalledProcessError."""
    command = [docker_compose(), "--env-file", os.devnull, "--project-directory", str(ROOT)]
    for file in files or ("docker-compose.yml",):
        command += ["-f", str(ROOT / file)]
    done = subprocess.run(
        [*command, "--profile", "*", "config", "--format", "json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    configuration: dict[str, Any] = json.loads(done.stdout)
    return configuration


def seconds(duration: str) -> float:
    """Seconds of a duration such as `1m30s`."""
    minutes, _, rest = duration.rpartition("m")
    return 60 * float(minutes or 0) + float(rest.removesuffix("s") or 0)
