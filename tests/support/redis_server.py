"""A real Valkey on a Unix socket that dies with the process that started it."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.support.redis_binary import redis_binary


def die_with_parent() -> None:
    """On Linux, the kernel kills this child when its parent dies."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class RedisServer:
    """Use as `with RedisServer() as server:`. `stop()` and `start()` are an outage; `append_only` keeps the data."""

    def __init__(self, *, append_only: bool = False) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="relist-redis-"))
        self.socket = self.directory / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._append_only = append_only
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                redis_binary(),
                *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.directory)),
                *("--save", "", "--appendonly", "yes" if self._append_only else "no"),
                *(
                    "--appendfsync",
                    "always",
                    "--loglevel",
                    "warning",
                    "--logfile",
                    str(self.directory / "log"),
                ),
            ],
            preexec_fn=die_with_parent,
        )
        deadline = time.monotonic() + 10
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.directory / "log").read_text())
            time.sleep(0.005)

    def _answers(self) -> bool:
        import redis

        try:
            client = redis.Redis(unix_socket_path=str(self.socket))
            return bool(client.ping())
        except redis.exceptions.RedisError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
