"""A primary, its replica and three sentinels on loopback, which die with the process that started them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import redis

from tests.support.free_ports import free_ports
from tests.support.redis_binary import redis_binary
from tests.support.redis_role import has_role
from tests.support.redis_server import die_with_parent

MASTER = "relist"


class WatchedRedis:
    """Use as `with WatchedRedis() as servers:`. After `kill_primary()` the sentinels promote the replica."""

    def __init__(
        self,
        *,
        options: tuple[str, ...] = (),
        client: Mapping[str, Any] | None = None,
        tls: bool = False,
        binary: str | None = None,
    ) -> None:
        """`options` are those of every server, `client` the credentials of a client. With `tls` the options name the
        certificates."""
        self._options, self._client = options, dict(client or {})
        self._tls, self._binary = tls, binary or redis_binary()
        self.directory = Path(tempfile.mkdtemp(prefix="relist-sentinel-"))
        self.primary, self.replica, *self.sentinels = free_ports(5)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return self.address()

    def address(self, query: str = "") -> str:
        sentinels = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        return f"{'rediss' if self._tls else 'redis'}+sentinel://{sentinels}/{MASTER}{query}"

    def client(self, port: int) -> redis.Redis:
        return redis.Redis(port=port, **self._client)

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

    def signal(self, port: int, number: int) -> None:
        self._processes[port].send_signal(number)

    def kill_primary(self) -> None:
        self._processes[self.primary].kill()

    def is_promoted(self) -> bool:
        """Whether the replica has become the primary."""
        with self.client(self.replica) as node:
            return has_role(node, "master")

    def is_demoted(self) -> bool:
        """Whether the primary has become a replica."""
        with self.client(self.primary) as node:
            return has_role(node, "slave")

    def _start(self, port: int, *options: str, config: Path | None = None) -> None:
        home = self.directory / str(port)
        home.mkdir()
        listening = ("--port", "0", "--tls-port", str(port)) if self._tls else ("--port", str(port))
        command = [
            self._binary,
            *((str(config), "--sentinel") if config else ()),
            *("--bind", "127.0.0.1", *listening, "--dir", str(home)),
            *("--loglevel", "warning", "--logfile", str(home / "log")),
            *self._options,
            *options,
        ]
        self._processes[port] = subprocess.Popen(command, preexec_fn=die_with_parent)
        self._await(port, lambda node: bool(node.ping()))

    def _await(self, port: int, condition: Callable[[redis.Redis], bool]) -> None:
        deadline = time.monotonic() + 30
        node = self.client(port)
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
