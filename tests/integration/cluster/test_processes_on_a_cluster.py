"""The commands and the long-running processes on a cluster, against the simulator."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.redis_server import die_with_parent
from tests.support.relist_command import RELIST, ROOT, relist


@contextlib.contextmanager
def process(environment: dict[str, str], *arguments: str) -> Iterator[str]:
    """A `relist` process; yields the word it prints after `ready`, and stops it with SIGTERM."""
    started = subprocess.Popen(
        [*RELIST, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    try:
        assert started.stdout is not None
        yield started.stdout.readline().split()[1]
        started.terminate()
        assert started.wait(60) == 0
    finally:
        started.kill()
        started.wait()


@pytest.mark.slow
def test_processes_relist_a_fleet_on_a_cluster(redis_url: str, tmp_path: Path) -> None:
    environment = {
        "RELIST_REDIS_URL": redis_url,
        "RELIST_APP_KEY": "simulated-key",
        "RELIST_APP_SECRET": "simulated-secret",
        "RELIST_TOKEN_KEY": "k" * 32,
        "RELIST_JOURNAL_DIR": str(tmp_path),
        "RELIST_METRICS_PORT": "0",
        "RELIST_GATEWAY_PORT": "0",
    }
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(process(environment, "gateway", "--announce"))
        webhooks = ("--webhook-url", f"http://127.0.0.1:{port}/webhooks/tiktok")
        size = ("--shops", "3", "--products", "60")
        api = stack.enter_context(process(environment, "simulator", *size, *webhooks))
        environment |= {"RELIST_API_URL": api, "RELIST_AUTH_URL": api}
        with urllib.request.urlopen(f"{api}/simulator/shops") as answer:
            shops = json.load(answer)
        for shop in shops:
            identity = ("--shop-id", shop["shop_id"], "--cipher", shop["cipher"], "--region", shop["region"])
            names = ("access_token", "refresh_token", "access_expires", "refresh_expires")
            tokens = [part for name in names for part in (f"--{name.replace('_', '-')}", str(shop[name]))]
            added = relist("shops", "add", *identity, *tokens, **environment)
            assert added.returncode == 0, added.stderr
        assert relist("enqueue", "search", "--run-id", "sweep", **environment).returncode == 0
        stack.enter_context(process(environment, "worker", "--announce"))
        deadline = time.monotonic() + 120
        while True:
            state = json.loads(relist("status", "--json", **environment).stdout)
            if state["total"]["jobs"] == 0:
                break
            assert time.monotonic() < deadline, state
        with urllib.request.urlopen(f"{api}/simulator/books") as answer:
            books = json.load(answer)["total"]
        total = state["total"]
        listed = json.loads(relist("shops", "list", "--json", **environment).stdout)
    assert [each["state"] for each in listed] == ["active"] * 3
    assert books["damaged"] == 0
    assert books["moved"] == total["relisted"]
    assert books["still_on_v1"] == total["needs_input"] + total["rejected"] + total["failed"]
