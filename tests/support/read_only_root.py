"""Runs `relist` as its container does: every file system is read-only except the mounted folders, and no capability is
left. Needs root, for a mount namespace."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.relist_command import RELIST, ROOT


def relist_read_only(
    arguments: Sequence[str],
    settings: Mapping[str, str],
    *,
    writable: Sequence[Path],
    cwd: Path,
    standard_input: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    """`writable` are the mounted folders; the first also serves as /tmp, which is a tmpfs in the container."""
    mounts = [f"mount --bind {shlex.quote(str(each))} {shlex.quote(str(each))}" for each in writable]
    command = shlex.join(["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", *RELIST, *arguments])
    script = " && ".join(
        [*mounts, "mount -o remount,ro,bind /", f"cd {shlex.quote(str(cwd))}", f"exec {command}"],
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RELIST_")}
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        env={**clean, "PYTHONPATH": str(ROOT), "TMPDIR": str(writable[0]), "HOME": "/nonexistent", **settings},
        input=standard_input,
        capture_output=True,
        timeout=120,
    )
