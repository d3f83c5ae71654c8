"""Runs a container's process without Docker, in a separate root file system and network, with the real paths and ports.

Needs root. The root file system is an overlay over this machine's, read-only if the service requires it, and is
removed afterwards.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.support.redis_server import die_with_parent

ALONE = ("unshare", "--mount", "--net", "--propagation", "private", "sh", "-c")
PREPARE = r"""
set -e
root=$1; shift
mkdir -p "$root/upper" "$root/work" "$root/all"
mount -t tmpfs tmpfs "$root/upper"
mkdir "$root/upper/files" "$root/upper/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper/files,workdir=$root/upper/work" "$root/all"
while [ "$1" != -- ]; do mkdir -p "$root/all$2"; shift 3; done
shift
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link set eth1 up
ip address add 172.18.0.2/16 dev eth0
ip link set eth0 up
ip route add default dev eth0
mount -t proc proc "$root/all/proc"
mount --bind /dev "$root/all/dev"
"""


class Isolated:
    """`service` comes from `docker compose config`; `program` replaces the image's program with this machine's."""

    def __init__(self, service: dict[str, Any], program: str, directory: Path) -> None:
        self._service, self._program, self._root = service, program, directory / "root"
        self._root.mkdir()
        self._volumes = directory / "volumes"
        self.log = directory / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        mounts = [self._mount(each) for each in self._service["volumes"]]
        script = PREPARE + "".join(
            f'mount --bind "{source}" "$root/all{target}"\n'
            + (f'mount -o remount,bind,ro "$root/all{target}"\n' if mode == "ro" else "")
            for source, target, mode in mounts
        )
        if self._service.get("read_only"):
            script += 'mount -o remount,ro "$root/all"\n'
        script += 'exec chroot "$root/all" "$@"\n'
        flat = [part for mount in mounts for part in mount]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*ALONE, script, "sh", str(self._root), *flat, "--", self._program, *self._service["command"]],
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the container, as `docker compose exec` does."""
        if self._process is None:
            raise RuntimeError("not started")
        inside = ["nsenter", "--target", str(self._process.pid), "--mount", "--net", "chroot", str(self._root / "all")]
        return subprocess.run([*inside, *command], capture_output=True, text=True, timeout=30)

    def healthy(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise AssertionError(self.log.read_text())
        kind, *command = self._service["healthcheck"]["test"]
        assert kind == "CMD"
        return self.run(*command).returncode == 0

    def stop(self) -> int:
        """Sends SIGTERM and returns the exit code."""
        if self._process is None:
            raise RuntimeError("not started")
        self._process.terminate()
        return self._process.wait(30)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _mount(self, volume: dict[str, Any]) -> tuple[str, str, str]:
        mode = "ro" if volume.get("read_only") else "rw"
        if volume["type"] == "bind":
            return volume["source"], volume["target"], mode
        home = self._volumes / volume["source"]
        home.mkdir(parents=True, exist_ok=True)
        return str(home), volume["target"], mode
