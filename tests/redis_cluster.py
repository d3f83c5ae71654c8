"""A real Redis Cluster: three masters on loopback that die with the process that started them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import redis

from tests.redis_binary import redis_binary
from tests.redis_server import die_with_parent

SLOTS = 16384


def free_ports(count: int) -> list[int]:
    """Held open together, so that no two are the same."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class RedisCluster:
    """`with RedisCluster() as cluster:`; `url` names every master. The bus listens on a free port too."""

    def __init__(self, masters: int = 3) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="relist-cluster-"))
        ports = free_ports(2 * masters)
        self.ports, self._bus_ports = ports[:masters], ports[masters:]
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in self.ports)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def clients(self) -> list[redis.Redis]:
        return [redis.Redis(port=port) for port in self.ports]

    def __enter__(self) -> RedisCluster:
        for port in self.ports:
            (self.directory / str(port)).mkdir()
            self.start(port)
        self._await(lambda node: bool(node.ping()))
        share = SLOTS // len(self.ports) + 1
        for number, node in enumerate(self.clients()):
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            last = min(SLOTS, (number + 1) * share) - 1
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            if number:
                node.execute_command("CLUSTER", "MEET", "127.0.0.1", self.ports[0], self._bus_ports[0])
        self._await(lambda node: self._whole(node))
        return self

    def start(self, port: int) -> None:
        """Starts a master, or starts it again with what it knew."""
        home = self.directory / str(port)
        bus = self._bus_ports[self.ports.index(port)]
        command = [
            redis_binary(),
            *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(home), "--save", "", "--appendonly", "yes"),
            *("--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-node-timeout", "5000"),
            *("--cluster-require-full-coverage", "no"),
            *("--loglevel", "warning", "--logfile", str(home / "log")),
        ]
        self._processes[port] = subprocess.Popen(command, preexec_fn=die_with_parent)

    def kill(self, port: int) -> None:
        self._processes[port].kill()
        self._processes[port].wait()

    def _whole(self, node: redis.Redis) -> bool:
        info: dict[str, Any] = node.execute_command("CLUSTER INFO")
        return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == len(self.ports)

    def _await(self, condition: Any) -> None:
        deadline = time.monotonic() + 30
        for node in self.clients():
            while True:
                try:
                    if condition(node):
                        break
                except redis.exceptions.ConnectionError:
                    pass
                if time.monotonic() > deadline:
                    logs = [(self.directory / str(port) / "log").read_text() for port in self.ports]
                    raise RuntimeError("the cluster does not come up:\n" + "\n".join(logs))
                time.sleep(0.02)

    def __exit__(self, *_: Any) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
