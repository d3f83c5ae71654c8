"""A real Redis Cluster on loopback, optionally with replicas; it dies with the process that started it."""

from __future__ import annotations

import contextlib
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

SLOTS = 16384


class RedisCluster:
    """Use as `with RedisCluster() as cluster:`. Its address names every master."""

    def __init__(
        self,
        masters: int = 3,
        *,
        replicated: bool = False,
        node_timeout_ms: int = 5000,
        options: tuple[str, ...] = (),
        client: Mapping[str, Any] | None = None,
        tls: bool = False,
        binary: str | None = None,
    ) -> None:
        """`replicated` gives each master a replica; `options` are those of every server, `client` the credentials of a
        client. With `tls` the options name the certificates."""
        self.directory = Path(tempfile.mkdtemp(prefix="relist-cluster-"))
        count = 2 * masters if replicated else masters
        ports = free_ports(2 * count)
        self.ports, self._bus_of = ports[:masters], dict(zip(ports[:count], ports[count:], strict=True))
        self.replica_of = dict(zip(self.ports, ports[masters:count], strict=False))
        """Master -> its replica, by their ports."""
        self._tls, self._client, self._binary = tls, dict(client or {}), binary or redis_binary()
        self._options = ("--cluster-node-timeout", str(node_timeout_ms), *options)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return self.address()

    def address(self, user: str = "", query: str = "") -> str:
        """The URL for the user `name:password`, with an additional query."""
        at, scheme = f"{user}@" if user else "", "rediss" if self._tls else "redis"
        return f"{scheme}+cluster://{at}{','.join(f'127.0.0.1:{port}' for port in self.ports)}{query}"

    def client(self, port: int) -> redis.Redis:
        return redis.Redis(port=port, **self._client)

    def clients(self) -> list[redis.Redis]:
        """Clients of the initial masters."""
        return [self.client(port) for port in self.ports]

    def __enter__(self) -> RedisCluster:
        try:
            for port in self._bus_of:
                (self.directory / str(port)).mkdir()
                self.start(port)
            self._await_all(lambda node: bool(node.ping()))
            self._join()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _join(self) -> None:
        first, share = self.ports[0], SLOTS // len(self.ports) + 1
        for number, port in enumerate(self._bus_of):
            node = self.client(port)
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if port in self.ports:
                last = min(SLOTS, (number + 1) * share) - 1
                node.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            if number:
                node.execute_command("CLUSTER", "MEET", "127.0.0.1", first, self._bus_of[first])
        self._await_all(self._whole)
        self._await_all(self._is_heard)
        for master, replica in self.replica_of.items():
            name = self.client(master).execute_command("CLUSTER", "MYID").decode()
            self.client(replica).execute_command("CLUSTER", "REPLICATE", name)
        for replica in self.replica_of.values():
            self._await(replica, lambda node: node.info("replication").get("master_link_status") == "up")
        # Every node must know the replicas, because an unknown replica is never promoted.
        for port in self._bus_of:
            self._await(port, self._knows_replicas)

    def start(self, port: int) -> None:
        """Starts a server, or restarts it with its data."""
        home, bus = self.directory / str(port), self._bus_of[port]
        listening = ("--port", "0", "--tls-port", str(port)) if self._tls else ("--port", str(port))
        command = [
            self._binary,
            *("--bind", "127.0.0.1", *listening, "--dir", str(home), "--save", "", "--appendonly", "yes"),
            *("--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-require-full-coverage", "no"),
            *("--repl-diskless-sync-delay", "0", "--loglevel", "warning", "--logfile", str(home / "log")),
            *self._options,
        ]
        self._processes[port] = subprocess.Popen(command, preexec_fn=die_with_parent)

    def kill(self, port: int) -> None:
        self._processes[port].kill()
        self._processes[port].wait()

    def signal(self, port: int, number: int) -> None:
        self._processes[port].send_signal(number)

    def master_of(self, slot: int) -> int:
        """The port of the initial master that has the slot."""
        return self.ports[slot // (SLOTS // len(self.ports) + 1)]

    def is_promoted(self, master: int) -> bool:
        """Whether its replica has become a master."""
        with self.client(self.replica_of[master]) as node:
            return has_role(node, "master")

    def _whole(self, node: redis.Redis) -> bool:
        info: dict[str, Any] = node.execute_command("CLUSTER INFO")
        return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == len(self._bus_of)

    def _is_heard(self, node: redis.Redis) -> bool:
        """Waits until the bus links all nodes; earlier messages do not reach every node."""
        with contextlib.ExitStack() as stack:
            channels = []
            for port in self._bus_of:
                channel = stack.enter_context(stack.enter_context(self.client(port)).pubsub())
                channel.subscribe("test")
                channel.get_message(timeout=5)
                channels.append(channel)
            node.execute_command("PUBLISH", "test", "")
            return all(channel.get_message(timeout=0.5) for channel in channels)

    def _knows_replicas(self, node: redis.Redis) -> bool:
        nodes: dict[str, dict[str, Any]] = node.execute_command("CLUSTER NODES")
        return sum("slave" in each["flags"] for each in nodes.values()) == len(self.replica_of)

    def _await_all(self, condition: Callable[[redis.Redis], bool]) -> None:
        for port in self._bus_of:
            self._await(port, condition)

    def _await(self, port: int, condition: Callable[[redis.Redis], bool]) -> None:
        deadline = time.monotonic() + 30
        with self.client(port) as node:
            while not _holds(condition, node):
                if time.monotonic() > deadline:
                    logs = [(self.directory / str(port) / "log").read_text() for port in self._bus_of]
                    raise RuntimeError("the cluster did not start:\n" + "\n".join(logs))
                time.sleep(0.02)

    def __exit__(self, *_: Any) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def _holds(condition: Callable[[redis.Redis], bool], node: redis.Redis) -> bool:
    try:
        return condition(node)
    except redis.exceptions.ConnectionError:
        return False
