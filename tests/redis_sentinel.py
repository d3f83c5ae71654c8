"""A primary, its replica and three sentinels on loopback, which die with the process that started them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from tests.redis_binary import redis_binary
from tests.redis_cluster import free_ports
from tests.redis_server import die_with_parent

MASTER = "relist"


class WatchedRedis:
    """`with WatchedRedis() as servers:`; `kill_primary()` makes the sentinels promote the replica."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="relist-sentinel-"))
        self.primary, self.replica, *self.sentinels = free_ports(5)
        self.url = "redis+sentinel://" + ",".join(f"127.0.0.1:{port}" for port in self.sentinels) + f"/{MASTER}"
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> WatchedRedis:
        self._start(self.primary, "--save", "", "--repl-diskless-sync-delay", "0")
        self._start(self.replica, "--save", "", "--replicaof", "127.0.0.1", str(self.primary))
        self._await(self.replica, lambda node: node.info("replication")["master_link_status"] == "up")
        for port in self.sentinels:
            config = self.directory / f"sentinel-{port}.conf"
            config.write_text(
                f"sentinel monitor {MASTER} 127.0.0.1 {self.primary} 2\n"
                f"sentinel down-after-milliseconds {MASTER} 500\n"
                f"sentinel failover-timeout {MASTER} 5000\n"
            )
            self._start(port, config=config)
        for port in self.sentinels:
            self._await(port, self._sees_all)
        return self

    @staticmethod
    def _sees_all(node: redis.Redis) -> bool:
        seen: dict[str, Any] = node.sentinel_masters()[MASTER]
        return int(seen["num-slaves"]) == 1 and int(seen["num-other-sentinels"]) == 2

    def kill_primary(self) -> None:
        self._processes[self.primary].kill()

    def is_promoted(self) -> bool:
        """Whether the replica is the primary now."""
        with redis.Redis(port=self.replica) as node:
            return bool(node.role()[0] == b"master")

    def _start(self, port: int, *options: str, config: Path | None = None) -> None:
        home = self.directory / str(port)
        home.mkdir()
        command = [
            redis_binary(),
            *((str(config), "--sentinel") if config else ()),
            *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(home)),
            *("--loglevel", "warning", "--logfile", str(home / "log")),
            *options,
        ]
        self._processes[port] = subprocess.Popen(command, preexec_fn=die_with_parent)
        self._await(port, lambda node: bool(node.ping()))

    def _await(self, port: int, condition: Callable[[redis.Redis], bool]) -> None:
        deadline = time.monotonic() + 30
        node = redis.Redis(port=port)
        while True:
            try:
                if condition(node):
                    return node.close()
            except redis.exceptions.ConnectionError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError((self.directory / str(port) / "log").read_text())
            time.sleep(0.02)

    def __exit__(self, *_: Any) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
